//! Where literals stand among the bytes.

use std::time::Duration;

/// Literals side by side count as one: every way to choose among their alternatives, the preferred ones first.
#[derive(Debug)]
pub(super) struct Group {
    /// The node of its first literal.
    pub(super) first: usize,
    /// How many literals it joins.
    pub(super) count: usize,
    pub(super) choices: Vec<Choice>,
    /// The end of the connection is a choice too.
    pub(super) eof: bool,
    /// So long a silence is a choice too.
    pub(super) idle: Option<Duration>,
    starts: Starts,
}

/// One way to choose among the alternatives of literals side by side.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) bytes: Vec<u8>,
    /// How many of the bytes belong to each literal.
    pub(super) sizes: Vec<usize>,
}

/// Which bytes a choice can start with.
#[derive(Debug)]
enum Starts {
    None,
    One(u8),
    Two(u8, u8),
    Three(u8, u8, u8),
    Many(Box<[bool; 256]>),
}

/// What stands at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    /// The preferred choice that stands here whole.
    pub(super) whole: Option<usize>,
    /// A choice preferred to that one may still come whole with more bytes.
    pub(super) pending: bool,
}

/// Where the earliest choice stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Find {
    At(usize, Look),
    /// It may start here; more bytes will tell.
    Perhaps(usize),
    /// Nowhere among these bytes.
    Nowhere,
}

impl Group {
    pub(super) fn new(first: usize, count: usize, choices: Vec<Choice>, eof: bool, idle: Option<Duration>) -> Self {
        let starts = Starts::of(&choices);
        Self { first, count, choices, eof, idle, starts }
    }

    /// The one byte that it is, if it is just that.
    pub(super) fn only_byte(&self) -> Option<u8> {
        match (self.choices.as_slice(), self.eof, self.idle) {
            ([Choice { bytes, .. }], false, None) if bytes.len() == 1 => bytes.first().copied(),
            _ => None,
        }
    }

    /// What stands at the start of `bytes`.
    pub(super) fn look(&self, bytes: &[u8]) -> Look {
        let mut pending = false;
        for (index, choice) in self.choices.iter().enumerate() {
            if starts_with(bytes, &choice.bytes) {
                return Look { whole: Some(index), pending };
            }
            pending |= starts_with(&choice.bytes, bytes);
        }
        Look { whole: None, pending }
    }

    /// The earliest place at or behind `from`; `complete` says that nothing comes behind these bytes.
    pub(super) fn find(&self, bytes: &[u8], from: usize, complete: bool) -> Find {
        let mut from = from;
        while let Some(found) = self.starts.find(bytes.get(from..).unwrap_or_default()) {
            let at = from + found;
            let look = self.look(bytes.get(at..).unwrap_or_default());
            if look.whole.is_some() {
                return Find::At(at, look);
            }
            if look.pending && !complete {
                return Find::Perhaps(at);
            }
            from = at + 1;
        }
        Find::Nowhere
    }

    /// How many of these bytes any choice starts with.
    pub(super) fn same(&self, bytes: &[u8]) -> usize {
        let same = |choice: &Choice| choice.bytes.iter().zip(bytes).take_while(|(wanted, came)| wanted == came).count();
        self.choices.iter().map(same).max().unwrap_or(0)
    }
}

/// For literals, which are a byte or two, a call of `memcmp` costs more than this.
fn starts_with(bytes: &[u8], start: &[u8]) -> bool {
    bytes.len() >= start.len() && bytes.iter().zip(start).all(|(one, other)| one == other)
}

/// The first place of a byte. `memchr` asks the processor what it can do when it is first called, which on a virtual
/// machine takes longer than a short command and its answer; so the short ones are looked through without it.
pub(super) fn find_byte(byte: u8, bytes: &[u8]) -> Option<usize> {
    const SHORT: usize = 32;
    if bytes.len() < SHORT { bytes.iter().position(|other| *other == byte) } else { memchr::memchr(byte, bytes) }
}

impl Starts {
    fn of(choices: &[Choice]) -> Self {
        let mut firsts: Vec<u8> = choices.iter().filter_map(|choice| choice.bytes.first().copied()).collect();
        firsts.sort_unstable();
        firsts.dedup();
        match *firsts.as_slice() {
            [] => Self::None,
            [a] => Self::One(a),
            [a, b] => Self::Two(a, b),
            [a, b, c] => Self::Three(a, b, c),
            _ => {
                let mut table = Box::new([false; 256]);
                for first in firsts {
                    if let Some(slot) = table.get_mut(usize::from(first)) {
                        *slot = true;
                    }
                }
                Self::Many(table)
            }
        }
    }

    fn find(&self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::None => None,
            Self::One(a) => find_byte(*a, bytes),
            Self::Two(a, b) => memchr::memchr2(*a, *b, bytes),
            Self::Three(a, b, c) => memchr::memchr3(*a, *b, *c, bytes),
            Self::Many(table) => bytes.iter().position(|byte| table.get(usize::from(*byte)) == Some(&true)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(choices: &[&[u8]]) -> Group {
        let choices = choices.iter().map(|bytes| Choice { bytes: bytes.to_vec(), sizes: vec![bytes.len()] }).collect();
        Group::new(0, 1, choices, false, None)
    }

    fn line_ends() -> Group {
        group(&[b"\r\n", b"\n", b"\r"])
    }

    #[test]
    fn the_earliest_place_wins_and_then_the_order_of_the_choices() {
        assert_eq!(line_ends().find(b"ab\r\ncd\n", 0, false), Find::At(2, Look { whole: Some(0), pending: false }));
        assert_eq!(line_ends().look(b"\r\n"), Look { whole: Some(0), pending: false });
        assert_eq!(line_ends().look(b"\rx"), Look { whole: Some(2), pending: false });
    }

    #[test]
    fn a_shorter_choice_is_whole_while_a_preferred_one_may_still_come() {
        assert_eq!(line_ends().look(b"\r"), Look { whole: Some(2), pending: true });
    }

    #[test]
    fn half_a_choice_at_the_end_is_perhaps() {
        let group = group(&[b"\x03\r\n"]);
        assert_eq!(group.find(b"ab\x03\x03\r", 0, false), Find::Perhaps(3));
        assert_eq!(group.find(b"ab\x03\x03x", 0, false), Find::Nowhere);
    }

    #[test]
    fn half_a_choice_hides_no_whole_one_once_nothing_more_comes() {
        let group = group(&[b"abc", b"b"]);
        assert_eq!(group.find(b"xab", 0, false), Find::Perhaps(1));
        assert_eq!(group.find(b"xab", 0, true), Find::At(2, Look { whole: Some(1), pending: false }));
    }
}
