//! From files and flags to a checked TLS configuration. Every file problem is found here, before anything is dialled.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::{ClientConfig, Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{Error as RustlsError, InconsistentKeys, RootCertStore};
use thiserror::Error;

use super::trust::{AnyCertificate, Authorities};
use crate::cause;
use crate::endpoint::Host;

/// What was asked for: `--tls-ca`, `--tls-cert`, `--tls-key`, `--tls-server-name`, `--insecure`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// PEM file with the certificates to trust instead of this machine's authorities.
    pub ca: Option<PathBuf>,
    /// PEM file with our own certificate and its chain, for devices that ask for one.
    pub certificate: Option<PathBuf>,
    /// PEM file with the key of `certificate` (PKCS#8, PKCS#1 or SEC1); without it the key is looked for in
    /// `certificate`.
    pub key: Option<PathBuf>,
    /// The name the device's certificate must bear, where it is not the host that is dialled.
    pub server_name: Option<String>,
    /// Accept any certificate. The device must still hold its key; who it is stays unknown.
    pub insecure: bool,
}

/// A TLS configuration that has been checked. Cheap to clone.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ClientConfig>,
    server_name: Option<ServerName<'static>>,
    has_certificate: bool,
}

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

impl Tls {
    /// Reads the files and checks that they fit together. Reads this machine's authorities only where no CA is given.
    /// Blocks on files; call it once, before dialling.
    pub fn load(options: &TlsOptions) -> Result<Self, TlsConfigError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(unusable)?
            .dangerous();
        let builder = match (&options.ca, options.insecure) {
            (_, true) => builder.with_custom_certificate_verifier(Arc::new(AnyCertificate::new(&provider))),
            (Some(path), false) => {
                builder.with_custom_certificate_verifier(Arc::new(own_authorities(path, &provider)?))
            }
            (None, false) => {
                let authorities = authorities(machine_authorities()?, Vec::new(), &provider)?;
                builder.with_custom_certificate_verifier(Arc::new(authorities))
            }
        };
        let mut config = match (&options.certificate, &options.key) {
            (None, None) => builder.with_no_client_auth(),
            (None, Some(key)) => return Err(TlsConfigError::KeyWithoutCertificate { key: key.clone() }),
            (Some(certificate), key) => {
                let key = key.as_ref().unwrap_or(certificate);
                builder
                    .with_client_auth_cert(certificates(certificate)?, private_key(key)?)
                    .map_err(|error| bad_pair(error, certificate, key))?
            }
        };
        // Each connection proves the device anew, and nothing of the command may travel before the handshake.
        config.resumption = Resumption::disabled();
        config.enable_early_data = false;
        Ok(Self {
            config: Arc::new(config),
            server_name: options.server_name.as_deref().map(server_name).transpose()?,
            has_certificate: options.certificate.is_some(),
        })
    }

    pub(crate) fn config(&self) -> &Arc<ClientConfig> {
        &self.config
    }

    /// The name that the certificate of `host` must bear; nothing where no certificate could.
    pub(crate) fn name_for(&self, host: &Host) -> Option<ServerName<'static>> {
        if let Some(name) = &self.server_name {
            return Some(name.clone());
        }
        match host {
            Host::Ip(address) => Some(ServerName::from(*address)),
            Host::Name(name) => {
                // A zone (`fe80::1%eth0`) is ours, not the device's.
                let name = name.split('%').next().unwrap_or(name);
                ServerName::try_from(name.to_owned()).ok()
            }
        }
    }

    /// Whether we can show a certificate when we are asked for one.
    pub(crate) const fn has_certificate(&self) -> bool {
        self.has_certificate
    }
}

/// Without keys.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("server_name", &self.server_name).finish_non_exhaustive()
    }
}

fn server_name(name: &str) -> Result<ServerName<'static>, TlsConfigError> {
    ServerName::try_from(name.to_owned()).map_err(|_| TlsConfigError::BadServerName { name: name.to_owned() })
}

fn own_authorities(path: &Path, provider: &Arc<CryptoProvider>) -> Result<Authorities, TlsConfigError> {
    let certificates = certificates(path)?;
    let mut roots = RootCertStore::empty();
    for (index, certificate) in certificates.iter().enumerate() {
        roots.add(certificate.clone()).map_err(|error| TlsConfigError::BadCertificate {
            path: path.to_owned(),
            number: index + 1,
            cause: error.to_string(),
        })?;
    }
    authorities(roots, certificates, provider)
}

fn authorities(
    roots: RootCertStore,
    given: Vec<CertificateDer<'static>>,
    provider: &Arc<CryptoProvider>,
) -> Result<Authorities, TlsConfigError> {
    let rules = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|error| TlsConfigError::Unusable { cause: error.to_string() })?;
    Ok(Authorities::new(rules, given))
}

fn machine_authorities() -> Result<RootCertStore, TlsConfigError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if !roots.is_empty() {
        return Ok(roots);
    }
    let cause = found.errors.first().map(|error| format!(": {error}")).unwrap_or_default();
    Err(TlsConfigError::NoAuthorities { cause })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsConfigError> {
    let text = read(path)?;
    let found = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| broken_pem(path, &error, "certificate"))?;
    if found.is_empty() {
        return Err(TlsConfigError::Missing { path: path.to_owned(), wanted: "certificate" });
    }
    Ok(found)
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsConfigError> {
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

fn bad_pair(error: RustlsError, certificate: &Path, key: &Path) -> TlsConfigError {
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

fn unusable(error: RustlsError) -> TlsConfigError {
    TlsConfigError::Unusable { cause: error.to_string() }
}
