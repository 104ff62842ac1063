//! Which bytes a checksum covers.

use std::ops::Range;

use super::frame::Frame;
use super::{Layout, Node, Program, Sum};

impl Layout {
    /// The names of the lengths that no checksum covers, where there is a checksum at all; what stands in records is
    /// left out.
    pub fn lengths_without_checksum(&self) -> Vec<&str> {
        let program = self.program();
        let sums: Vec<&Sum> = program.own_sums().collect();
        if sums.is_empty() {
            return Vec::new();
        }
        let is_covered = |node: usize| sums.iter().any(|sum| (sum.first..=sum.last).contains(&node));
        let lengths = program.lengths.iter().map(|length| length.node).filter(|node| program.is_top_level(*node));
        lengths
            .filter(|node| !is_covered(*node))
            .filter_map(|node| program.nodes.get(node).and_then(Node::name))
            .collect()
    }
}

impl Frame<'_> {
    /// Where the bytes stand on the wire that a checksum covers, a range for each checksum; what stands in records is
    /// left out.
    pub fn checksummed(&self) -> Vec<Range<usize>> {
        let span = |node: usize| self.spans.get(node).copied().unwrap_or_default().range();
        let plain = self.program.own_sums().map(|sum| span(sum.first).start..span(sum.last).end);
        plain.map(|plain| self.plain.map_or(plain.clone(), |map| map.wire_range(&plain))).collect()
    }
}

impl Program {
    /// The checksums that stand in no record.
    fn own_sums(&self) -> impl Iterator<Item = &Sum> {
        self.sums.iter().filter(|sum| self.is_top_level(sum.node))
    }

    fn is_top_level(&self, node: usize) -> bool {
        self.top_level().any(|top| top == node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Options;

    fn layout(source: &str) -> Layout {
        Layout::frame(source, &Options::default()).unwrap()
    }

    #[test]
    fn a_length_outside_of_every_checksum_is_named() {
        let open = |source: &str| layout(source).lengths_without_checksum().join(" ");
        assert_eq!(open("<STX> n:u8=len(body) body sum:u8=sum8(body) <ETX>"), "n");
        assert_eq!(open("<STX> n:u8=len(body) body sum:u8=sum8(n..) <ETX>"), "");
        assert_eq!(open("<STX> n:u8=len(body) head:u8=sum8(n) body sum:u8=sum8(body) <ETX>"), "");
        assert_eq!(open("<STX> n:u8=len(body) body <ETX>"), "");
    }

    #[test]
    fn the_bytes_that_a_checksum_covers_are_told_as_they_stand_on_the_wire() {
        let covered = |source: &str, wire: &[u8]| layout(source).decode(wire, |frame| frame.checksummed()).unwrap();
        assert_eq!(covered("<STX> body sum:u8=sum8(body) <ETX>", b"\x02AB\x83\x03"), vec![Range { start: 1, end: 3 }]);
        assert_eq!(covered("<STX> body <ETX>", b"\x02AB\x03"), []);
        assert_eq!(
            covered("n:u8=len(list) list:u8[] sum:u8=sum8(n..list)", b"\x02\x01\x02\x05"),
            vec![Range { start: 0, end: 3 }]
        );
    }
}
