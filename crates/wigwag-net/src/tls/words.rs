//! What went wrong with TLS, in words for the person who reads them at night.
//!
//! Names out of certificates are quoted as they are: escape before printing.

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible};

use super::trust::is_authority_itself;

/// How many of a certificate's names an error lists.
const MOST_NAMES: usize = 3;

/// Why there is no TLS session.
pub(crate) struct Refusal {
    pub(crate) message: String,
    pub(crate) hint: Option<&'static str>,
    /// A certificate was refused, by us or by the device: trying again changes nothing and may look like an attack.
    pub(crate) lasting: bool,
}

impl Refusal {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, lasting: false }
    }

    fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    fn lasting(mut self) -> Self {
        self.lasting = true;
        self
    }
}

/// A failed handshake with the device at `host`; `has_certificate` tells whether we could show one of ours.
pub(crate) fn refusal(error: &Error, host: &str, has_certificate: bool) -> Refusal {
    match error {
        _ if is_authority_itself(error) => Refusal::new("certificate is a certificate authority's own, not a device's")
            .hint("if it is this device's, trust exactly it with --tls-ca")
            .lasting(),
        Error::InvalidCertificate(error) => certificate(error, host).lasting(),
        Error::NoCertificatesPresented => Refusal::new("the device shows no certificate"),
        Error::AlertReceived(alert) => refused_by_device(*alert, has_certificate),
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType
            | InvalidMessage::UnknownProtocolVersion
            | InvalidMessage::MessageTooLarge
            | InvalidMessage::InvalidEmptyPayload,
        )
        | Error::InappropriateMessage { .. } => Refusal::new("the device does not speak TLS")
            .hint("is this the right port? without --tls it is asked in plain TCP"),
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13 | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => Refusal::new("the device speaks neither TLS 1.2 nor 1.3"),
        other => Refusal::new(format!("TLS failed: {other}")),
    }
}

/// An error of a session that was agreed on, as the text of an I/O error.
pub(super) fn broken(error: &Error) -> String {
    match error {
        Error::AlertReceived(alert) => format!("the device ended TLS with the alert \"{}\"", alert_words(*alert)),
        other => format!("TLS failed: {other}"),
    }
}

fn certificate(error: &CertificateError, host: &str) -> Refusal {
    match error {
        CertificateError::ExpiredContext { not_after, .. } => {
            Refusal::new(format!("certificate expired on {}", day(*not_after)))
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            Refusal::new(format!("certificate is not valid before {}", day(*not_before)))
                .hint("is the clock of this machine right?")
        }
        CertificateError::UnknownIssuer => {
            Refusal::new("certificate is not signed by a known authority").hint("give its CA with --tls-ca")
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            let message = match names(presented) {
                Some(names) => format!("certificate is for {names}, not for {host}"),
                None => format!("certificate bears no name, so it is not for {host}"),
            };
            Refusal::new(message).hint("if that is this device, give the certificate's name with --tls-server-name")
        }
        CertificateError::Revoked => Refusal::new("certificate is revoked"),
        CertificateError::InvalidPurposeContext { .. } => Refusal::new("certificate is not meant for servers"),
        // A CA that was made anew under its old name.
        CertificateError::BadSignature => Refusal::new("certificate is not signed by the authority that it names")
            .hint("its CA may have been replaced; give the one that signed it with --tls-ca"),
        CertificateError::ApplicationVerificationFailure => {
            Refusal::new("the device does not hold the key of its certificate")
        }
        CertificateError::BadEncoding => Refusal::new("certificate cannot be read"),
        CertificateError::Other(other) if other.to_string() == "UnsupportedCertVersion" => {
            Refusal::new("certificate is of the outdated version 1").hint("the device needs a version 3 certificate")
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            Refusal::new("certificate is signed with an algorithm that is not supported")
        }
        other => Refusal::new(format!("certificate cannot be accepted: {other}")),
    }
}

fn refused_by_device(alert: AlertDescription, has_certificate: bool) -> Refusal {
    let refusal = Refusal::new(format!("the device refused TLS with the alert \"{}\"", alert_words(alert)));
    match alert {
        AlertDescription::CertificateRequired | AlertDescription::NoCertificate => {
            refusal.hint("give a client certificate with --tls-cert").lasting()
        }
        AlertDescription::BadCertificate | AlertDescription::HandshakeFailure if !has_certificate => {
            refusal.hint("it may want a client certificate: --tls-cert").lasting()
        }
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied => refusal.hint("it did not take our certificate").lasting(),
        AlertDescription::ProtocolVersion => refusal.hint("it may know only TLS 1.1 or older"),
        AlertDescription::UnrecognisedName => refusal.hint("give the name it knows itself by with --tls-server-name"),
        _ => refusal,
    }
}

/// The name of an alert as RFC 8446 section 6 has it, with spaces.
fn alert_words(alert: AlertDescription) -> String {
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
