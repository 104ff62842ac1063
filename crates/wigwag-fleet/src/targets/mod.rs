//! Sets of names as people write them: `dev[001-500]`, `10.0.0.0/24`, `@presses!press-7`.
//!
//! An [`Expression`] is what was typed: words, joined from left to right. A word is names with ranges ([`Pattern`]), a
//! network ([`Network`]), a group, or a [`Wildcard`]; what the last two stand for only an inventory knows. The rules are
//! those of ClusterShell's NodeSet.
//!
//! Sets are lazy. A range of a million names is two numbers, its names are made one at a time, and whether a name is in
//! it is computed, never looked up. So a union goes through its second half without what the first half has, and a
//! difference asks for each name whether the other side contains it: [`Combined`] needs no memory for names.
//!
//! | file | what it is |
//! |---|---|
//! | `numbers` | what stands in brackets: `1-5,7,9-20/2` |
//! | `pattern` | names with ranges |
//! | `network` | a CIDR |
//! | `wildcard` | `press*` |
//! | `word`, `expression` | what was typed |
//! | `names`, `listed`, `combined` | lazy sets: one word, many words, words joined by operators |
//! | `fold/` | names back to ranges |

mod combined;
mod error;
mod expression;
pub mod fold;
mod listed;
mod names;
mod network;
mod numbers;
mod pattern;
mod wildcard;
mod word;

pub use combined::{Combined, Join};
pub use error::TargetError;
pub use expression::{Expression, Term};
pub use fold::{fold, unfold};
pub use listed::Listed;
pub use names::{Cursor, Iter, Names};
pub use network::Network;
pub use numbers::Numbers;
pub use pattern::Pattern;
pub use wildcard::Wildcard;
pub use word::{GroupWord, Item, Word};

/// The most names that one word may stand for. More is a slip (`10.0.0.0/8`) far more often than a wish.
pub const MOST_NAMES: u64 = 1_048_576;
