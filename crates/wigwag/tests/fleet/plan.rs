//! What would be sent, and variables in it.

use std::path::Path;

use crate::support::{Fleet, Report};

fn inventory(fleet: &Fleet) -> String {
    let hosts: String = [(1, 7), (2, 8), (3, 7)]
        .map(|(n, level)| format!("[host.dev-{n}]\naddress = \"{}\"\nvars = {{ level = {level} }}\n", fleet.device(n)))
        .concat();
    let twin = format!("[host.twin]\naddress = \"{}\"\nvars = {{ level = 7 }}\n", fleet.device(1));
    let port = fleet.port;
    fleet.file("hosts.toml", &format!("[defaults]\nprotocol = \"extron-sis\"\nport = {port}\n{hosts}{twin}"))
}

#[test]
fn a_plan_shows_the_bytes_and_sends_nothing() {
    let fleet = Fleet::of(3, "extron-sis", &[]);
    let inventory = inventory(&fleet);
    let words = ["send", "dev-1,dev-2,dev-3,twin", "receptacle", "n=1", "on=on", "-i", &inventory, "--dry-run"];

    let plan = fleet.wigwag(&words).run();

    let expected = format!(
        "dev-[1-3],twin (4):\n  command  extron-sis receptacle, effect idempotent\n\
         \x20 bytes    1b 31 2a 31 50 43 0d  <ESC>1*1PC<CR>\n\
         \x20 hazard   switches the mains power of the receptacle\n\
         duplicate: twin is the same device as dev-1 ({}:{}) and is skipped\n",
        fleet.device(1),
        fleet.port
    );
    let (code, said, err) = plan.told();
    assert_eq!((code, err), (0, ""), "{plan:?}");
    assert!(said.starts_with(&expected), "{said}");
    assert!(said.ends_with(" at the longest; nothing was sent\n"), "{said}");
    assert!(!Path::new(&fleet.journal()).exists(), "nor written down");
    assert_eq!(fleet.received().summary, "stopped after 0 connections, 0 commands");
}

#[test]
fn a_plan_for_programs_has_an_event_for_each() {
    let fleet = Fleet::of(3, "extron-sis", &[]);
    let inventory = inventory(&fleet);

    let plan = fleet.send_with(&inventory, &["dev-1,dev-2", "volume", "volume={level}", "--dry-run"]).run();

    let report = Report::read(&plan.stdout);
    assert_eq!((plan.code, report.devices("skipped dry-run")), (0, vec!["dev-1", "dev-2"]), "{plan:?}");
    let bytes = |device: &str| report.outcomes[device]["request"]["hex"].as_str().unwrap().to_owned();
    assert_eq!((bytes("dev-1").as_str(), bytes("dev-2").as_str()), ("37560d", "38560d"));
    assert_eq!(fleet.received().count(), 0);
}

#[test]
fn each_is_told_with_its_own_variables() {
    let fleet = Fleet::of(3, "extron-sis", &[]);
    let inventory = inventory(&fleet);

    let sent = fleet.send_with(&inventory, &["dev-1,dev-2,dev-3", "volume", "volume={level}"]).run();

    assert_eq!(sent.code, 0, "{sent:?}");
    let shown = fleet.shown();
    assert_eq!((&shown.outcomes["dev-2"]["params"]["volume"], shown.count("ok")), (&8.into(), 3));
    let devices = [1, 2, 3].map(|n| fleet.device(n));
    let received = fleet.received();
    let level = |device: &String| {
        received.commands.iter().find(|command| command.device == *device).unwrap().params["volume"].as_u64().unwrap()
    };
    assert_eq!(devices.each_ref().map(level), [7, 8, 7]);
}

#[test]
fn a_body_is_only_a_template_if_that_is_said() {
    for (words, told) in
        [(&["P {level} {{"][..], ["P {level} {{"; 2]), (&["P {level} {{", "--template"], ["P 7 {", "P 8 {"])]
    {
        let fleet = Fleet::of(3, "line", &["--fault", "slow:1ms"]);
        let inventory = inventory(&fleet);

        let words = [&["dev-1,dev-2"], words, &["--protocol", "line"]].concat();
        let sent = fleet.send_with(&inventory, &words).run();

        let report = Report::read(&sent.stdout);
        let request = |device: &str| report.outcomes[device]["request"]["text"].as_str().unwrap().to_owned();
        assert_eq!((sent.code, [request("dev-1"), request("dev-2")]), (0, told.map(str::to_owned)), "{sent:?}");
        assert_eq!(fleet.received().count(), 2);
    }
}

#[test]
fn an_unknown_variable_of_one_keeps_all_from_being_sent() {
    let fleet = Fleet::of(3, "extron-sis", &[]);
    let inventory = inventory(&fleet);
    let levels = std::fs::read_to_string(&inventory).unwrap().replacen("level = 8", "other = 8", 1);
    let inventory = fleet.file("hosts.toml", &levels);

    let refused = fleet.send_with(&inventory, &["dev-1,dev-2,dev-3", "volume", "volume={level}"]).run();

    assert_eq!((refused.code, refused.told().1), (2, ""), "{refused:?}");
    assert!(refused.stderr.contains("dev-2") && refused.stderr.contains("level"), "{refused:?}");
    assert_eq!(fleet.received().count(), 0);
}

#[test]
fn what_a_resume_tells_is_what_the_run_would_have_told() {
    let fleet = Fleet::of(200, "extron-sis", &["--fault", "slow:20ms"]);
    let hosts: String = (1..=200)
        .map(|n| format!("[host.dev-{n}]\naddress = \"{}\"\nvars = {{ level = {} }}\n", fleet.device(n), n % 100))
        .collect();
    let port = fleet.port;
    let inventory = fleet.file("hosts.toml", &format!("[defaults]\nprotocol = \"extron-sis\"\nport = {port}\n{hosts}"));
    let mut sending =
        fleet.send_with(&inventory, &["dev-[1-200]", "volume", "volume={level}", "--fanout", "4"]).start();
    fleet.wait_until_received(20);
    sending.signal("INT");
    sending.stderr_with("again to cut\n");
    assert_eq!(sending.end().code, 130);
    // What has changed since is for a new run.
    std::fs::remove_file(inventory).unwrap();

    assert_eq!(fleet.resume(&["--fanout", "50"]).run().code, 0);

    let network = fleet.network.clone();
    let received = fleet.received();
    assert_eq!(received.count(), 200);
    for command in &received.commands {
        let number: u64 = command.device.strip_prefix(&format!("{network}.0.")).unwrap().parse().unwrap();
        assert_eq!(command.params["volume"], number % 100, "{command:?}");
    }
}
