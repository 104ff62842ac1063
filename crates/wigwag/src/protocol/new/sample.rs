//! The frames of one direction, ready to be compared: each once, shortest first.

use std::collections::HashSet;

use wigwag_protocol::layout::{Codec, Coding, Layout, Options};

/// Frames of one kind; there is at least one, and none is empty.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    /// As they were captured.
    wire: Vec<Vec<u8>>,
    /// Without byte stuffing, in the same order. Where there is none these are the same bytes.
    plain: Vec<Vec<u8>>,
    codec: Option<Codec>,
}

impl Sample {
    /// The different ones of these frames.
    pub(super) fn new<'a>(frames: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut wire: Vec<Vec<u8>> = frames.into_iter().map(<[u8]>::to_vec).filter(|frame| !frame.is_empty()).collect();
        wire.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        wire.dedup();
        Self { plain: wire.clone(), wire, codec: None }
    }

    /// The same frames with this coding undone; `None` if one of them does not have it or is empty inside.
    pub(super) fn decoded(&self, codec: Codec) -> Option<Self> {
        let coding = Some(Coding::Codec { codec, span: None });
        let layout = Layout::frame("body", &Options { coding, ..Options::default() }).ok()?;
        let plain = |frame: &Vec<u8>| layout.decode(frame, |frame| frame.bytes("body").map(<[u8]>::to_vec)).ok()?;
        let plain: Vec<Vec<u8>> = self.wire.iter().map(plain).collect::<Option<_>>()?;
        let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = plain.into_iter().zip(self.wire.clone()).collect();
        if pairs.iter().any(|(plain, _)| plain.is_empty()) {
            return None;
        }
        pairs.sort_by(|(a, _), (b, _)| (a.len(), a).cmp(&(b.len(), b)));
        let (plain, wire) = pairs.into_iter().unzip();
        Some(Self { wire, plain, codec: Some(codec) })
    }

    /// The plain frames, shortest first.
    pub(super) fn frames(&self) -> &[Vec<u8>] {
        &self.plain
    }

    pub(super) fn wire(&self) -> &[Vec<u8>] {
        &self.wire
    }

    pub(super) fn codec(&self) -> Option<Codec> {
        self.codec
    }

    /// How many different frames there are.
    pub(super) fn len(&self) -> usize {
        self.plain.len()
    }

    /// The size of the shortest plain frame, in bytes.
    pub(super) fn shortest(&self) -> usize {
        self.plain.first().map_or(0, Vec::len)
    }

    /// How many different sizes the plain frames have.
    pub(super) fn sizes(&self) -> usize {
        self.plain.iter().map(Vec::len).collect::<HashSet<_>>().len()
    }

    /// The byte so far from the start, if it is the same in all frames.
    pub(super) fn constant(&self, from_start: usize) -> Option<u8> {
        self.same(|frame| frame.get(from_start).copied())
    }

    /// The byte so far from the end (0 is the last), if it is the same in all frames.
    pub(super) fn constant_from_end(&self, from_end: usize) -> Option<u8> {
        self.same(|frame| frame.iter().rev().nth(from_end).copied())
    }

    fn same(&self, byte: impl Fn(&[u8]) -> Option<u8>) -> Option<u8> {
        let first = byte(self.plain.first()?)?;
        self.plain.iter().all(|frame| byte(frame) == Some(first)).then_some(first)
    }

    /// Whether the frames are printable text, apart from control characters at their ends.
    pub(super) fn is_text(&self) -> bool {
        let inside = |frame: &Vec<u8>| {
            let first = frame.iter().position(|byte| !byte.is_ascii_control())?;
            let last = frame.iter().rposition(|byte| !byte.is_ascii_control())?;
            frame.get(first..=last).map(<[u8]>::to_vec)
        };
        let is_text = |byte: &u8| (0x20..0x7F).contains(byte) || matches!(byte, b'\t' | b'\r' | b'\n');
        let texts: Vec<Vec<u8>> = self.plain.iter().filter_map(inside).collect();
        !texts.is_empty() && texts.iter().flatten().all(is_text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(frames: &[&[u8]]) -> Sample {
        Sample::new(frames.iter().copied())
    }

    #[test]
    fn each_frame_is_there_once_and_the_shortest_first() {
        let sample = sample(&[b"abc", b"ad", b"abc", b"ab"]);
        assert_eq!(sample.frames(), [b"ab".to_vec(), b"ad".to_vec(), b"abc".to_vec()]);
        assert_eq!((sample.len(), sample.shortest(), sample.sizes()), (3, 2, 2));
    }

    #[test]
    fn constants_are_the_same_in_all_frames() {
        let sample = sample(&[b"\x02ab\x03", b"\x02cbd\x03"]);
        assert_eq!([0, 1, 2, 3, 4].map(|at| sample.constant(at)), [Some(2), None, Some(b'b'), None, None]);
        assert_eq!([0, 1, 4].map(|at| sample.constant_from_end(at)), [Some(3), None, None]);
    }

    #[test]
    fn text_is_printable_between_control_characters() {
        assert!(sample(&[b"\x02READ 1\x03\r\n", b"two\r\nlines\r\n"]).is_text());
        assert!(!sample(&[b"\x02RE\x01AD\r"]).is_text());
        assert!(!sample(&[b"READ\xFF"]).is_text());
        assert!(!sample(&[&[1, 3, 6]]).is_text());
    }

    #[test]
    fn stuffing_is_undone_where_all_frames_have_it() {
        let slip = sample(&[&[1, 0xDB, 0xDC, 0xC0], &[0xC0, 2, 0xDB, 0xDD, 3, 0xC0]]);
        let plain = slip.decoded(Codec::Slip).unwrap();
        assert_eq!(plain.frames(), [vec![1, 0xC0], vec![2, 0xDB, 3]]);
        assert!(slip.decoded(Codec::Cobs).is_none());
        assert!(sample(&[&[1, 0xC0, 2, 0xC0]]).decoded(Codec::Slip).is_none());
        let cobs = sample(&[&[3, 0x11, 0x22, 2, 0x33, 0]]);
        assert_eq!(cobs.decoded(Codec::Cobs).unwrap().frames(), [vec![0x11, 0x22, 0, 0x33]]);
        assert!(cobs.decoded(Codec::Slip).is_none());
    }
}
