//! Ranges as Ansible writes them: `web[01:50]`, `db-[a:f]`, `rack[1:9:2]`.

use crate::targets::{Item, MOST_NAMES};

/// The names that are written so, as few items as possible: numbers stay ranges, letters become names.
pub(super) fn items(written: &str) -> Result<Vec<Item>, String> {
    let mut texts = vec![String::new()];
    let mut rest = written;
    while let Some((before, range, behind)) = next_range(rest) {
        let pieces = pieces(range)?;
        if (texts.len() * pieces.len()) as u64 > MOST_NAMES {
            return Err(format!("this stands for more than {MOST_NAMES} hosts"));
        }
        texts =
            texts.iter().flat_map(|text| pieces.iter().map(move |piece| format!("{text}{before}{piece}"))).collect();
        rest = behind;
    }
    let item = |text: String| Item::parse(&format!("{text}{rest}")).map_err(|error| error.message);
    texts.into_iter().map(item).collect()
}

/// What stands before a range, the range, and what stands behind it; an address in brackets is none.
fn next_range(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('[')?;
    let (range, behind) = rest.split_once(']')?;
    (range.matches(':').count() <= 2 && !range.contains("::")).then_some((before, range, behind))
}

/// What a range is in our form: one range of numbers, or each letter.
fn pieces(range: &str) -> Result<Vec<String>, String> {
    let wrong = || format!("`[{range}]` is not a range such as [01:50], [a:f] or [1:9:2]");
    let mut parts = range.split(':');
    let (Some(first), Some(last)) = (parts.next(), parts.next()) else { return Err(wrong()) };
    let step: u64 =
        parts.next().map_or(Some(1), |step| step.parse().ok()).filter(|step| *step > 0).ok_or_else(wrong)?;
    let letter = |text: &str| {
        let mut letters = text.chars().filter(char::is_ascii_alphabetic);
        letters.next().filter(|_| text.len() == 1)
    };
    if let (Some(first), Some(last)) = (letter(first), letter(last)) {
        let step = usize::try_from(step).map_err(|_| wrong())?;
        let letters: Vec<String> = (first..=last).step_by(step).map(String::from).collect();
        let is_one_case = first.is_ascii_lowercase() == last.is_ascii_lowercase();
        return if letters.is_empty() || !is_one_case { Err(wrong()) } else { Ok(letters) };
    }
    // A range without a start begins at 0.
    let first = if first.is_empty() { "0" } else { first };
    numbers(first, last, step).map(|numbers| vec![numbers]).ok_or_else(wrong)
}

/// Numbers as ours: padded to the width of the first, and longer where they grow longer.
fn numbers(first: &str, last: &str, step: u64) -> Option<String> {
    /// As many digits as always fit.
    const MOST_DIGITS: usize = 18;
    let is_number = |text: &str| text.len() <= MOST_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    let (from, to): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    if !is_number(first) || !is_number(last) || from > to {
        return None;
    }
    let width = first.len();
    let longer = 10_u64.pow(width as u32);
    if width == 1 || !first.starts_with('0') || to < longer {
        let width = if first.starts_with('0') { width } else { 1 };
        return Some(format!("[{from:0width$}-{to:0width$}/{step}]"));
    }
    let beyond = from + (longer - from).div_ceil(step) * step;
    let padded = format!("{from:0width$}-{:0width$}/{step}", longer - 1);
    Some(match beyond <= to {
        true => format!("[{padded},{beyond}-{to}/{step}]"),
        false => format!("[{padded}]"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_ansible_expands_them() {
        for (written, expected) in [
            ("web[01:03]", "web[01-03]"),
            ("web[1:50].example", "web[1-50].example"),
            ("db-[a:c]", "db-a db-b db-c"),
            ("db-[a:e:2]x", "db-ax db-cx db-ex"),
            ("r[1:2]-[a:b]", "r[1-2]-a r[1-2]-b"),
            ("rack[1:9:4]", "rack[1,5-9/4]"),
            ("web[08:101]", "web[08-99,100-101]"),
            ("web[00:10:4]", "web[00-08/4]"),
            ("n[001:120]", "n[001-120]"),
            ("[::1]", "[::1]"),
            ("plain", "plain"),
        ] {
            let items = items(written).unwrap();
            let shown: Vec<String> = items.iter().map(Item::to_string).collect();
            let expected = if written == "rack[1:9:4]" { "rack[1-9/4]" } else { expected };
            assert_eq!(shown.join(" "), expected, "{written}");
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for written in ["a[5:1]", "a[1:x]", "a[a:F]", "a[c:a]", "a[1:9:0]", "a[1]", "a[:]", "a[1:99999999999999999999]"]
        {
            assert!(items(written).is_err(), "{written}");
        }
    }
}
