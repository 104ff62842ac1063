//! What would be sent, without sending it.

use crate::support::{Core, Fleet, bodies, hosts, on_each_core};

on_each_core!(only_what_reads_is_sent, a_difference_is_shown_without_check_mode);

const SWITCH: &str = "1b 31 2a 30 50 43 0d  <0x1B>1*0PC";

fn only_what_reads_is_sent(core: &Core) {
    let fleet = Fleet::of(2, "extron-sis", &[]);
    let inventory = hosts(&fleet, 2, "wigwag_protocol=extron-sis", &[]);

    let played = core.play(&inventory, "check_mode.yml", &["--check", "--diff"]).run();

    let (code, said, _) = played.told();
    assert_eq!(code, 0, "{played:?}");
    assert!(said.contains(&format!("+press-2: {SWITCH}")), "{said}");
    assert!(said.contains("+press-1: 1b 32 2a 30 50 43 0d  <0x1B>2*0PC"), "{said}");
    assert!(!played.stdout.contains(&0x1b), "an escape reached the terminal");
    assert_eq!(bodies(&fleet.received().commands), ["receptacle_state"; 4]);
}

fn a_difference_is_shown_without_check_mode(core: &Core) {
    let fleet = Fleet::of(2, "extron-sis", &[]);
    let inventory = hosts(&fleet, 1, "wigwag_protocol=extron-sis", &[]);
    let task = "command=receptacle params='{\"n\": 1, \"on\": \"off\"}' confirmed=true";

    let sent =
        core.program("ansible", &["-i", &inventory, "presses", "--diff", "-m", "wigwag.wigwag.send", "-a", task]).run();

    assert_eq!(sent.code, 0, "{sent:?}");
    assert!(sent.told().1.contains(&format!("+press-1: {SWITCH}")), "{sent:?}");
    assert_eq!(bodies(&fleet.received().commands), ["receptacle"]);
}
