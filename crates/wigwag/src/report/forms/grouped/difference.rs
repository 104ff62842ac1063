//! What an answer says otherwise than another.

use std::io::Write;
use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use super::answer::Answer;

/// The most lines that are shown of one difference.
const SHOWN: usize = 40;
/// How long the shortest difference is looked for. Long answers that have nothing in common could take for ever; then one
/// that is not the shortest does.
const PATIENCE: Duration = Duration::from_millis(50);

/// Writes the lines that only `most` have with a minus, and those that only `other` has with a plus.
/// Nothing where both are a line of text each, which says it all.
pub(super) fn difference(most: &Answer, other: &Answer, out: &mut Vec<u8>) {
    if let (Answer::Lines(most), Answer::Lines(other)) = (most, other)
        && most.len().max(other.len()) <= 1
    {
        return;
    }
    let (most, other) = (most.to_compare(), other.to_compare());
    let most: Vec<&str> = most.iter().map(String::as_str).collect();
    let other: Vec<&str> = other.iter().map(String::as_str).collect();
    let difference = TextDiff::configure().timeout(PATIENCE).diff_slices(&most, &other);
    let changed = difference.iter_all_changes().filter_map(|change| match change.tag() {
        ChangeTag::Equal => None,
        ChangeTag::Delete => Some(('-', change.value())),
        ChangeTag::Insert => Some(('+', change.value())),
    });
    let changed: Vec<(char, &str)> = changed.collect();
    // Writing to memory cannot fail.
    changed.iter().take(SHOWN).for_each(|(sign, line)| drop(writeln!(out, "  {sign} {line}")));
    if changed.len() > SHOWN {
        let _ = writeln!(out, "    ... ({} lines differ in all)", changed.len());
    }
}
