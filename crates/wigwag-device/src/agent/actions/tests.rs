//! What actions do with what clients say.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use wigwag_protocol::exchange::{Answer, Request};
use wigwag_protocol::layout::{Fields, Value};
use wigwag_protocol::template::Template;

use super::{Argument, Asked, Deed, Facts, Failure, Read, Run, Write};
use crate::serve::Client;

const LONG: Duration = Duration::from_secs(20);

/// What a deed makes of a command with this body and these parts.
async fn done(deed: &Deed, body: &[u8], fields: Fields) -> Result<Vec<u8>, Failure> {
    let request =
        Request::Command { command: None, body: body.to_vec(), fields, frame: Fields::new(), wire: body.to_vec() };
    let client = Client { peer: "127.0.0.9:4711".parse().unwrap(), local: None };
    let asked = Asked::new(&request, Fields::new(), &client, Facts { started: Instant::now() });
    match deed.done(&asked).await? {
        Answer::Body(body) => Ok(body),
        other => panic!("{other:?}"),
    }
}

fn template(text: &str) -> Template {
    Template::parse(text.as_bytes()).unwrap()
}

fn run_within(timeout: Duration, output: usize, words: &[&str]) -> Deed {
    let mut may_be_option = false;
    let arguments = words.iter().map(|word| {
        let argument = Argument { template: template(word), may_be_option };
        may_be_option |= *word == "--";
        argument
    });
    Deed::Run(Run { program: arguments.collect(), timeout, output })
}

fn run(words: &[&str]) -> Deed {
    run_within(LONG, 1024, words)
}

/// A program that says each of its arguments on a line of its own.
const ECHO: [&str; 2] = ["/usr/bin/printf", "[%s]\\n"];

#[tokio::test]
async fn an_argument_is_one_argument_whatever_it_says() {
    for said in ["$(id)", "`id`", "a; touch b", "a b  c", "*", "'\"\\", "|&<>", "a\nb", "%s", "..", "ü", ""] {
        let deed = run(&[&ECHO[..], &["x{body}"]].concat());
        assert_eq!(done(&deed, said.as_bytes(), Fields::new()).await, Ok(format!("[x{said}]").into_bytes()), "{said}");
    }
    let bytes = b"\xff\xfe";
    let deed = run(&[&ECHO[..], &["{body}"]].concat());
    assert_eq!(done(&deed, bytes, Fields::new()).await.unwrap(), b"[\xff\xfe]");
}

#[tokio::test]
async fn what_a_client_says_is_no_option() {
    let deed = run(&[&ECHO[..], &["{body}"]].concat());
    let refused = done(&deed, b"-rf", Fields::new()).await.unwrap_err();
    assert_eq!(
        (refused.said, refused.why.as_str()),
        ("not allowed", "`body` begins with - and could be taken for an option")
    );
    assert_eq!(done(&deed, b"a\0b", Fields::new()).await.unwrap_err().said, "not allowed");

    let behind_dashes = run(&[&ECHO[..], &["--", "{body}"]].concat());
    assert_eq!(done(&behind_dashes, b"-rf", Fields::new()).await.unwrap(), b"[--]\n[-rf]");
    let within = run(&[&ECHO[..], &["name={body}"]].concat());
    assert_eq!(done(&within, b"-rf", Fields::new()).await.unwrap(), b"[name=-rf]");
    let number = run(&[&ECHO[..], &["{n}"]].concat());
    let fields = Fields::from([("n", Value::Integer(-5))]);
    assert_eq!(done(&number, b"", fields).await.unwrap(), b"[-5]");
    let text = Fields::from([("n", Value::Text("-5".to_owned()))]);
    assert_eq!(done(&number, b"", text).await.unwrap_err().said, "not allowed");
}

#[tokio::test]
async fn the_environment_is_not_ours() {
    let said = done(&run(&["/usr/bin/env"]), b"", Fields::new()).await.unwrap();
    let said = String::from_utf8(said).unwrap();
    let names = said.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name);
    let foreign: Vec<_> = names.filter(|name| !super::run::ENVIRONMENT.contains(name)).collect();
    assert!(foreign.is_empty() && said.contains("PATH="), "{said}");
}

#[tokio::test]
async fn a_program_that_fails_says_why_to_the_log_alone() {
    let failed = done(&run(&["/bin/sh", "-c", "echo no paper >&2; exit 3"]), b"", Fields::new()).await.unwrap_err();
    assert_eq!(failed, Failure::new("failed", "/bin/sh ended with 3: no paper"));
    let killed = done(&run(&["/bin/sh", "-c", "kill -9 $$"]), b"", Fields::new()).await.unwrap_err();
    assert_eq!(killed, Failure::new("failed", "/bin/sh was ended by signal 9"));
    let missing = done(&run(&["/nonexistent/program"]), b"", Fields::new()).await.unwrap_err();
    assert_eq!(missing.said, "failed");
    assert!(missing.why.starts_with("/nonexistent/program cannot be started"), "{missing:?}");
}

#[tokio::test]
async fn more_than_may_be_said_is_not_waited_for() {
    let endless = run_within(LONG, 1024, &["/usr/bin/yes"]);
    let failed = done(&endless, b"", Fields::new()).await.unwrap_err();
    assert_eq!(
        failed,
        Failure::new("the answer is too long", "/usr/bin/yes was killed, it printed more than 1024 bytes")
    );
    // What it complains of is no answer, however much it is.
    let complains = run(&["/bin/sh", "-c", "yes | head -c 1000000 >&2; echo fine"]);
    assert_eq!(done(&complains, b"", Fields::new()).await.unwrap(), b"fine");
}

/// Waits until no process of this number is there, or it is nothing but a zombie that waits for somebody else.
async fn wait_until_gone(pid: &str) {
    let is_there = || {
        let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        status.rsplit(')').next().is_some_and(|state| !state.trim().is_empty() && !state.trim().starts_with('Z'))
    };
    while is_there() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn nothing_that_a_program_starts_outlives_it() {
    let folder = tempfile::tempdir().unwrap();
    let noted = folder.path().join("pid");
    let note = noted.to_str().unwrap();

    let hangs = format!("sleep 600 & echo $! > {note}; sleep 600");
    let deed = run_within(Duration::from_millis(300), 1024, &["/bin/sh", "-c", &hangs]);
    let failed = done(&deed, b"", Fields::new()).await.unwrap_err();
    assert_eq!(failed, Failure::new("timed out", "/bin/sh was killed, it took longer than 300 ms"));
    wait_until_gone(fs::read_to_string(&noted).unwrap().trim()).await;

    // It ends, and what it leaves behind holds its output open.
    let leaves = format!("sleep 600 & echo $! > {note}; echo done");
    assert_eq!(done(&run(&["/bin/sh", "-c", &leaves]), b"", Fields::new()).await.unwrap(), b"done");
    wait_until_gone(fs::read_to_string(&noted).unwrap().trim()).await;
}

#[tokio::test]
async fn a_program_dies_with_whoever_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let noted = folder.path().join("pid");
    let deed = run(&["/bin/sh", "-c", &format!("echo $$ > {0}.new; mv {0}.new {0}; sleep 600", noted.display())]);

    let waiting = tokio::spawn(async move { done(&deed, b"", Fields::new()).await });
    while !noted.exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    waiting.abort();
    let _ = waiting.await;

    wait_until_gone(fs::read_to_string(&noted).unwrap().trim()).await;
}

fn read_of(path: &str) -> Deed {
    Deed::Read(Read { path: template(path), output: 16, timeout: LONG })
}

#[tokio::test]
async fn a_file_is_read_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let labels = folder.path().join("labels");
    fs::create_dir(&labels).unwrap();
    fs::write(labels.join("a"), "LABEL A\r\n\n").unwrap();
    fs::write(folder.path().join("secret"), "secret").unwrap();
    fs::write(labels.join("long"), [b'x'; 17]).unwrap();
    let deed = read_of(&format!("{}/{{body}}", labels.display()));

    assert_eq!(done(&deed, b"a", Fields::new()).await.unwrap(), b"LABEL A");
    for traversal in ["../secret", "..", ".", "", "/etc/passwd", "a/../../secret", "a\0", &"x".repeat(256)] {
        let failed = done(&deed, traversal.as_bytes(), Fields::new()).await.unwrap_err();
        assert_eq!(failed, Failure::new("not allowed", "`body` is not the name of a file"), "{traversal:?}");
    }
    assert_eq!(done(&deed, b"nothing", Fields::new()).await.unwrap_err().said, "failed");
    assert_eq!(done(&deed, b"long", Fields::new()).await.unwrap_err().said, "the answer is too long");
    let endless = done(&read_of("/dev/zero"), b"", Fields::new()).await.unwrap_err();
    assert_eq!(endless.said, "the answer is too long");
}

fn write_to(folder: &TempDir, append: bool) -> Deed {
    Deed::Write(Write {
        path: template(&format!("{}/{{name}}", folder.path().display())),
        text: template("{body}\n"),
        append,
        timeout: LONG,
        reply: template("{name} written"),
    })
}

fn named(name: &str) -> Fields {
    Fields::from([("name", Value::Text(name.to_owned()))])
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_file_is_written_whole_and_nothing_is_left_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let replace = write_to(&folder, false);
    assert_eq!(done(&replace, b"one", named("a")).await.unwrap(), b"a written");
    assert_eq!(done(&replace, b"two", named("a")).await.unwrap(), b"a written");
    assert_eq!(fs::read_to_string(folder.path().join("a")).unwrap(), "two\n");

    let add = write_to(&folder, true);
    done(&add, b"three", named("a")).await.unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("a")).unwrap(), "two\nthree\n");

    fs::create_dir(folder.path().join("b")).unwrap();
    assert_eq!(done(&replace, b"one", named("b")).await.unwrap_err().said, "failed");
    assert_eq!(done(&replace, b"one", named("../c")).await.unwrap_err().said, "not allowed");
    assert_eq!(files(folder.path()), ["a", "b"]);
}

#[tokio::test]
async fn facts_are_filled_in() {
    let reply = Deed::Reply(template("{agent.version} {client.address} {{{body}}}"));
    let expected = format!("{} 127.0.0.9 {{x}}", env!("CARGO_PKG_VERSION"));
    assert_eq!(done(&reply, b"x", Fields::new()).await, Ok(expected.into_bytes()));
    let host = done(&Deed::Reply(template("{host.name} {host.uptime}")), b"", Fields::new()).await.unwrap();
    let host = String::from_utf8(host).unwrap();
    let (name, uptime) = host.split_once(' ').unwrap();
    assert!(!name.is_empty() && uptime.parse::<u64>().is_ok(), "{host}");
}
