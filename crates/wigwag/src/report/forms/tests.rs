//! Every form, of the same devices.

use insta::assert_snapshot;
use wigwag_fleet::Ended;
use wigwag_fleet::targets::{Names, unfold};
use wigwag_protocol::layout::{Fields, Value};
use wigwag_protocol::outcome::Outcome;

use super::*;
use crate::report::said::part_names;
use crate::report::samples::{answered, begun, ended, finished, mixed, receptacle, refused, said, sent, status};
use crate::report::schema::faults_of_event;

fn printed(look: &Look, ended: &[Ended]) -> String {
    let mut report = of(look);
    let (mut out, mut counts) = (Vec::new(), Counts::default());
    report.begin(&begun(ended.len() as u32), &mut out);
    for ended in ended {
        counts.add(ended.outcome);
        report.ended(ended, &mut out);
    }
    report.finish(&finished(), &counts, &mut out);
    String::from_utf8(out).unwrap()
}

fn several(form: Form) -> Look {
    Look { is_for_several: true, ..Look::of_one(form) }
}

#[test]
fn a_table() {
    assert_snapshot!(printed(&several(Form::Table), &mixed()));
}

#[test]
fn a_table_on_a_narrow_terminal_in_colour() {
    let look = Look { width: Some(60), is_coloured: true, ..several(Form::Table) };
    let shown = printed(&look, &mixed());
    assert_snapshot!(shown.replace('\x1b', "ESC"));
    for line in shown.lines() {
        let plain: String =
            line.split("\x1b[").map(|piece| piece.split_once('m').map_or(piece, |(_, rest)| rest)).collect();
        // The first columns are never cut: what is known comes before what was said.
        assert!(unicode_width::UnicodeWidthStr::width(plain.as_str()) <= 60, "{plain}");
    }
}

#[test]
fn text_of_several() {
    assert_snapshot!(printed(&several(Form::Text), &mixed()));
}

#[test]
fn hex_of_several() {
    assert_snapshot!(printed(&several(Form::Hex), &mixed()[..3]));
}

#[test]
fn csv() {
    assert_snapshot!(printed(&several(Form::Csv), &mixed()));
}

#[test]
fn a_spreadsheet_computes_nothing_that_a_device_says() {
    let task = status();
    let cell = |body: &str| {
        let line = printed(&several(Form::Csv), &[answered(&task, 1, body.as_bytes())]);
        line.lines().nth(1).unwrap().split(',').nth(7).unwrap().to_owned()
    };
    for formula in ["=1+1", "+CMD", "-1-2", "@SUM", "-inf", "＝1"] {
        assert_eq!(cell(formula), format!("'{formula}"));
    }
    for harmless in ["-12.5", "+3", "OK", "1=1", "<ESC>=", ""] {
        assert_eq!(cell(harmless), harmless);
    }
    assert_eq!(cell("\t=1"), "<HT>=1");
}

#[test]
fn grouped() {
    assert_snapshot!(printed(&several(Form::Grouped), &mixed()));
}

#[test]
fn groups_that_say_what_differs() {
    let task = status();
    let long = |last: u8| [b"\x00\x01\x02ABCDEFGHIJKLMNOPQRSTU".as_slice(), &[last]].concat();
    let ended = [
        answered(&task, 1, b"fw 2.1\r\npaper ok\r\nhead ok"),
        answered(&task, 2, b"fw 2.1\r\npaper ok\r\nhead ok"),
        answered(&task, 3, b"fw 2.0\r\npaper ok\r\nhead ok"),
        refused(&task, 4),
    ];
    assert_snapshot!(printed(&Look { differences: true, ..several(Form::Grouped) }, &ended));
    let ended = [answered(&task, 1, &long(1)), answered(&task, 2, &long(1)), answered(&task, 3, &long(2))];
    assert_snapshot!("bytes_that_differ", printed(&Look { differences: true, ..several(Form::Grouped) }, &ended));
}

#[test]
fn parts_that_are_ignored_do_not_part_groups() {
    let task = receptacle();
    let says = |n: i128, on: &str| Fields::from([("n", Value::Integer(n)), ("on", Value::Name(on.into()))]);
    let ended = [said(&task, 1, says(1, "on")), said(&task, 2, says(2, "on")), said(&task, 3, says(3, "off"))];
    assert_snapshot!(printed(&several(Form::Grouped), &ended));
    let look = Look { ignored: vec!["n".to_owned()], differences: true, ..several(Form::Grouped) };
    assert_snapshot!("with_a_part_ignored", printed(&look, &ended));
}

#[test]
fn what_can_be_ignored_is_what_is_compared() {
    assert_eq!(part_names(&receptacle().call), ["n", "on"]);
    assert_eq!(part_names(&status().call), ["body"]);
}

#[test]
fn json_of_several_is_an_array_and_of_one_an_object() {
    let array: serde_json::Value = serde_json::from_str(&printed(&several(Form::Json), &mixed())).unwrap();
    assert_eq!(array.as_array().unwrap().len(), mixed().len());
    assert_eq!(printed(&several(Form::Json), &[]), "[\n]\n");
    let one = printed(&Look::of_one(Form::Json), &mixed()[..1]);
    let object: serde_json::Value = serde_json::from_str(&one).unwrap();
    assert_eq!((&object["device"], one.lines().count()), (&serde_json::json!("press-001"), 1));
}

#[test]
fn ndjson() {
    assert_snapshot!(printed(&several(Form::Ndjson), &mixed()));
}

#[test]
fn nothing_that_a_device_says_acts_on_a_terminal() {
    for form in [Form::Text, Form::Table, Form::Grouped, Form::Json, Form::Ndjson, Form::Csv, Form::Hex] {
        let shown = printed(&Look { differences: true, ..several(form) }, &mixed());
        let acts = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!shown.contains(acts), "{form:?}: {shown:?}");
    }
}

#[test]
fn every_target_is_told_once() {
    let grouped = printed(&several(Form::Grouped), &mixed());
    let sets = grouped.lines().filter(|line| line.starts_with("press")).filter_map(|line| line.split_once(" ("));
    let mut names: Vec<String> = sets.flat_map(|(set, _)| unfold(set).unwrap().iter().collect::<Vec<_>>()).collect();
    names.sort();
    assert_eq!(names, mixed().iter().map(|ended| ended.target.name.to_string()).collect::<Vec<_>>());

    for form in [Form::Table, Form::Ndjson, Form::Csv, Form::Json] {
        let shown = printed(&several(form), &mixed());
        for ended in mixed() {
            assert_eq!(shown.matches(&*ended.target.name).count(), 1, "{form:?} {}: {shown}", ended.target.name);
        }
    }
}

/// The bytes of an event are those of its tree; so a reader loses nothing and finds everything in its order.
#[test]
fn events_are_written_as_serde_json_writes_them() {
    for line in printed(&several(Form::Ndjson), &mixed()).lines() {
        let read: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(crate::report::safe_json(&read.to_string()), line);
    }
}

#[test]
fn every_event_is_as_the_schema_says() {
    let task = receptacle();
    let everything = Fields::from([
        ("n", Value::Integer(i128::MAX)),
        ("weight", Value::Float(12.5)),
        ("raw", Value::Bytes(vec![0, 255])),
        ("set", Value::Bits(1, vec![("paper".into(), true)])),
        ("list", Value::List(vec![Value::Text("a".to_owned()), Value::Record(Fields::new())])),
    ]);
    let mut list = said(&task, 1, Fields::new());
    list.evidence.list = vec![everything.clone(), everything.clone()];
    let of_each = Outcome::ALL.map(|outcome| ended(&task, 2, outcome, sent(2)));
    let all: Vec<Ended> = mixed().into_iter().chain(of_each).chain([said(&task, 1, everything), list]).collect();

    let shown = printed(&several(Form::Ndjson), &all);
    assert_eq!(shown.lines().count(), all.len() + 2);
    for line in shown.lines() {
        let event = serde_json::from_str(line).unwrap();
        assert_eq!(faults_of_event(&event), [""; 0], "{line}");
    }
}

#[test]
fn the_schema_tells_events_from_others() {
    let event: serde_json::Value = serde_json::from_str(&printed(&Look::of_one(Form::Json), &mixed()[..1])).unwrap();
    for (key, wrong) in [
        ("v", serde_json::json!(2)),
        ("outcome", serde_json::json!("fine")),
        ("attempt", serde_json::json!(-1)),
        ("request", serde_json::json!({ "hex": "1B", "text": "" })),
        ("new", serde_json::json!(1)),
    ] {
        let mut event = event.clone();
        event[key] = wrong;
        assert_eq!(faults_of_event(&event).len(), 1, "{key}");
    }
}
