//! What is tried again, and what never is.

use socket2::{Domain, Socket, Type};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};

use crate::support::{Fleet, Report, wait};

const BACKOFF: [&str; 2] = ["--backoff", "1ms..3ms"];

#[test]
fn who_refuses_is_tried_as_often_as_was_said() {
    let fleet = Fleet::of(3, "esc-cr", &["--fault", "refuse"]);

    let sent = fleet.send(&[&["@simulated", "STEP", "--retry-connect", "2"], &BACKOFF[..]].concat()).run();

    let report = Report::read(&sent.stdout);
    assert_eq!((sent.code, report.count("unreachable refused"), report.number("tried_again")), (4, 3, 6), "{sent:?}");
    assert!(report.outcomes.values().all(|event| event["attempt"] == 3), "{sent:?}");
    // It is proven that nothing was sent: a resume tries again.
    let resumed = Report::read(&fleet.resume(&[]).run().stdout);
    assert_eq!(resumed.count("unreachable refused"), 3);
    assert!(resumed.outcomes.values().all(|event| event["attempt"] == 6), "{:?}", resumed.outcomes);
    assert_eq!(fleet.received().count(), 0);
}

#[test]
fn who_waits_for_another_try_when_a_run_is_killed_is_not_lost() {
    let fleet = Fleet::of(3, "esc-cr", &["--fault", "refuse"]);
    let sending = fleet.send(&["@simulated", "STEP", "--retry-connect", "1", "--backoff", "1h..1h"]).start();
    wait("the first tries", || fleet.tries() == 3);
    sending.signal("KILL");
    assert_eq!(sending.end().code, -9);
    assert_eq!(fleet.open_intents(), 0);

    let resuming = fleet.resume(&[]).start();
    wait("the second tries", || fleet.tries() == 6);
    resuming.signal("INT");

    let resumed = resuming.end();
    assert_eq!((resumed.code, Report::read(&resumed.stdout).count("unreachable refused")), (4, 3), "{resumed:?}");
    assert_eq!(fleet.shown().count("unreachable refused"), 3);
}

#[test]
fn who_comes_up_meanwhile_gets_it() {
    let fleet = Fleet::of(2, "esc-cr", &[]);
    // Bound, and not listening: connections are refused.
    let device = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    device.bind(&format!("{}:0", fleet.device(9)).parse::<SocketAddr>().unwrap().into()).unwrap();
    let address = device.local_addr().unwrap().as_socket().unwrap();
    let target = address.to_string();
    let words =
        [&target, "STEP", "--effect", "once", "--any-target", "--retry-connect", "10000", "--backoff", "5ms..5ms"];
    let sending = fleet.send(&words).start();
    wait("a second try", || fleet.tries() > 0);

    device.listen(1).unwrap();

    let (mut client, _) = TcpListener::from(device).accept().unwrap();
    let mut request = Vec::new();
    client.read_to_end(&mut request).unwrap();
    client.write_all(b"OK\0").unwrap();
    let sent = sending.end();
    let report = Report::read(&sent.stdout);
    assert_eq!((sent.code, request.as_slice()), (0, &b"\x1bSTEP\r"[..]), "{sent:?}");
    assert!(report.outcomes[&target]["attempt"].as_u64().unwrap() > 1, "{sent:?}");
}

#[test]
fn who_is_busy_is_asked_again() {
    let scenario = "fault = ['busy']\n[[step]]\nafter = 1\nfault = []\n";
    let fleet = Fleet::with_scenario(5, "extron-sis", &[], scenario);

    let sent = fleet.send(&[&["@simulated", "volume_up", "--retry-response", "1"], &BACKOFF[..]].concat()).run();

    let report = Report::read(&sent.stdout);
    assert_eq!((sent.code, report.count("ok"), report.number("tried_again")), (0, 5, 5), "{sent:?}");
    assert!(report.outcomes.values().all(|event| event["attempt"] == 2), "{sent:?}");
    let received = fleet.received();
    assert_eq!(received.times().into_values().collect::<Vec<_>>(), [2; 5]);
    assert_eq!(received.played("busy"), 5, "what was sent again had been refused");
}

#[test]
fn only_what_does_no_harm_twice_is_sent_twice() {
    let scenario = "fault = ['reset']\n[[step]]\nafter = 1\nfault = []\n";
    for (command, code, kind, times) in [
        (&["volume_up"][..], 5, "unconfirmed reset", 1),
        (&["volume", "volume=7"], 0, "ok", 2),
        (&["volume_state"], 0, "ok", 2),
    ] {
        let fleet = Fleet::with_scenario(4, "extron-sis", &[], scenario);
        let words = [&["@simulated"], command, &["--retry-response", "3"], &BACKOFF].concat();
        let sent = fleet.send(&words).run();
        assert_eq!((sent.code, Report::read(&sent.stdout).count(kind)), (code, 4), "{command:?}: {sent:?}");
        assert_eq!(fleet.received().times().into_values().collect::<Vec<_>>(), vec![times; 4], "{command:?}");
    }
}
