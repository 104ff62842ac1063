//! What the operating system says, in words for people.

use std::io::{self, ErrorKind};

/// A shortage of this machine, told by its number because the standard library has no name for it.
#[cfg(feature = "dial")]
pub(crate) fn is_shortage(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::OutOfMemory) || error.raw_os_error().is_some_and(|code| shortage(code).is_some())
}

/// The cause in one line, without "(os error 111)" and without a full stop.
///
/// The text of an error that did not come from the operating system (TLS, a proxy) may quote what a device or a
/// certificate said: escape before printing.
pub fn words(error: &io::Error) -> String {
    if let Some(text) = error.raw_os_error().and_then(shortage) {
        return text.to_owned();
    }
    if let Some(text) = known(error.kind()).filter(|_| error.get_ref().is_none()) {
        return text.to_owned();
    }
    let text = error.to_string();
    let text = text.split(" (os error ").next().unwrap_or(&text);
    lower_first(text)
}

fn known(kind: ErrorKind) -> Option<&'static str> {
    let text = match kind {
        ErrorKind::ConnectionRefused => "connection refused",
        ErrorKind::ConnectionReset => "connection reset",
        ErrorKind::ConnectionAborted => "connection aborted",
        ErrorKind::HostUnreachable => "no route to host",
        ErrorKind::NetworkUnreachable => "network is unreachable",
        ErrorKind::NetworkDown => "network is down",
        ErrorKind::TimedOut => "connection timed out",
        ErrorKind::BrokenPipe => "the other side has closed the connection",
        ErrorKind::AddrInUse => "address already in use",
        ErrorKind::AddrNotAvailable => "address not available",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::OutOfMemory => "out of memory",
        ErrorKind::UnexpectedEof => "the connection ended too early",
        _ => return None,
    };
    Some(text)
}

/// EMFILE, ENFILE and ENOBUFS, where they are what we know them to be.
fn shortage(code: i32) -> Option<&'static str> {
    const BUFFERS: i32 = if cfg!(windows) {
        10_055
    } else if cfg!(any(target_os = "linux", target_os = "android")) {
        105
    } else {
        55
    };
    const OPEN_FILES: i32 = if cfg!(windows) { 10_024 } else { 24 };
    match code {
        OPEN_FILES => Some("this process has too many open files"),
        23 if cfg!(unix) => Some("this machine has too many open files"),
        BUFFERS => Some("this machine has no buffer space left"),
        _ => None,
    }
}

fn lower_first(text: &str) -> String {
    // "Operation not permitted" begins a sentence, "TLS" and "I/O" are names.
    let mut characters = text.chars();
    match (characters.next(), characters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(characters).collect(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn numbers_stay_out_of_the_text() {
        for (code, expected) in [
            (111, "connection refused"),
            (113, "no route to host"),
            (101, "network is unreachable"),
            (110, "connection timed out"),
            (24, "this process has too many open files"),
            (105, "this machine has no buffer space left"),
            (71, "protocol error"),
        ] {
            assert_eq!(words(&io::Error::from_raw_os_error(code)), expected);
        }
        assert_eq!(words(&io::Error::other("the alert \"x\"")), "the alert \"x\"");
    }
}
