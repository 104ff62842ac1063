//! A thousand devices of which every fault has its share: what is said of each is what its fault must lead to, and what has
//! to happen once has not happened twice.

use std::collections::BTreeMap;

use crate::support::{Fleet, Received, Report};

const DEVICES: usize = 1000;

/// How long devices are waited for: far longer than an honest answer takes on a busy machine.
const PATIENCE: [&str; 4] = ["--first-timeout", "3s", "--idle-timeout", "3s"];

/// Longer than anybody waits.
const TOO_LATE: &str = "late=5%:20s";

/// What is played on devices of a protocol, and what comes of it.
struct Play {
    protocol: &'static str,
    command: &'static [&'static str],
    faults: &'static [&'static str],
    /// The outcomes that a fault may lead to.
    leads_to: fn(&str) -> &'static [&'static str],
    /// The outcomes of those that received nothing.
    without_command: &'static [(&'static str, &'static str)],
}

impl Play {
    fn play(&self) -> (Report, Received) {
        let faults: Vec<&str> = self.faults.iter().flat_map(|fault| ["--fault", fault]).collect();
        let fleet = Fleet::of(DEVICES, self.protocol, &faults);
        let sent = fleet.send(&[&["@simulated"], self.command, &PATIENCE].concat()).run();
        assert_eq!(sent.code, 5, "{}", sent.stderr);
        let report = Report::read(&sent.stdout);
        let shown = fleet.shown();
        let received = fleet.received();

        assert_eq!((report.outcomes.len(), report.number("targets")), (DEVICES, DEVICES as u64));
        assert_eq!(shown.kinds(), report.kinds(), "the journal says the same");
        assert_eq!(shown.finished.as_ref().unwrap()["reasons"], report.finished.as_ref().unwrap()["reasons"]);
        received.nobody_twice();
        self.each_is_what_its_fault_leads_to(&report, &received);
        (report, received)
    }

    fn each_is_what_its_fault_leads_to(&self, report: &Report, received: &Received) {
        let faults: BTreeMap<&str, Option<&str>> =
            received.commands.iter().map(|command| (command.device.as_str(), command.fault.as_deref())).collect();
        for (device, event) in &report.outcomes {
            let (kind, written) = (report.kind(device), event["bytes_written"].as_u64().unwrap());
            match faults.get(device.as_str()) {
                Some(fault) => {
                    let leads_to = fault.map_or(&["ok"][..], self.leads_to);
                    assert!(
                        leads_to.contains(&kind.as_str()),
                        "{device} with {fault:?}: {kind}, not {leads_to:?}: {event}"
                    );
                    assert!(written > 0, "{event}");
                }
                None => {
                    assert!(self.without_command.iter().any(|(known, _)| *known == kind), "{device}: {kind}: {event}");
                    assert_eq!(written, 0, "{event}");
                }
            }
        }
        for (kind, fault) in self.without_command.iter().filter(|(_, fault)| *fault != "refuse") {
            assert_eq!(report.count(kind), received.played(fault), "{fault}");
        }
        // With one in twenty of a thousand each fault happens: none at all would be one chance in 10^22.
        for fault in self.faults.iter().map(|fault| fault.split(['=', ':']).next().unwrap()) {
            assert!(fault == "refuse" || received.played(fault) > 0, "{fault} was not played: {}", received.summary);
        }
        assert!(report.count("unreachable refused") > 0);
    }
}

#[test]
fn bodies_in_lines() {
    let play = Play {
        protocol: "esc-cr",
        command: &["BEEP"],
        faults: &[
            "slow=5%:300ms",
            TOO_LATE,
            "silent=5%",
            "reset=5%",
            "split=5%",
            "garble=5%",
            "close-mid-frame=5%",
            "no-half-close=5%",
            "refuse=5%",
        ],
        leads_to: |fault| match fault {
            // One that drops connections at a half-close does that while its answer is being late, or wrong.
            "slow" | "split" => &["ok", "unconfirmed closed-after-fin"],
            "late" | "silent" => &["unconfirmed no-reply", "unconfirmed closed-after-fin"],
            "reset" | "garble" | "close-mid-frame" => &["unconfirmed reset", "unconfirmed closed-after-fin"],
            "no-half-close" => &["unconfirmed closed-after-fin"],
            unknown => panic!("{unknown}"),
        },
        without_command: &[("unreachable refused", "refuse")],
    };
    let (report, received) = play.play();
    assert!(report.count("unconfirmed closed-after-fin") <= received.played("no-half-close"));
}

#[test]
fn commands_behind_a_greeting() {
    let play = Play {
        protocol: "extron-sis",
        command: &["volume_up"],
        faults: &[
            "slow=5%:300ms",
            TOO_LATE,
            "silent=5%",
            "reset=5%",
            "split=5%",
            "garble=5%",
            "close-mid-frame=5%",
            "busy=5%",
            "banner=5%:Port already in use",
            "refuse=5%",
        ],
        leads_to: |fault| match fault {
            "slow" | "split" => &["ok"],
            "late" | "silent" => &["unconfirmed no-reply"],
            "reset" => &["unconfirmed reset"],
            "close-mid-frame" => &["unconfirmed closed"],
            "garble" => &[
                "garbled mismatch",
                "garbled framing",
                "garbled decode",
                "unconfirmed stalled",
                "unconfirmed no-reply",
            ],
            "busy" => &["rejected"],
            unknown => panic!("{unknown}"),
        },
        without_command: &[("unreachable refused", "refuse"), ("unreachable greeting", "banner")],
    };
    let (report, received) = play.play();
    assert_eq!(report.count("rejected"), received.played("busy"));
    assert!(report.outcomes.values().all(|event| event["busy"].is_null() || event["outcome"] == "rejected"));
    for event in report.outcomes.values().filter(|event| event["outcome"] == "rejected") {
        assert_eq!((&event["busy"], &event["code"]), (&true.into(), &22.into()), "{event}");
    }
}

#[test]
fn frames_that_say_whose_answer_they_are() {
    let play = Play {
        protocol: "modbus-tcp",
        command: &["write_register", "address=7", "value=5"],
        faults: &[
            "slow=5%:300ms",
            TOO_LATE,
            "silent=5%",
            "reset=5%",
            "split=5%",
            "garble=5%",
            "close-mid-frame=5%",
            "wrong-id=5%",
            "busy=5%",
            "refuse=5%",
        ],
        leads_to: |fault| match fault {
            "slow" | "split" => &["ok"],
            "late" | "silent" | "wrong-id" => &["unconfirmed no-reply"],
            "reset" => &["unconfirmed reset"],
            "close-mid-frame" => &["unconfirmed closed"],
            "garble" => &[
                "garbled mismatch",
                "garbled framing",
                "garbled too-long",
                "unconfirmed stalled",
                "unconfirmed no-reply",
            ],
            "busy" => &["rejected"],
            unknown => panic!("{unknown}"),
        },
        without_command: &[("unreachable refused", "refuse")],
    };
    let (report, received) = play.play();
    let wrong = received.commands.iter().filter(|command| command.fault.as_deref() == Some("wrong-id"));
    for command in wrong {
        let event = &report.outcomes[&command.device];
        assert!(event["foreign"]["hex"].is_string(), "an answer to somebody else: {event}");
    }
    for event in report.outcomes.values().filter(|event| event["outcome"] == "rejected") {
        assert_eq!((&event["busy"], &event["code"]), (&true.into(), &6.into()), "{event}");
    }
}
