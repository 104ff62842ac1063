//! How connections are made.

use std::net::IpAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use wigwag_net::{Dialer, Proxy, Tls, TlsOptions};

use crate::problem::Problem;

/// How connections are made. What it names is read when it is used.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Connect {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tls: Option<TlsFiles>,
    /// A proxy's URL. A journaled run keeps none with a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) proxy: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<IpAddr>,
}

/// What TLS is spoken with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct TlsFiles {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) certificate: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) server_name: Option<String>,
    #[serde(default)]
    pub(crate) insecure: bool,
}

impl Connect {
    /// The dialer that it describes, without a time of its own. Reads the files it names.
    pub(crate) fn dialer(&self) -> Result<Dialer, Problem> {
        let tls = self.tls.as_ref().map(TlsFiles::load).transpose()?;
        let proxy = self.proxy.as_deref().map(str::parse::<Proxy>).transpose();
        let proxy = proxy.map_err(|error| Problem::usage(format!("the proxy: {error}")))?;
        Ok(Dialer { source: self.source, proxy, tls, timeout: None })
    }

    /// Whether whoever answers is believed.
    pub(crate) fn is_insecure(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.insecure)
    }

    /// Whether the proxy wants a password, which nothing that is kept may hold.
    pub(crate) fn has_password(&self) -> bool {
        let proxy = self.proxy.as_deref().and_then(|proxy| proxy.parse::<Proxy>().ok());
        proxy.is_some_and(|proxy| proxy.credentials.is_some())
    }
}

impl TlsFiles {
    fn load(&self) -> Result<Tls, Problem> {
        let options = TlsOptions {
            ca: self.ca.clone(),
            certificate: self.certificate.clone(),
            key: self.key.clone(),
            server_name: self.server_name.clone(),
            insecure: self.insecure,
        };
        Tls::load(&options).map_err(|error| Problem::usage(error.to_string()))
    }
}
