//! What TLS agreed on.

use serde_json::{Value as Json, json};
use wigwag_net::TlsFacts;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// What TLS agreed on, kept beyond the connection.
pub(super) struct Secured {
    pub(super) version: &'static str,
    pub(super) cipher_suite: &'static str,
    pub(super) certificate: Option<Certificate>,
}

pub(super) struct Certificate {
    subject: String,
    issuer: String,
    names: Vec<String>,
    from: String,
    until: String,
}

impl Secured {
    pub(super) fn new(facts: &TlsFacts<'_>) -> Self {
        let certificate = facts.certificates.first().and_then(|der| Certificate::read(der));
        Self { version: facts.version, cipher_suite: facts.cipher_suite, certificate }
    }

    pub(super) fn json(&self) -> Json {
        let mut json = json!({ "version": self.version, "cipher_suite": self.cipher_suite });
        if let Some(certificate) = &self.certificate {
            json["certificate"] = json!({
                "subject": certificate.subject,
                "issuer": certificate.issuer,
                "names": certificate.names,
                "not_before": certificate.from,
                "not_after": certificate.until,
            });
        }
        json
    }
}

impl Certificate {
    fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let names = certificate.subject_alternative_name().ok().flatten();
        let names = names.map(|names| names.value.general_names.iter().filter_map(name).collect()).unwrap_or_default();
        let date = |time: x509_parser::time::ASN1Time| {
            jiff::Timestamp::from_second(time.timestamp()).map_or_else(|_| "?".to_owned(), |time| time.to_string())
        };
        Some(Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            names,
            from: date(certificate.validity().not_before),
            until: date(certificate.validity().not_after),
        })
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let names = if self.names.is_empty() { String::new() } else { format!(" for {}", self.names.join(", ")) };
        vec![
            format!("certificate {}{names}", self.subject),
            format!("issued by {}", self.issuer),
            format!("valid from {} until {}", self.from, self.until),
        ]
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(octets) => match <[u8; 4]>::try_from(*octets) {
            Ok(v4) => Some(std::net::Ipv4Addr::from(v4).to_string()),
            Err(_) => <[u8; 16]>::try_from(*octets).ok().map(|v6| std::net::Ipv6Addr::from(v6).to_string()),
        },
        _ => None,
    }
}
