//! Authorities and certificates for devices that live as long as a test.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tempfile::TempDir;
use wigwag_net::{Tls, TlsOptions};

/// A certificate authority with a folder for its files.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

/// A certificate and its key.
pub(crate) struct Identity {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) certificate_pem: String,
    pub(crate) key: KeyPair,
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::named("Test authority")
    }

    pub(crate) fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name.push(DnType::CommonName, name);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self { issuer, folder: TempDir::new().unwrap() }
    }

    pub(crate) fn issue(&self, params: CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity { certificate: certificate.der().clone(), certificate_pem: certificate.pem(), key }
    }

    /// A device's certificate for 127.0.0.1.
    pub(crate) fn device(&self) -> Identity {
        self.issue(params_for("127.0.0.1"))
    }

    pub(crate) fn expired(&self) -> Identity {
        let mut params = params_for("127.0.0.1");
        params.not_before = date_time_ymd(2025, 1, 1);
        params.not_after = date_time_ymd(2026, 1, 1);
        self.issue(params)
    }

    pub(crate) fn client(&self) -> Identity {
        let mut params = params_for("operator");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.issue(params)
    }

    /// Our own authority's file, for `--tls-ca`.
    pub(crate) fn file(&self) -> PathBuf {
        self.write("ca.pem", &self.issuer.pem())
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Options that trust this authority.
    pub(crate) fn trusted(&self) -> TlsOptions {
        TlsOptions { ca: Some(self.file()), ..TlsOptions::default() }
    }

    /// A client that trusts this authority.
    pub(crate) fn tls(&self) -> Tls {
        Tls::load(&self.trusted()).unwrap()
    }

    /// A client that trusts this authority and shows a certificate of it.
    pub(crate) fn mutual_tls(&self) -> Tls {
        let client = self.client();
        let options = TlsOptions {
            certificate: Some(self.write("client.pem", &client.certificate_pem)),
            key: Some(self.write("client.key", &client.key.serialize_pem())),
            ..self.trusted()
        };
        Tls::load(&options).unwrap()
    }

    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        Arc::new(roots)
    }
}

impl Identity {
    pub(crate) fn key_der(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.key.serialize_der()).unwrap()
    }

    /// A device that shows this certificate.
    pub(crate) fn server(&self, version: &'static SupportedProtocolVersion) -> ServerConfig {
        server_builder(version)
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], self.key_der())
            .unwrap()
    }

    /// A device that shows this certificate and does not hold its key.
    pub(crate) fn impostor(&self, version: &'static SupportedProtocolVersion) -> ServerConfig {
        let other = PrivateKeyDer::try_from(KeyPair::generate().unwrap().serialize_der()).unwrap();
        let key = rustls::crypto::ring::sign::any_supported_type(&other).unwrap();
        let pair = CertifiedKey::new(vec![self.certificate.clone()], key);
        server_builder(version).with_no_client_auth().with_cert_resolver(Arc::new(SingleCertAndKey::from(pair)))
    }

    /// A device that also asks for a client's certificate.
    pub(crate) fn mutual_server(
        &self,
        version: &'static SupportedProtocolVersion,
        authority: &Authority,
    ) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(authority.roots(), provider).build().unwrap();
        server_builder(version)
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![self.certificate.clone()], self.key_der())
            .unwrap()
    }
}

/// `openssl req -x509` makes such a certificate: self-signed, and a CA's.
pub(crate) fn self_signed_authority(name: &str) -> Identity {
    let mut params = params_for(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    Identity { certificate: certificate.der().clone(), certificate_pem: certificate.pem(), key }
}

pub(crate) fn params_for(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

fn server_builder(
    version: &'static SupportedProtocolVersion,
) -> rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier> {
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
}
