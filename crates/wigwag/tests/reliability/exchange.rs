//! The exchanges that are played: one command each, that a device must not carry out twice.

use crate::fault::{AfterRequest, Shape};

/// A number that tells one command from all others, in the request and in what the device notes. Four digits, so that all
/// requests have the same size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Case(pub(crate) u16);

impl Case {
    /// Of clients behind no proxy.
    pub(crate) const GOOD: Self = Self(9999);

    pub(crate) fn nth(index: usize) -> Self {
        let case = Self(1000 + u16::try_from(index).unwrap());
        assert!(case.0 < Self::GOOD.0, "too many cases for four digits");
        case
    }
}

/// What is said, and how both ends are told to say it.
pub(crate) struct Exchange {
    pub(crate) name: &'static str,
    /// What the page says of it.
    pub(crate) about: &'static str,
    /// The agent's file but for `listen` and limits; `FOLDER` is where it notes what it does, and where `greets.toml` lies.
    pub(crate) agent: &'static str,
    /// What stands behind `wigwag send TARGET`, with `FOLDER` as above.
    pub(crate) words: fn(Case) -> Vec<String>,
    pub(crate) greeting: &'static [u8],
    pub(crate) request: fn(Case) -> Vec<u8>,
    pub(crate) answer: fn(Case) -> Vec<u8>,
    pub(crate) after_request: AfterRequest,
}

impl Exchange {
    pub(crate) fn shape(&self) -> Shape {
        let (request, answer) = ((self.request)(Case::GOOD).len(), (self.answer)(Case::GOOD).len());
        Shape { greeting: self.greeting.len(), request, answer, after_request: self.after_request }
    }
}

pub(crate) static ESC_CR: Exchange = Exchange {
    name: "esc-cr",
    about: "`<ESC> body <CR>`, half-close, `body <NUL|EOF>`",
    agent: r#"
protocol = "esc-cr"
[on.beep]
body = "'BEEP ' case:text"
write = "FOLDER/{case}"
text = "x"
append = true
reply = "DONE"
"#,
    words: |case| words(&[&format!("BEEP {}", case.0)]),
    greeting: b"",
    request: |case| format!("\x1bBEEP {}\r", case.0).into_bytes(),
    answer: |_| b"DONE\0".to_vec(),
    after_request: AfterRequest::HalfCloses,
};

pub(crate) static LINE: Exchange = Exchange {
    name: "line",
    about: "`body <CR LF>`, `body <CR LF|LF|CR>`",
    agent: r#"
protocol = "line"
[on.beep]
body = "'BEEP ' case:text"
write = "FOLDER/{case}"
text = "x"
append = true
reply = "DONE"
"#,
    words: |case| words(&["--protocol", "line", &format!("BEEP {}", case.0)]),
    greeting: b"",
    request: |case| format!("BEEP {}\r\n", case.0).into_bytes(),
    answer: |_| b"DONE\r\n".to_vec(),
    after_request: AfterRequest::StaysOpen,
};

const COUNTED: &str = "tid:u16 pid:u16=0 len:u16=len(unit..) unit:u8 body";

/// As Modbus/TCP frames it, of an agent that takes bodies, so that nothing is known of what sending it again would do.
pub(crate) static LENGTH: Exchange = Exchange {
    name: "length",
    about: "`tid:u16 pid:u16=0 len:u16=len(unit..) unit:u8 body` both ways, as Modbus/TCP frames it",
    agent: r#"
request  = "tid:u16 pid:u16=0 len:u16=len(unit..) unit:u8 body"
response = "tid:u16 pid:u16=0 len:u16=len(unit..) unit:u8 body"
[on.beep]
body = "fc:u8=6 case:u16 value:u16"
write = "FOLDER/{case}"
text = "x"
append = true
reply = "\u0006OK"
"#,
    words: |case| {
        let body = format!("06{:04x}0005", case.0);
        let frames = ["--request", COUNTED, "--response", COUNTED, "--after-send", "open"];
        words(&[&frames[..], &["--hex", &body, "unit=17", &format!("tid={}", case.0)]].concat())
    },
    greeting: b"",
    request: |case| [&case.0.to_be_bytes(), &b"\0\0\0\x06\x11\x06"[..], &case.0.to_be_bytes(), b"\0\x05"].concat(),
    answer: |case| [&case.0.to_be_bytes(), &b"\0\0\0\x04\x11\x06OK"[..]].concat(),
    after_request: AfterRequest::StaysOpen,
};

const SUMMED: &str = "<STX> body sum:hex2=xor(body) <ETX>";

pub(crate) static CHECKSUM: Exchange = Exchange {
    name: "checksum",
    about: "`<STX> body sum:hex2=xor(body) <ETX>` both ways",
    agent: r#"
request  = "<STX> body sum:hex2=xor(body) <ETX>"
response = "<STX> body sum:hex2=xor(body) <ETX>"
error    = "'E' code:dec2 ' ' text:text"
[on.beep]
body = "'BEEP ' case:text"
write = "FOLDER/{case}"
text = "x"
append = true
reply = "DONE"
"#,
    words: |case| {
        let frames = ["--request", SUMMED, "--response", SUMMED, "--error", "'E' code:dec2 ' ' text:text"];
        words(&[&frames[..], &["--after-send", "open", &format!("BEEP {}", case.0)]].concat())
    },
    greeting: b"",
    request: |case| summed(&format!("BEEP {}", case.0)),
    answer: |_| summed("DONE"),
    after_request: AfterRequest::StaysOpen,
};

/// The protocol file of [`GREETING`].
pub(crate) const GREETS: &str = r#"
name = "greets"
title = "A device that speaks first"

[session]
greeting = "'HELLO' <CR LF>"

[request]
layout = "body <CR>"

[response]
layout = "body <CR LF>"

[[class.error]]
body = "'ERR ' text:text"

[command.beep]
about = "Beep"
send = "'BEEP ' case:dec4"
reply = "'DONE ' case:dec4"
effect = "once"
"#;

pub(crate) static GREETING: Exchange = Exchange {
    name: "greeting",
    about: "the device says `'HELLO' <CR LF>` first; `body <CR>`, `body <CR LF>`; a command with a name, `effect = \"once\"`",
    agent: r#"
protocol = "greets.toml"
[on.beep]
write = "FOLDER/{case}"
text = "x"
append = true
reply = "DONE {case}"
"#,
    words: |case| words(&["--protocol", "FOLDER/greets.toml", "beep", &format!("case={}", case.0)]),
    greeting: b"HELLO\r\n",
    request: |case| format!("BEEP {}\r", case.0).into_bytes(),
    answer: |case| format!("DONE {}\r\n", case.0).into_bytes(),
    after_request: AfterRequest::StaysOpen,
};

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn summed(body: &str) -> Vec<u8> {
    let sum = body.bytes().fold(0, |sum, byte| sum ^ byte);
    format!("\x02{body}{sum:02X}\x03").into_bytes()
}
