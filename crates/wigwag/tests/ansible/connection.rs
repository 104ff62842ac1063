//! A device as a connection.

use crate::support::{Core, Ended, Fleet, bodies, hosts, on_each_core};

on_each_core!(
    raw_goes_to_the_device,
    an_outcome_is_an_exit_code,
    the_modules_of_the_collection_work_over_it,
    nothing_else_reaches_a_device,
);

fn raw(core: &Core, inventory: &str, command: &str) -> Ended {
    let words = ["-i", inventory, "presses", "-c", "wigwag.wigwag.device", "-m", "raw", "-a", command];
    core.program("ansible", &words).run()
}

fn raw_goes_to_the_device(core: &Core) {
    let fleet = Fleet::of(2, "esc-cr", &[]);
    let inventory = hosts(&fleet, 3, "", &[(3, "wigwag_port=1")]);

    let sent = raw(core, &inventory, "PRINT 3 copies");

    let (code, said, _) = sent.told();
    assert_eq!(code, 4, "{sent:?}");
    assert!(said.contains("press-1 | CHANGED | rc=0 >>\nOK\n"), "{said}");
    assert!(said.contains("press-3 | UNREACHABLE!"), "{said}");
    let every_answer_is_a_no = r#"{"wigwag_error": ["text:text"]}"#;
    let words = ["-i", &inventory, "press-1", "-c", "wigwag.wigwag.device", "-m", "raw", "-a", "PRINT 3 copies"];
    let no = core.program("ansible", &words).arguments(&["-e", every_answer_is_a_no]).run();
    assert_eq!(no.code, 2, "{no:?}");
    assert!(no.told().1.contains("press-1 | FAILED | rc=3"), "{no:?}");
    assert!(no.told().1.contains("the device refused"), "{no:?}");

    assert_eq!(bodies(&fleet.received().commands), ["PRINT 3 copies"; 3]);
}

fn an_outcome_is_an_exit_code(core: &Core) {
    let scenario = "[device.2]\nfault = [\"silent\"]\n[device.3]\nfault = [\"garble\"]\n";
    let fleet = Fleet::with_scenario(3, "extron-sis", &[], scenario);
    let inventory = hosts(&fleet, 3, "wigwag_protocol=extron-sis\nwigwag_first_timeout=300ms", &[]);

    let asked = raw(core, &inventory, "part_number");

    assert_eq!(asked.code, 2, "{asked:?}");
    let said = asked.told().1;
    assert!(said.contains("press-1 | CHANGED | rc=0"), "{said}");
    assert!(said.contains("press-2 | FAILED | rc=5"), "{said}");
    assert!(said.contains("it is not known whether the device acted on the command"), "{said}");
    assert!(said.contains("press-3 | FAILED | rc=5"), "{said}");
}

/// They run on the control node, whatever the connection.
fn the_modules_of_the_collection_work_over_it(core: &Core) {
    let fleet = Fleet::of(2, "esc-cr", &[]);
    let inventory = hosts(&fleet, 2, "", &[]);

    for module in ["send", "fleet"] {
        let (module, task) = (format!("wigwag.wigwag.{module}"), format!("command={module} effect=read"));
        let words = ["-i", &inventory, "presses", "-c", "wigwag.wigwag.device", "-m", &module, "-a", &task];
        let sent = core.program("ansible", &words).run();
        assert_eq!(sent.code, 0, "{sent:?}");
    }

    let mut told = bodies(&fleet.received().commands);
    told.sort();
    assert_eq!(told, ["fleet", "fleet", "send", "send"]);
}

/// Whatever asks for a shell would else be sent as a command.
fn nothing_else_reaches_a_device(core: &Core) {
    let fleet = Fleet::of(2, "esc-cr", &[]);
    let inventory = hosts(&fleet, 1, "", &[]);

    let played = core.play(&inventory, "no_shell.yml", &[]).run();

    assert_eq!(played.code, 2, "{played:?}");
    let (_, gathering) =
        played.told().1.split_once("PLAY [A play over it that gathers facts]").expect("the first play ends");
    assert!(gathering.contains("a device has no shell"), "{played:?}");
    assert!(!gathering.contains("TASK [Never"), "{played:?}");
    assert_eq!(bodies(&fleet.received().commands), [""; 0]);
}
