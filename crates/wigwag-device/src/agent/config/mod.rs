//! The agent's configuration file.
//!
//! | file | |
//! |---|---|
//! | `written` | its keys and what may stand behind them |
//! | `speaks` | what the device speaks |
//! | `action` | what is done when a command comes |
//! | `around` | TLS, memory, the files that are needed |
//! | `odd` | what can be served, and is hardly meant |

mod action;
mod around;
mod odd;
mod speaks;
mod written;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use wigwag_net::ServerTls;
use wigwag_protocol::layout::{Value, nearest};
use wigwag_protocol::protocol::Protocol;

use wigwag_protocol::toml_file;

use super::actions::{Deed, Deeds};
use super::memory::Bounds;
use super::sandbox::Needs;
use speaks::file_error;
use written::File;

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
        let file: File = toml_file::read(text).map_err(|error| file_error(text, &error))?;
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
}
