//! Authorities and certificates that live as long as a test.

use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned};
use tempfile::TempDir;

/// The files of a certificate and its key.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) cert: String,
    pub(crate) key: String,
}

/// A certificate authority, and the folder of its file.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
    /// How many, for the names of their files.
    issued: Cell<usize>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name.push(DnType::CommonName, "Plant CA");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self { issuer, folder: TempDir::new().unwrap(), issued: Cell::new(0) }
    }

    /// The file for `--tls-ca`.
    pub(crate) fn file(&self) -> String {
        let path: PathBuf = self.folder.path().join("ca.pem");
        std::fs::write(&path, self.issuer.pem()).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// A certificate for this name, in files.
    pub(crate) fn identity(&self, name: &str) -> Identity {
        self.issue(params(name, name))
    }

    /// One whose time is over.
    pub(crate) fn expired(&self, name: &str) -> Identity {
        let mut params = params(name, name);
        params.not_before = date_time_ymd(2024, 1, 1);
        params.not_after = date_time_ymd(2025, 1, 1);
        self.issue(params)
    }

    fn issue(&self, params: CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let path = |kind: &str| self.folder.path().join(format!("{}.{kind}", self.issued.get()));
        self.issued.set(self.issued.get() + 1);
        let file = |kind: &str, text: String| {
            std::fs::write(path(kind), text).unwrap();
            path(kind).to_str().unwrap().to_owned()
        };
        Identity { cert: file("crt", certificate.pem()), key: file("key", key.serialize_pem()) }
    }

    /// A client that trusts it, over a connection to 127.0.0.1.
    pub(crate) fn client(&self, stream: TcpStream) -> StreamOwned<ClientConnection, TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::from(IpAddr::from(Ipv4Addr::LOCALHOST));
        StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), stream)
    }

    /// A device whose certificate is for `name`; its subject is called `subject`.
    pub(crate) fn device(&self, name: &str, subject: &str) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let certificate = params(name, subject).signed_by(&key, &self.issuer).unwrap();
        server(certificate.der().clone(), &key)
    }

    /// A device for 127.0.0.1 whose certificate no authority has signed.
    pub(crate) fn self_signed() -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let certificate = params("127.0.0.1", "stranger").self_signed(&key).unwrap();
        server(certificate.der().clone(), &key)
    }
}

fn params(name: &str, subject: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, subject);
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2099, 1, 1);
    params
}

fn server(certificate: CertificateDer<'static>, key: &KeyPair) -> ServerConfig {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap()
}
