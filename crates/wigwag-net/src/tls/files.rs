//! Certificates and keys in PEM files, and what can be wrong with them.

use std::fs;
use std::path::{Path, PathBuf};

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{Error as RustlsError, InconsistentKeys, RootCertStore};
use thiserror::Error;

use crate::cause;

/// A TLS setting that cannot be used. Its text is complete.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TlsConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        cause: String,
    },
    /// The file has no section of the kind that is needed.
    #[error("{} has no {wanted} in PEM form", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// "certificate" or "private key".
        wanted: &'static str,
    },
    /// The file starts like PEM and is broken.
    #[error("{} is not valid PEM: {cause}", path.display())]
    BrokenPem {
        /// The file.
        path: PathBuf,
        /// What is broken.
        cause: String,
    },
    /// The key needs a passphrase.
    #[error("the private key in {} is encrypted; give it without a passphrase", path.display())]
    EncryptedKey {
        /// The file.
        path: PathBuf,
    },
    /// A certificate in the file cannot be used.
    #[error("certificate {number} in {} cannot be used: {cause}", path.display())]
    BadCertificate {
        /// The file.
        path: PathBuf,
        /// Which one, from 1.
        number: usize,
        /// Why not.
        cause: String,
    },
    /// The key cannot be used.
    #[error("the private key in {} cannot be used: {cause}", path.display())]
    BadKey {
        /// The file.
        path: PathBuf,
        /// Why not.
        cause: String,
    },
    /// The key is another certificate's.
    #[error("the private key in {} does not belong to the certificate in {}", key.display(), certificate.display())]
    KeyMismatch {
        /// The key's file.
        key: PathBuf,
        /// The certificate's file.
        certificate: PathBuf,
    },
    /// A key without a certificate proves nothing.
    #[error("a private key ({}) was given without its certificate", key.display())]
    KeyWithoutCertificate {
        /// The key's file.
        key: PathBuf,
    },
    /// Not a name or an address.
    #[error("`{name}` is not a name that a certificate can bear")]
    BadServerName {
        /// What was given.
        name: String,
    },
    /// Neither a CA file nor authorities on this machine.
    #[error("this machine has no certificate authorities{cause}; give one with --tls-ca")]
    NoAuthorities {
        /// Empty, or ": " and why.
        cause: String,
    },
    /// rustls refuses what was put together.
    #[error("this TLS configuration cannot be used: {cause}")]
    Unusable {
        /// Its words.
        cause: String,
    },
}

/// The authorities in a file, ready to verify with.
pub(super) fn roots(path: &Path) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), TlsConfigError> {
    let certificates = certificates(path)?;
    let mut roots = RootCertStore::empty();
    for (index, certificate) in certificates.iter().enumerate() {
        roots.add(certificate.clone()).map_err(|error| TlsConfigError::BadCertificate {
            path: path.to_owned(),
            number: index + 1,
            cause: error.to_string(),
        })?;
    }
    Ok((roots, certificates))
}

pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsConfigError> {
    let text = read(path)?;
    let found = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| broken_pem(path, &error, "certificate"))?;
    if found.is_empty() {
        return Err(TlsConfigError::Missing { path: path.to_owned(), wanted: "certificate" });
    }
    Ok(found)
}

pub(super) fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsConfigError> {
    let text = read(path)?;
    match PrivateKeyDer::from_pem_slice(&text) {
        Ok(key) => Ok(key),
        Err(_) if is_encrypted(&text) => Err(TlsConfigError::EncryptedKey { path: path.to_owned() }),
        Err(error) => Err(broken_pem(path, &error, "private key")),
    }
}

/// PKCS#8 says it in the section's name, the older forms in a header line, which is not base64.
fn is_encrypted(pem: &[u8]) -> bool {
    let text = String::from_utf8_lossy(pem);
    text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED")
}

fn read(path: &Path) -> Result<Vec<u8>, TlsConfigError> {
    fs::read(path).map_err(|error| TlsConfigError::Unreadable {
        path: path.to_owned(),
        cause: match error.kind() {
            std::io::ErrorKind::NotFound => "no such file".to_owned(),
            _ => cause::words(&error),
        },
    })
}

fn broken_pem(path: &Path, error: &pem::Error, wanted: &'static str) -> TlsConfigError {
    let path = path.to_owned();
    let cause = match error {
        pem::Error::NoItemsFound => return TlsConfigError::Missing { path, wanted },
        pem::Error::MissingSectionEnd { end_marker } => {
            format!("the line {} is missing", String::from_utf8_lossy(end_marker))
        }
        pem::Error::IllegalSectionStart { line } => {
            format!("the line {} is not the start of a section", String::from_utf8_lossy(line))
        }
        pem::Error::Base64Decode(_) => "what stands between the markers is not base64".to_owned(),
        other => other.to_string(),
    };
    TlsConfigError::BrokenPem { path, cause }
}

pub(super) fn bad_pair(error: RustlsError, certificate: &Path, key: &Path) -> TlsConfigError {
    match error {
        RustlsError::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            TlsConfigError::KeyMismatch { key: key.to_owned(), certificate: certificate.to_owned() }
        }
        RustlsError::InvalidCertificate(error) => {
            TlsConfigError::BadCertificate { path: certificate.to_owned(), number: 1, cause: error.to_string() }
        }
        RustlsError::General(cause) => TlsConfigError::BadKey { path: key.to_owned(), cause },
        other => unusable(other),
    }
}

pub(super) fn unusable(error: RustlsError) -> TlsConfigError {
    TlsConfigError::Unusable { cause: error.to_string() }
}
