//! A layout as it was written, part by part: for pictures of it, and to say what is still to come.

use std::ops::Range;

use super::coding::{RegionEnd, Stuffing};
use super::frame::Frame;
use super::syntax::{self, What};
use super::{Count, Layout, Literal, Node, NodeKind};

/// One part of a layout as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenPart<'l> {
    /// Its name, if it has one.
    pub name: Option<&'l str>,
    /// Its type: `u16`, `dec1(off=0, on=1)`, `{ id:u8 }[n]`. None for literals, and where none is written.
    pub kind: Option<&'l str>,
    /// What it says by itself: a literal's bytes, a constant, `len(body)`, `secret.password`.
    pub value: Option<&'l str>,
    /// How many bytes it has on the wire before stuffing, where that is always the same.
    pub size: Option<usize>,
    /// Where it stands in the layout's text.
    pub at: Range<usize>,
}

/// Byte stuffing beside a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuffed<'l> {
    /// `escape`, `slip`, `cobs` or `hex`.
    pub how: &'static str,
    /// The names of the first and the last stuffed part; none where all of the frame is stuffed, or they have no names.
    pub span: Option<(&'l str, &'l str)>,
}

impl Layout {
    /// Its parts as they were written, in order; those inside records stand in the record's type.
    pub fn written(&self) -> Vec<WrittenPart<'_>> {
        // It has been read once, so it can be read again.
        let parts = syntax::parse(self.source()).unwrap_or_default();
        let nodes = self.program().top_level().filter_map(|node| self.program().nodes.get(node));
        let sizes = nodes.map(|node| self.size(node)).chain(std::iter::repeat(None));
        parts.iter().zip(sizes).map(|(part, size)| self.written_part(part, size)).collect()
    }

    /// The most bytes that a variable part may have.
    pub fn max(&self) -> usize {
        self.program().max
    }

    /// How it is stuffed, if it is.
    pub fn stuffed(&self) -> Option<Stuffed<'_>> {
        let program = self.program();
        let region = program.region.as_ref()?;
        let how = match (&region.stuffing, region.end) {
            (Stuffing::Escape(_), RegionEnd::Delimiter(_)) => "slip",
            (Stuffing::Escape(_), RegionEnd::Literals(_) | RegionEnd::Parts | RegionEnd::Given) => "escape",
            (Stuffing::Cobs, _) => "cobs",
            (Stuffing::Hex, _) => "hex",
        };
        let name = |node: usize| program.nodes.get(node).and_then(Node::name);
        let is_all = region.first == 0 && region.last + 1 == program.nodes.len();
        let span = name(region.first).zip(name(region.last)).filter(|_| !is_all);
        Some(Stuffed { how, span })
    }

    fn written_part(&self, part: &syntax::Part, size: Option<usize>) -> WrittenPart<'_> {
        let text = |at: Range<usize>| self.source().get(at).unwrap_or_default().trim();
        let behind = part.name.as_ref().map_or(part.at.start, |name| name.at.end);
        let (kind, value) = match &part.what {
            What::Literal(_) => (None, Some(text(behind..part.at.end).trim_start_matches(':').trim_start())),
            What::Field { .. } if part.name.is_none() => (None, Some(text(part.at.clone()))),
            What::Field { .. } | What::Repeat { .. } => type_and_value(text(behind..part.at.end)),
        };
        let name = part.name.as_ref().map(|name| text(name.at.clone()));
        WrittenPart { name, kind, value, size, at: part.at.clone() }
    }

    fn size(&self, node: &Node) -> Option<usize> {
        match &node.kind {
            NodeKind::Literal(literal) => literal.size(),
            NodeKind::Field(field) => field.kind.fixed_size(),
            NodeKind::Repeat(repeat) => match (repeat.count, repeat.record) {
                (Count::Number(count), false) => {
                    let element = self.program().nodes.get(node.next.checked_sub(1)?)?;
                    Some(count * self.size(element)?)
                }
                (Count::Number(_) | Count::ToEnd | Count::Field(_), _) => None,
            },
        }
    }
}

impl Frame<'_> {
    /// Which part of the layout, counted from 0, is the first that is not all in its place; none in a whole frame.
    pub fn awaited(&self) -> Option<usize> {
        self.program.top_level().position(|node| !self.is_placed(node))
    }
}

impl Literal {
    /// The size of all its alternatives, if it is one.
    fn size(&self) -> Option<usize> {
        let size = self.alternatives.first()?.len();
        let all_alike = self.alternatives.iter().all(|bytes| bytes.len() == size);
        (all_alike && !self.eof && self.idle.is_none()).then_some(size)
    }
}

/// `:dec1(off=0, on=1)=on` is the type and the value: only an equals sign outside of brackets and quotes parts them.
fn type_and_value(text: &str) -> (Option<&str>, Option<&str>) {
    let (mut depth, mut quote) = (0_usize, None);
    let mut equals = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '{' | '[' | '<') => depth += 1,
            (None, ')' | '}' | ']' | '>') => depth = depth.saturating_sub(1),
            (None, '=') if depth == 0 => {
                equals = Some(at);
                break;
            }
            (None, _) => {}
        }
    }
    let (kind, value) = match equals {
        Some(at) => (text.get(..at), text.get(at + 1..)),
        None => (Some(text), None),
    };
    let kind = kind.map(|kind| kind.trim().trim_start_matches(':').trim_start());
    (kind.filter(|kind| !kind.is_empty()), value.map(str::trim))
}

#[cfg(test)]
mod tests {
    use super::super::{Closing, Codec, Coding, Options};
    use super::*;

    fn written(source: &str) -> Vec<(String, String, String, Option<usize>)> {
        let layout = Layout::body(source, &Options::default()).unwrap();
        let said = |text: Option<&str>| text.unwrap_or("-").to_owned();
        layout.written().iter().map(|part| (said(part.name), said(part.kind), said(part.value), part.size)).collect()
    }

    fn part(name: &str, kind: &str, value: &str, size: Option<usize>) -> (String, String, String, Option<usize>) {
        (name.to_owned(), kind.to_owned(), value.to_owned(), size)
    }

    #[test]
    fn parts_are_told_as_they_were_written() {
        assert_eq!(
            written("<STX> n : u16 = len(body)+2 on:dec1(off=0, on=1)=on body sum:hex2=xor(body, 0x7F) end:<CR LF|LF>"),
            [
                part("-", "-", "<STX>", Some(1)),
                part("n", "u16", "len(body)+2", Some(2)),
                part("on", "dec1(off=0, on=1)", "on", Some(1)),
                part("body", "-", "-", None),
                part("sum", "hex2", "xor(body, 0x7F)", Some(2)),
                part("end", "-", "<CR LF|LF>", None),
            ]
        );
        assert_eq!(
            written("c:u8 v:u16[3] r:{ id:u8=1 '=' t:text ';' }[c] d:2='=='"),
            [
                part("c", "u8", "-", Some(1)),
                part("v", "u16[3]", "-", Some(6)),
                part("r", "{ id:u8=1 '=' t:text ';' }[c]", "-", None),
                part("d", "2", "'=='", Some(2)),
            ]
        );
        assert_eq!(
            written("secret.password ' ' p:text=secret.pin <CR>"),
            [
                part("-", "-", "secret.password", None),
                part("-", "-", "' '", Some(1)),
                part("p", "text", "secret.pin", None),
                part("-", "-", "<CR>", Some(1)),
            ]
        );
    }

    #[test]
    fn the_part_that_is_awaited_is_the_first_that_is_not_in_its_place() {
        let layout = Layout::frame("<STX> n:u8 body sum:u8=sum8(body) <ETX>", &Options::default()).unwrap();
        let awaited = |wire: &[u8]| {
            let mut decoder = layout.decoder();
            let _ = decoder.advance(wire, Closing::Open);
            decoder.frame(wire).awaited()
        };
        assert_eq!(awaited(b""), Some(0));
        assert_eq!(awaited(b"\x02"), Some(1));
        assert_eq!(awaited(b"\x02\x05ab"), Some(2));
        assert_eq!(awaited(b"\x02\x05a\x61\x03"), None);
    }

    #[test]
    fn stuffing_is_told_with_its_span() {
        let layout = |codec, span: Option<&str>| {
            let coding = Some(Coding::Codec { codec, span: span.map(str::to_owned) });
            Layout::frame("':' unit:u8 body sum:u8=neg8(unit..) <CR LF>", &Options { coding, ..Options::default() })
        };
        let hex = layout(Codec::Hex, Some("unit..sum")).unwrap();
        assert_eq!(hex.stuffed(), Some(Stuffed { how: "hex", span: Some(("unit", "sum")) }));
        let slip = Options { coding: Some(Coding::Codec { codec: Codec::Slip, span: None }), ..Options::default() };
        let slip = Layout::frame("kind:u8 body", &slip).unwrap();
        assert_eq!(slip.stuffed(), Some(Stuffed { how: "slip", span: None }));
        assert_eq!(Layout::frame("body <CR>", &Options::default()).unwrap().stuffed(), None);
    }
}
