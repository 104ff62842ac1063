//! Runs a program; what it prints is the answer.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::timeout;
use wigwag_protocol::bytes::display::escape;
use wigwag_protocol::template::Template;
use wigwag_protocol::units::show_duration;

use super::{Asked, Failure};

/// How long what a program has left running may hold on to its output.
const AFTERWARDS: Duration = Duration::from_millis(100);

/// As much of what a program says on standard error is logged.
const COMPLAINT: usize = 200;

/// As much of it is kept: a line of it may be told of that is longer.
const COMPLAINT_KEPT: usize = 4 * COMPLAINT;

/// What is read at once.
const CHUNK: usize = 4096;

/// Variables of our own environment that a program gets: where things are and how people write here, nothing else.
pub(super) const ENVIRONMENT: [&str; 6] = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"];

/// A program to run: its path and its arguments, never a line for a shell.
#[derive(Debug)]
pub(in crate::agent) struct Run {
    pub(in crate::agent) program: Vec<Argument>,
    /// It is killed, with all that it has started, when it takes longer.
    pub(in crate::agent) timeout: Duration,
    /// The most bytes that it may print.
    pub(in crate::agent) output: usize,
}

/// One argument of a program.
#[derive(Debug)]
pub(in crate::agent) struct Argument {
    pub(in crate::agent) template: Template,
    /// It stands behind a `--`.
    pub(in crate::agent) may_be_option: bool,
}

impl Run {
    /// What it prints, without the line breaks at the end.
    pub(super) async fn output(&self, asked: &Asked<'_>) -> Result<Vec<u8>, Failure> {
        let words = self.program.iter().map(|word| asked.argument(&word.template, word.may_be_option));
        let words = words.collect::<Result<Vec<_>, _>>()?;
        let Some((program, arguments)) = words.split_first() else { return Ok(Vec::new()) };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own, so that all that it starts ends with it.
            .process_group(0)
            .kill_on_drop(true);
        let name = program.display();
        let child = command.spawn().map_err(|error| failed(format!("{name} cannot be started: {error}")))?;
        let mut group = Group::of(child);
        // Dropped on the way out, whatever happens, the group is killed.
        match timeout(self.timeout, group.ended(self.output)).await {
            Err(_elapsed) => {
                let longest = show_duration(self.timeout);
                Err(Failure::new("timed out", format!("{name} was killed, it took longer than {longest}")))
            }
            Ok(Err(error)) => Err(failed(format!("{name}: {error}"))),
            Ok(Ok(None)) => {
                let why = format!("{name} was killed, it printed more than {} bytes", self.output);
                Err(Failure::new("the answer is too long", why))
            }
            Ok(Ok(Some(ended))) if ended.status.success() => Ok(without_line_breaks(ended.output)),
            Ok(Ok(Some(ended))) => Err(failed(format!("{name} {}", ended.in_words()))),
        }
    }
}

fn failed(why: String) -> Failure {
    Failure::new("failed", why)
}

/// As `$(...)` of a shell has it.
pub(super) fn without_line_breaks(mut output: Vec<u8>) -> Vec<u8> {
    while output.last() == Some(&b'\n') {
        output.pop();
        if output.last() == Some(&b'\r') {
            output.pop();
        }
    }
    output
}

/// How a program ended, and what it said.
struct Ended {
    status: ExitStatus,
    output: Vec<u8>,
    errors: Vec<u8>,
}

impl Ended {
    fn in_words(&self) -> String {
        let how = match (self.status.code(), self.status.signal()) {
            (Some(code), _) => format!("ended with {code}"),
            (None, Some(signal)) => format!("was ended by signal {signal}"),
            (None, None) => "ended, nobody knows how".to_owned(),
        };
        match self.errors.split(|byte| *byte == b'\n').next() {
            None | Some([]) => how,
            Some(complaint) => format!("{how}: {}", escape(complaint).truncated(COMPLAINT)),
        }
    }
}

/// A program that runs, with all that it has started. None of it outlives this.
struct Group {
    child: Child,
    leader: Option<Pid>,
}

/// It said more than it may.
struct TooLong;

impl Group {
    fn of(child: Child) -> Self {
        let leader = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        Self { child, leader }
    }

    /// Waits until it has ended and said all; nothing as soon as it has said more than it may.
    async fn ended(&mut self, most: usize) -> io::Result<Option<Ended>> {
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let hearing = hear(self.child.stdout.take(), self.child.stderr.take(), most, &mut output, &mut errors);
        let status = {
            let mut hearing = pin!(hearing);
            let heard = tokio::select! {
                heard = &mut hearing => heard,
                status = self.child.wait() => {
                    status?;
                    // Its own children may still hold the pipes.
                    timeout(AFTERWARDS, &mut hearing).await.unwrap_or(Ok(()))
                }
            };
            match heard {
                Err(TooLong) => None,
                // It remembers how it ended.
                Ok(()) => Some(self.child.wait().await?),
            }
        };
        Ok(status.map(|status| Ended { status, output, errors }))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            // There may be nobody left in it.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

/// Reads what a program says to the end, or until it is more than `most`. Complaints are kept as far as they are logged, and
/// read all the same, so that nobody waits to say more.
async fn hear(
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    most: usize,
    output: &mut Vec<u8>,
    errors: &mut Vec<u8>,
) -> Result<(), TooLong> {
    let complained = async {
        keep_first(stderr, COMPLAINT_KEPT, errors).await;
        Ok(())
    };
    tokio::try_join!(take(stdout, most, output), complained).map(|_| ())
}

/// Reads to the end.
async fn take(from: Option<impl AsyncRead + Unpin>, most: usize, into: &mut Vec<u8>) -> Result<(), TooLong> {
    let Some(mut from) = from else { return Ok(()) };
    let mut buffer = [0; CHUNK];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        into.extend_from_slice(buffer.get(..count).unwrap_or_default());
        if into.len() > most {
            return Err(TooLong);
        }
    }
    Ok(())
}

/// Reads to the end and keeps the beginning.
async fn keep_first(from: Option<impl AsyncRead + Unpin>, most: usize, into: &mut Vec<u8>) {
    let Some(mut from) = from else { return };
    let mut buffer = [0; CHUNK];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let room = most.saturating_sub(into.len()).min(count);
        into.extend_from_slice(buffer.get(..room).unwrap_or_default());
    }
}
