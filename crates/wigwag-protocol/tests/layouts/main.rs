//! The layout language, sentence by sentence: what each of them says is the name of a test.
//!
//! Every frame here is decoded whole, byte by byte and with other bytes behind it, and encoded back where that is
//! possible; every refusal is the same however the bytes were split.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bounds;
mod checksums;
mod codings;
mod compile_errors;
mod encodings;
mod ends;
mod lengths;
mod literals;
mod parameters;
mod repeats;
mod so_far;
mod types;
mod values;

use wigwag_protocol::layout::{
    Closing, Context, DecodeError, EncodeError, EndReason, Fields, Layout, Options, Part, Step, Value,
};

fn frame(layout: &str) -> Layout {
    frame_with(layout, &Options::default())
}

fn frame_with(layout: &str, options: &Options) -> Layout {
    Layout::frame(layout, options).unwrap_or_else(|error| panic!("{layout}: {error} at {:?}", error.at))
}

fn body(layout: &str) -> Layout {
    Layout::body(layout, &Options::default()).unwrap_or_else(|error| panic!("{layout}: {error} at {:?}", error.at))
}

fn int(number: i128) -> Value {
    Value::Integer(number)
}

fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.to_vec())
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn name(name: &str) -> Value {
    Value::Name(name.into())
}

fn list<const N: usize>(elements: [Value; N]) -> Value {
    Value::List(elements.to_vec())
}

fn record<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Record(Fields::from(fields))
}

/// These fields are written as these bytes, and these bytes are read as these fields.
#[track_caller]
fn assert_both<const N: usize>(layout: &Layout, wire: &[u8], fields: [(&str, Value); N]) {
    let fields = Fields::from(fields);
    let encoded = layout.encode(&fields, &Context::default()).unwrap_or_else(|e| panic!("{}: {e}", layout.source()));
    assert_eq!(encoded.bytes.escape_ascii().to_string(), wire.escape_ascii().to_string(), "{}", layout.source());
    assert_eq!(decode(layout, wire).fields, fields, "{}", layout.source());
}

#[track_caller]
fn assert_decodes<const N: usize>(layout: &Layout, wire: &[u8], fields: [(&str, Value); N]) {
    assert_eq!(decode(layout, wire).fields, Fields::from(fields), "{}", layout.source());
}

#[derive(Debug, PartialEq)]
struct Decoded {
    size: usize,
    fields: Fields,
    parts: Vec<Part>,
    reason: EndReason,
}

/// Decodes one frame that is all of these bytes, in several ways that must agree.
#[track_caller]
fn decode(layout: &Layout, wire: &[u8]) -> Decoded {
    let whole = feed(layout, wire, [wire.len()]).unwrap_or_else(|error| panic!("{}: {error}", layout.source()));
    assert_eq!(whole.size, wire.len(), "{}", layout.source());
    if layout.ends_by_itself() {
        assert_eq!(feed(layout, wire, 0..=wire.len()).as_ref(), Ok(&whole), "{} byte by byte", layout.source());
        for cut in 0..wire.len() {
            assert_eq!(feed(layout, wire, [cut, wire.len()]).as_ref(), Ok(&whole), "{} at {cut}", layout.source());
        }
    }
    whole
}

/// The error of these bytes, the same however they are split.
#[track_caller]
fn decode_error(layout: &Layout, wire: &[u8]) -> DecodeError {
    let whole = feed(layout, wire, [wire.len()]).expect_err(layout.source());
    if layout.ends_by_itself() {
        for cut in 0..wire.len() {
            assert_eq!(feed(layout, wire, [cut, wire.len()]).as_ref(), Err(&whole), "{} at {cut}", layout.source());
        }
        assert_eq!(feed(layout, wire, 0..=wire.len()).as_ref(), Err(&whole), "{} byte by byte", layout.source());
    }
    whole
}

/// Feeds more and more of the wire, then its end, then silence.
fn feed(layout: &Layout, wire: &[u8], ends: impl IntoIterator<Item = usize>) -> Result<Decoded, DecodeError> {
    let mut decoder = layout.decoder();
    let steps = ends.into_iter().map(|end| (end, Closing::Open));
    let closings = [(wire.len(), Closing::Eof), (wire.len(), Closing::Silent)];
    for (end, closing) in steps.chain(closings) {
        if let Step::Frame(size) = decoder.advance(&wire[..end], closing)? {
            let frame = decoder.frame(&wire[..end]);
            return Ok(Decoded { size, fields: frame.fields(), parts: frame.parts(), reason: frame.reason() });
        }
    }
    panic!("{}: {} is no whole frame", layout.source(), wire.escape_ascii());
}

/// What [`Layout::encode`] says against these fields.
#[track_caller]
fn encode_error<const N: usize>(layout: &Layout, fields: [(&str, Value); N]) -> EncodeError {
    layout.encode(&Fields::from(fields), &Context::default()).expect_err(layout.source())
}

/// Whether these bytes, with nothing behind them yet, are waited for.
fn waits(layout: &Layout, wire: &[u8], closing: Closing) -> bool {
    layout.decoder().advance(wire, closing) == Ok(Step::NeedMore)
}
