//! How a run is called: `20261122-154201-k3x9`.

use std::fmt;
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Base32 without letters that look like others (Crockford).
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The start of a run in UTC, and four random letters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct RunId(String);

impl RunId {
    pub(super) fn new(start: SystemTime, random: u64) -> Self {
        let start = Timestamp::try_from(start).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(TimeZone::UTC);
        let letter = |place: u32| {
            let letter = LETTERS.get((random >> (5 * place)) as usize % LETTERS.len());
            char::from(letter.copied().unwrap_or(b'0'))
        };
        let letters: String = (0..4).map(letter).collect();
        Self(format!("{}-{letters}", start.strftime("%Y%m%d-%H%M%S")))
    }

    /// One that the journal has written.
    pub(super) fn known(id: String) -> Self {
        Self(id)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_is_the_start_in_utc_and_four_letters() {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_362_121);

        assert_eq!(RunId::new(start, 0).as_str(), "20261122-154201-0000");
        assert_eq!(RunId::new(start, 0x9_4BE3).as_str(), "20261122-154201-3zjj");
    }
}
