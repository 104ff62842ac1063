//! The agent's configuration file.

mod action;
mod odd;

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de::Error as _};
use wigwag_net::{ServerTls, ServerTlsOptions, TlsVersion};
use wigwag_protocol::layout::{DEFAULT_MAX, Layout, LayoutError, MAX_LIMIT, Options, Value, nearest};
use wigwag_protocol::protocol::{Classes, ErrorClass, FileError, Form, Protocol, library};
use wigwag_protocol::units;

use super::actions::{Deed, Deeds};
use super::memory::Bounds;
use super::sandbox::Needs;
use action::Action;

/// What is done already is remembered here, unless said or a service manager knows better.
const STATE: &str = "/var/lib/wigwag-agent";

/// A configuration that can be served.
#[derive(Debug)]
pub struct Config {
    /// What the device speaks.
    pub protocol: Protocol,
    /// Where it listens.
    pub listen: Vec<SocketAddr>,
    /// Who may connect; everybody, unless said.
    pub allow: Option<Arc<[IpNet]>>,
    /// The most clients at once.
    pub connections: usize,
    /// The most of them from one address.
    pub per_address: usize,
    /// How long a client may go without a whole request.
    pub idle: Duration,
    /// It speaks TLS below its protocol.
    pub(super) tls: Option<ServerTls>,
    /// What it does once and never again.
    pub(super) remember: Option<Remember>,
    /// The files that all this is about.
    pub(super) needs: Needs,
    /// What is done with each command.
    pub(super) deeds: Deeds,
}

/// What is remembered, and where.
#[derive(Debug)]
pub(super) struct Remember {
    /// The part of a request that tells it from all others.
    pub(super) part: String,
    pub(super) bounds: Bounds,
    pub(super) folder: PathBuf,
}

/// Why a configuration cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {}", path.display(), wigwag_net::cause::words(cause))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// It is not what it should be; the text names line and column.
    #[error("{}: {text}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        text: String,
    },
}

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    protocol: Option<String>,
    request: Option<String>,
    response: Option<String>,
    error: Option<String>,
    listen: Vec<SocketAddr>,
    #[serde(default, deserialize_with = "networks")]
    allow: Option<Arc<[IpNet]>>,
    #[serde(default)]
    limits: LimitsTable,
    tls: Option<TlsTable>,
    remember: Option<RememberTable>,
    #[serde(default)]
    sandbox: SandboxTable,
    #[serde(default)]
    on: BTreeMap<String, Action>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LimitsTable {
    connections: usize,
    per_address: usize,
    #[serde(deserialize_with = "size")]
    request: usize,
    #[serde(deserialize_with = "duration")]
    idle: Duration,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TlsTable {
    cert: PathBuf,
    key: Option<PathBuf>,
    client_ca: Option<PathBuf>,
    versions: Option<Vec<Version>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
enum Version {
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
struct RememberTable {
    part: String,
    #[serde(default = "remembered_count")]
    count: usize,
    #[serde(default = "remembered_age", deserialize_with = "duration")]
    age: Duration,
    folder: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SandboxTable {
    enabled: bool,
    write: Vec<PathBuf>,
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

impl Config {
    /// Reads the file at `path`.
    ///
    /// # Errors
    ///
    /// It cannot be read, or says something that cannot be served.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut config =
            Self::parse(&text, folder).map_err(|text| ConfigError::Malformed { path: path.to_owned(), text })?;
        // It is read again.
        config.needs.read(path);
        Ok(config)
    }

    /// What it speaks and where, in one line.
    pub fn summary(&self) -> String {
        let listen: Vec<String> = self.listen.iter().map(ToString::to_string).collect();
        let over = match self.tls {
            Some(_) => " over TLS",
            None => "",
        };
        format!("{}{over} on {}", self.protocol.name, listen.join(", "))
    }

    /// Every reply in which nothing is filled in: it is the body of a response as it stands.
    pub fn fixed_replies(&self) -> impl Iterator<Item = Vec<u8>> {
        self.deeds.fixed_replies()
    }

    fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        let protocol = file.protocol(folder)?;
        if file.listen.is_empty() {
            return Err("`listen` names no address: listen = [\"0.0.0.0:9100\"]".to_owned());
        }
        let limits = &file.limits;
        for (key, limit) in [("connections", limits.connections), ("per_address", limits.per_address)] {
            if limit == 0 {
                return Err(format!("limits.{key} must be at least 1"));
            }
        }
        let deeds = file.deeds(&protocol)?;
        let remember = file.remember(&protocol)?;
        let tls = file.tls(folder)?;
        if let Some(path) = file.sandbox.write.iter().find(|path| !path.is_absolute()) {
            return Err(format!("sandbox.write: the whole path is needed: `{}` is not one", path.display()));
        }
        let needs = file.needs(folder, &deeds, remember.as_ref());
        Ok(Self {
            tls,
            remember,
            needs,
            protocol,
            listen: file.listen,
            allow: file.allow,
            connections: file.limits.connections,
            per_address: file.limits.per_address,
            idle: file.limits.idle,
            deeds,
        })
    }
}

impl File {
    /// What TLS it speaks; its files are looked for from `folder`.
    fn tls(&self, folder: &Path) -> Result<Option<ServerTls>, String> {
        let Some(table) = &self.tls else { return Ok(None) };
        let file = |path: &Option<PathBuf>| path.as_ref().map(|path| folder.join(path));
        let options = ServerTlsOptions {
            certificate: folder.join(&table.cert),
            key: file(&table.key),
            client_ca: file(&table.client_ca),
            versions: match &table.versions {
                None => TlsVersion::ALL.to_vec(),
                Some(named) => named.iter().copied().map(TlsVersion::from).collect(),
            },
        };
        if options.versions.is_empty() {
            return Err("tls.versions names none: versions = [\"1.2\", \"1.3\"]".to_owned());
        }
        ServerTls::load(&options).map(Some).map_err(|error| format!("tls: {error}"))
    }

    fn remember(&self, protocol: &Protocol) -> Result<Option<Remember>, String> {
        let Some(RememberTable { part, count, age, folder }) = &self.remember else { return Ok(None) };
        let names: Vec<&str> = protocol.request.layouts().flat_map(Layout::names).collect();
        if !names.contains(&part.as_str()) {
            let near = nearest(part, names.iter().copied());
            let help = near.map_or(format!("there are {}", names.join(", ")), |near| format!("did you mean `{near}`?"));
            return Err(format!("remember.part: a request of {} has no part `{part}`; {help}", protocol.name));
        }
        if *count == 0 {
            return Err("remember.count must be at least 1".to_owned());
        }
        let given = folder.clone().or_else(|| std::env::var_os("STATE_DIRECTORY").map(PathBuf::from));
        let folder = given.unwrap_or_else(|| STATE.into());
        if !folder.is_absolute() {
            return Err(format!("remember.folder: the whole path is needed: `{}` is not one", folder.display()));
        }
        Ok(Some(Remember { part: part.clone(), bounds: Bounds { count: *count, age: *age }, folder }))
    }

    /// The files that this is about.
    fn needs(&self, folder: &Path, deeds: &Deeds, remember: Option<&Remember>) -> Needs {
        let mut needs = Needs { everything: !self.sandbox.enabled, ..Needs::default() };
        deeds.add_needs(&mut needs);
        let tls = self.tls.iter().flat_map(|tls| [Some(&tls.cert), tls.key.as_ref(), tls.client_ca.as_ref()]).flatten();
        tls.for_each(|file| needs.read(&folder.join(file)));
        if let Some(path) = self.protocol.as_deref().and_then(path_of) {
            needs.read(&folder.join(path));
        }
        needs.writes.extend(self.sandbox.write.iter().cloned());
        needs.writes.extend(remember.map(|remember| remember.folder.clone()));
        needs
    }

    /// What is done with each command.
    fn deeds(&self, protocol: &Protocol) -> Result<Deeds, String> {
        let mut deeds = Deeds {
            named: HashMap::new(),
            shaped: Vec::new(),
            otherwise: Deed::Refuse(Value::Text("unknown command".to_owned())),
        };
        for (command, action) in &self.on {
            if command != "*" && !protocol.commands.is_empty() && protocol.command(command).is_none() {
                let near = nearest(command, protocol.commands.iter().map(|command| &*command.name));
                let help = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                return Err(format!("on.{command}: the protocol {} has no such command{help}", protocol.name));
            }
            let shape = action.shape(command, protocol)?;
            let deed = action.deed(command, protocol, shape.as_ref())?;
            match (command.as_str(), shape) {
                ("*", _) => deeds.otherwise = deed,
                (_, Some(shape)) => deeds.shaped.push((shape, deed)),
                (_, None) => {
                    deeds.named.insert(command.as_bytes().to_vec(), deed);
                }
            }
        }
        Ok(deeds)
    }

    /// What the device speaks; a protocol file is looked for from `folder`.
    fn protocol(&self, folder: &Path) -> Result<Protocol, String> {
        let max = self.limits.request;
        if !(1..=MAX_LIMIT).contains(&max) {
            return Err(format!("limits.request must be from 1 byte to {MAX_LIMIT}"));
        }
        let request = |source: &str| {
            let options = Options { max, ..Options::default() };
            Layout::frame(source, &options).map_err(|error| layout_error("request", source, &error))
        };
        let response = |source: &str| {
            Layout::frame(source, &Options::default()).map_err(|error| layout_error("response", source, &error))
        };
        let mut protocol = match (&self.protocol, &self.request, &self.response) {
            (Some(name), own_request, own_response) => {
                let mut protocol = named(name, folder)?;
                if let Some(own) = own_request {
                    protocol.request = form(request(own)?);
                    protocol.commands.clear();
                } else if protocol.commands.is_empty() {
                    let mut sized = Form::clone(&protocol.request);
                    for case in &mut sized.cases {
                        case.layout = request(case.layout.source())?;
                    }
                    protocol.request = Arc::new(sized);
                }
                if let Some(own) = own_response {
                    protocol.response = form(response(own)?);
                    protocol.commands.clear();
                }
                protocol
            }
            (None, Some(own_request), Some(own_response)) => {
                Protocol::of("layouts", request(own_request)?, response(own_response)?)
            }
            (None, _, _) => {
                return Err(
                    "say what the device speaks: protocol = \"esc-cr\", or request = and response = layouts".to_owned()
                );
            }
        };
        if let Some(error) = &self.error {
            let layout =
                Layout::body(error, &Options::default()).map_err(|wrong| layout_error("error", error, &wrong))?;
            protocol.classes = Arc::new(Classes { error: vec![ErrorClass::of(layout)], ..Classes::default() });
        }
        Ok(protocol)
    }
}

fn form(layout: Layout) -> Arc<Form> {
    Arc::new(Form::of(layout))
}

/// Where a protocol lies that is named by the path of its file.
fn path_of(name: &str) -> Option<&Path> {
    (name.contains('/') || name.ends_with(".toml")).then(|| Path::new(name))
}

/// A protocol by its name, or by the path of its file.
fn named(name: &str, folder: &Path) -> Result<Protocol, String> {
    if let Some(path) = path_of(name) {
        let path = folder.join(path);
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("{}: {}", path.display(), wigwag_net::cause::words(&error)))?;
        return Protocol::parse(&text).map_err(|error| file_error(&path.display().to_string(), &text, &error));
    }
    match library::text(name) {
        Some(text) => Protocol::parse(text).map_err(|error| file_error(name, text, &error)),
        None => Err(match nearest(name, library::names()) {
            Some(near) => format!("there is no protocol `{name}`; did you mean `{near}`?"),
            None => {
                format!("there is no protocol `{name}`; there are {}", library::names().collect::<Vec<_>>().join(", "))
            }
        }),
    }
}

/// A protocol file's error, with its line.
fn file_error(path: &str, text: &str, error: &FileError) -> String {
    let before = error.at.as_ref().and_then(|at| text.get(..at.start));
    let line = before.map(|before| format!(", line {}", before.matches('\n').count() + 1)).unwrap_or_default();
    let help = error.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
    format!("{path}{line}: {error}{help}")
}

/// A layout's error with its place marked below it.
fn layout_error(key: &str, source: &str, error: &LayoutError) -> String {
    let help = error.help.as_ref().map(|help| format!("\n  help: {help}")).unwrap_or_default();
    let before = source.get(..error.at.start).unwrap_or(source).chars().count();
    let width = source.get(error.at.clone()).map_or(0, |at| at.chars().count()).max(1);
    format!("the {key} layout: {error}\n  {source}\n  {}{}{help}", " ".repeat(before), "^".repeat(width))
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    units::parse_duration(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// Networks, and addresses as networks of one.
fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Arc<[IpNet]>>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let network = |text: &String| {
        let network = text.parse::<IpNet>().map(|network| network.trunc());
        let network = network.or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map_err(|_| D::Error::custom(format!("`{text}` is neither a network (10.0.0.0/8) nor an address")))
    };
    texts.iter().map(network).collect::<Result<Vec<_>, _>>().map(|networks| Some(networks.into()))
}

fn some_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    duration(deserializer).map(Some)
}

fn some_size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    size(deserializer).map(Some)
}

fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
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
