//! One word of an expression.

use std::fmt;

use super::{Network, Pattern, TargetError, Wildcard};

/// What a word can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Names that the word gives by itself.
    Item(Item),
    /// `@presses`: the hosts of a group, and of the groups in it.
    Group(GroupWord),
    /// `press*`: those hosts of an inventory that fit.
    Wildcard(Wildcard),
}

/// Names that are given by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// One name, or names with ranges.
    Pattern(Pattern),
    /// The addresses of a network.
    Network(Network),
}

/// Which groups are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupWord {
    /// Each of these names is a group.
    Named(Pattern),
    /// Those groups whose name fits; `@*` is every host there is.
    Like(Wildcard),
}

impl Word {
    /// Reads one word.
    ///
    /// # Errors
    ///
    /// See [`Pattern::parse`], [`Network::parse`] and [`Wildcard::parse`].
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        if let Some(group) = text.strip_prefix('@') {
            return GroupWord::parse(group).map(Self::Group).map_err(|error| error.moved(1));
        }
        if Wildcard::is_meant(text) {
            return Wildcard::parse(text).map(Self::Wildcard);
        }
        Item::parse(text).map(Self::Item)
    }
}

impl GroupWord {
    fn parse(text: &str) -> Result<Self, TargetError> {
        match text {
            "" => Err(TargetError::new(0..0, "the name of a group is missing behind `@`")),
            _ if Wildcard::is_meant(text) => Wildcard::parse(text).map(Self::Like),
            _ => Pattern::parse(text).map(Self::Named),
        }
    }
}

impl Item {
    /// Reads names with ranges, or a network.
    ///
    /// # Errors
    ///
    /// See [`Pattern::parse`] and [`Network::parse`].
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        if Network::is_meant(text) {
            return Network::parse(text).map(Self::Network);
        }
        let pattern = Pattern::parse(text)?;
        match prefix_behind_ranges(text) {
            None => Ok(Self::Pattern(pattern)),
            Some(prefix) => Err(TargetError::new(prefix..text.len(), "a network has no ranges")
                .with_help("name each network, or a larger one: 10.0.0.0/24,10.0.1.0/24 is 10.0.0.0/23")),
        }
    }

    /// How many names there are.
    pub fn count(&self) -> u64 {
        match self {
            Self::Pattern(pattern) => pattern.count(),
            Self::Network(network) => network.count(),
        }
    }

    /// Whether this is one of the names.
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::Pattern(pattern) => pattern.contains(name),
            Self::Network(network) => network.contains(name),
        }
    }

    /// Adds the name at this place to `out`.
    pub fn write(&self, place: u64, out: &mut String) {
        match self {
            Self::Pattern(pattern) => pattern.write(place, out),
            Self::Network(network) => network.write(place, out),
        }
    }
}

/// Where the prefix begins in what would be several networks: `10.0.[0-1].0/24`. Its names would be none of hosts.
fn prefix_behind_ranges(text: &str) -> Option<usize> {
    let (mut is_inside, mut has_ranges) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            '[' => (is_inside, has_ranges) = (true, true),
            ']' => is_inside = false,
            '/' if has_ranges && !is_inside => return Some(at),
            _ => {}
        }
    }
    None
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pattern(pattern) => pattern.fmt(f),
            Self::Network(network) => network.fmt(f),
        }
    }
}
