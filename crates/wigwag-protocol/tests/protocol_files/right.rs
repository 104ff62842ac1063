//! The files of the library that are the program's own, and the one that explains the format.

use wigwag_protocol::layout::{Closing, Context};
use wigwag_protocol::protocol::{AfterSend, Effect, Protocol, Times, library};

use super::{command, fields, int, parse, sources, text};

fn named(name: &str) -> Protocol {
    Protocol::named(name).unwrap_or_else(|| panic!("no {name}")).unwrap()
}

#[test]
fn esc_cr_is_what_the_first_script_did() {
    let protocol = named("esc-cr");
    assert_eq!((protocol.name.as_str(), protocol.port), ("esc-cr", Some(9100)));
    assert_eq!(sources(protocol.request.layouts()), ["<ESC> body <CR>"]);
    assert_eq!(sources(protocol.response.layouts()), ["body <NUL|EOF>"]);
    assert_eq!(protocol.session.after_send, AfterSend::Fin);
    assert!(protocol.response.trim && protocol.commands.is_empty() && protocol.classes.error.is_empty());
    assert_eq!(protocol.times, Times::default());
    let call = protocol.call_body(Some(b"s".to_vec()), fields([])).unwrap();
    assert_eq!(call.encode(&Context::default(), &[]).unwrap().bytes, b"\x1bs\r");
    assert_eq!(call.effect(), Effect::Once);
}

#[test]
fn raw_has_nothing_around_it() {
    let protocol = named("raw");
    assert_eq!((sources(protocol.request.layouts()), protocol.port), (vec!["body"], None));
    assert_eq!(sources(protocol.response.layouts()), ["body <IDLE 500ms|EOF>"]);
    assert!(!protocol.response.trim && protocol.session.after_send == AfterSend::Open);
}

#[test]
fn lines_are_written_in_one_way_and_read_in_all() {
    for (name, end) in [("line", &b"\r\n"[..]), ("line-lf", b"\n"), ("line-cr", b"\r")] {
        let protocol = named(name);
        let call = protocol.call_body(Some(b"ab".to_vec()), fields([])).unwrap();
        assert_eq!(call.encode(&Context::default(), &[]).unwrap().bytes, [b"ab", end].concat(), "{name}");
        for read in ["ab\r\n", "ab\n", "ab\r"] {
            let mut decoder = protocol.response.cases[0].layout.decoder();
            decoder.advance(read.as_bytes(), Closing::Open).unwrap();
            decoder.advance(read.as_bytes(), Closing::Silent).unwrap();
            assert_eq!(decoder.frame(read.as_bytes()).bytes("body"), Some(&b"ab"[..]), "{name} {read:?}");
        }
        assert!(protocol.response.trim && protocol.port.is_none());
    }
}

#[test]
fn every_example_of_the_program_s_own_files_is_written_as_it_says() {
    for name in ["esc-cr", "raw", "line", "line-cr", "line-lf"] {
        let protocol = named(name);
        assert!(!protocol.examples.is_empty(), "{name}");
        for example in &protocol.examples {
            let call = protocol.call_body(example.body.clone(), example.params.clone()).unwrap();
            assert_eq!(call.encode(&Context::default(), &[]).unwrap().bytes, example.send, "{name}");
        }
    }
}

#[test]
fn a_name_that_is_none_is_none() {
    assert!(Protocol::named("nothing").is_none() && library::text("esc_cr").is_none());
}

/// The file that stands in the documentation of the format.
#[test]
fn the_file_that_explains_the_format() {
    let protocol = parse(include_str!("explained.toml"));
    let receptacle = command(&protocol, "receptacle");
    assert_eq!(receptacle.verify.as_ref().unwrap().command, "receptacle_state");
    let call = protocol.call("receptacle", fields([("n", int(1)), ("on", text("on"))])).unwrap();
    assert_eq!(call.encode(&Context::default(), &[]).unwrap().bytes, protocol.examples[0].send);
    assert_eq!(protocol.classes.refusal(None, b"E10").unwrap().text, Some(text("invalid command")));
}
