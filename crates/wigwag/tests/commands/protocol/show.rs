//! `wigwag protocol show`

use super::{Home, SCALE, hostile_file};
use crate::support::is_inert;

#[test]
fn a_small_file_as_a_page() {
    insta::assert_snapshot!(Home::with_scale().told(&["show", "scale"]));
}

#[test]
fn one_command_with_its_examples_part_by_part() {
    let home = Home::with_scale();
    insta::assert_snapshot!("tare", home.told(&["show", "scale", "tare"]));
    insta::assert_snapshot!("unlock", home.told(&["show", "scale", "unlock"]));
}

#[test]
fn a_protocol_of_the_library() {
    insta::assert_snapshot!(Home::new(&[]).told(&["show", "esc-cr"]));
}

#[test]
fn every_protocol_of_the_library_fits_a_screen() {
    let home = Home::new(&[]);
    for name in wigwag_protocol::protocol::library::names() {
        let page = home.told(&["show", name]);
        let too_long =
            page.lines().find(|line| line.chars().count() > 100 && !line.trim_start().starts_with("$ wigwag "));
        assert_eq!(too_long, None, "{name}");
        assert!(page.starts_with(&format!("{name}: ")), "{name} has no title");
    }
}

#[test]
fn a_file_by_its_path() {
    let home = Home::with_scale();
    let path = home.folder().join("scale.toml");
    let page = home.told(&["show", path.to_str().unwrap(), "weight"]);
    let typed = "$ wigwag send HOST --protocol HOME/wigwag/protocols/scale.toml weight\n";
    assert!(page.contains(typed), "{page}");
}

#[test]
fn frames_of_several_cases_stuffed_ones_and_commands_that_are_frames() {
    let several = b"name = 'several'\n[response]\nmatch = ['unit']\n\
        [[response.case]]\nlayout = 'unit:u8 fc:u8 code:u8'\nwhen = 'fc & 0x80 != 0'\n\
        [[response.case]]\nlayout = 'unit:u8 fc:u8 n:u8=len(body) body'\nwhen = 'fc == 3'\n\
        [[response.case]]\nlayout = 'unit:u8 fc:u8 n:u8=len(body) body'\nwhen = 'fc == 4'\n\
        [command.ask]\nsend = 'unit:u8 fc:u8=3 n:u8'\nparams = { unit = { min = 1 } }\n";
    let stuffed = b"name = 'stuffed'\ntransport = 'telnet'\n[request]\nlayout = 'kind:u8 body'\ncodec = 'slip'\n\
        [response]\nlayout = \"':' unit:u8 body sum:u8=neg8(unit..) <CR LF>\"\ncodec = { name = 'hex', span = 'unit..sum' }\n\
        [command.ask]\nset = { kind = 3 }\nsend = 'n:u8'\nreply = ''\n";
    let home = Home::new(&[("several.toml", several), ("stuffed.toml", stuffed)]);
    insta::assert_snapshot!("several", home.told(&["show", "several"]));
    insta::assert_snapshot!("stuffed", home.told(&["show", "stuffed"]));
}

#[test]
fn as_json() {
    let home = Home::with_scale();
    let page = home.protocol(&["show", "scale", "--output", "json"]).json();
    insta::assert_snapshot!(
        serde_json::to_string_pretty(&page).unwrap().replace(home.0.path().to_str().unwrap(), "HOME")
    );

    let one = home.protocol(&["show", "scale", "tare", "--output", "json"]).json();
    let names = |page: &serde_json::Value| {
        page["commands"].as_array().unwrap().iter().map(|c| c["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&one), ["tare"]);
    assert_eq!(names(&page), ["weight", "tare", "log", "unlock", "reset"]);
    assert_eq!((&one["session"], &one["commands"][0]), (&page["session"], &page["commands"][1]));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let broken = SCALE.replace("sum:hex2=xor(body)", "sum:hex2=xor(boddy)");
    let home = Home::new(&[("scale.toml", broken.as_bytes())]);
    let shown = home.protocol(&["show", "scale"]);
    assert_eq!((shown.code, shown.stdout.len()), (2, 0));
    assert!(shown.stderr.contains("there is no part `boddy` here"), "{}", shown.stderr);
    assert!(shown.stderr.contains("scale.toml:"), "{}", shown.stderr);

    let unknown = home.protocol(&["show", "extron-siz"]).stderr;
    assert!(unknown.contains("did you mean `extron-sis`?"), "{unknown}");
    let command = home.protocol(&["show", "extron-sis", "recepticle"]);
    let expected = "error: extron-sis has no command `recepticle`\n\
                    hint: did you mean `receptacle`? `wigwag protocol show extron-sis` lists its commands\n";
    assert_eq!(command.told(), (2, "", expected));
}

#[test]
fn a_hostile_file_cannot_act_on_the_terminal() {
    let home = Home::new(&[("hostile.toml", &hostile_file())]);
    for words in [&["show", "hostile"][..], &["show", "hostile", "c"], &["show", "hostile", "--output", "json"]] {
        let shown = home.protocol(words);
        assert_eq!((shown.code, shown.stderr.as_str()), (0, ""), "{words:?}");
        assert!(is_inert(&shown.stdout), "{shown:?}");
    }
    assert!(home.told(&["show", "hostile"]).contains("A<ESC>]0;owned<BEL>B"));
}
