//! Why a device and we have no TLS session, and what may help.

use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};

use super::words::{self, alert_words, is_authority_itself, is_not_tls};

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
        error if is_not_tls(error) => Refusal::new("the device does not speak TLS")
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
        CertificateError::InvalidPurposeContext { .. } => Refusal::new("certificate is not meant for servers"),
        // What a handshake with a wrong signature is told as.
        CertificateError::ApplicationVerificationFailure => {
            Refusal::new("the device does not hold the key of its certificate")
        }
        other => Refusal { hint: hint(other), ..Refusal::new(words::certificate(other, host)) },
    }
}

/// What may help against a certificate that is not taken.
fn hint(error: &CertificateError) -> Option<&'static str> {
    Some(match error {
        CertificateError::NotValidYetContext { .. } => "is the clock of this machine right?",
        CertificateError::UnknownIssuer => "give its CA with --tls-ca",
        CertificateError::NotValidForNameContext { .. } => {
            "if that is this device, give the certificate's name with --tls-server-name"
        }
        CertificateError::BadSignature => "its CA may have been replaced; give the one that signed it with --tls-ca",
        CertificateError::Other(other) if other.to_string() == "UnsupportedCertVersion" => {
            "the device needs a version 3 certificate"
        }
        _ => return None,
    })
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
