//! What is shown of a few runs.

use wigwag_fleet::Event;
use wigwag_protocol::layout::Fields;
use wigwag_protocol::layout::Value;
use wigwag_protocol::outcome::{Outcome, Skipped};

use super::{diff, follow, list, show};
use crate::cli::{Form, RunForm};
use crate::journal::tests::scene::{NO_REPLY, REFUSED, Running, Scene, intent, new_run, rows, time};
use crate::journal::{Listed, NewRun, Verdict, Verification};
use crate::report::schema::faults_of_event;
use crate::report::{self, samples};

/// What is written, with what is another one each time replaced.
fn told(scene: &Scene, tell: impl FnOnce(&mut Vec<u8>) -> Result<(), super::Trouble>) -> String {
    let mut out = Vec::new();
    tell(&mut out).unwrap();
    let mut text = String::from_utf8(out).unwrap();
    for run in scene.journal.runs().unwrap() {
        text = text.replace(run.id.as_str(), "20261122-154201-k3x9");
        text = text.replace(&super::names::time(run.started), "2026-11-22 15:42:01Z");
    }
    text.replace(&std::process::id().to_string(), "4711")
}

/// A run of eight devices: answers, one that says something else, and what can go wrong.
fn mixed() -> Scene {
    let scene = Scene::new();
    let mut running = Running::start(scene.begin(9));
    running.ask((0..7).map(|number| intent(number, 1)).collect());
    let ok = |number| scene.ended(number, 1, Outcome::Ok);
    let mut says = scene.end(5, 1, Outcome::Ok);
    says.evidence.body = b"\x1b[2J=1+1,\"\"".to_vec();
    says.evidence.fields = Fields::from([("body", Value::Bytes(says.evidence.body.clone()))]);
    running.tell(vec![ok(0), ok(3), ok(6), ok(1), Event::Ended(says)]);
    running.tell(vec![scene.tried(4, 1, REFUSED), scene.ended(2, 1, NO_REPLY)]);
    running.ask(vec![intent(4, 2)]);
    running.tell(vec![
        scene.ended(4, 2, REFUSED),
        scene.ended(7, 0, Outcome::Skipped(Skipped::Halted)),
        scene.ended(8, 0, Outcome::Skipped(Skipped::Halted)),
    ]);
    running.finish();
    scene
}

#[test]
fn a_run_on_a_page() {
    let scene = mixed();
    let mut handle = scene.journal.take(&scene.last(), false).unwrap();
    let found = Verification { number: 2, time: time(), verdict: Verdict::InEffect, detail: None };
    handle.verified(&[Verification { verdict: Verdict::Unknown, ..found.clone() }, found]).unwrap();
    drop(handle);

    let page = told(&scene, |out| show::show(&scene.journal, &scene.last(), &[], RunForm::Text, out));

    // How long it took is another time each time.
    let page: String =
        page.lines().map(|line| line.split(", done in").next().unwrap_or(line).to_owned() + "\n").collect();
    insta::assert_snapshot!(page);
}

#[test]
fn a_run_for_a_spreadsheet() {
    let scene = mixed();
    insta::assert_snapshot!(told(&scene, |out| show::show(&scene.journal, &scene.last(), &[], RunForm::Csv, out)));
}

#[test]
fn a_run_for_programs() {
    let scene = mixed();
    let lines = told(&scene, |out| show::show(&scene.journal, &scene.last(), &[], RunForm::Ndjson, out));

    let lines: Vec<&str> = lines.lines().collect();
    assert!(
        lines[0].starts_with(r#"{"v":1,"event":"run-started","run":"20261122-154201-k3x9","time":""#),
        "{}",
        lines[0]
    );
    assert!(lines[0].ends_with(r#"Z","command":"STATUS","targets":9}"#), "{}", lines[0]);
    let counts = r#""targets":9,"counts":{"ok":5,"unreachable":1,"unconfirmed":1,"skipped":2}"#;
    assert!(lines[10].contains(counts), "{}", lines[10]);
    insta::assert_snapshot!(lines[1..10].join("\n"));
}

#[test]
fn all_runs_in_a_table() {
    let scene = mixed();
    let mut running = Running::start(scene.begin(3));
    running.ask(vec![intent(0, 1)]);
    running.granted(1);

    insta::assert_snapshot!(told(&scene, |out| list::list(Some(&scene.journal), Form::Text, out)));
    running.die();
    insta::assert_snapshot!(told(&scene, |out| list::list(Some(&scene.journal), Form::Text, out)));
}

#[test]
fn where_nothing_was_journaled_there_are_no_runs() {
    let mut out = Vec::new();
    list::list(None, Form::Text, &mut out).unwrap();
    list::list(None, Form::Json, &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), "no runs\n{\"v\":1,\"runs\":[]}\n");
}

#[test]
fn who_answers_something_else_than_most() {
    let scene = mixed();
    insta::assert_snapshot!(told(&scene, |out| diff::within(&scene.journal, &scene.last(), &[], out)));
}

#[test]
fn what_changed_from_one_run_to_the_next() {
    let scene = mixed();
    let earlier = scene.last();
    let mut running = Running::start(scene.begin(7));
    running.tell((0..6).map(|number| scene.ended(number, 1, Outcome::Ok)).collect());
    running.die();

    let told = told(&scene, |out| diff::between(&scene.journal, &earlier, &scene.last(), &[], out));

    insta::assert_snapshot!(told);
}

#[test]
fn parts_that_always_differ_are_left_out() {
    let scene = Scene::new();
    let mut running = Running::start(scene.begin(3));
    let events = (0..3).map(|number| {
        let mut end = scene.end(number, 1, Outcome::Ok);
        let uptime = Value::Integer(i128::from(number));
        end.evidence.fields = Fields::from([("uptime", uptime), ("fw", Value::Text("2.1".to_owned()))]);
        Event::Ended(end)
    });
    running.tell(events.collect());
    running.finish();
    let within = |ignored: &[String]| told(&scene, |out| diff::within(&scene.journal, &scene.last(), ignored, out));

    assert_eq!(within(&["uptime".to_owned()]), "3 of 3: fw=2.1\n");
    assert_eq!(within(&[]).lines().count(), 3);
}

#[test]
fn a_run_that_goes_on_elsewhere_is_followed_to_its_end() {
    let scene = mixed();
    let mut running = Running::start(scene.begin(2));
    let run = scene.last();
    let path = scene.path();
    let follower = std::thread::spawn(move || {
        let journal = crate::journal::Journal::open_read_only(&path).unwrap();
        let mut out = Vec::new();
        follow::follow(&journal, &run, RunForm::Text, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    });
    running.tell(vec![scene.ended(0, 1, Outcome::Ok)]);
    running.reported();
    running.tell(vec![scene.tried(1, 1, REFUSED), scene.ended(1, 2, Outcome::Ok)]);
    running.finish();

    assert_eq!(follower.join().unwrap(), "press-000: READY 0\npress-001: READY 1\n");
}

#[test]
fn what_was_lost_is_an_outcome_too() {
    let scene = Scene::new();
    let mut running = Running::start(scene.begin(3));
    running.ask(vec![intent(0, 1), intent(1, 1)]);
    running.tell(vec![scene.ended(0, 1, Outcome::Ok)]);
    running.die();

    let lines = told(&scene, |out| show::show(&scene.journal, &scene.last(), &[], RunForm::Ndjson, out));

    let lines: Vec<&str> = lines.lines().collect();
    assert!(lines[2].contains(r#""device":"press-001""#), "{}", lines[2]);
    assert!(lines[2].contains(r#""outcome":"unconfirmed","reason":"lost""#), "{}", lines[2]);
    assert_eq!(lines.len(), 3, "it has not finished");
}

#[test]
fn what_is_read_back_is_what_was_told() {
    for form in [RunForm::Ndjson, RunForm::Csv] {
        let scene = Scene::new();
        let ended = samples::mixed();
        let mut handle = scene.journal.begin(&NewRun { command: Some("STATUS".to_owned()), ..new_run() }).unwrap();
        let listed = ended.iter().map(|ended| Listed {
            number: ended.target.number,
            name: ended.target.name.to_string(),
            endpoint: String::new(),
            profile: 0,
            what: None,
            invalid: ended.target.order.as_ref().err().map(|invalid| (invalid.reason, invalid.message.clone())),
        });
        handle.list(rows(&listed.collect::<Vec<_>>())).unwrap();
        handle.list_complete().unwrap();
        let id = handle.id().to_string();
        let mut running = Running::start(handle);
        let events: Vec<Event> = ended.into_iter().map(Event::Ended).collect();
        running.tell(events.clone());
        running.finish();

        let mut live = Vec::new();
        let of = if form == RunForm::Csv { report::Form::Csv } else { report::Form::Ndjson };
        let look = report::Look { is_for_several: true, ..report::Look::of_one(of) };
        let mut readers = report::Readers::new(look, report::Progress::none(), &mut live, Vec::new());
        let run = scene.last();
        let begun = report::Begun {
            run: Some(&id),
            command: Some("STATUS"),
            targets: run.targets,
            longest_name: None,
            time: run.started,
        };
        readers.begin(&begun).unwrap();
        readers.events(&events).unwrap();
        readers.finish().unwrap();
        let mut kept = Vec::new();
        show::show(&scene.journal, &run, &[], form, &mut kept).unwrap();

        let (live, kept) = (String::from_utf8(live).unwrap(), String::from_utf8(kept).unwrap());
        let outcomes = |text: &str| -> Vec<String> {
            text.lines().filter(|line| !line.contains("run-finished")).map(str::to_owned).collect()
        };
        assert!(outcomes(&live).len() > 5);
        assert_eq!(outcomes(&kept), outcomes(&live));
        for line in kept.lines().filter(|_| form == RunForm::Ndjson) {
            let event = serde_json::from_str(line).unwrap();
            assert_eq!(faults_of_event(&event), Vec::<String>::new(), "{line}");
        }
    }
}
