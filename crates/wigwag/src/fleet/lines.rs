//! The lines of a list of targets, read on a thread of its own.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use wigwag_fleet::Control;

use crate::problem::Problem;

/// The longest line that is read; no name is longer.
const LONGEST: u64 = 4096;

/// How many lines are handed over at once, and how many such batches may wait.
const LINES: usize = 512;
const BATCHES: usize = 4;

pub(super) fn open(list: &Path) -> Result<Box<dyn Read + Send>, Problem> {
    if list == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    let wrong = |error: io::Error| Problem::usage(format!("{}: {}", list.display(), wigwag_net::cause::words(&error)));
    let file = File::open(list).map_err(wrong)?;
    if file.metadata().map_err(wrong)?.is_dir() {
        return Err(Problem::usage(format!("{}: this is a folder", list.display())));
    }
    Ok(Box::new(file))
}

/// Names of targets, a line each, or why there are no more.
pub(super) type Lines = Result<String, String>;

/// Reads lines on a thread of its own, which ends with the list, or with the process.
pub(super) fn read(list: Box<dyn Read + Send>, control: Control) -> Result<Receiver<Lines>, Problem> {
    let (to, lines) = sync_channel(BATCHES);
    let body = move || {
        let mut list = BufReader::new(list);
        let (mut batch, mut count, mut line) = (String::new(), 0, Vec::new());
        loop {
            let line = next_line(&mut list, &mut line);
            let is_last = !matches!(line, Ok(Some(_)));
            match line {
                Ok(Some(line)) => {
                    if let Some(name) = named(line) {
                        batch.extend([name, "\n"]);
                        count += 1;
                    }
                }
                Ok(None) => {}
                Err(cause) => {
                    hand_over(&to, Ok(std::mem::take(&mut batch)), &control);
                    hand_over(&to, Err(cause), &control);
                }
            }
            // Whoever types a list wants each line to be sent when it is there.
            let is_due = count >= LINES || is_last || list.buffer().is_empty();
            let goes_on = !is_due || hand_over(&to, Ok(std::mem::take(&mut batch)), &control);
            count = if is_due { 0 } else { count };
            if is_last || !goes_on {
                break;
            }
        }
        drop(to);
        control.wake();
    };
    let reading = thread::Builder::new().name("targets".to_owned()).spawn(body);
    reading.map_err(|error| Problem::Fault(format!("could not start: {}", wigwag_net::cause::words(&error))))?;
    Ok(lines)
}

/// Whether anybody still listens.
fn hand_over(to: &SyncSender<Lines>, batch: Lines, control: &Control) -> bool {
    if matches!(&batch, Ok(lines) if lines.is_empty()) {
        return true;
    }
    let taken = to.send(batch).is_ok();
    control.wake();
    taken
}

/// The next line; nothing at the end of the list.
fn next_line<'l>(list: &mut impl BufRead, line: &'l mut Vec<u8>) -> Result<Option<&'l str>, String> {
    line.clear();
    let read = list.by_ref().take(LONGEST + 1).read_until(b'\n', line);
    match read.map_err(|error| wigwag_net::cause::words(&error))? {
        0 => Ok(None),
        count if count as u64 > LONGEST => Err(format!("a line is longer than {LONGEST} bytes")),
        _ => std::str::from_utf8(line).map(Some).map_err(|_| "a line is not UTF-8 text".to_owned()),
    }
}

/// The target that a line names; none on a line that is empty or a remark.
fn named(line: &str) -> Option<&str> {
    let name = line.trim();
    (!name.is_empty() && !name.starts_with('#')).then_some(name)
}
