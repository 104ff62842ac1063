//! The agent's configuration.

use std::io::Write as _;
use std::sync::Arc;

use wigwag_device::agent::{Config, ConfigError};
use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{Answer, Opening, Session, SessionLimits};
use wigwag_protocol::layout::{Context, Fields, Value};
use wigwag_protocol::protocol::Protocol;

/// The fuzz target `agent_config`: a configuration file.
///
/// What is refused is refused in words, and at a line that the file has, where one is named. What is taken can be served:
/// somewhere, to somebody, and with replies that fit their frames.
pub fn agent_config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // A file may name a protocol file anywhere: none that never ends.
    if ["/dev", "/proc", "/sys"].iter().any(|folder| text.contains(folder)) {
        return;
    }
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(text.as_bytes()).expect("room for it");
    match Config::read(file.path()) {
        Ok(config) => can_be_served(config),
        Err(ConfigError::Malformed { text: told, .. }) => names_a_line(&told, text),
        Err(error @ ConfigError::Unreadable { .. }) => panic!("{error}"),
    }
}

fn can_be_served(config: Config) {
    assert!(!config.listen.is_empty() && config.connections > 0 && config.per_address > 0, "{config:?}");
    for reply in config.fixed_replies() {
        fits_its_frame(&config.protocol, reply);
    }
    let limits = SessionLimits { idle: config.idle };
    let mut session = Session::new(Arc::new(config.protocol), limits, &Opening::default(), Moment::ORIGIN);
    session.receive(b"\x1b\x02STATUS\r\n\0\x03", Moment::ORIGIN);
    while let Some(request) = session.poll_request(Moment::ORIGIN) {
        // What the request says may not fit the response.
        let _ = session.answer(&request, &Answer::Error(Value::Text("unknown command".to_owned())));
        session.handle_half_closed();
    }
    assert!(session.deadline() <= Moment::ORIGIN + config.idle);
}

/// Where the response copies nothing of its request, its reply can be written.
fn fits_its_frame(protocol: &Protocol, reply: Vec<u8>) {
    if protocol.response.wanted().iter().all(|part| *part == "body") {
        let fields = Fields::from([("body", Value::Bytes(reply.clone()))]);
        let encoded = protocol.response.encode(&fields, &Context::default());
        assert!(encoded.is_ok(), "{reply:?} in `{}`: {encoded:?}", protocol.response.source());
    }
}

/// `TOML parse error at line 3, column 7` is in the file.
fn names_a_line(told: &str, text: &str) {
    assert!(!told.is_empty());
    let Some((_, place)) = told.split_once("at line ") else { return };
    let line = place.split(',').next().and_then(|line| line.parse::<usize>().ok());
    let lines = text.split('\n').count();
    assert!(line.is_none_or(|line| (1..=lines).contains(&line)), "{told} of {lines}");
}
