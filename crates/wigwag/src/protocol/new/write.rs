//! The protocol file: a commented start, and one with what the captured frames told.

use std::fmt::Write as _;

use wigwag_protocol::layout::{Codec, Value};

use super::Proposal;
use super::candidates::Candidate;
use super::capture::{Captured, Direction};
use super::literal::{body, is_text, shown};

/// More examples prove nothing more.
const MOST_EXAMPLES: usize = 20;
/// Comments are wrapped here.
const WIDTH: usize = 110;
/// A longer frame fills the screen and is better kept in a file of its own.
const LONGEST_SHOWN: usize = 256;

/// A commented start of a protocol file, which is a protocol file itself.
pub(crate) fn template() -> String {
    include_str!("template.toml").to_owned()
}

/// The same with the proposed layouts, how sure they are, and the captured frames.
pub(crate) fn file(proposals: &[Proposal]) -> String {
    let mut text = String::from(HEAD);
    let is_text = proposals.iter().flat_map(|proposal| &proposal.frames).all(|frame| is_text(&frame.bytes));
    let _ = writeln!(text, "encoding = {}\n", quoted(if is_text { "ascii" } else { "bytes" }));
    sections(&mut text, proposals);
    text += CLASS;
    exchanges(&mut text, proposals);
    text
}

const HEAD: &str = "\
# A family of devices, proposed from captured frames. Check every line against the manual, then run
# `wigwag protocol check FILE`.

# What --protocol calls it, and what people call it.
name  = \"my-device\"
title = \"My device\"
# The TCP port that it listens on.
# port = 4001
source = \"captured frames\"
# What text is: bytes (as they come), ascii, utf-8, latin-1.
";

const CLASS: &str = "\
[class]
# Bodies that say no: layouts; their parts `code` and `text` are shown.
# error = [\"'ERR ' code:dec\"]

";

/// `[request]` and `[response]`, once explained where they are the same.
fn sections(text: &mut String, proposals: &[Proposal]) {
    let of = |direction| proposals.iter().find(|proposal| proposal.direction == direction);
    let both = of(Direction::Unmarked);
    let sides = [("request", of(Direction::Request).or(both)), ("response", of(Direction::Response).or(both))];
    let mut explained: Option<&Proposal> = None;
    for (name, proposal) in sides {
        let _ = writeln!(text, "[{name}]");
        match (proposal, proposal.and_then(|proposal| proposal.candidates.first())) {
            (Some(proposal), Some(best)) if explained.is_some_and(|other| other.candidates == proposal.candidates) => {
                comment(text, "The same as requests.");
                layout(text, "", best);
            }
            (Some(proposal), Some(_)) => {
                explain(text, proposal);
                explained = Some(proposal);
            }
            _ => {
                let _ = writeln!(text, "# No {name} was captured: say what they look like.\nlayout = \"body <CR>\"");
            }
        }
        text.push('\n');
    }
}

/// The best layout with its reasons, the others as comments, and what is not known.
fn explain(text: &mut String, proposal: &Proposal) {
    if proposal.direction == Direction::Unmarked {
        comment(text, "No frame says who sent it, so requests and responses share one layout.");
    }
    for (rank, candidate) in proposal.candidates.iter().enumerate() {
        let mark = if rank > 0 { "# " } else { "" };
        if rank > 0 {
            comment(text, &format!("Or, {}:", candidate.sureness));
        }
        for reason in &candidate.reasons {
            comment(text, &format!("- {reason}."));
        }
        layout(text, mark, candidate);
    }
    for unknown in &proposal.unknown {
        comment(text, unknown);
    }
}

fn layout(text: &mut String, mark: &str, candidate: &Candidate) {
    let _ = writeln!(text, "{mark}layout = {}", quoted(&candidate.layout));
    if let Some(codec) = candidate.codec {
        let _ = writeln!(text, "{mark}codec = {}", quoted(codec_name(codec)));
    }
}

/// A comment, in as many lines as it needs.
fn comment(text: &mut String, words: &str) {
    let continued = if words.starts_with("- ") { "#  " } else { "#" };
    let mut line = String::from("#");
    for word in words.split(' ') {
        if line.len() + 1 + word.len() > WIDTH {
            let _ = writeln!(text, "{line}");
            line = continued.to_owned();
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(text, "{line}");
}

/// The captured frames: requests that were answered as commands with examples, the others as comments.
fn exchanges(text: &mut String, proposals: &[Proposal]) {
    let mut frames: Vec<&Captured> = proposals.iter().flat_map(|proposal| &proposal.frames).collect();
    frames.sort_by_key(|frame| frame.line);
    let request = proposals.iter().find(|proposal| proposal.direction == Direction::Request);
    let request = request.and_then(|proposal| proposal.candidates.first());
    let mut commands: Vec<&[u8]> = Vec::new();
    let (mut examples, mut others) = (String::new(), Vec::new());
    let mut rest = frames.as_slice();
    while let [frame, behind @ ..] = rest {
        rest = behind;
        let answered = rest.first().filter(|next| is_exchange(frame, next));
        let send = request.and_then(|request| Command::of(request, &frame.bytes));
        let (Some(response), Some(send), true) = (answered, send, commands.len() < MOST_EXAMPLES) else {
            others.push(*frame);
            continue;
        };
        rest = behind.get(1..).unwrap_or_default();
        let known = commands.iter().position(|known| *known == frame.bytes.as_slice());
        let number = known.unwrap_or(commands.len()) + 1;
        if known.is_none() {
            commands.push(&frame.bytes);
            send.write(text, number, frame.line);
        }
        example(&mut examples, number, frame, response);
    }
    text.push_str(&examples);
    comments(text, &others);
}

/// A request with its response right behind it, both short enough to be shown.
fn is_exchange(frame: &Captured, next: &Captured) -> bool {
    let is_short = |frame: &Captured| frame.bytes.len() <= LONGEST_SHOWN;
    frame.direction == Direction::Request && next.direction == Direction::Response && is_short(frame) && is_short(next)
}

/// What a command of the proposed layout says.
struct Command {
    body: Vec<u8>,
    /// The other parts of the frame, as numbers.
    set: Vec<(String, i128)>,
}

impl Command {
    /// `None` if the layout has parts that a command cannot set.
    fn of(request: &Candidate, frame: &[u8]) -> Option<Self> {
        let fields = super::proof::fields(&request.layout, request.codec, frame)?;
        let mut command = Self { body: Vec::new(), set: Vec::new() };
        for (name, value) in fields.iter() {
            match value {
                Value::Bytes(bytes) if name == "body" => command.body.clone_from(bytes),
                Value::Integer(number) => command.set.push((name.to_owned(), *number)),
                _ => return None,
            }
        }
        Some(command)
    }

    fn write(&self, text: &mut String, number: usize, line: usize) {
        let _ = writeln!(text, "[command.captured_{number}]");
        let _ = writeln!(text, "about = \"Captured, line {line}: give it a name, and say what it does\"");
        if !self.set.is_empty() {
            let set: Vec<String> = self.set.iter().map(|(name, number)| format!("{name} = {number}")).collect();
            let _ = writeln!(text, "set   = {{ {} }}", set.join(", "));
        }
        let _ = writeln!(text, "send  = {}\n", quoted(&body(&self.body)));
    }
}

fn example(text: &mut String, number: usize, request: &Captured, response: &Captured) {
    let _ = writeln!(text, "[[example]]");
    let _ = writeln!(text, "command = \"captured_{number}\"");
    let _ = writeln!(text, "send = {}", quoted(&shown(&request.bytes)));
    let _ = writeln!(text, "recv = {}\n", quoted(&shown(&response.bytes)));
}

fn comments(text: &mut String, frames: &[&Captured]) {
    if frames.is_empty() {
        return;
    }
    text.push_str("# Captured, and not shown above:\n");
    for frame in frames.iter().take(MOST_EXAMPLES) {
        let bytes = frame.bytes.get(..LONGEST_SHOWN).unwrap_or(&frame.bytes);
        let more = if bytes.len() < frame.bytes.len() { " ..." } else { "" };
        let _ = writeln!(text, "# {} in line {}: {}{more}", frame.direction, frame.line, shown(bytes));
    }
    if frames.len() > MOST_EXAMPLES {
        let _ = writeln!(text, "# and {} more", frames.len() - MOST_EXAMPLES);
    }
}

fn codec_name(codec: Codec) -> &'static str {
    match codec {
        Codec::Slip => "slip",
        Codec::Cobs => "cobs",
        Codec::Hex => "hex",
    }
}

/// A TOML string. Layouts hold quotes and printable ASCII only.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
