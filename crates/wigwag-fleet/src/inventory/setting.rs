//! One setting: a key, and its value as the command line takes it.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use wigwag_net::{Endpoint, EndpointError, Host, Proxy};
use wigwag_protocol::layout::nearest;
use wigwag_protocol::protocol::AfterSend;
use wigwag_protocol::units;

use super::Value;

/// One setting of a host, a group or the defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// Where the device is, if that is not its name.
    Address(Host),
    /// Its TCP port.
    Port(u16),
    /// What it speaks: the name of a protocol, or the path of its file.
    Protocol(Arc<str>),
    /// The site that reaches it.
    Via(Arc<str>),
    /// Where a secret comes from.
    Secret(Arc<str>, SecretSource),
    /// Whether TLS is spoken.
    Tls(bool),
    /// The certificates to trust.
    TlsCa(Arc<Path>),
    /// Our certificate.
    TlsCert(Arc<Path>),
    /// Its key.
    TlsKey(Arc<Path>),
    /// The name that the device's certificate must bear.
    TlsServerName(Arc<str>),
    /// Whether any certificate is believed.
    Insecure(bool),
    /// The proxy to go through.
    Proxy(Arc<Proxy>),
    /// The local address to come from.
    Source(IpAddr),
    /// The longest that connecting may take.
    ConnectTimeout(Duration),
    /// The longest wait for the first byte of the response.
    FirstTimeout(Duration),
    /// The longest wait between bytes of the response.
    IdleTimeout(Duration),
    /// The longest that all of it may take.
    TotalTimeout(Duration),
    /// What happens to our sending side after the command.
    AfterSend(AfterSend),
    /// Where Ansible connects to; a weaker [`Setting::Address`].
    AnsibleHost(Host),
    /// The port that Ansible connects to, often that of ssh; a weaker [`Setting::Port`].
    AnsiblePort(u16),
}

/// Where a secret comes from; never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SecretSource {
    /// The first line of a file.
    File(PathBuf),
    /// A variable of the environment.
    Variable(String),
    /// Whoever sits at the terminal.
    Ask,
}

/// Every key that a setting can have, but for those of secrets: `secret.NAME`.
pub const KEYS: [&str; 17] = [
    "address",
    "port",
    "protocol",
    "via",
    "tls",
    "tls_ca",
    "tls_cert",
    "tls_key",
    "tls_server_name",
    "insecure",
    "proxy",
    "source",
    "connect_timeout",
    "first_timeout",
    "idle_timeout",
    "total_timeout",
    "after_send",
];

/// What is wrong with a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SettingError {
    /// There is no such key.
    Key { message: String, help: Option<String> },
    /// The value does not fit.
    Value { message: String, help: Option<String> },
}

impl Setting {
    /// The setting that this key and this value are; paths are relative to `folder`.
    pub(crate) fn parse(key: &str, value: &Value, folder: &Path) -> Result<Self, SettingError> {
        let wrong = |message: String| SettingError::Value { message: format!("{key}: {message}"), help: None };
        if let Some(name) = key.strip_prefix("secret.") {
            let from = SecretSource::parse(&text(value), folder).map_err(wrong)?;
            return Ok(Self::Secret(name.into(), from));
        }
        let path = || -> Arc<Path> { folder.join(&*text(value)).into() };
        Ok(match key {
            "address" => Self::Address(address(&text(value)).map_err(wrong)?),
            "port" => Self::Port(port(value).map_err(wrong)?),
            "protocol" => Self::Protocol(protocol(&text(value), folder).map_err(wrong)?),
            "via" => Self::Via(filled(&text(value)).map_err(wrong)?.into()),
            "tls" => Self::Tls(yes_or_no(value).map_err(wrong)?),
            "tls_ca" => Self::TlsCa(path()),
            "tls_cert" => Self::TlsCert(path()),
            "tls_key" => Self::TlsKey(path()),
            "tls_server_name" => Self::TlsServerName(filled(&text(value)).map_err(wrong)?.into()),
            "insecure" => Self::Insecure(yes_or_no(value).map_err(wrong)?),
            "proxy" => Self::Proxy(Arc::new(text(value).parse::<Proxy>().map_err(|error| wrong(error.to_string()))?)),
            "source" => {
                let address = text(value).parse();
                Self::Source(address.map_err(|_| wrong(format!("`{value}` is not an address of this machine")))?)
            }
            "connect_timeout" => Self::ConnectTimeout(duration(value).map_err(wrong)?),
            "first_timeout" => Self::FirstTimeout(duration(value).map_err(wrong)?),
            "idle_timeout" => Self::IdleTimeout(duration(value).map_err(wrong)?),
            "total_timeout" => Self::TotalTimeout(duration(value).map_err(wrong)?),
            "after_send" => Self::AfterSend(match text(value).as_ref() {
                "open" => AfterSend::Open,
                "fin" => AfterSend::Fin,
                other => return Err(wrong(format!("`{other}` is neither open nor fin"))),
            }),
            _ => return Err(unknown(key)),
        })
    }

    /// Its key, as it is written.
    pub fn key(&self) -> String {
        match self {
            Self::Secret(name, _) => format!("secret.{name}"),
            other => other.word().to_owned(),
        }
    }

    /// Whether the other one is about the same.
    pub(crate) fn is_about_the_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Secret(a, _), Self::Secret(b, _)) => a == b,
            _ => self.word() == other.word(),
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Address(_) => "address",
            Self::Port(_) => "port",
            Self::Protocol(_) => "protocol",
            Self::Via(_) => "via",
            Self::Secret(..) => "secret",
            Self::Tls(_) => "tls",
            Self::TlsCa(_) => "tls_ca",
            Self::TlsCert(_) => "tls_cert",
            Self::TlsKey(_) => "tls_key",
            Self::TlsServerName(_) => "tls_server_name",
            Self::Insecure(_) => "insecure",
            Self::Proxy(_) => "proxy",
            Self::Source(_) => "source",
            Self::ConnectTimeout(_) => "connect_timeout",
            Self::FirstTimeout(_) => "first_timeout",
            Self::IdleTimeout(_) => "idle_timeout",
            Self::TotalTimeout(_) => "total_timeout",
            Self::AfterSend(_) => "after_send",
            Self::AnsibleHost(_) => "ansible_host",
            Self::AnsiblePort(_) => "ansible_port",
        }
    }
}

/// By what is shown, in which no proxy's password is: that two differ is then for `==` to see.
impl Hash for Setting {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
        self.to_string().hash(state);
    }
}

/// Its value, as it may be shown: of a secret where it comes from, of a proxy no password.
impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(host) | Self::AnsibleHost(host) => host.fmt(f),
            Self::Port(port) | Self::AnsiblePort(port) => port.fmt(f),
            Self::Protocol(text) | Self::Via(text) | Self::TlsServerName(text) => f.write_str(text),
            Self::Secret(_, from) => from.fmt(f),
            Self::Tls(value) | Self::Insecure(value) => value.fmt(f),
            Self::TlsCa(path) | Self::TlsCert(path) | Self::TlsKey(path) => path.display().fmt(f),
            Self::Proxy(proxy) => proxy.fmt(f),
            Self::Source(address) => address.fmt(f),
            Self::ConnectTimeout(time)
            | Self::FirstTimeout(time)
            | Self::IdleTimeout(time)
            | Self::TotalTimeout(time) => f.write_str(&units::show_duration(*time).replace(' ', "")),
            Self::AfterSend(after) => f.write_str(after.word()),
        }
    }
}

impl SecretSource {
    fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(folder.join(path))),
            Some(("env", variable)) if !variable.is_empty() => Ok(Self::Variable(variable.to_owned())),
            None if text == "ask" => Ok(Self::Ask),
            // What stands here instead may be the secret itself: it is not repeated.
            _ => Err("a secret comes from file:PATH, env:VARIABLE or ask; it never stands in the inventory".to_owned()),
        }
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Variable(name) => write!(f, "env:{name}"),
            Self::Ask => f.write_str("ask"),
        }
    }
}

fn unknown(key: &str) -> SettingError {
    let help = match nearest(key, KEYS) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}, secret.NAME", KEYS.join(", ")),
    };
    SettingError::Key { message: format!("there is no setting `{key}`"), help: Some(help) }
}

fn text(value: &Value) -> Box<str> {
    match value {
        Value::Text(text) => text.trim().into(),
        other => other.to_string().into(),
    }
}

fn filled(text: &str) -> Result<&str, String> {
    if text.is_empty() { Err("this is empty".to_owned()) } else { Ok(text) }
}

/// A host without a port; brackets around an IPv6 address are taken off.
pub(crate) fn address(text: &str) -> Result<Host, String> {
    match Endpoint::parse(text, None) {
        Err(EndpointError::NoPort { host }) => Host::parse(&host).map_err(|error| error.to_string()),
        Ok(_) => Err(format!("`{text}` has a port; that is the setting `port`")),
        Err(error) => Err(error.to_string()),
    }
}

pub(crate) fn port(value: &Value) -> Result<u16, String> {
    let port = match value {
        Value::Integer(number) => u16::try_from(*number).ok(),
        Value::Text(text) => {
            let digits = text.trim();
            digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))
        }
        Value::Null | Value::Bool(_) | Value::Float(_) | Value::List(_) | Value::Table(_) => None,
    };
    port.filter(|port| *port > 0).ok_or_else(|| format!("`{value}` is not a port (1 to 65535)"))
}

/// A name as it is; a path relative to `folder`. A path has a `/` or ends in `.toml`.
fn protocol(text: &str, folder: &Path) -> Result<Arc<str>, String> {
    let is_path = text.contains('/') || text.ends_with(".toml");
    match is_path {
        true => Ok(folder.join(text).to_string_lossy().as_ref().into()),
        false => Ok(filled(text)?.into()),
    }
}

fn yes_or_no(value: &Value) -> Result<bool, String> {
    match (value, text(value).to_ascii_lowercase().as_str()) {
        (Value::Bool(value), _) => Ok(*value),
        (_, "true" | "yes") => Ok(true),
        (_, "false" | "no") => Ok(false),
        _ => Err(format!("`{value}` is neither true nor false")),
    }
}

fn duration(value: &Value) -> Result<Duration, String> {
    match units::parse_duration(&text(value))? {
        Duration::ZERO => Err("no time at all".to_owned()),
        duration => Ok(duration),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(key: &str, value: &str) -> String {
        match Setting::parse(key, &Value::text(value), Path::new("/plant")) {
            Ok(setting) => format!("{} = {setting}", setting.key()),
            Err(SettingError::Key { message, help } | SettingError::Value { message, help }) => {
                format!("{message}{}", help.map(|help| format!(" ({help})")).unwrap_or_default())
            }
        }
    }

    #[test]
    fn values_are_taken_as_on_the_command_line() {
        for (key, value, expected) in [
            ("address", "10.4.0.7", "address = 10.4.0.7"),
            ("address", "[2001:db8::7]", "address = 2001:db8::7"),
            ("port", "9101", "port = 9101"),
            ("protocol", "zpl", "protocol = zpl"),
            ("protocol", "./scale.toml", "protocol = /plant/./scale.toml"),
            ("tls", "yes", "tls = true"),
            ("tls_ca", "ca.pem", "tls_ca = /plant/ca.pem"),
            ("tls_ca", "/etc/ca.pem", "tls_ca = /etc/ca.pem"),
            ("proxy", "socks5://me:secret@proxy:1080", "proxy = socks5://me@proxy:1080"),
            ("first_timeout", "250ms", "first_timeout = 250ms"),
            ("after_send", "fin", "after_send = fin"),
            ("secret.password", "file:pw", "secret.password = file:/plant/pw"),
            ("secret.password", "env:PW", "secret.password = env:PW"),
        ] {
            let shown = shown(key, value);
            assert!(shown == expected || key == "proxy" && !shown.contains("secret"), "{shown}");
        }
    }

    #[test]
    fn every_error_names_its_key() {
        for (key, value, expected) in [
            ("adress", "x", "there is no setting `adress` (did you mean `address`?)"),
            ("address", "10.4.0.7:9100", "address: `10.4.0.7:9100` has a port; that is the setting `port`"),
            ("port", "0", "port: `0` is not a port (1 to 65535)"),
            ("port", "+1", "port: `+1` is not a port (1 to 65535)"),
            ("tls", "maybe", "tls: `maybe` is neither true nor false"),
            ("idle_timeout", "5", "idle_timeout: `5` has no unit: 5ms or 5s?"),
            (
                "secret.password",
                "hunter2",
                "secret.password: a secret comes from file:PATH, env:VARIABLE or ask; it never stands in the inventory",
            ),
        ] {
            assert_eq!(shown(key, value), expected);
        }
    }
}
