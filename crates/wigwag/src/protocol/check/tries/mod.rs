//! What is tried with each example.
//!
//! | file | what must hold |
//! |---|---|
//! | `encode` | the command with its params is written as `send` |
//! | `recognise` | the device half knows `send` as this command with these params |
//! | `decode` | the client half makes of `recv` what the example says |
//! | `splits` | wherever the network cuts, the same comes of it |
//! | `pipelined` | what comes behind changes nothing |
//! | `corrupted` | what is damaged or cut off is never taken for an answer |
//! | `answer` | the device half can give this answer |
//! | `loopback` | all of it over sockets |
//!
//! To add a try: its file, its word in [`Try`], its line in [`example`].

mod answer;
mod corrupted;
mod decode;
mod encode;
mod loopback;
mod pipelined;
mod recognise;
mod splits;

use std::ops::Range;

use wigwag_protocol::exchange::{End, Request};
use wigwag_protocol::protocol::Example;

use super::client::{self, Ending};
use super::finding::Finding;
use super::scene::{Scene, Stage, name_of};
use super::told::Told;
use crate::problem::Problem;
use answer::Remark;

/// One thing that is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Try {
    Encode,
    Recognise,
    Decode,
    Splits,
    Pipelined,
    Corrupted,
    Answer,
    Loopback,
}

impl Try {
    pub(super) const ALL: [Self; 8] = [
        Self::Encode,
        Self::Recognise,
        Self::Decode,
        Self::Splits,
        Self::Pipelined,
        Self::Corrupted,
        Self::Answer,
        Self::Loopback,
    ];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Encode => "encode",
            Self::Recognise => "recognise",
            Self::Decode => "decode",
            Self::Splits => "splits",
            Self::Pipelined => "pipelined",
            Self::Corrupted => "corrupted",
            Self::Answer => "answer",
            Self::Loopback => "loopback",
        }
    }
}

/// The word of the try that hears commands.
pub(super) const RECOGNISE: &str = Try::Recognise.word();

/// What came of one try with all examples of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Verdict {
    /// There was nothing to try, or something before it had failed.
    #[default]
    Untried,
    Passed,
    Failed,
}

/// A command and what came of its examples.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) examples: usize,
    /// In the order of [`Try::ALL`].
    verdicts: [Verdict; Try::ALL.len()],
}

impl Row {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), examples: 0, verdicts: [Verdict::default(); Try::ALL.len()] }
    }

    /// What came of each try.
    pub(super) fn verdicts(&self) -> impl Iterator<Item = (Try, Verdict)> {
        Try::ALL.into_iter().zip(self.verdicts)
    }

    /// Takes in one more example: a single failure is a failure.
    fn add(&mut self, tried: Try, verdict: Verdict) {
        if let Some(so_far) = self.verdicts.get_mut(tried as usize)
            && *so_far != Verdict::Failed
            && verdict != Verdict::Untried
        {
            *so_far = verdict;
        }
    }
}

/// What came of all examples.
pub(super) struct Tried {
    pub(super) rows: Vec<Row>,
    pub(super) findings: Vec<Finding>,
    /// What is worth a word about the answers of the device half, and the places of their examples.
    remarks: Vec<(Range<usize>, Remark)>,
}

/// What a try brings: nothing where there was nothing to try, a finding where something does not hold.
type Result<T> = std::result::Result<Option<T>, Box<Finding>>;

/// What `recv` whole and in one piece came to: what every other way to deliver it is measured by.
#[derive(Debug)]
struct Whole {
    end: End,
    told: Told,
    ending: Ending,
    /// The answer's bytes alone were enough to know that it is over.
    by_itself: bool,
}

/// An example that holds as far as memory goes.
struct Holding<'s> {
    scene: &'s Scene<'s>,
    whole: Whole,
}

/// Tries everything with every example.
pub(super) fn all(
    stage: &Stage,
    scenes: &[Scene<'_>],
    unplayable: Vec<(&Example, Box<Finding>)>,
) -> std::result::Result<Tried, Problem> {
    let mut tried = Tried { rows: rows(stage), findings: Vec::new(), remarks: Vec::new() };
    for (example, finding) in unplayable {
        tried.example(example);
        tried.note::<()>(name_of(example), Try::Encode, Err(finding));
    }
    let mut holding = Vec::new();
    for scene in scenes {
        tried.example(scene.example);
        holding.extend(example(&mut tried, scene, scenes));
    }
    for (scene, result) in loopback::all(&holding)? {
        tried.note(scene.name(), Try::Loopback, result);
    }
    tried.findings.extend(answer::summed_up(&tried.remarks));
    Ok(tried)
}

/// A row for each command; one for all bodies, where there are no commands.
fn rows(stage: &Stage) -> Vec<Row> {
    let protocol = stage.going_on();
    match protocol.commands.as_slice() {
        [] if protocol.examples.is_empty() => Vec::new(),
        [] => vec![Row::new("body")],
        commands => commands.iter().map(|command| Row::new(&command.name)).collect(),
    }
}

/// Tries everything with one example that needs no sockets.
fn example<'s>(tried: &mut Tried, scene: &'s Scene<'s>, all: &[Scene<'_>]) -> Option<Holding<'s>> {
    let name = scene.name();
    tried.note(name, Try::Encode, encode::encode(scene));
    // A wrong request says nothing of what is heard, nor of the answer: all are looked at.
    let before = client::sends(scene).ok()?.before;
    let heard = tried.note(name, Try::Recognise, recognise::recognise(scene, &before));
    if let Some(heard) = &heard {
        tried.note(name, Try::Splits, splits::request(scene, &before));
        tried.note(name, Try::Pipelined, pipelined::requests(scene, &before, heard, all));
    }
    let whole = tried.note(name, Try::Decode, decode::decode(scene))?;
    tried.note(name, Try::Splits, splits::answer(scene, &whole));
    tried.note(name, Try::Pipelined, pipelined::answers(scene, &whole, all));
    tried.note(name, Try::Corrupted, corrupted::corrupted(scene, &whole));
    let given = tried.note(name, Try::Answer, answer::answer(scene, &heard?.request, &whole));
    tried.remarks.extend(given.flatten().map(|remark| (scene.example.at.clone(), remark)));
    Some(Holding { scene, whole })
}

impl Tried {
    fn row(&mut self, name: &str) -> Option<&mut Row> {
        self.rows.iter_mut().find(|row| row.name == name)
    }

    fn example(&mut self, example: &Example) {
        if let Some(row) = self.row(name_of(example)) {
            row.examples += 1;
        }
    }

    /// Keeps what came of a try; what it brought, if it held.
    fn note<T>(&mut self, name: &str, tried: Try, result: Result<T>) -> Option<T> {
        let (verdict, brought) = match result {
            Ok(Some(brought)) => (Verdict::Passed, Some(brought)),
            Ok(None) => (Verdict::Untried, None),
            Err(finding) => {
                self.findings.push(*finding);
                (Verdict::Failed, None)
            }
        };
        if let Some(row) = self.row(name) {
            row.add(tried, verdict);
        }
        brought
    }
}

/// A fault of an example.
fn fault(scene: &Scene<'_>, tried: Try, message: impl Into<String>) -> Box<Finding> {
    fault_with(scene, tried, message, Vec::new())
}

/// The same with lines to be compared.
fn fault_with(scene: &Scene<'_>, tried: Try, message: impl Into<String>, detail: Vec<String>) -> Box<Finding> {
    let fault = Finding::fault(tried.word(), message).of(scene.name()).at(scene.example.at.clone());
    Box::new(fault.with_detail(detail))
}

/// The command that a request is, in words.
fn called(request: &Request) -> String {
    match request {
        Request::Command { command: Some(command), .. } => format!("`{}`", command.name),
        Request::Command { command: None, .. } => "none of the commands".to_owned(),
        Request::Broken { error, .. } => format!("no request at all: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use wigwag_protocol::layout::{Fields, Value};
    use wigwag_protocol::protocol::Protocol;

    use super::*;

    const LINES: &str = r#"
name = "lines"
[request]
layout = "body <CR>"
[response]
layout = "body <CR>"
[command.volume]
send = "'V' volume:dec"
reply = "'V' volume:dec"
[[example]]
command = "volume"
params = { volume = 12 }
send = "'V12' <CR>"
recv = "'V12' <CR>"
fields = { volume = 12 }
[[example]]
command = "volume"
params = { volume = 7 }
send = "'V7' <CR>"
recv = "'V7' <CR>"
fields = { volume = 7 }
"#;

    /// Plays the first example of [`LINES`], of which something is not as it was.
    fn with(change: impl Fn(&mut Scene<'_>, &mut Whole), judge: impl Fn(&Scene<'_>, &Whole, &[Scene<'_>])) {
        let stage = Stage::new(&Arc::new(Protocol::parse(LINES).unwrap()));
        let (mut scenes, unplayable) = stage.scenes();
        assert!(unplayable.is_empty());
        let mut whole = decode::decode(&scenes[0]).unwrap().unwrap();
        change(&mut scenes[0], &mut whole);
        judge(&scenes[0], &whole, &scenes);
    }

    /// The message of what a try finds.
    fn found<T>(result: Result<T>) -> String {
        match result {
            Ok(Some(_)) => "passed".to_owned(),
            Ok(None) => "nothing to try".to_owned(),
            Err(finding) => finding.message,
        }
    }

    fn volume(volume: i128) -> Fields {
        Fields::from([("volume", Value::Integer(volume))])
    }

    #[test]
    fn an_answer_that_hangs_on_how_it_is_cut_is_found() {
        let cut = |change: &dyn Fn(&mut Scene<'_>, &mut Whole)| {
            let message = std::cell::RefCell::new(String::new());
            with(change, |scene, whole, _| *message.borrow_mut() = found(splits::answer(scene, whole)));
            message.into_inner()
        };
        assert_eq!(cut(&|_, _| {}), "passed");
        let message = cut(&|_, whole| whole.told.fields = volume(13));
        assert_eq!(message, "`recv` cut behind byte 1 comes to something else: ok");
        let message = cut(&|_, whole| whole.end.evidence.extra = b"?".to_vec());
        assert_eq!(message, "`recv` cut behind byte 1 comes to something else: ok");
    }

    #[test]
    fn an_answer_that_hangs_on_what_is_behind_it_is_found() {
        with(
            |_, _| {},
            |scene, whole, all| {
                assert_eq!(found(pipelined::answers(scene, whole, all)), "passed");
            },
        );
        with(
            |_, whole| whole.told.fields = volume(13),
            |scene, whole, all| {
                let message = found(pipelined::answers(scene, whole, all));
                assert_eq!(message, "with another answer behind it `recv` comes to something else: ok");
            },
        );
        with(
            |_, whole| whole.by_itself = false,
            |scene, whole, all| {
                assert_eq!(found(pipelined::answers(scene, whole, all)), "nothing to try");
            },
        );
    }

    #[test]
    fn a_request_that_is_another_one_in_pieces_or_with_one_behind_it_is_found() {
        let other = |scene: &mut Scene<'_>, _: &mut Whole| {
            let command = scene.example.command.clone().unwrap();
            scene.call = Arc::new(scene.protocol.call_command(&command, volume(13)).unwrap());
        };
        with(
            |_, _| {},
            |scene, _, all| {
                let heard = recognise::recognise(scene, &[]).unwrap().unwrap();
                assert_eq!(found(splits::request(scene, &[])), "passed");
                assert_eq!(found(pipelined::requests(scene, &[], &heard, all)), "passed");
            },
        );
        with(other, |scene, _, all| {
            let message = "`send` cut behind byte 1 is another request to the device half: `volume`";
            assert_eq!(found(splits::request(scene, &[])), message);
            assert_eq!(found(recognise::recognise(scene, &[])), "the device half hears `volume` as 12, not 13");
            let heard = recognise::recognise(&all[1], &[]).unwrap().unwrap();
            let message = "`send` with `volume` right behind it is heard as `volume`, `volume`";
            assert_eq!(found(pipelined::requests(scene, &[], &heard, all)), message);
        });
    }

    #[test]
    fn an_answer_that_the_device_half_would_say_otherwise_is_found() {
        with(
            |_, whole| whole.told.fields = volume(13),
            |scene, whole, _| {
                let heard = recognise::recognise(scene, &[]).unwrap().unwrap();
                // What it says is no longer what came, but it is what was told.
                assert!(matches!(answer::answer(scene, &heard.request, whole), Ok(Some(Some(Remark::OtherBytes(_))))));
            },
        );
        with(
            |_, whole| whole.told.fields = Fields::from([("volume", Value::Integer(-1)), ("x", Value::Integer(1))]),
            |scene, whole, _| {
                let heard = recognise::recognise(scene, &[]).unwrap().unwrap();
                let message = "what the device half says in its place is another answer: ok";
                assert_eq!(found(answer::answer(scene, &heard.request, whole)), message);
            },
        );
        with(
            |_, whole| whole.told.fields = Fields::from([("volume", Value::Text("loud".to_owned()))]),
            |scene, whole, _| {
                let heard = recognise::recognise(scene, &[]).unwrap().unwrap();
                let message = found(answer::answer(scene, &heard.request, whole));
                assert!(message.starts_with("the device half cannot give this answer: `volume`: "), "{message}");
            },
        );
    }

    #[test]
    fn what_comes_over_sockets_is_compared_with_the_example() {
        let stage = Stage::new(&Arc::new(Protocol::parse(LINES).unwrap()));
        let (scenes, _) = stage.scenes();
        let louder = Protocol::parse(&LINES.replace("{ volume = 12 }\n[[", "{ volume = 13 }\n[[")).unwrap();
        let expects_more = Stage::new(&Arc::new(louder));
        let (wrong, _) = expects_more.scenes();
        let holding = |scene, of| Holding { scene, whole: decode::decode(of).unwrap().unwrap() };
        let holding =
            [holding(&scenes[0], &scenes[0]), holding(&wrong[0], &scenes[0]), holding(&scenes[1], &scenes[1])];

        let ends: Vec<String> = loopback::all(&holding).unwrap().into_iter().map(|(_, end)| found(end)).collect();

        assert_eq!(ends, ["passed", "over sockets: `volume` is 12, not 13", "passed"]);
    }
}
