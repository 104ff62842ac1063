//! What is known about one command to one device, in closed words.
//!
//! The same words stand in the CLI, the JSON, the journal and everywhere else.

/// What is known when an attempt has ended. The *commit point* is the first byte of the command that the kernel took:
/// before it a failure proves that nothing was sent, after it only the device can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The device answered, the answer belongs to this command and does not say no.
    Ok,
    /// No answer is due by design, all bytes were taken and nothing said no.
    Sent,
    /// The device answered no.
    Rejected,
    /// Proven not sent.
    Unreachable(Unreachable),
    /// Sent, wholly or in part, and no whole answer came.
    Unconfirmed(Unconfirmed),
    /// The device answered something that cannot be its answer.
    Garbled(Garbled),
    /// Stopped by a person before the commit point.
    Cancelled,
}

/// Why nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unreachable {
    /// The name has no address, or the resolver failed.
    Dns,
    /// The device's machine refused the connection.
    Refused,
    /// There is no route to it.
    NoRoute,
    /// Connecting took too long.
    Timeout,
    /// TLS could not be agreed on, or a certificate was refused by us.
    Tls,
    /// The proxy refused or failed.
    Proxy,
    /// Accepted, then closed or reset before our first byte.
    Dropped,
    /// The greeting did not come or was not the one expected.
    Greeting,
    /// The login was refused.
    Login,
    /// A shortage of our own machine: descriptors, ports, memory, permission.
    Local,
}

/// Why it is not known what the device did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unconfirmed {
    /// Not a byte came back in time.
    NoReply,
    /// Only a part of the command was taken.
    PartialSend,
    /// The connection was reset after the commit point.
    Reset,
    /// The connection ended before a whole answer.
    Closed,
    /// The connection ended without a byte, after we had half-closed it.
    ClosedAfterFin,
    /// An answer began and did not end in time.
    Stalled,
    /// Cut by a person or by a halt rule.
    Interrupted,
}

/// Why what came cannot be the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Garbled {
    /// The bytes do not fit the response layout.
    Framing,
    /// A checksum does not fit.
    Checksum,
    /// Longer than allowed, and no end in sight.
    TooLong,
    /// A frame, but not this command's reply.
    Mismatch,
    /// Text that is not in the protocol's encoding.
    Decode,
}

impl Outcome {
    /// The outcome's word, as it stands in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Sent => "sent",
            Self::Rejected => "rejected",
            Self::Unreachable(_) => "unreachable",
            Self::Unconfirmed(_) => "unconfirmed",
            Self::Garbled(_) => "garbled",
            Self::Cancelled => "cancelled",
        }
    }

    /// The word of its reason, where the outcome has one.
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Ok | Self::Sent | Self::Rejected | Self::Cancelled => None,
            Self::Unreachable(reason) => Some(reason.word()),
            Self::Unconfirmed(reason) => Some(reason.word()),
            Self::Garbled(reason) => Some(reason.word()),
        }
    }

    /// Whether nothing of the command can have reached the device.
    pub const fn proves_not_sent(self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Cancelled => true,
            Self::Ok | Self::Sent | Self::Rejected | Self::Unconfirmed(_) | Self::Garbled(_) => false,
        }
    }
}

impl Unreachable {
    /// What could not be done, to be put before the cause.
    pub const fn failure(self) -> &'static str {
        match self {
            Self::Dns => "could not resolve the name",
            Self::Refused | Self::NoRoute | Self::Timeout | Self::Local => "could not connect",
            Self::Tls => "could not agree on TLS",
            Self::Proxy => "could not connect through the proxy",
            Self::Dropped | Self::Greeting => "could not send",
            Self::Login => "could not log in",
        }
    }

    /// The reason's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Refused => "refused",
            Self::NoRoute => "no-route",
            Self::Timeout => "timeout",
            Self::Tls => "tls",
            Self::Proxy => "proxy",
            Self::Dropped => "dropped",
            Self::Greeting => "greeting",
            Self::Login => "login",
            Self::Local => "local",
        }
    }
}

impl Unconfirmed {
    /// The reason's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoReply => "no-reply",
            Self::PartialSend => "partial-send",
            Self::Reset => "reset",
            Self::Closed => "closed",
            Self::ClosedAfterFin => "closed-after-fin",
            Self::Stalled => "stalled",
            Self::Interrupted => "interrupted",
        }
    }
}

impl Garbled {
    /// The reason's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Framing => "framing",
            Self::Checksum => "checksum",
            Self::TooLong => "too-long",
            Self::Mismatch => "mismatch",
            Self::Decode => "decode",
        }
    }
}
