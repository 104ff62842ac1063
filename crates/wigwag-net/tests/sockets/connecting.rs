//! Reading and writing on plain TCP: counts, ends, the commit point.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wigwag_net::{HalfClose, Received, Turn};

use crate::{drain, in_time, pair, read_to_end};

#[tokio::test]
async fn a_command_and_its_answer() {
    let (mut connection, mut device) = pair().await;

    in_time(connection.write_all(b"\x1bSTATUS\r")).await.unwrap();
    assert_eq!(connection.taken(), 8);
    assert_eq!(in_time(connection.half_close()).await.unwrap(), HalfClose::Said);
    let mut request = Vec::new();
    in_time(device.read_to_end(&mut request)).await.unwrap();
    device.write_all(b"OK\0").await.unwrap();
    drop(device);

    assert_eq!(request, b"\x1bSTATUS\r");
    let (answer, end) = read_to_end(&mut connection).await;
    assert_eq!((answer.as_slice(), end.unwrap()), (&b"OK\0"[..], Received::End));
}

#[tokio::test]
async fn nothing_readable_is_no_end() {
    let (mut connection, mut device) = pair().await;
    let mut buffer = [0; 16];

    assert_eq!(connection.try_read(&mut buffer).unwrap(), None);
    assert_eq!(connection.read_now(&mut buffer).unwrap(), None);

    device.write_all(b"stale").await.unwrap();
    // On loopback a write that has returned has been delivered; the runtime has not been told yet, the kernel knows.
    assert_eq!(connection.read_now(&mut buffer).unwrap(), Some(Received::Bytes(5)));
    assert_eq!(&buffer[..5], b"stale");
    drop(device);
    assert_eq!(connection.read_now(&mut buffer).unwrap(), Some(Received::End));
}

#[tokio::test]
async fn an_empty_buffer_is_a_mistake_not_an_end() {
    let (mut connection, _device) = pair().await;

    assert_eq!(connection.read_now(&mut []).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(connection.try_write(b"").unwrap(), 0);
}

#[tokio::test]
async fn a_cut_write_tells_how_far_it_came() {
    let (mut connection, device) = pair().await;
    let message = vec![b'x'; 64 << 20];

    let cut = tokio::time::timeout(Duration::from_millis(100), connection.write_all(&message)).await;

    assert!(cut.is_err(), "the device does not read");
    let taken = connection.taken();
    assert!(taken > 0 && taken < message.len() as u64, "{taken}");
    drop(connection);
    assert_eq!(drain(device).await.len() as u64, taken);
}

#[tokio::test]
async fn a_device_that_answers_before_it_has_read_all_is_heard() {
    let (mut connection, mut device) = pair().await;
    let message = vec![b'x'; 64 << 20];
    device.write_all(b"busy").await.unwrap();

    let mut buffer = [0; 16];
    let mut rest = message.as_slice();
    let heard = loop {
        match in_time(connection.turn(rest, &mut buffer)).await.unwrap() {
            Turn::Wrote(count) => rest = &rest[count..],
            Turn::Received(received) => break received,
        }
    };

    assert_eq!((heard, &buffer[..4]), (Received::Bytes(4), &b"busy"[..]));
    assert!(!rest.is_empty());
}

#[tokio::test]
async fn a_dropped_read_loses_nothing() {
    let (mut connection, mut device) = pair().await;
    let mut buffer = [0; 16];

    let none = tokio::time::timeout(Duration::from_millis(10), connection.read(&mut buffer)).await;
    assert!(none.is_err());
    device.write_all(b"late").await.unwrap();

    assert_eq!(in_time(connection.read(&mut buffer)).await.unwrap(), Received::Bytes(4));
}

#[tokio::test]
async fn a_reset_is_no_end() {
    let (mut connection, device) = pair().await;
    in_time(connection.write_all(b"PING")).await.unwrap();
    in_time(device.readable()).await.unwrap();

    // Closing with unread bytes resets the connection.
    drop(device);

    let (_, end) = read_to_end(&mut connection).await;
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
}
