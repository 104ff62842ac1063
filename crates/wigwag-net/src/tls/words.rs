//! What goes wrong with TLS, in words for the person who reads them at night.
//!
//! Names out of certificates are quoted as they are: escape before printing.

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage};

/// How many of a certificate's names an error lists.
const MOST_NAMES: usize = 3;

/// What is wrong with a certificate, for the side that does not take it; `host` is what it should be for.
pub(super) fn certificate(error: &CertificateError, host: &str) -> String {
    match error {
        CertificateError::ExpiredContext { not_after, .. } => format!("certificate expired on {}", day(*not_after)),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("certificate is not valid before {}", day(*not_before))
        }
        CertificateError::UnknownIssuer => "certificate is not signed by a known authority".to_owned(),
        CertificateError::NotValidForNameContext { presented, .. } => match names(presented) {
            Some(names) => format!("certificate is for {names}, not for {host}"),
            None => format!("certificate bears no name, so it is not for {host}"),
        },
        CertificateError::Revoked => "certificate is revoked".to_owned(),
        // A CA that was made anew under its old name.
        CertificateError::BadSignature => "certificate is not signed by the authority that it names".to_owned(),
        CertificateError::BadEncoding => "certificate cannot be read".to_owned(),
        CertificateError::Other(other) if other.to_string() == "UnsupportedCertVersion" => {
            "certificate is of the outdated version 1".to_owned()
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "certificate is signed with an algorithm that is not supported".to_owned()
        }
        other => format!("certificate cannot be accepted: {other}"),
    }
}

/// webpki's `CaUsedAsEndEntity`, which rustls hands on without a name of its own.
pub(super) fn is_authority_itself(error: &Error) -> bool {
    match error {
        Error::InvalidCertificate(CertificateError::Other(other)) => other.to_string() == "CaUsedAsEndEntity",
        _ => false,
    }
}

/// Whether the other side speaks something else.
pub(super) fn is_not_tls(error: &Error) -> bool {
    matches!(
        error,
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType
                | InvalidMessage::UnknownProtocolVersion
                | InvalidMessage::MessageTooLarge
                | InvalidMessage::InvalidEmptyPayload,
        ) | Error::InappropriateMessage { .. }
    )
}

/// The name of an alert as RFC 8446 section 6 has it, with spaces.
pub(super) fn alert_words(alert: AlertDescription) -> String {
    let name = match alert {
        AlertDescription::UnknownCA => "unknown CA",
        AlertDescription::UnrecognisedName => "unrecognized name",
        AlertDescription::UnknownPSKIdentity => "unknown PSK identity",
        AlertDescription::Unknown(number) => return format!("number {number}"),
        named => return spaced(&format!("{named:?}")),
    };
    name.to_owned()
}

/// `CertificateRequired` as "certificate required".
fn spaced(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    for character in name.chars() {
        if character.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(character.to_ascii_lowercase());
    }
    words
}

/// The first names of a certificate; nothing where it has none. webpki gives them as `DnsName("press-7")`.
fn names(presented: &[String]) -> Option<String> {
    let bare = |name: &String| match (name.find('('), name.rfind(')')) {
        (Some(open), Some(close)) if open < close => name[open + 1..close].trim_matches('"').to_owned(),
        (Some(_) | None, Some(_) | None) => name.clone(),
    };
    let listed = presented.iter().take(MOST_NAMES).map(bare).collect::<Vec<_>>();
    let more = presented.len() - listed.len();
    match listed.len() {
        0 => None,
        _ if more > 0 => Some(format!("{} and {more} more", listed.join(", "))),
        _ => Some(listed.join(", ")),
    }
}

/// The UTC day as 2026-01-01.
///
/// Howard Hinnant's `civil_from_days` (<https://howardhinnant.github.io/date_algorithms.html>) for days from 1970 on:
/// years begin in March, so that a leap day is a year's last.
fn day(time: UnixTime) -> String {
    const DAYS_TO_MARCH_0000: u64 = 719_468;
    const DAYS_IN_400_YEARS: u64 = 146_097;
    let days = time.as_secs() / 86_400 + DAYS_TO_MARCH_0000;
    let era = days / DAYS_IN_400_YEARS;
    let day_of_era = days % DAYS_IN_400_YEARS;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01"),
            (951_782_399, "2000-02-28"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_767_225_599, "2025-12-31"),
            (1_767_225_600, "2026-01-01"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(day(UnixTime::since_unix_epoch(Duration::from_secs(seconds))), expected);
        }
    }

    #[test]
    fn alerts_have_their_names() {
        assert_eq!(alert_words(AlertDescription::CertificateRequired), "certificate required");
        assert_eq!(alert_words(AlertDescription::UnknownCA), "unknown CA");
        assert_eq!(alert_words(AlertDescription::Unknown(200)), "number 200");
    }

    #[test]
    fn long_lists_of_names_are_cut() {
        let presented = ["a", "b", "c", "d"].map(|name| format!("DnsName(\"{name}\")"));
        assert_eq!(names(&presented).as_deref(), Some("a, b, c and 1 more"));
        assert_eq!(names(&[]), None);
    }
}
