//! A layout is proposed only if it reads every captured frame and writes the same bytes again.

use std::sync::Arc;

use wigwag_protocol::layout::{Codec, Coding, Context, Fields, Layout, Options, Value};

use super::certainty::Sureness;
use super::reasons::Reason;
use super::sample::Sample;

/// As many frames as are changed to compare two layouts: enough to have long and short ones among them.
const MOST_COMPARED: usize = 8;

/// A layout that all frames fit.
pub(super) struct Proof {
    layout: Layout,
    pub(super) fidelity: Fidelity,
}

/// How what is written compares with what was captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fidelity {
    Same,
    /// Hex digits are written in upper case.
    OtherCase,
    /// Some packets had an END in front, which is allowed and never written.
    WithoutFirstEnd,
}

impl Fidelity {
    pub(super) fn reason(self) -> Option<Reason> {
        let text = match self {
            Self::Same => return None,
            Self::OtherCase => "the captured hex digits are in lower case; they will be written in upper case",
            Self::WithoutFirstEnd => "captured frames also start with <0xC0>; it is read, and not written",
        };
        Some(Reason { sureness: Sureness::Certain, text: text.to_owned() })
    }
}

impl Proof {
    /// Compiles the layout, reads every frame with it and writes it again; `None` if anything of that fails.
    pub(super) fn of(layout: &str, sample: &Sample) -> Option<Self> {
        let layout = compiled(layout, sample.codec())?;
        let mut fidelity = Fidelity::Same;
        for frame in sample.wire() {
            match compare(&written(&layout, frame)?, frame, sample.codec())? {
                Fidelity::Same => {}
                other => fidelity = other,
            }
        }
        Some(Self { layout, fidelity })
    }

    /// Whether either layout reads what the other one writes, shown with the captured frames and changes of them.
    pub(super) fn means_the_same_as(&self, other: &Self, sample: &Sample) -> bool {
        reads_all_of(&self.layout, &other.layout, sample) && reads_all_of(&other.layout, &self.layout, sample)
    }
}

/// The fields of a frame, by a layout.
pub(super) fn fields(layout: &str, codec: Option<Codec>, frame: &[u8]) -> Option<Fields> {
    compiled(layout, codec)?.decode(frame, |frame| frame.fields()).ok()
}

fn compiled(layout: &str, codec: Option<Codec>) -> Option<Layout> {
    let coding = codec.map(|codec| Coding::Codec { codec, span: None });
    Layout::frame(layout, &Options { coding, ..Options::default() }).ok()
}

fn written(layout: &Layout, frame: &[u8]) -> Option<Vec<u8>> {
    let fields = layout.decode(frame, |frame| frame.fields()).ok()?;
    Some(layout.encode(&fields, &Context::default()).ok()?.bytes)
}

fn compare(written: &[u8], captured: &[u8], codec: Option<Codec>) -> Option<Fidelity> {
    if written == captured {
        return Some(Fidelity::Same);
    }
    if written.eq_ignore_ascii_case(captured) {
        return Some(Fidelity::OtherCase);
    }
    let first = captured.iter().position(|byte| *byte != 0xC0).filter(|_| codec == Some(Codec::Slip))?;
    (captured.get(first..) == Some(written)).then_some(Fidelity::WithoutFirstEnd)
}

fn reads_all_of(reader: &Layout, writer: &Layout, sample: &Sample) -> bool {
    let wire = sample.wire();
    let step = wire.len().div_ceil(MOST_COMPARED).max(1);
    let frames = wire.iter().step_by(step).chain(wire.last());
    let fields = frames.filter_map(|frame| writer.decode(frame, |frame| frame.fields()).ok());
    let variants = fields.flat_map(|fields| changed(&fields));
    let mut written = variants.filter_map(|fields| writer.encode(&fields, &Context::default()).ok()).peekable();
    written.peek().is_some() && written.all(|frame| reader.decode(&frame.bytes, |_| ()).is_ok())
}

/// The same fields with other values: each in turn, in several ways.
fn changed(fields: &Fields) -> Vec<Fields> {
    let mut all = Vec::new();
    for (name, value) in fields.iter() {
        for value in changed_values(value) {
            let mut fields = fields.clone();
            fields.set(Arc::<str>::from(name), value);
            all.push(fields);
        }
    }
    all
}

fn changed_values(value: &Value) -> Vec<Value> {
    match value {
        Value::Integer(number) => vec![Value::Integer(number ^ 1), Value::Integer(number ^ 0x50)],
        Value::Bytes(bytes) => {
            let half = bytes.get(..bytes.len() / 2).unwrap_or_default().to_vec();
            let first: Vec<u8> = bytes.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == 0)).collect();
            let last = bytes.iter().rev().enumerate().map(|(at, byte)| byte ^ u8::from(at == 0));
            let last: Vec<u8> = last.rev().collect();
            let all: Vec<u8> = bytes.iter().map(|byte| byte ^ 0x15).collect();
            let longer = [bytes.as_slice(), b"1\x9CB"].concat();
            [first, last, all, half, longer].into_iter().map(Value::Bytes).collect()
        }
        Value::Float(_) | Value::Text(_) | Value::Name(_) | Value::Bits(..) | Value::List(_) | Value::Record(_) => {
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(layout: &str, frames: &[&[u8]]) -> Option<Fidelity> {
        Proof::of(layout, &Sample::new(frames.iter().copied())).map(|proof| proof.fidelity)
    }

    #[test]
    fn a_layout_that_reads_one_frame_only_is_no_proof() {
        assert_eq!(proof("body <CR>", &[b"A\r", b"BC\r"]), Some(Fidelity::Same));
        assert_eq!(proof("body <CR>", &[b"A\r", b"BC\n"]), None);
        assert_eq!(proof("body <CR>", &[b"A\rB\r"]), None);
        assert_eq!(proof("body len(", &[b"A\r"]), None);
    }

    #[test]
    fn what_would_be_written_in_another_way_is_told() {
        assert_eq!(proof("body sum:hex2=sum8(body) <CR>", &[b"JJJ\xDE\xBC\r", b"z7A\r"]), None);
        assert_eq!(proof("body sum:hex2=sum8(body) <CR>", &[b"z7A\r", b"jj\x66\x663\r"]), None);
        assert_eq!(proof("body sum:hex2=sum8(body) <CR>", &[b"z7A\r", b"z7a\r"]), Some(Fidelity::OtherCase));
        let slip = Sample::new([&[0xC0, 1, 0xDB, 0xDC, 0xC0][..], &[2, 0xC0]]).decoded(Codec::Slip).unwrap();
        assert_eq!(Proof::of("body", &slip).map(|proof| proof.fidelity), Some(Fidelity::WithoutFirstEnd));
        // An alternative without a name is written as its first.
        assert_eq!(proof("body <CR|LF>", &[b"A\r", b"B\n"]), None);
    }

    #[test]
    fn layouts_mean_the_same_if_each_reads_what_the_other_writes() {
        let frames: [&[u8]; 3] = [b"\x02\x03ABC\r", b"\x02\x01D\r", b"\x02\x05EFGHI\r"];
        let sample = Sample::new(frames);
        let same = |one: &str, other: &str| {
            Proof::of(one, &sample).unwrap().means_the_same_as(&Proof::of(other, &sample).unwrap(), &sample)
        };
        assert!(same("<STX> n:u8=len(body) body <CR>", "s:<STX> l:u8=len(l..body)-1 body <CR>"));
        assert!(!same("<STX> n:u8=len(body) body <CR>", "<STX> body <CR>"));
        assert!(!same("<STX> body <CR>", "<STX> n:u8=len(body) body <CR>"));
        assert!(!same("<STX> n:u8=len(body) body <CR>", "n:u8 m:u8=len(body) body <CR>"));
    }
}
