//! `wigwag send HOST --protocol P --help`

use super::{Home, hostile_file};
use crate::support::is_inert;

fn help(home: &Home, words: &str) -> String {
    let words: Vec<&str> = words.split(' ').collect();
    let asked = home.wigwag(&words).run();
    assert_eq!((asked.code, asked.stderr.as_str()), (0, ""), "{words:?}");
    asked.told().1.to_owned()
}

#[test]
fn the_commands_of_a_protocol() {
    let home = Home::with_scale();
    let commands = help(&home, "send 127.0.0.1 --protocol scale --help");
    insta::assert_snapshot!(commands);
    for words in ["send --protocol=scale -h", "send -h --protocol scale", "send 127.0.0.1 -h --tls --protocol scale"] {
        assert_eq!(help(&home, words), commands, "{words}");
    }
}

#[test]
fn one_command_of_a_protocol() {
    let home = Home::with_scale();
    let command = help(&home, "send 127.0.0.1 --protocol scale tare --help");
    assert!(command.starts_with(&home.told(&["show", "scale", "tare"])), "{command}");
    assert_eq!(help(&home, "send -h 127.0.0.1 tare slot=3 --protocol scale"), command);
}

#[test]
fn a_protocol_without_commands() {
    insta::assert_snapshot!(help(&Home::new(&[]), "send 127.0.0.1:4001 --protocol line --help"));
}

#[test]
fn without_a_protocol_it_is_the_help_of_send() {
    let home = Home::with_scale();
    let general = help(&home, "send --help");
    assert!(general.contains("--protocol extron-sis --help"), "the help on protocols is told of");
    assert_eq!(help(&home, "send 127.0.0.1 X --help"), general);
}

#[test]
fn a_protocol_and_a_command_that_do_not_exist() {
    let home = Home::with_scale();
    let asked = home.wigwag(&["send", "127.0.0.1", "--protocol", "skale", "--help"]).run();
    let expected =
        "error: there is no protocol `skale`\nhint: did you mean `scale`? `wigwag protocol list` shows all\n";
    assert_eq!(asked.told(), (2, "", expected));
    let asked = home.wigwag(&["send", "127.0.0.1", "--protocol", "scale", "wait", "--help"]).run();
    let expected = "error: scale has no command `wait`\n\
                    hint: did you mean `weight`? `wigwag protocol show scale` lists its commands\n";
    assert_eq!(asked.told(), (2, "", expected));
}

#[test]
fn a_hostile_file_cannot_act_on_the_terminal() {
    let home = Home::new(&[("hostile.toml", &hostile_file())]);
    for words in [&["send", "--protocol", "hostile", "-h"][..], &["send", "h", "--protocol", "hostile", "c", "-h"]] {
        let asked = home.wigwag(words).run();
        assert!(asked.code == 0 && is_inert(&asked.stdout), "{asked:?}");
    }
}
