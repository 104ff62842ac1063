//! What is set for a host, all levels taken together.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use wigwag_net::{Proxy, TlsOptions};
use wigwag_protocol::protocol::AfterSend;

use super::{SecretSource, Setting};

/// How hosts are spoken to. Hosts with equal settings have the same one, by pointer; so what a device has for itself, its
/// address and its port, is not in here but in the [`Host`](super::Host).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The name of a protocol, or the path of its file, which is relative to no inventory any more.
    pub protocol: Option<Arc<str>>,
    /// The site that reaches the host.
    pub via: Option<Arc<str>>,
    /// Where each secret comes from, by its name.
    pub secrets: BTreeMap<Arc<str>, SecretSource>,
    /// Whether TLS is spoken, where that was said.
    pub tls: Option<bool>,
    /// The certificates to trust.
    pub tls_ca: Option<Arc<Path>>,
    /// Our certificate.
    pub tls_cert: Option<Arc<Path>>,
    /// Its key.
    pub tls_key: Option<Arc<Path>>,
    /// The name that the device's certificate must bear.
    pub tls_server_name: Option<Arc<str>>,
    /// Whether any certificate is believed.
    pub insecure: bool,
    /// The proxy to go through.
    pub proxy: Option<Arc<Proxy>>,
    /// The local address to come from.
    pub source: Option<IpAddr>,
    /// The longest that connecting may take.
    pub connect_timeout: Option<Duration>,
    /// The longest wait for the first byte of the response.
    pub first_timeout: Option<Duration>,
    /// The longest wait between bytes of the response.
    pub idle_timeout: Option<Duration>,
    /// The longest that all of it may take.
    pub total_timeout: Option<Duration>,
    /// What happens to our sending side after the command.
    pub after_send: Option<AfterSend>,
}

impl Settings {
    /// What TLS needs to know; `None` where none is spoken. As on the command line, anything about certificates means
    /// TLS, unless `tls = false` was said.
    pub fn tls_options(&self) -> Option<TlsOptions> {
        let Self { tls_ca, tls_cert, tls_key, tls_server_name, insecure, .. } = self;
        let implied = tls_ca.is_some() || tls_cert.is_some() || tls_server_name.is_some() || *insecure;
        let path = |path: &Option<Arc<Path>>| path.as_ref().map(|path| path.to_path_buf());
        self.tls.unwrap_or(implied).then(|| TlsOptions {
            ca: path(tls_ca),
            certificate: path(tls_cert),
            key: path(tls_key),
            server_name: tls_server_name.as_ref().map(|name| name.to_string()),
            insecure: *insecure,
        })
    }

    /// Takes one setting over what was there.
    pub(crate) fn set(&mut self, setting: &Setting) {
        match setting.clone() {
            Setting::Protocol(protocol) => self.protocol = Some(protocol),
            Setting::Via(via) => self.via = Some(via),
            Setting::Secret(name, from) => {
                self.secrets.insert(name, from);
            }
            Setting::Tls(tls) => self.tls = Some(tls),
            Setting::TlsCa(path) => self.tls_ca = Some(path),
            Setting::TlsCert(path) => self.tls_cert = Some(path),
            Setting::TlsKey(path) => self.tls_key = Some(path),
            Setting::TlsServerName(name) => self.tls_server_name = Some(name),
            Setting::Insecure(insecure) => self.insecure = insecure,
            Setting::Proxy(proxy) => self.proxy = Some(proxy),
            Setting::Source(source) => self.source = Some(source),
            Setting::ConnectTimeout(time) => self.connect_timeout = Some(time),
            Setting::FirstTimeout(time) => self.first_timeout = Some(time),
            Setting::IdleTimeout(time) => self.idle_timeout = Some(time),
            Setting::TotalTimeout(time) => self.total_timeout = Some(time),
            Setting::AfterSend(after) => self.after_send = Some(after),
            // These are the host's own.
            Setting::Address(_) | Setting::Port(_) | Setting::AnsibleHost(_) | Setting::AnsiblePort(_) => {}
        }
    }
}

/// What most often differs is enough to tell most apart.
impl Hash for Settings {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { protocol, via, secrets, tls, tls_ca, tls_cert, tls_server_name, source, total_timeout, .. } = self;
        (protocol, via, secrets, tls).hash(state);
        (tls_ca, tls_cert, tls_server_name, source, total_timeout).hash(state);
    }
}
