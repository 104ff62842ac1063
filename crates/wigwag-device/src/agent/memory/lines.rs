//! The file of ids: a line when an action begins, on disk before it does, and one when it has ended.
//!
//! ```text
//! wigwag-agent ids 1
//! begin 5feceb66... 1c291ca3
//! end 5feceb66... body 5245414459 9e0f1b2c
//! ```
//!
//! Each line ends with a CRC-32 of what stands before it. A last line that is not whole was being written when the power
//! went: what it was to say has not begun. A line in the middle that is not whole means that the disk has lost something.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crc::{CRC_32_ISO_HDLC, Crc};
use rustix::fs::{FlockOperation, flock};
use wigwag_protocol::bytes::hex;
use wigwag_protocol::exchange::Answer;
use wigwag_protocol::layout::Value;

use super::Key;

const HEAD: &str = "wigwag-agent ids 1\n";
const NAME: &str = "ids";

/// Longer answers are not kept: a repeat is refused.
const MOST_KEPT: usize = 64 * 1024;

/// A file with fewer lines than this is never worth writing anew.
const SHORT: usize = 1024;

/// A folder that cannot be remembered in.
#[derive(Debug, thiserror::Error)]
pub(in crate::agent) enum MemoryError {
    #[error("cannot remember in {}: {cause}", folder.display())]
    Unusable { folder: PathBuf, cause: String },
    #[error("cannot remember in {}: another agent does; give each a folder of its own", folder.display())]
    Taken { folder: PathBuf },
    #[error("{}, line {number}, is damaged; what was done already is not known any more. To begin anew, remove the file", file.display())]
    Damaged { file: PathBuf, number: usize },
}

/// Where a line lies in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    offset: u64,
    length: usize,
}

#[derive(Debug)]
pub(super) enum Line {
    Begin(Key),
    End(Key),
}

/// The open file.
#[derive(Debug)]
pub(super) struct Lines {
    folder: PathBuf,
    file: File,
    /// Whole lines reach to here.
    length: u64,
    count: usize,
    /// Held as long as we use the folder.
    _lock: File,
}

impl Lines {
    /// Opens the file and reads every line.
    pub(super) fn open(folder: &Path) -> Result<(Self, Vec<(Line, Place)>), MemoryError> {
        let unusable = |error: io::Error| MemoryError::Unusable {
            folder: folder.to_owned(),
            cause: wigwag_net::cause::words(&error),
        };
        let lock = File::open(folder).map_err(unusable)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
            rustix::io::Errno::WOULDBLOCK => MemoryError::Taken { folder: folder.to_owned() },
            error => unusable(error.into()),
        })?;
        let path = folder.join(NAME);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.map_err(unusable)?;
        let mut lines = Self { folder: folder.to_owned(), file, length: 0, count: 0, _lock: lock };
        let found = lines.read().map_err(unusable)?.map_err(|number| MemoryError::Damaged { file: path, number })?;
        if lines.length == 0 {
            lines.start().map_err(unusable)?;
        }
        Ok((lines, found))
    }

    /// Reads all lines and cuts off a last one that is not whole; the number of a damaged one in the middle.
    fn read(&mut self) -> io::Result<Result<Vec<(Line, Place)>, usize>> {
        let mut reader = BufReader::new(&self.file);
        let (mut found, mut offset, mut number, mut broken) = (Vec::new(), 0, 0, None);
        loop {
            let mut bytes = Vec::new();
            let length = reader.read_until(b'\n', &mut bytes)?;
            if length == 0 {
                break;
            }
            let place = Place { offset, length };
            (offset, number) = (offset + length as u64, number + 1);
            let line = if number == 1 { (bytes == HEAD.as_bytes()).then_some(None) } else { parse(&bytes).map(Some) };
            if number == 1 && !HEAD.as_bytes().starts_with(&bytes) {
                // Not a file of ours.
                return Ok(Err(number));
            }
            match (line, broken) {
                (Some(_), Some(first)) => return Ok(Err(first)),
                (Some(line), None) => {
                    self.length = offset;
                    found.extend(line.map(|line| (line, place)));
                }
                (None, None) => broken = Some(number),
                (None, Some(_)) => {}
            }
        }
        self.count = found.len();
        self.file.set_len(self.length)?;
        Ok(Ok(found))
    }

    fn start(&mut self) -> io::Result<()> {
        self.append(HEAD)?;
        self.file.sync_all()?;
        File::open(&self.folder)?.sync_all()
    }

    /// An action is about to begin. It is on disk when this returns.
    pub(super) fn begin(&mut self, key: Key) -> io::Result<()> {
        let before = self.length;
        self.append(&begin(key))?;
        let synced = self.file.sync_data();
        if synced.is_err() {
            self.cut(before);
        }
        synced
    }

    /// It has ended with this answer. Lost with the power, it is not known what became of it.
    pub(super) fn end(&mut self, key: Key, answer: &Answer) -> io::Result<Place> {
        let said = said(answer).ok_or_else(|| io::Error::other("it is longer than what is kept"))?;
        self.append(&closed(format!("end {} {said}", hex::encode(&key.0))))
    }

    fn append(&mut self, line: &str) -> io::Result<Place> {
        let place = Place { offset: self.length, length: line.len() };
        if let Err(error) = self.file.write_all_at(line.as_bytes(), place.offset) {
            self.cut(place.offset);
            return Err(error);
        }
        self.length += line.len() as u64;
        self.count += 1;
        Ok(place)
    }

    /// Takes back what was not written whole. Where that fails, the next line is written over it.
    fn cut(&mut self, length: u64) {
        self.length = length;
        let _ = self.file.set_len(length);
    }

    /// The answer that lies there.
    pub(super) fn answer(&self, place: Place) -> io::Result<Answer> {
        answer(&self.line(place)?).ok_or_else(|| io::Error::other("the file was changed by somebody else"))
    }

    fn line(&self, place: Place) -> io::Result<Vec<u8>> {
        let mut line = vec![0; place.length];
        self.file.read_exact_at(&mut line, place.offset)?;
        Ok(line)
    }

    /// Whether most lines are about what is not among the `known` any more.
    pub(super) fn is_long_for(&self, known: usize) -> bool {
        self.count > SHORT && self.count / 4 > known
    }

    /// Writes the file anew with these alone, and says where the answers have gone.
    pub(super) fn rewrite(&mut self, known: &[(Key, Option<Place>)]) -> io::Result<Vec<(Key, Place)>> {
        let beside = self.folder.join(format!("{NAME}.new"));
        let mut options = OpenOptions::new();
        let mut file = options.read(true).write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        let (mut moved, mut text, mut count) = (Vec::new(), HEAD.as_bytes().to_vec(), 0);
        for (key, place) in known {
            text.extend_from_slice(begin(*key).as_bytes());
            count += 1;
            if let Some(place) = place {
                let line = self.line(*place)?;
                moved.push((*key, Place { offset: file.stream_position()? + text.len() as u64, length: line.len() }));
                text.extend_from_slice(&line);
                count += 1;
            }
            // No more of it in memory than of one answer.
            file.write_all(&std::mem::take(&mut text))?;
        }
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&beside, self.folder.join(NAME))?;
        File::open(&self.folder)?.sync_all()?;
        (self.length, self.count, self.file) = (file.stream_position()?, count, file);
        Ok(moved)
    }
}

fn begin(key: Key) -> String {
    closed(format!("begin {}", hex::encode(&key.0)))
}

/// With its checksum and its end.
fn closed(line: String) -> String {
    let sum = checksum(line.as_bytes());
    format!("{line} {sum:08x}\n")
}

fn checksum(bytes: &[u8]) -> u32 {
    const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
    CRC.checksum(bytes)
}

/// What an answer says, on a line; nothing for one that is not kept.
fn said(answer: &Answer) -> Option<String> {
    match answer {
        Answer::Body(body) if body.len() <= MOST_KEPT => Some(format!("body {}", hex::encode(body))),
        Answer::Error(Value::Text(text)) => Some(format!("error {}", hex::encode(text.as_bytes()))),
        Answer::Error(Value::Integer(code)) => Some(format!("code {code}")),
        Answer::Body(_) | Answer::Error(_) | Answer::Fields(_) | Answer::Wire(_) | Answer::Silence => None,
    }
}

/// The words of a line whose checksum is right.
fn words(line: &[u8]) -> Option<Vec<&str>> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let (said, sum) = line.rsplit_once(' ')?;
    (u32::from_str_radix(sum, 16).ok()? == checksum(said.as_bytes())).then(|| said.split(' ').collect())
}

fn parse(line: &[u8]) -> Option<Line> {
    let key = |text: &str| Some(Key(hex::parse(text).ok()?.try_into().ok()?));
    match words(line)?.as_slice() {
        ["begin", text] => key(text).map(Line::Begin),
        ["end", text, ..] => key(text).map(Line::End),
        _ => None,
    }
}

fn answer(line: &[u8]) -> Option<Answer> {
    match words(line)?.as_slice() {
        ["end", _, "body", body] => hex::parse(body).ok().map(Answer::Body),
        ["end", _, "error", text] => Some(Answer::Error(Value::Text(String::from_utf8(hex::parse(text).ok()?).ok()?))),
        ["end", _, "code", code] => Some(Answer::Error(Value::Integer(code.parse().ok()?))),
        _ => None,
    }
}
