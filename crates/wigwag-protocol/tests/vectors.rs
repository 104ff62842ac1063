//! Every frame of `vectors/frames.toml`: decoded whole, byte by byte, at every cut, with the next frame behind it and
//! with a byte corrupted under its checksum; and encoded back.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde::Deserialize;
use wigwag_protocol::bytes::hex;
use wigwag_protocol::layout::{
    Closing, Coding, Context, DecodeErrorKind, Decoder, Escape, Fields, Layout, Options, Step, Value,
};

#[derive(Deserialize)]
struct Vectors {
    vector: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    layout: String,
    frame: String,
    fields: toml::Table,
    escape: Option<EscapeKeys>,
}

#[derive(Deserialize)]
struct EscapeKeys {
    span: String,
    lead: String,
    map: String,
}

impl Vector {
    fn layout(&self) -> Layout {
        let coding =
            self.escape.as_ref().map(|keys| Coding::Escape(Escape::by_map(&keys.span, &keys.lead, &keys.map).unwrap()));
        Layout::frame(&self.layout, &Options { coding, ..Options::default() })
            .unwrap_or_else(|error| panic!("{}: {error} at {:?}", self.name, error.at))
    }

    fn frame(&self) -> Vec<u8> {
        hex::parse(&self.frame).unwrap()
    }

    fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        for (name, value) in &self.fields {
            let value = match value {
                toml::Value::Integer(number) => Value::Integer(i128::from(*number)),
                toml::Value::String(text) if text.is_empty() => Value::Bytes(Vec::new()),
                toml::Value::String(text) => Value::Bytes(hex::parse(text).unwrap()),
                other => panic!("{}: {other:?} is no value of a vector", self.name),
            };
            fields.set(name.as_str(), value);
        }
        fields
    }

    fn assert_fields(&self, decoder: &Decoder, input: &[u8], how: &str) {
        let decoded = decoder.frame(input).fields();
        for (name, value) in self.fields().iter() {
            assert_eq!(decoded.get(name), Some(value), "{}: {name}, {how}", self.name);
        }
        assert_eq!(decoded.iter().count(), self.fields().iter().count(), "{}: {decoded:?}", self.name);
    }
}

fn vectors() -> Vec<Vector> {
    let vectors: Vectors = toml::from_str(include_str!("vectors/frames.toml")).unwrap();
    assert!(vectors.vector.len() >= 31);
    vectors.vector
}

#[test]
fn each_frame_decodes_whole() {
    for vector in vectors() {
        let (mut decoder, frame) = (vector.layout().decoder(), vector.frame());
        assert_eq!(decoder.advance(&frame, Closing::Open), Ok(Step::Frame(frame.len())), "{}", vector.name);
        vector.assert_fields(&decoder, &frame, "whole");
    }
}

#[test]
fn each_frame_decodes_byte_by_byte() {
    for vector in vectors() {
        let (mut decoder, frame) = (vector.layout().decoder(), vector.frame());
        for end in 0..frame.len() {
            assert_eq!(decoder.advance(&frame[..end], Closing::Open), Ok(Step::NeedMore), "{} at {end}", vector.name);
        }
        assert_eq!(decoder.advance(&frame, Closing::Open), Ok(Step::Frame(frame.len())), "{}", vector.name);
        vector.assert_fields(&decoder, &frame, "byte by byte");
    }
}

#[test]
fn each_frame_decodes_at_every_cut_with_the_next_frame_behind_it() {
    for vector in vectors() {
        let frame = vector.frame();
        let twice = [frame.clone(), frame.clone()].concat();
        for cut in 0..=twice.len() {
            let mut decoder = vector.layout().decoder();
            let how = format!("cut at {cut}");
            let mut rest = twice.as_slice();
            for round in 0..2 {
                let cut = cut.saturating_sub(round * frame.len()).min(rest.len());
                let first = decoder.advance(&rest[..cut], Closing::Open).unwrap();
                assert_eq!(
                    first,
                    if cut < frame.len() { Step::NeedMore } else { Step::Frame(frame.len()) },
                    "{} {how}",
                    vector.name
                );
                if first == Step::NeedMore {
                    assert_eq!(
                        decoder.advance(rest, Closing::Open),
                        Ok(Step::Frame(frame.len())),
                        "{} {how}",
                        vector.name
                    );
                }
                vector.assert_fields(&decoder, rest, &how);
                decoder.reset();
                rest = &rest[frame.len()..];
            }
            assert!(rest.is_empty());
        }
    }
}

#[test]
fn a_corrupted_byte_under_a_checksum_is_refused() {
    let mut checked = 0;
    for vector in vectors().iter().filter(|vector| vector.layout.contains("sum:") || vector.layout.contains("crc:")) {
        let frame = vector.frame();
        let body =
            vector.fields.values().filter_map(|value| value.as_str()).map(|text| hex::parse(text).unwrap_or_default());
        let Some(start) = body
            .filter(|body| !body.is_empty())
            .find_map(|body| frame.windows(body.len()).position(|window| window == body))
        else {
            continue;
        };
        for flip in [0x01, 0x80] {
            let mut bad = frame.clone();
            bad[start] ^= flip;
            let error = vector.layout().decoder().advance(&bad, Closing::Open).unwrap_err();
            assert_eq!(error.kind, DecodeErrorKind::Checksum, "{}: {error}", vector.name);
            assert_eq!(error.frame, Some(frame.len()), "{}: the frame is still cut", vector.name);
            checked += 1;
        }
    }
    assert!(checked >= 14, "{checked} corruptions");
}

#[test]
fn each_frame_is_encoded_back() {
    for vector in vectors() {
        let encoded = vector.layout().encode(&vector.fields(), &Context::default());
        let encoded = encoded.unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        assert_eq!(hex::encode_spaced(&encoded.bytes), vector.frame.to_lowercase(), "{}", vector.name);
    }
}
