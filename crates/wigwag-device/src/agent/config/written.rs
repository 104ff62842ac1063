//! The file as it is written.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de::Error as _};
use wigwag_net::TlsVersion;
use wigwag_protocol::layout::DEFAULT_MAX;
use wigwag_protocol::units;

use super::action::Action;

/// All of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) protocol: Option<String>,
    pub(super) request: Option<String>,
    pub(super) response: Option<String>,
    pub(super) error: Option<String>,
    pub(super) listen: Vec<SocketAddr>,
    #[serde(default, deserialize_with = "networks")]
    pub(super) allow: Option<Arc<[IpNet]>>,
    #[serde(default)]
    pub(super) limits: LimitsTable,
    pub(super) tls: Option<TlsTable>,
    pub(super) remember: Option<RememberTable>,
    #[serde(default)]
    pub(super) sandbox: SandboxTable,
    #[serde(default)]
    pub(super) on: BTreeMap<String, Action>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LimitsTable {
    pub(super) connections: usize,
    pub(super) per_address: usize,
    #[serde(deserialize_with = "size")]
    pub(super) request: usize,
    #[serde(deserialize_with = "duration")]
    pub(super) idle: Duration,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TlsTable {
    pub(super) cert: PathBuf,
    pub(super) key: Option<PathBuf>,
    pub(super) client_ca: Option<PathBuf>,
    pub(super) versions: Option<Vec<Version>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) enum Version {
    #[serde(rename = "1.2")]
    Tls12,
    #[serde(rename = "1.3")]
    Tls13,
}

impl From<Version> for TlsVersion {
    fn from(version: Version) -> Self {
        match version {
            Version::Tls12 => Self::Tls12,
            Version::Tls13 => Self::Tls13,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RememberTable {
    pub(super) part: String,
    #[serde(default = "remembered_count")]
    pub(super) count: usize,
    #[serde(default = "remembered_age", deserialize_with = "duration")]
    pub(super) age: Duration,
    pub(super) folder: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SandboxTable {
    pub(super) enabled: bool,
    pub(super) write: Vec<PathBuf>,
}

impl Default for SandboxTable {
    fn default() -> Self {
        Self { enabled: true, write: Vec::new() }
    }
}

const fn remembered_count() -> usize {
    1000
}

const fn remembered_age() -> Duration {
    Duration::from_secs(60 * 60)
}

impl Default for LimitsTable {
    fn default() -> Self {
        Self { connections: 256, per_address: 8, request: DEFAULT_MAX, idle: Duration::from_secs(30) }
    }
}

pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    units::parse_duration(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// Networks, and addresses as networks of one.
pub(super) fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Arc<[IpNet]>>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let network = |text: &String| {
        let network = text.parse::<IpNet>().map(|network| network.trunc());
        let network = network.or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map_err(|_| D::Error::custom(format!("`{text}` is neither a network (10.0.0.0/8) nor an address")))
    };
    texts.iter().map(network).collect::<Result<Vec<_>, _>>().map(|networks| Some(networks.into()))
}

pub(super) fn some_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    duration(deserializer).map(Some)
}

pub(super) fn some_size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    size(deserializer).map(Some)
}

pub(super) fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Size {
        Bytes(usize),
        Text(String),
    }
    match Size::deserialize(deserializer)? {
        Size::Bytes(bytes) => Ok(bytes),
        Size::Text(text) => units::parse_size(&text).map_err(D::Error::custom),
    }
}
