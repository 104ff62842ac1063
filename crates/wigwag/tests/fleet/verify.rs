//! `wigwag verify`: how things are now, where that is not known.

use crate::support::{Fleet, wigwag};

/// Waits for no answer longer than an honest one takes on a busy machine.
const PATIENCE: [&str; 2] = ["--first-timeout", "2s"];

#[test]
fn what_is_not_known_is_asked_and_nothing_is_sent_again() {
    // Of the first command of each nothing is heard, or too late; then they are well.
    let scenario = "fault = ['silent=50%', 'late=50%:20s']\n[[step]]\nafter = 1\nfault = []\n";
    let fleet = Fleet::with_scenario(6, "extron-sis", &[], scenario);
    let words = [&["@simulated", "receptacle", "n=1", "on=on"], &PATIENCE[..]].concat();
    let sent = fleet.send(&words).run();
    assert_eq!((sent.code, fleet.shown().count("unconfirmed no-reply")), (5, 6), "{sent:?}");
    // Somebody else turns two of them off again.
    for device in [2, 5] {
        let device = format!("{}:{}", fleet.device(device), fleet.port);
        let off = ["send", &device, "--protocol", "extron-sis", "receptacle", "n=1", "on=off", "--yes"];
        assert_eq!(wigwag(&off).run().code, 0);
    }
    let before = fleet.received_so_far().len().max(8);

    let verified = fleet.wigwag(&["verify", "last"]).run();

    let network = &fleet.network;
    let expected = format!(
        "{network}.0.[1,3-4,6] (4): in-effect (receptacle_state: on=on)\n\
         {network}.0.[2,5] (2): not-in-effect (receptacle_state: on=off)\n"
    );
    assert_eq!(verified.told(), (5, expected.as_str(), ""));
    assert_eq!(fleet.shown().count("unconfirmed no-reply"), 6);
    let resumed = fleet.resume(&[]).run();
    assert_eq!((resumed.code, resumed.told().1), (5, ""), "nor does it make anything be sent: {resumed:?}");
    let received = fleet.received();
    let asked = received.commands.iter().skip(before).map(|command| command.command.as_deref());
    assert_eq!(asked.collect::<Vec<_>>(), [Some("receptacle_state"); 6]);
    assert!(received.commands.iter().skip(before).all(|command| command.params == serde_json::json!({"n": 1})));
}

#[test]
fn what_was_lost_is_asked_about_too() {
    let scenario = "fault = ['silent']\n[[step]]\nafter = 1\nfault = []\n";
    let fleet = Fleet::with_scenario(3, "extron-sis", &[], scenario);
    let sending = fleet.send(&["@simulated", "receptacle", "n=2", "on=on", "--first-timeout", "1h"]).start();
    fleet.wait_until_received(3);
    sending.signal("KILL");
    assert_eq!(sending.end().code, -9);

    let verified = fleet.wigwag(&["verify", "last"]).run();

    let expected = format!("{}.0.[1-3] (3): in-effect (receptacle_state: on=on)\n", fleet.network);
    assert_eq!(verified.told(), (0, expected.as_str(), ""), "what is in effect is settled");
    assert_eq!(fleet.shown().count("unconfirmed lost"), 3, "and no outcome is changed by that");
    assert_eq!(fleet.received().count(), 6);
}

#[test]
fn what_no_command_can_tell_stays_unknown() {
    let fleet = Fleet::of(2, "extron-sis", &["--fault", "silent"]);
    let words = [&["@simulated", "volume_up"], &PATIENCE[..]].concat();
    assert_eq!(fleet.send(&words).run().code, 5);

    let verified = fleet.wigwag(&["verify", "last"]).run();

    let (code, said, _) = verified.told();
    assert_eq!(code, 5);
    assert!(said.contains("(2): unknown (not sent: volume_up names no command that could verify it)"), "{verified:?}");
    assert_eq!(fleet.received().count(), 2);
}
