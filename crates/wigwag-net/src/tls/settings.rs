//! From files and flags to a checked TLS configuration. Every file problem is found here, before anything is dialled.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::client::{ClientConfig, Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};

use super::files::{TlsConfigError, bad_pair, certificates, private_key, roots, unusable};
use super::trust::{AnyCertificate, Authorities};
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
                let (roots, given) = roots(path)?;
                builder.with_custom_certificate_verifier(Arc::new(authorities(roots, given, &provider)?))
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
