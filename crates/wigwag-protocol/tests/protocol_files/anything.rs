//! Whatever stands in a file, it is a protocol or an error, and the place of the error is in the file.

use proptest::prelude::*;
use wigwag_protocol::protocol::{Protocol, library};

/// What is near to things that mean something.
const PIECES: [&str; 24] = [
    "\"",
    "'",
    "\\u0041",
    "\\",
    "\n",
    "=",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    "|",
    "body",
    "é",
    "\u{1F600}",
    "=len(",
    "..",
    ":u8",
    "& 0x80",
    "-1",
    "false",
    "'''",
    "\"\"\"",
];

fn assert_placed(file: &str) {
    if let Err(error) = Protocol::parse(file)
        && let Some(at) = error.at
    {
        assert!(file.get(at.clone()).is_some(), "{}: {at:?} in {file:?}", error.message);
    }
}

fn files() -> Vec<&'static str> {
    let own = [include_str!("explained.toml")];
    library::names().filter_map(library::text).chain(own).collect()
}

#[test]
fn a_file_cut_anywhere() {
    let file = include_str!("explained.toml");
    for (at, _) in file.char_indices() {
        assert_placed(&file[..at]);
    }
}

/// A sample of the lines, so that the test stays short.
#[test]
fn every_file_without_one_of_its_lines() {
    for file in files() {
        let lines: Vec<&str> = file.lines().collect();
        for left_out in (0..lines.len()).step_by(7) {
            let rest: Vec<&str> = [&lines[..left_out], &lines[left_out + 1..]].concat();
            assert_placed(&rest.join("\n"));
        }
    }
}

proptest! {
    #[test]
    fn files_with_something_put_into_them(
        file in 0..32_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..PIECES.len(), 0..6_usize), 1..4),
    ) {
        let files = files();
        let mut text = files[file % files.len()].to_owned();
        for (place, piece, removed) in changes {
            let mut places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            places.push(text.len());
            let start = place.index(places.len());
            let end = (start + removed).min(places.len() - 1);
            text.replace_range(places[start]..places[end], PIECES[piece]);
        }
        assert_placed(&text);
    }
}
