//! What holds for any targets: folding loses nothing, and lazy sets are the sets that they stand for.

use std::collections::HashSet;

use proptest::collection::vec;
use proptest::prelude::*;
use wigwag_fleet::targets::{Expression, Names, Pattern, fold, unfold};

/// Names as people give them, few enough different ones to fold.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-b]{0,1}-[0-2]{1,3}",
        2 => "r[0-3]-u0?[0-9](\\.x)?",
        1 => "10\\.0\\.[0-1]\\.[0-9]{1,2}",
        1 => "[a-b][0-9](:910[0-1])",
        1 => "[a-c]{1,3}",
        1 => "a[0-9]{17,20}b[0-3]",
        1 => "2001:db8::[0-9a-f]",
        1 => "\\[::[0-9]\\](:9100)?",
    ]
}

/// One word, with the names that it stands for.
fn word() -> impl Strategy<Value = (String, Vec<String>)> {
    let range = (0_u32..12, 0_u32..6, 1_u32..4, prop::bool::ANY).prop_map(|(from, more, step, padded)| {
        let numbers = (from..=from + more).step_by(step as usize);
        match padded {
            true => {
                let names = numbers.map(|n| format!("a{n:02}")).collect();
                (format!("a[{from:02}-{:02}/{step}]", from + more), names)
            }
            false => (format!("a[{from}-{}/{step}]", from + more), numbers.map(|n| format!("a{n}")).collect()),
        }
    });
    let network = (0_u8..4).prop_map(|quarter| {
        let first = quarter * 4;
        (format!("10.0.0.{first}/30"), vec![format!("10.0.0.{}", first + 1), format!("10.0.0.{}", first + 2)])
    });
    let addresses = (0_u8..10).prop_map(|from| {
        (format!("10.0.0.[{from}-{}]", from + 3), (from..=from + 3).map(|n| format!("10.0.0.{n}")).collect())
    });
    let plain = "[a-b]{1,2}".prop_map(|name| (name.clone(), vec![name]));
    prop_oneof![3 => range, 1 => network, 1 => addresses, 1 => plain]
}

proptest! {
    #[test]
    fn what_is_folded_unfolds_to_the_same(names in vec(name(), 1..60)) {
        let folded = fold(&names);

        let unfolded: Vec<String> = unfold(&folded).unwrap().iter().collect();

        let set: HashSet<String> = names.into_iter().collect();
        prop_assert_eq!(unfolded.len(), set.len(), "each once: {}", folded);
        prop_assert_eq!(unfolded.iter().cloned().collect::<HashSet<_>>(), set, "{}", folded);
        prop_assert_eq!(fold(&unfolded), folded, "equal sets give equal texts");
    }

    #[test]
    fn whole_grids_fold_to_one_word(rows in 1_u32..20, columns in 1_u32..20, first in 0_u32..12) {
        let names: Vec<String> =
            (first..first + rows).flat_map(|row| (1..=columns).map(move |column| format!("r{row}-u{column:02}"))).collect();

        prop_assert!(!fold(&names).contains("],"), "{}", fold(&names));
    }

    #[test]
    fn operators_work_from_left_to_right(first in word(), more in vec((0_u8..3, word()), 0..6)) {
        let (mut text, mut expected) = (first.0, first.1.into_iter().collect::<HashSet<String>>());
        for (operator, (word, names)) in more {
            let names: HashSet<String> = names.into_iter().collect();
            let (sign, joined) = match operator {
                0 => (',', &expected | &names),
                1 => ('!', &expected - &names),
                _ => ('&', &expected & &names),
            };
            text = format!("{text}{sign}{word}");
            expected = joined;
        }

        let set = unfold(&text).unwrap();

        let names: Vec<String> = set.iter().collect();
        prop_assert_eq!(names.len(), expected.len(), "each once: {}", text);
        prop_assert_eq!(names.into_iter().collect::<HashSet<_>>(), expected.clone(), "{}", text);
        for name in ["a", "b", "ab", "a1", "a01", "a10", "10.0.0.1", "10.0.0.3", "10.0.0.10"] {
            prop_assert_eq!(set.contains(name), expected.contains(name), "{}: {}", text, name);
        }
    }

    #[test]
    fn a_pattern_shown_is_the_same_pattern(text in "[a-b]\\[[0-3]{1,2}(-9[0-9])?(/[1-3])?(,[0-9]{1,3}){0,3}\\](-x[0-9]?)?") {
        if let Ok(pattern) = Pattern::parse(&text) {
            prop_assert_eq!(Pattern::parse(&pattern.to_string()).unwrap(), pattern);
        }
    }

    #[test]
    fn any_text_is_read_or_refused_at_a_place_in_it(text in "[a-c0-3\\[\\],!&@*?/:. \u{e9}-]{0,24}") {
        if let Err(error) = Expression::parse(&text) {
            prop_assert!(text.get(error.at.clone()).is_some(), "{:?}", error);
        }
        if let Ok(set) = unfold(&text) {
            set.iter().take(1000).for_each(drop);
        }
    }
}
