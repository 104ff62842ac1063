//! Files that are no journal, or not for this program.

use rusqlite::Connection;

use super::scene::Scene;
use crate::journal::{How, Journal, JournalError};

#[test]
fn where_there_is_none_there_is_nothing_to_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");

    assert!(matches!(Journal::open_read_only(&path), Err(JournalError::Missing { .. })));
    assert!(!path.exists());
}

#[test]
fn a_file_of_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let text = "not a database at all, but long enough to be looked at: ".repeat(20);
    std::fs::write(&path, &text).unwrap();

    assert!(matches!(Journal::open(&path), Err(JournalError::Foreign { .. })));
    assert!(matches!(Journal::open_read_only(&path), Err(JournalError::Foreign { .. })));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);

    let other = folder.path().join("cookies.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE cookies (name TEXT)").unwrap();
    let before = std::fs::read(&other).unwrap();
    assert!(matches!(Journal::open(&other), Err(JournalError::Foreign { .. })));
    assert_eq!(std::fs::read(&other).unwrap(), before);
}

#[test]
fn one_of_a_newer_program_is_not_touched() {
    let scene = Scene::new();
    scene.journal.connection.pragma_update(None, "user_version", 1000).unwrap();

    let refused = Journal::open(&scene.path()).unwrap_err();
    assert!(matches!(refused, JournalError::Newer { found: 1000, .. }), "{refused}");
    assert!(matches!(Journal::open_read_only(&scene.path()), Err(JournalError::Newer { .. })));
}

#[test]
fn several_programs_may_make_it_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");

    std::thread::scope(|scope| {
        let open = || Journal::open(&path).map(drop);
        let all: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
        all.into_iter().for_each(|one| one.join().unwrap().unwrap());
    });

    assert!(Journal::open_read_only(&path).unwrap().runs().unwrap().is_empty());
}

#[test]
fn one_that_is_read_changes_nothing() {
    let scene = Scene::new();
    scene.begin(3).finish(How::Done).unwrap();
    let reader = Journal::open_read_only(&scene.path()).unwrap();

    assert_eq!(reader.runs().unwrap().len(), 1);
    assert!(reader.connection.execute("DELETE FROM runs", []).is_err());

    let version = reader.version().unwrap();
    assert_eq!(reader.version().unwrap(), version);
    scene.begin(1).finish(How::Done).unwrap();
    assert_ne!(reader.version().unwrap(), version);
}
