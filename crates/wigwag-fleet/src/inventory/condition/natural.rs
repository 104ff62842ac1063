//! The order in which people sort versions and names with numbers.

use std::cmp::Ordering;

/// Numbers in the texts by their value, everything else by its characters: `2.9 < 2.10`, `v2 < v10`.
pub(super) fn order(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left, right);
    loop {
        let (a, b) = (digits(left), digits(right));
        let ordering = match (a.is_empty(), b.is_empty()) {
            (false, false) => {
                left = left.get(a.len()..).unwrap_or_default();
                right = right.get(b.len()..).unwrap_or_default();
                by_value(a, b)
            }
            _ => {
                let (mut a, mut b) = (left.chars(), right.chars());
                let ordering = match (a.next(), b.next()) {
                    (None, None) => return Ordering::Equal,
                    (a, b) => a.cmp(&b),
                };
                (left, right) = (a.as_str(), b.as_str());
                ordering
            }
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
}

fn digits(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// Digits of any length.
fn by_value(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_in_their_order() {
        let sorted = ["", "1", "1.0", "1.2", "1.2.1", "1.10", "2", "10", "v1", "v2b", "v10"];
        for pair in sorted.windows(2) {
            assert_eq!(order(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(order(pair[1], pair[0]), Ordering::Greater, "{pair:?}");
        }
        assert_eq!(order("2.03", "2.3"), Ordering::Equal);
        assert_eq!(order("99999999999999999999999", "100000000000000000000000"), Ordering::Less);
    }
}
