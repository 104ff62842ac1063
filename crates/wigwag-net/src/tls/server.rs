//! The device half: what certificate is shown, whose are asked for, and why a client and we have no session.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::version::{TLS12, TLS13};
use rustls::{CertificateError, Error, PeerIncompatible, ServerConfig, SupportedProtocolVersion};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::files::{TlsConfigError, bad_pair, certificates, private_key, roots, unusable};
use super::words::{self, alert_words, is_authority_itself, is_not_tls};
use crate::accept::Socket;

/// The files of a device that speaks TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerTlsOptions {
    /// PEM file with the device's certificate and its chain.
    pub certificate: PathBuf,
    /// PEM file with the key of `certificate` (PKCS#8, PKCS#1 or SEC1); without it the key is looked for in `certificate`.
    pub key: Option<PathBuf>,
    /// PEM file with the authorities of the clients: whoever shows no certificate of theirs is not served.
    pub client_ca: Option<PathBuf>,
    /// The versions that are spoken; the newest that the client speaks too is taken.
    pub versions: Vec<TlsVersion>,
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsVersion {
    /// RFC 5246.
    Tls12,
    /// RFC 8446.
    Tls13,
}

impl TlsVersion {
    /// All that are spoken.
    pub const ALL: [Self; 2] = [Self::Tls12, Self::Tls13];

    const fn supported(self) -> &'static SupportedProtocolVersion {
        match self {
            Self::Tls12 => &TLS12,
            Self::Tls13 => &TLS13,
        }
    }
}

/// The TLS of a device, checked. Cheap to clone.
#[derive(Clone)]
pub struct ServerTls {
    acceptor: TlsAcceptor,
}

impl ServerTls {
    /// Reads the files and checks that they fit together. Blocks on files.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, is not what it should be, or does not fit the others.
    pub fn load(options: &ServerTlsOptions) -> Result<Self, TlsConfigError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions: Vec<_> = options.versions.iter().map(|version| version.supported()).collect();
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&versions)
            .map_err(unusable)?;
        let builder = match &options.client_ca {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let (roots, _) = roots(path)?;
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                    .build()
                    .map_err(|error| TlsConfigError::Unusable { cause: error.to_string() })?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let key = options.key.as_ref().unwrap_or(&options.certificate);
        let mut config = builder
            .with_single_cert(certificates(&options.certificate)?, private_key(key)?)
            .map_err(|error| bad_pair(error, &options.certificate, key))?;
        // Every connection proves its client anew, and nothing is kept for clients that do not come back.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)) })
    }

    /// Agrees with a client that has connected.
    ///
    /// # Errors
    ///
    /// There is no session; the text says why, and the connection is given back. The client has been told.
    pub(crate) async fn accept(&self, stream: Socket) -> Result<TlsStream<Socket>, (io::Error, Socket)> {
        let agreed = self.acceptor.accept(stream).into_fallible().await;
        agreed.map_err(|(error, stream)| (in_words(&error), stream))
    }
}

/// Without keys.
impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerTls").finish_non_exhaustive()
    }
}

/// An error of the session in words; others as they are.
pub(crate) fn in_words(error: &io::Error) -> io::Error {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match tls {
        Some(tls) => io::Error::new(error.kind(), refusal(tls)),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            io::Error::new(error.kind(), "the client went away without ending TLS")
        }
        None => io::Error::new(error.kind(), crate::cause::words(error)),
    }
}

fn refusal(error: &Error) -> String {
    match error {
        _ if is_authority_itself(error) => {
            "the client's certificate is a certificate authority's own, not a client's".to_owned()
        }
        Error::InvalidCertificate(CertificateError::InvalidPurposeContext { .. }) => {
            "the client's certificate is not meant for clients".to_owned()
        }
        Error::InvalidCertificate(error) => format!("the client's {}", words::certificate(error, "this device")),
        Error::NoCertificatesPresented => "the client shows no certificate".to_owned(),
        Error::AlertReceived(alert) => format!("the client refused TLS with the alert \"{}\"", alert_words(*alert)),
        error if is_not_tls(error) => "the client does not speak TLS".to_owned(),
        Error::PeerIncompatible(
            PeerIncompatible::Tls12NotOfferedOrEnabled
            | PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::SupportedVersionsExtensionRequired,
        ) => "the client speaks no version of TLS that we speak".to_owned(),
        other => format!("TLS failed: {other}"),
    }
}
