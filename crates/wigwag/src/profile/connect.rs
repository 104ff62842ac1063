//! How connections are made.

use std::net::IpAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use wigwag_fleet::inventory::Settings;
use wigwag_net::{Dialer, Proxy, Tls, TlsOptions};

use crate::problem::Problem;

/// How connections are made. What it names is read when it is used.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Connect {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tls: Option<TlsFiles>,
    /// Kept without its password: see [`has_password`](Self::has_password).
    #[serde(default, with = "url", skip_serializing_if = "Option::is_none")]
    pub(crate) proxy: Option<Proxy>,
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
    /// How hosts are connected to that are set so; not at all where a site has to reach them.
    pub(crate) fn of(settings: &Settings) -> Result<Self, Problem> {
        if let Some(site) = &settings.via {
            // From here it would be another device, or none.
            return Err(Problem::usage(format!(
                "it is to be reached via the site `{site}`, and nothing can be sent via sites yet"
            )));
        }
        let tls = settings.tls_options().map(|options| TlsFiles {
            ca: options.ca,
            certificate: options.certificate,
            key: options.key,
            server_name: options.server_name,
            insecure: options.insecure,
        });
        Ok(Self { tls, proxy: settings.proxy.as_deref().cloned(), source: settings.source })
    }

    /// The dialer that it describes, without a time of its own. Reads the files it names.
    pub(crate) fn dialer(&self) -> Result<Dialer, Problem> {
        let tls = self.tls.as_ref().map(TlsFiles::load).transpose()?;
        Ok(Dialer { source: self.source, proxy: self.proxy.clone(), tls, timeout: None })
    }

    /// Whether whoever answers is believed.
    pub(crate) fn is_insecure(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.insecure)
    }

    /// Whether the proxy wants a password, which nothing that is kept may hold.
    pub(crate) fn has_password(&self) -> bool {
        self.proxy.as_ref().is_some_and(|proxy| proxy.credentials.is_some())
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

/// A proxy as its URL.
mod url {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};
    use wigwag_net::Proxy;

    pub(super) fn serialize<S: Serializer>(proxy: &Option<Proxy>, serializer: S) -> Result<S::Ok, S::Error> {
        match proxy {
            Some(proxy) => serializer.collect_str(proxy),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Proxy>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}
