//! Why a dial failed: a reason for the program, a line for the person. All mapping from causes to reasons is here.

use std::io::{self, ErrorKind};

use thiserror::Error;
use wigwag_protocol::exchange::NoConnection;
use wigwag_protocol::outcome::Unreachable;

use crate::cause;
use crate::tls::{HandshakeError, Refusal, refusal};

/// A dial that failed. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct DialError {
    /// The outcome's reason.
    pub reason: Unreachable,
    /// The cause once, in one line, without a full stop. May quote what a resolver, a proxy or a certificate said:
    /// escape before printing.
    pub message: String,
    /// What to try, where that is known.
    pub hint: Option<String>,
    /// Trying again by itself is of no use or not allowed: a certificate or a login was refused, or what was asked for
    /// cannot be.
    pub lasting: bool,
}

impl DialError {
    pub(crate) fn new(reason: Unreachable, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), hint: None, lasting: false }
    }

    /// As an exchange is told of it.
    pub fn told(&self) -> NoConnection<'_> {
        let Self { reason, message, hint, lasting } = self;
        NoConnection { reason: *reason, cause: message, hint: hint.as_deref(), lasting: *lasting }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn lasting(mut self) -> Self {
        self.lasting = true;
        self
    }
}

/// A TCP connect that failed.
pub(crate) fn failed_connect(error: &io::Error) -> DialError {
    if cause::is_shortage(error) {
        return DialError::new(Unreachable::Local, cause::words(error));
    }
    match error.kind() {
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
            DialError::new(Unreachable::NoRoute, cause::words(error))
        }
        ErrorKind::TimedOut => DialError::new(Unreachable::Timeout, cause::words(error)),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => {
            DialError::new(Unreachable::Refused, cause::words(error))
        }
        // A connect gets EADDRNOTAVAIL when each ephemeral port is in use towards this address, and where this machine
        // has no address of the target's family (`::1` in a container without IPv6).
        ErrorKind::AddrNotAvailable | ErrorKind::AddrInUse => {
            DialError::new(Unreachable::Local, "this machine has no address or no port free for the connection")
        }
        // Linux answers EPERM or EACCES where a rule of its own firewall forbids the packet.
        ErrorKind::PermissionDenied => {
            DialError::new(Unreachable::Local, "this machine does not permit the connection")
                .hint("a firewall rule, a sandbox, or a broadcast address")
                .lasting()
        }
        // What is left (EINVAL, EAFNOSUPPORT, ...) is something the kernel does not let us do.
        _ => DialError::new(Unreachable::Local, cause::words(error)).lasting(),
    }
}

/// A resolver that did not give an address.
///
/// The standard library hides `getaddrinfo`'s code in its text, so the text decides which of the two cases it is: there
/// is no such name, or nobody could be asked. Texts of glibc, musl, macOS and Windows.
pub(crate) fn failed_lookup(error: &io::Error) -> DialError {
    const NO_SUCH_HOST: [&str; 6] = [
        "Name or service not known",
        "No address associated with",
        "Name does not resolve",
        "Name has no usable address",
        "nodename nor servname provided",
        "No such host is known",
    ];
    if cause::is_shortage(error) {
        return DialError::new(Unreachable::Local, cause::words(error));
    }
    let text = error.to_string();
    let said = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
    let said = said.split(" (os error ").next().unwrap_or(said).trim_end_matches('.');
    let message = if NO_SUCH_HOST.iter().any(|known| said.contains(known)) {
        format!("no such host (the resolver says \"{said}\")")
    } else {
        format!("the name could not be looked up (the resolver says \"{said}\")")
    };
    DialError::new(Unreachable::Dns, message)
}

/// A TLS handshake that failed; `host` is what the certificate had to be for.
pub(super) fn failed_handshake(error: &HandshakeError, host: &str, has_certificate: bool) -> DialError {
    let refusal = match error {
        HandshakeError::Tls(error) => refusal(error, host, has_certificate),
        HandshakeError::Closed => Refusal::new("the device closed the connection during the TLS handshake"),
        HandshakeError::Io(error) if cause::is_shortage(error) => {
            return DialError::new(Unreachable::Local, cause::words(error));
        }
        HandshakeError::Io(error) => Refusal::new(format!("the TLS handshake broke off: {}", cause::words(error))),
    };
    DialError {
        reason: Unreachable::Tls,
        message: refusal.message,
        hint: refusal.hint.map(str::to_owned),
        lasting: refusal.lasting,
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn each_number_has_its_reason() {
        for (code, reason, message) in [
            (111, Unreachable::Refused, "connection refused"),
            (113, Unreachable::NoRoute, "no route to host"),
            (101, Unreachable::NoRoute, "network is unreachable"),
            (110, Unreachable::Timeout, "connection timed out"),
            (24, Unreachable::Local, "this process has too many open files"),
            (23, Unreachable::Local, "this machine has too many open files"),
            (12, Unreachable::Local, "out of memory"),
            (105, Unreachable::Local, "this machine has no buffer space left"),
            (99, Unreachable::Local, "this machine has no address or no port free for the connection"),
            (98, Unreachable::Local, "this machine has no address or no port free for the connection"),
            (13, Unreachable::Local, "this machine does not permit the connection"),
            (1, Unreachable::Local, "this machine does not permit the connection"),
            (97, Unreachable::Local, "address family not supported by protocol"),
        ] {
            let error = failed_connect(&io::Error::from_raw_os_error(code));
            assert_eq!((error.reason, error.message.as_str()), (reason, message), "errno {code}");
        }
    }

    #[test]
    fn a_resolver_without_a_server_is_not_a_missing_name() {
        let said = |text: &str| {
            failed_lookup(&io::Error::other(format!("failed to lookup address information: {text}"))).message
        };
        assert_eq!(said("Name or service not known"), "no such host (the resolver says \"Name or service not known\")");
        assert_eq!(
            said("Temporary failure in name resolution"),
            "the name could not be looked up (the resolver says \"Temporary failure in name resolution\")"
        );
    }
}
