//! `wigwag runs` where there is no journal, or none that can be read. What it shows of runs is shown next to its code.

use crate::support::wigwag;

#[test]
fn where_nothing_was_journaled_there_are_no_runs() {
    assert_eq!(wigwag(&["runs"]).run().told(), (0, "no runs\n", ""));
    assert_eq!(wigwag(&["runs", "list", "--output", "json"]).run().told(), (0, "{\"v\":1,\"runs\":[]}\n", ""));
}

#[test]
fn a_run_of_no_journal_is_wrong_usage() {
    for command in [&["runs", "show", "last"][..], &["runs", "diff", "last"], &["runs", "follow"]] {
        let asked = wigwag(command).run();
        assert_eq!(
            asked.told(),
            (2, "", "error: there is no journal at /nonexistent/wigwag/journal.db\n"),
            "{command:?}"
        );
    }
}

#[test]
fn a_file_of_something_else_is_no_journal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "far too short to be a database").unwrap();

    let asked = wigwag(&["runs", "list", "--journal", path.to_str().unwrap()]).run();

    let error = format!("error: {} is no journal of wigwag\nhint: --journal PATH names another file\n", path.display());
    assert_eq!(asked.told(), (2, "", error.as_str()));
}

#[test]
fn what_is_known_is_not_removed_without_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/journal.db");

    let asked = wigwag(&["runs", "remove", "last", "--journal", path.to_str().unwrap()]).run();

    assert_eq!(asked.told(), (2, "", format!("error: there is no journal at {}\n", path.display()).as_str()));
    assert!(!path.exists(), "nothing is made in order to remove something");
}
