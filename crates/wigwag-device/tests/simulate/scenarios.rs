//! Scenarios: what they do, and what is wrong with those that are none.

use wigwag_device::simulate::{Scenario, Setup};
use wigwag_protocol::layout::{Fields, Value};

use crate::stage::{LONG, Stage, protocol, setup, words};

fn staged(name: &str, devices: u32, scenario: &str) -> Stage {
    let spoken = protocol(name);
    let scenario = Scenario::parse(scenario, &spoken).unwrap();
    let listen = ([127, 1, 0, 1], 0).into();
    Stage::new(Setup { scenario, devices, listen, ..setup(spoken) }).unwrap()
}

async fn outcomes(stage: &Stage, device: u32, count: usize) -> Vec<String> {
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(words(&stage.send(device, stage.call("volume_state")).await));
    }
    all
}

#[tokio::test]
async fn steps_come_after_so_many_commands_of_each_device() {
    let stage = staged(
        "extron-sis",
        3,
        r#"
        fault = []
        [device.3]
        fault = ["reset"]
        [[step]]
        after = 2
        fault = ["busy"]
        [[step]]
        after = 3
        fault = []
        "#,
    );
    assert_eq!(outcomes(&stage, 1, 4).await, ["ok", "ok", "rejected", "ok"]);
    assert_eq!(outcomes(&stage, 2, 1).await, ["ok"]);
    // A device with faults of its own keeps them.
    assert_eq!(outcomes(&stage, 3, 4).await, ["unconfirmed reset"; 4]);
    assert_eq!(outcomes(&stage, 2, 3).await, ["ok", "rejected", "ok"]);
}

#[tokio::test]
async fn steps_come_at_a_time() {
    let steps = "[[step]]\nat = \"100ms\"\nfault = [\"busy\"]\n[[step]]\nat = \"1h\"\nfault = [\"reset\"]";
    let stage = staged("extron-sis", 2, steps);
    let until_busy = async { while outcomes(&stage, 1, 1).await == ["ok"] {} };
    tokio::time::timeout(LONG, until_busy).await.unwrap();
    assert_eq!(outcomes(&stage, 1, 2).await, ["rejected"; 2]);
}

#[tokio::test]
async fn devices_are_named_by_number_range_and_address() {
    let stage = staged(
        "extron-sis",
        6,
        r#"
        [device."2-3"]
        fault = ["busy"]
        [device."127.1.0.5"]
        state = { volume = 55 }
        [device.6]
        fault = ["refuse"]
        "#,
    );
    let mut seen = Vec::new();
    for device in 1..=6 {
        seen.extend(outcomes(&stage, device, 1).await);
    }
    assert_eq!(seen, ["ok", "rejected", "rejected", "ok", "ok", "unreachable refused"]);
    let end = stage.send(5, stage.call("volume_state")).await;
    assert_eq!(end.evidence.fields.get("volume"), Some(&Value::Integer(55)));
}

/// Those who do not know the secret are turned away, and its bytes are never recorded.
#[tokio::test]
async fn clients_have_to_know_the_secret() {
    for name in ["pjlink", "extron-sis"] {
        let secret = |text: &str| Fields::from([("password", Value::Text(text.to_owned()))]);
        let command = if name == "pjlink" { "power_state" } else { "volume_state" };
        let stage = Stage::new(Setup { secrets: secret("opensesame"), ..setup(protocol(name)) }).unwrap();
        let mut knowing = stage.client(1);
        assert_eq!(words(&knowing.exchange(stage.call(command).into(), &mut ()).await), "ok", "{name}");
        let mut guessing = stage.client(1);
        guessing.secrets = secret("wrong");
        let end = guessing.exchange(stage.call(command).into(), &mut ()).await;
        assert!(["rejected", "unreachable login"].contains(&words(&end).as_str()), "{name}: {}", words(&end));
        let (_, seen) = stage.end().await;
        let secret = seen.iter().map(|seen| seen.is_secret).collect::<Vec<_>>();
        assert_eq!(secret, [name == "pjlink"], "{name}");
    }
    let problem = Stage::new(Setup {
        secrets: Fields::from([("pasword", Value::Text("x".to_owned()))]),
        ..setup(protocol("pjlink"))
    });
    let problem = problem.err().unwrap();
    assert_eq!(problem.message, "the protocol pjlink asks for no secret `pasword`");
    assert_eq!(problem.help.unwrap(), "it asks for password");
}

/// A file, what is wrong with it, what to do, and the place.
const WRONG: &[(&str, &str, Option<&str>, &str)] = &[
    ("falt = []", "unknown key `falt`", Some("did you mean `fault`?"), "falt"),
    ("fault = \"slow\"", "expected a list, not string \"slow\"", None, "\"slow\""),
    ("fault = [\"slwo\"]", "there is no fault `slwo`", Some("did you mean `slow`?"), "\"slwo\""),
    (
        "fault = [\"slow=60%\", \"refuse\", \"reset=60%\"]",
        "of slow, reset at most one happens to a command: together they cannot be more than 100%",
        None,
        "\"slow=60%\", \"refuse\", \"reset=60%\"",
    ),
    ("seed = -1", "the seed is a whole number from 0 on", None, "-1"),
    ("devices = 0", "the number of devices is a whole number from 1 on", None, "0"),
    (
        "[device.x]\nfault = []",
        "`x` is no device",
        Some("say which: `[device.3]`, `[device.\"3-7\"]` or `[device.\"127.1.0.3\"]`"),
        "x",
    ),
    (
        "[device.\"7-3\"]\nfault = []",
        "`7-3` is no device",
        Some("say which: `[device.3]`, `[device.\"3-7\"]` or `[device.\"127.1.0.3\"]`"),
        "\"7-3\"",
    ),
    (
        "[device.3]\nfault = []\n[device.\"1-4\"]\nfault = []",
        "an earlier entry speaks of device 1-4 already",
        None,
        "\"1-4\"",
    ),
    ("[device.3]\nfalut = []", "unknown key `falut`", Some("did you mean `fault`?"), "falut"),
    (
        "[device.3]\nstate = { volum = 3 }",
        "the protocol extron-sis has no parameter `volum`",
        Some("did you mean `volume`?"),
        "{ volum = 3 }",
    ),
    (
        "[device.3]\nstate = { n = 1, on = \"maybe\" }",
        "`on`: there is no `maybe` here; it takes one of off, on",
        None,
        "{ n = 1, on = \"maybe\" }",
    ),
    (
        "[device.3]\nstate = 3",
        "the state is a table of parameters",
        Some("write `state = { n = 1, on = \"on\" }`, or a list of such tables"),
        "3",
    ),
    (
        "[[step]]\nfault = []",
        "a step begins after so many commands, or at a time",
        Some("say `after = 3` (commands) or `at = \"10s\"`"),
        "[[step]]",
    ),
    ("[[step]]\nafter = 3", "the key `fault` is missing", None, "[[step]]"),
    ("[[step]]\nafter = -3\nfault = []", "the number of commands is a whole number from 0 on", None, "-3"),
    (
        "[[step]]\nafter = 3\nfault = [\"refuse\"]",
        "a device refuses from the start or never",
        Some("put it above the steps"),
        "\"refuse\"",
    ),
];

#[test]
fn what_is_wrong_with_a_scenario_is_named_and_marked() {
    let extron = protocol("extron-sis");
    for (text, message, help, marked) in WRONG {
        let error = Scenario::parse(text, &extron).unwrap_err();
        let place = error.at.clone().map_or("", |at| text[at].trim_end());
        assert_eq!((error.message.as_str(), error.help.as_deref(), place), (*message, *help, *marked), "{text}");
    }
    let error = Scenario::parse("[[step]]\nat = \"soon\"\nfault = []", &extron).unwrap_err();
    assert_eq!(error.at, Some(14..20), "{}", error.message);
}
