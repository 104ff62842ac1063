//! Saying no of one's own accord, in the protocol's own words.

use wigwag_protocol::exchange::Answer;
use wigwag_protocol::layout::Value;
use wigwag_protocol::protocol::Protocol;

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Complaint {
    /// It is no command of the protocol.
    UnknownCommand,
    /// A parameter is too small or too large.
    BeyondLimits,
    /// It is no request at all.
    Broken,
}

impl Complaint {
    /// The answer that says so: with the error of the protocol that comes nearest, else as a text, which is said with the
    /// protocol's first code where there is no place for it. Silence where the protocol has no errors.
    pub(super) fn answer(self, protocol: &Protocol) -> Answer {
        let errors = &protocol.classes.error;
        if errors.is_empty() {
            return Answer::Silence;
        }
        let meanings = || errors.iter().flat_map(|error| &error.texts).map(|(_, text)| text);
        let nearest = self.signs().iter().find_map(|sign| meanings().find(|text| text.to_lowercase().contains(sign)));
        Answer::Error(Value::Text(nearest.map_or(self.text(), String::as_str).to_owned()))
    }

    const fn text(self) -> &'static str {
        match self {
            Self::UnknownCommand => "unknown command",
            Self::BeyondLimits => "invalid value",
            Self::Broken => "not a request",
        }
    }

    /// Words by which manuals' error texts are told apart, the surest first.
    const fn signs(self) -> &'static [&'static str] {
        match self {
            Self::UnknownCommand => &[
                "unknown command",
                "undefined command",
                "invalid command",
                "illegal function",
                "undefined header",
                "command",
            ],
            Self::BeyondLimits => &[
                "invalid value",
                "illegal data value",
                "out of range",
                "out of parameter",
                "parameter",
                "value",
                "range",
            ],
            Self::Broken => {
                &["syntax", "format", "invalid command", "undefined command", "illegal function", "command"]
            }
        }
    }
}
