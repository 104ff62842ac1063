//! What is remembered, and what is not.

use std::fs;

use tempfile::TempDir;
use wigwag_protocol::layout::Value;

use super::*;

const KEY: Key = Key([7; 32]);
const BOUNDS: Bounds = Bounds { count: 100, age: Duration::from_secs(3600) };

fn key(number: usize) -> Key {
    Key(Sha256::digest(number.to_string()).into())
}

fn open(folder: &TempDir) -> Arc<Memory> {
    Arc::new(once_free(folder).unwrap())
}

/// A program that another test starts at this moment holds what is open here until it has become another program: also the
/// lock of a memory that has just been closed.
fn once_free(folder: &TempDir) -> Result<Memory, MemoryError> {
    let began = Instant::now();
    loop {
        match Memory::open(folder.path(), BOUNDS) {
            Err(MemoryError::Taken { .. }) if began.elapsed() < Duration::from_secs(30) => std::thread::yield_now(),
            opened => return opened,
        }
    }
}

/// It is the first of its kind.
async fn first(memory: &Arc<Memory>, key: Key) -> Ticket {
    match memory.begin(key).await {
        Begun::First(ticket) => ticket,
        Begun::Again(answer) => panic!("answered with {answer:?}"),
        Begun::Refused(failure) => panic!("refused: {failure:?}"),
    }
}

async fn again(memory: &Arc<Memory>, key: Key) -> Answer {
    match memory.begin(key).await {
        Begun::Again(answer) => answer,
        Begun::First(_) => panic!("done a second time"),
        Begun::Refused(failure) => panic!("refused: {failure:?}"),
    }
}

async fn refused(memory: &Arc<Memory>, key: Key) -> String {
    match memory.begin(key).await {
        Begun::Refused(failure) => failure.why,
        Begun::First(_) => panic!("done a second time"),
        Begun::Again(answer) => panic!("answered with {answer:?}"),
    }
}

fn body(text: &str) -> Answer {
    Answer::Body(text.into())
}

#[tokio::test]
async fn a_repeat_gets_the_answer_also_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let answers =
        [body("READY"), Answer::Error(Value::Text("no paper".into())), Answer::Error(Value::Integer(7)), body("")];
    {
        let memory = open(&folder);
        for (number, answer) in answers.iter().enumerate() {
            first(&memory, key(number)).await.done(answer).await.unwrap();
            assert_eq!(again(&memory, key(number)).await, *answer);
        }
    }

    let memory = open(&folder);
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(again(&memory, key(number)).await, *answer);
    }
}

#[tokio::test]
async fn a_repeat_waits_while_it_runs() {
    let folder = TempDir::new().unwrap();
    let memory = open(&folder);
    let ticket = first(&memory, KEY).await;

    let repeat = tokio::spawn({
        let memory = memory.clone();
        async move { again(&memory, KEY).await }
    });
    tokio::task::yield_now().await;
    assert!(!repeat.is_finished());
    ticket.done(&body("moved")).await.unwrap();

    assert_eq!(repeat.await.unwrap(), body("moved"));
}

#[tokio::test]
async fn what_was_cut_short_is_never_done_again() {
    let folder = TempDir::new().unwrap();
    {
        let memory = open(&folder);
        drop(first(&memory, KEY).await);
        assert!(refused(&memory, KEY).await.contains("cut short"), "by whoever dropped it");
        // As a crash does: begun, and not a word more.
        std::mem::forget(first(&memory, key(1)).await);
    }
    // The memory was kept by the ticket, and with it the folder.
    let bytes = fs::read(folder.path().join("ids")).unwrap();
    let other = TempDir::new().unwrap();
    fs::write(other.path().join("ids"), bytes).unwrap();

    let memory = open(&other);
    assert!(refused(&memory, KEY).await.contains("cut short"));
    assert!(refused(&memory, key(1)).await.contains("cut short"));
}

/// A power cut at any moment: whatever reached the disk, nothing that has begun is done again, and what was answered is
/// answered alike or refused.
#[tokio::test]
async fn a_file_that_ends_anywhere() {
    let folder = TempDir::new().unwrap();
    {
        let memory = open(&folder);
        first(&memory, KEY).await.done(&body("moved")).await.unwrap();
    }
    let bytes = fs::read(folder.path().join("ids")).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let begun = text.find("end ").unwrap();
    for length in 0..=bytes.len() {
        let cut = TempDir::new().unwrap();
        fs::write(cut.path().join("ids"), &bytes[..length]).unwrap();
        let memory = open(&cut);
        match memory.begin(KEY).await {
            Begun::First(_) => assert!(length < begun, "begun on disk at {begun}, and done again with {length} bytes"),
            Begun::Refused(_) => assert!((begun..bytes.len()).contains(&length)),
            Begun::Again(answer) => assert_eq!((length, answer), (bytes.len(), body("moved"))),
        }
        // It can be gone on with.
        first(&memory, key(1)).await.done(&body("on")).await.unwrap();
        drop(memory);
        assert_eq!(again(&open(&cut), key(1)).await, body("on"));
    }
}

#[tokio::test]
async fn a_file_that_is_damaged_in_the_middle_is_not_believed() {
    let folder = TempDir::new().unwrap();
    {
        let memory = open(&folder);
        for number in 0..3 {
            first(&memory, key(number)).await.done(&body("moved")).await.unwrap();
        }
    }
    let file = folder.path().join("ids");
    let whole = fs::read(&file).unwrap();
    for at in [0, 40, 200, 300] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&file, bytes).unwrap();
        let error = once_free(&folder).unwrap_err().to_string();
        assert!(error.contains("is damaged"), "{error}");
    }
    fs::write(&file, "somebody's notes\n").unwrap();
    assert!(once_free(&folder).unwrap_err().to_string().contains("line 1, is damaged"));
    assert_eq!(fs::read(&file).unwrap(), b"somebody's notes\n");
}

#[tokio::test]
async fn only_so_many_and_only_so_long() {
    let folder = TempDir::new().unwrap();
    let memory = open(&folder);
    memory.bound(Bounds { count: 3, ..BOUNDS });
    let running = first(&memory, key(0)).await;
    for number in 1..10 {
        first(&memory, key(number)).await.done(&body("moved")).await.unwrap();
    }
    drop(first(&memory, key(1)).await);
    running.done(&body("slow")).await.unwrap();
    assert_eq!(again(&memory, key(0)).await, body("slow"), "what runs is not forgotten");

    memory.bound(Bounds { age: Duration::ZERO, ..BOUNDS });
    drop(first(&memory, key(0)).await);
}

#[tokio::test]
async fn a_long_file_is_written_anew() {
    let folder = TempDir::new().unwrap();
    {
        let memory = open(&folder);
        memory.bound(Bounds { count: 20, ..BOUNDS });
        for number in 0..600 {
            first(&memory, key(number)).await.done(&body(&number.to_string())).await.unwrap();
        }
        assert_eq!(again(&memory, key(599)).await, body("599"));
    }
    let lines = fs::read_to_string(folder.path().join("ids")).unwrap().lines().count();
    assert!(lines < 1000, "{lines} lines");

    let memory = open(&folder);
    for number in 585..600 {
        assert_eq!(again(&memory, key(number)).await, body(&number.to_string()));
    }
}

#[tokio::test]
async fn an_answer_that_is_too_long_to_keep() {
    let folder = TempDir::new().unwrap();
    let memory = open(&folder);
    let long = Answer::Body(vec![b'x'; 1024 * 1024]);

    assert!(first(&memory, KEY).await.done(&long).await.is_err());

    assert!(refused(&memory, KEY).await.contains("not done again"));
}

#[test]
fn two_agents_do_not_share_a_folder() {
    let folder = TempDir::new().unwrap();
    let _held = open(&folder);

    let error = Memory::open(folder.path(), BOUNDS).unwrap_err().to_string();
    assert!(error.contains("another agent does"), "{error}");
    let missing = Memory::open(&folder.path().join("none"), BOUNDS).unwrap_err().to_string();
    assert!(missing.contains("no such file"), "{missing}");
}
