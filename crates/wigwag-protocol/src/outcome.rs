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
    /// Not started.
    Skipped(Skipped),
    /// Stopped by a person before the commit point.
    Cancelled,
    /// Its deadline passed before the commit point.
    Expired,
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
    /// It was about to be sent when the program or the machine died: nothing tells whether it was.
    Lost,
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

/// Why a target was not started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Skipped {
    /// A person excluded it.
    Excluded,
    /// It is the same device as an earlier target, and would be told the same.
    Duplicate,
    /// Nothing was to be sent.
    DryRun,
    /// Its parameters or its protocol do not fit.
    Invalid,
    /// A halt rule stopped the run before.
    Halted,
}

impl Outcome {
    /// Every outcome with every reason, for whoever reads or counts them.
    pub const ALL: [Self; 33] = [
        Self::Ok,
        Self::Sent,
        Self::Rejected,
        Self::Unreachable(Unreachable::Dns),
        Self::Unreachable(Unreachable::Refused),
        Self::Unreachable(Unreachable::NoRoute),
        Self::Unreachable(Unreachable::Timeout),
        Self::Unreachable(Unreachable::Tls),
        Self::Unreachable(Unreachable::Proxy),
        Self::Unreachable(Unreachable::Dropped),
        Self::Unreachable(Unreachable::Greeting),
        Self::Unreachable(Unreachable::Login),
        Self::Unreachable(Unreachable::Local),
        Self::Unconfirmed(Unconfirmed::NoReply),
        Self::Unconfirmed(Unconfirmed::PartialSend),
        Self::Unconfirmed(Unconfirmed::Reset),
        Self::Unconfirmed(Unconfirmed::Closed),
        Self::Unconfirmed(Unconfirmed::ClosedAfterFin),
        Self::Unconfirmed(Unconfirmed::Stalled),
        Self::Unconfirmed(Unconfirmed::Interrupted),
        Self::Unconfirmed(Unconfirmed::Lost),
        Self::Garbled(Garbled::Framing),
        Self::Garbled(Garbled::Checksum),
        Self::Garbled(Garbled::TooLong),
        Self::Garbled(Garbled::Mismatch),
        Self::Garbled(Garbled::Decode),
        Self::Skipped(Skipped::Excluded),
        Self::Skipped(Skipped::Duplicate),
        Self::Skipped(Skipped::DryRun),
        Self::Skipped(Skipped::Invalid),
        Self::Skipped(Skipped::Halted),
        Self::Cancelled,
        Self::Expired,
    ];

    /// The outcome of these words, as [`word`](Self::word) and [`reason`](Self::reason) write them.
    pub fn read(word: &str, reason: Option<&str>) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word && outcome.reason() == reason)
    }

    /// The outcome's word, as it stands in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Sent => "sent",
            Self::Rejected => "rejected",
            Self::Unreachable(_) => "unreachable",
            Self::Unconfirmed(_) => "unconfirmed",
            Self::Garbled(_) => "garbled",
            Self::Skipped(_) => "skipped",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// The word of its reason, where the outcome has one.
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Ok | Self::Sent | Self::Rejected | Self::Cancelled | Self::Expired => None,
            Self::Unreachable(reason) => Some(reason.word()),
            Self::Unconfirmed(reason) => Some(reason.word()),
            Self::Garbled(reason) => Some(reason.word()),
            Self::Skipped(reason) => Some(reason.word()),
        }
    }

    /// Whether the command came to what it was sent for: the device answered, or took it where no answer is due.
    pub const fn is_success(self) -> bool {
        match self {
            Self::Ok | Self::Sent => true,
            Self::Rejected
            | Self::Unreachable(_)
            | Self::Unconfirmed(_)
            | Self::Garbled(_)
            | Self::Skipped(_)
            | Self::Cancelled
            | Self::Expired => false,
        }
    }

    /// Whether the command was sent and it is not known whether the device acted on it.
    pub const fn leaves_it_open(self) -> bool {
        match self {
            Self::Unconfirmed(_) | Self::Garbled(_) => true,
            Self::Ok
            | Self::Sent
            | Self::Rejected
            | Self::Unreachable(_)
            | Self::Skipped(_)
            | Self::Cancelled
            | Self::Expired => false,
        }
    }

    /// Whether nothing of the command can have reached the device.
    pub const fn proves_not_sent(self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Skipped(_) | Self::Cancelled | Self::Expired => true,
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
            Self::Lost => "lost",
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

impl Skipped {
    /// The reason's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Excluded => "excluded",
            Self::Duplicate => "duplicate",
            Self::DryRun => "dry-run",
            Self::Invalid => "invalid",
            Self::Halted => "halted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_is_read_back_from_its_words() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::read(outcome.word(), outcome.reason()), Some(outcome), "{outcome:?}");
        }
        assert_eq!(Outcome::read("ok", Some("dns")), None);
    }
}
