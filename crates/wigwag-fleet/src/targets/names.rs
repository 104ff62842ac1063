//! Lazy sets of names.

use std::fmt;

/// A set of names that makes them one at a time and knows without a list whether it has one.
///
/// [`next`](Names::next) gives each name once, in an order that stays; `cursor` is all that it remembers, so a walk may
/// be kept, copied and taken up again.
pub trait Names: fmt::Debug + Send + Sync {
    /// Whether this name is one of them.
    fn contains(&self, name: &str) -> bool;

    /// Replaces `name` by the next name; false when there are no more.
    fn next(&self, cursor: &mut Cursor, name: &mut String) -> bool;

    /// All names in their order.
    fn iter(&self) -> Iter<'_, Self>
    where
        Self: Sized,
    {
        Iter { names: self, cursor: Cursor::default() }
    }
}

/// How far a walk through names has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Which of several sets.
    pub(crate) term: usize,
    /// Which word or declaration in it.
    pub(crate) item: usize,
    /// Which name of that.
    pub(crate) place: u64,
}

/// The names of a set.
#[derive(Debug)]
pub struct Iter<'a, N> {
    names: &'a N,
    cursor: Cursor,
}

impl<N: Names> Iterator for Iter<'_, N> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let mut name = String::new();
        self.names.next(&mut self.cursor, &mut name).then_some(name)
    }
}
