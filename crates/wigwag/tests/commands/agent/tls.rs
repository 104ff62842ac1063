//! TLS between `wigwag send` and the agent: what each side says when it will not have the other.

use std::io::{Read, Write};
use std::net::Shutdown;

use super::{READY, Serving};
use crate::support::{Authority, Identity, wigwag};

const VERSIONS: [&str; 2] = ["1.2", "1.3"];

/// An agent with this certificate; with an authority of its clients, if it has one.
fn serving(version: &str, identity: &Identity, client_ca: Option<&Authority>) -> Serving {
    let Identity { cert, key } = identity;
    let client_ca = client_ca.map(|authority| format!("client_ca = \"{}\"\n", authority.file())).unwrap_or_default();
    Serving::start(&format!(
        "{READY}[tls]\ncert = \"{cert}\"\nkey = \"{key}\"\nversions = [\"{version}\"]\n{client_ca}"
    ))
}

impl Serving {
    /// What `wigwag send` makes of it: its exit code, the answer, and the error without the address.
    fn sent(&self, arguments: &[&str]) -> (i32, String, String) {
        let sent = wigwag(&[&["send", &self.address(), "STATUS"], arguments].concat()).run();
        let stdout = String::from_utf8(sent.stdout).unwrap();
        (sent.code, stdout, sent.stderr.replace(&format!("error: {}: ", self.address()), ""))
    }

    /// Everything that it logged, once it has been stopped; every client was told goodbye and nothing broke.
    fn log(self) -> String {
        self.process.signal("TERM");
        let ended = self.process.end();
        assert_eq!(ended.code, 0, "{ended:?}");
        ended.stderr
    }
}

#[test]
fn a_device_that_is_known() {
    for version in VERSIONS {
        let authority = Authority::new();
        let serving = serving(version, &authority.identity("127.0.0.1"), None);

        let checked = wigwag(&["check", &serving.address(), "--tls-ca", &authority.file()]).run();
        let shown = String::from_utf8_lossy(&checked.stdout).into_owned();
        assert!(shown.contains(&format!("TLS {version}")), "{shown}");
        assert_eq!(serving.sent(&["--tls-ca", &authority.file()]), (0, "READY\n".into(), String::new()));
        let log = serving.log();
        assert!(log.contains("protocol esc-cr over TLS\n") && !log.contains("no TLS"), "{log}");
    }
}

#[test]
fn a_client_that_is_known() {
    for version in VERSIONS {
        let authority = Authority::new();
        let serving = serving(version, &authority.identity("127.0.0.1"), Some(&authority));
        let Identity { cert, key } = authority.identity("console");

        let known = ["--tls-ca", &authority.file(), "--tls-cert", &cert, "--tls-key", &key];
        assert_eq!(serving.sent(&known), (0, "READY\n".into(), String::new()));
        assert!(!serving.log().contains("no TLS"));
    }
}

/// A device that the client does not take: not a byte of the command is sent, and the agent says why it served nobody.
#[test]
fn devices_that_are_not_taken() {
    for version in VERSIONS {
        let (authority, other) = (Authority::new(), Authority::new());
        let wrong_ca = (other.identity("127.0.0.1"), "certificate is not signed by");
        let expired = (authority.expired("127.0.0.1"), "certificate expired on 2025-01-01");
        let wrong_name = (authority.identity("press-8"), "certificate is for press-8, not for 127.0.0.1");
        for ((identity, why), alert) in [
            (wrong_ca, ["unknown CA", "decrypt error", "bad certificate"]),
            (expired, ["certificate expired"; 3]),
            (wrong_name, ["bad certificate", "certificate unknown", "unrecognised name"]),
        ] {
            let serving = serving(version, &identity, None);

            let (code, stdout, stderr) = serving.sent(&["--tls-ca", &authority.file()]);

            assert_eq!((code, &*stdout), (4, ""), "{version}: {stderr}");
            assert!(stderr.starts_with(&format!("could not agree on TLS: {why}")), "{version}: {stderr}");
            let log = serving.log();
            let said =
                |alert: &&str| log.contains(&format!("no TLS: the client refused TLS with the alert \"{alert}\"\n"));
            assert!(alert.iter().any(said), "{version}: {why}: {log}");
        }
    }
}

/// Clients that the device does not take. With TLS 1.3 a client is done before the device has looked at its certificate, so
/// that its command may be on the way when it is told: it was not acted on, but the client cannot know.
#[test]
fn clients_that_are_not_taken() {
    for version in VERSIONS {
        let (authority, other) = (Authority::new(), Authority::new());
        for (identity, alert, why) in [
            (None, "certificate required", "the client shows no certificate"),
            (Some(other.identity("console")), "", "the client's certificate is not signed by"),
            (
                Some(authority.expired("console")),
                "certificate expired",
                "the client's certificate expired on 2025-01-01",
            ),
        ] {
            let serving = serving(version, &authority.identity("127.0.0.1"), Some(&authority));
            let ca = authority.file();
            let own = identity.as_ref().map(|own| vec!["--tls-cert", &own.cert, "--tls-key", &own.key]);

            let (code, stdout, stderr) = serving.sent(&[vec!["--tls-ca", &ca], own.unwrap_or_default()].concat());

            assert_eq!(stdout, "", "{version}: {why}");
            let told = match code {
                4 if version == "1.2" => {
                    stderr.starts_with("could not agree on TLS: the device refused TLS with the alert")
                }
                4 => stderr.starts_with("could not send: the device ended TLS with the alert"),
                5 => version == "1.3" && stderr.contains("the device ended TLS with the alert"),
                _ => false,
            };
            assert!(told && stderr.contains(&format!("\"{alert}")), "{version}: {why}: {code}: {stderr}");
            let log = serving.log();
            assert!(log.contains(&format!("no TLS: {why}")), "{version}: {why}: {log}");
        }
    }
}

#[test]
fn clients_that_speak_no_tls() {
    let authority = Authority::new();
    let mut serving = serving("1.3", &authority.identity("127.0.0.1"), None);

    let (code, stdout, stderr) = serving.sent(&["--total-timeout", "5s"]);

    assert_eq!((code, &*stdout), (5, ""), "nothing that could be taken for an answer: {stderr}");
    serving.process.stderr_with("no TLS: the client does not speak TLS\n");
    assert!(!serving.log().contains("unknown command"));
}

/// A port that is looked at, as monitoring does it, is nothing to tell of.
#[test]
fn clients_that_say_nothing() {
    let authority = Authority::new();
    let serving = serving("1.3", &authority.identity("127.0.0.1"), None);

    for _ in 0..3 {
        let client = serving.connect();
        client.shutdown(Shutdown::Write).unwrap();
        assert_eq!(super::rest(client), b"");
    }

    let log = serving.log();
    assert!(log.contains("stopped after 3 connections") && !log.contains("no TLS"), "{log}");
}

#[test]
fn files_that_cannot_be_used() {
    let authority = Authority::new();
    let (own, other) = (authority.identity("press-7"), authority.identity("press-8"));
    let start = "protocol = \"line\"\nlisten = [\"127.0.0.1:0\"]\n[tls]\n";
    for (table, said) in [
        ("cert = \"/nowhere/a.crt\"", "tls: cannot read /nowhere/a.crt: no such file".to_owned()),
        (&format!("cert = \"{}\"", own.cert), format!("tls: {} has no private key in PEM form", own.cert)),
        (
            &format!("cert = \"{}\"\nkey = \"{}\"", own.cert, other.key),
            format!("tls: the private key in {} does not belong to the certificate in {}", other.key, own.cert),
        ),
        (&format!("cert = \"{}\"\nversions = []", own.cert), "tls.versions names none".to_owned()),
        (&format!("cert = \"{}\"\nversions = [\"1.1\"]", own.cert), "line 5: `1.1` is not one of 1.2, 1.3".to_owned()),
    ] {
        let complaint = super::complaint(&format!("{start}{table}\n"));
        assert!(complaint.contains(&said), "{complaint}");
    }
}

/// More than all buffers hold, to a client that takes its time: nothing is lost, doubled or out of order, and a half-close
/// is heard behind all that came before it.
#[test]
fn long_answers_to_a_client_that_half_closes() {
    const COMMANDS: usize = 400;
    for version in VERSIONS {
        let authority = Authority::new();
        let Identity { cert, key } = authority.identity("127.0.0.1");
        let replies = ["a", "b"].map(|letter| letter.repeat(60_000));
        let serving = Serving::start(&format!(
            "protocol = \"esc-cr\"\n[on.A]\nreply = \"{}\"\n[on.B]\nreply = \"{}\"\n\
             [tls]\ncert = \"{cert}\"\nkey = \"{key}\"\nversions = [\"{version}\"]\n",
            replies[0], replies[1]
        ));
        let mut client = authority.client(serving.connect());

        client.write_all(&b"\x1bA\r\x1bB\r".repeat(COMMANDS / 2)).unwrap();
        client.conn.send_close_notify();
        client.flush().unwrap();
        client.sock.shutdown(Shutdown::Write).unwrap();

        let mut answers = Vec::new();
        client.read_to_end(&mut answers).unwrap();
        let expected = format!("{}\0{}\0", replies[0], replies[1]).repeat(COMMANDS / 2);
        assert!(answers == expected.as_bytes(), "{version}: {} of {} bytes", answers.len(), expected.len());
        assert!(!serving.log().contains("no TLS"));
    }
}
