//! How each host is told: a profile for all hosts with equal settings.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value as Json, json};
use wigwag_fleet::Order;
use wigwag_fleet::inventory::{Host, SecretSource, Settings};
use wigwag_protocol::protocol::AfterSend;

use crate::cli::{Otherwise, ProtocolArgs, SendArgs};
use crate::problem::Problem;
use crate::profile::{
    AfterCommand, Connect, From as SecretFrom, Message, Patience, Profile, Ready, Secret, Secrets, Variables,
};
use crate::report::json_value;

/// The ways of sending that the targets of a run need. Each is made when it is needed first, and files are read once.
pub(super) struct Ways {
    typed: Typed,
    secrets: Secrets,
    /// By the pointer of the settings, which are kept alive here.
    by_settings: HashMap<usize, (Arc<Settings>, u32)>,
    kept: Vec<Profile>,
    ready: Vec<Ready>,
}

/// What was typed: it wins over what an inventory says.
struct Typed {
    protocol: ProtocolArgs,
    connect: crate::cli::ConnectArgs,
    times: Patience,
    secrets: Vec<Secret>,
    message: Message,
    effect: Option<wigwag_protocol::protocol::Effect>,
}

/// What a host is told.
pub(super) struct Told {
    pub(super) order: Order,
    /// Which of the ways.
    pub(super) way: u32,
    /// The message, where it is the target's own.
    own: Option<Message>,
}

impl Told {
    /// What a journal keeps of it, as JSON: its parameters, and its message where that is its own. Nothing where the way
    /// says all.
    pub(super) fn what(&self) -> Option<Box<RawValue>> {
        let task = &self.order.task;
        let mut what = Map::new();
        if let Some(command) = task.call.command() {
            let shown =
                command.params.iter().filter(|param| !param.rule.secret).filter_map(|param| {
                    Some((param.name.to_string(), json_value(task.call.fields().get(&param.name)?)))
                });
            let shown: Map<String, Json> = shown.collect();
            if !shown.is_empty() {
                what.insert("params".to_owned(), Json::Object(shown));
            }
        }
        if let Some(message) = &self.own {
            what.insert("message".to_owned(), json!(message));
        }
        // Such an object can always be written.
        (!what.is_empty()).then(|| to_raw_value(&what).ok()).flatten()
    }
}

impl Ways {
    pub(super) fn new(arguments: &SendArgs) -> Result<Self, Problem> {
        let typed = Typed {
            protocol: arguments.protocol.clone(),
            connect: arguments.connect.clone(),
            times: arguments.patience(),
            secrets: arguments.secrets.secret.clone(),
            message: arguments.message.message(arguments.first_word())?,
            effect: arguments.effect.map(Into::into),
        };
        Ok(Self {
            typed,
            secrets: Secrets::default(),
            by_settings: HashMap::new(),
            kept: Vec::new(),
            ready: Vec::new(),
        })
    }

    /// Where a host is and what it is told.
    pub(super) fn told(&mut self, host: &Host) -> Result<Told, Problem> {
        let way = self.way(host.settings())?;
        let ready = &self.ready[way as usize];
        let endpoint = host.endpoint(ready.protocol.port).map_err(|error| Problem::usage(error.to_string()))?;
        let (task, own) = ready.task(&OfHost { host, port: endpoint.port })?;
        Ok(Told { order: Order { endpoint, task }, way, own })
    }

    /// The way of hosts with these settings.
    fn way(&mut self, settings: &Arc<Settings>) -> Result<u32, Problem> {
        let pointer = Arc::as_ptr(settings) as usize;
        if let Some((_, way)) = self.by_settings.get(&pointer) {
            return Ok(*way);
        }
        let way = u32::try_from(self.ready.len()).unwrap_or(u32::MAX);
        let profile = self.typed.over(settings)?;
        self.ready.push(profile.clone().ready(way, &mut self.secrets)?);
        self.kept.push(profile);
        self.by_settings.insert(pointer, (settings.clone(), way));
        Ok(way)
    }

    /// All that were made, in order, as a journal keeps them.
    pub(super) fn written(&self) -> Result<Vec<String>, Problem> {
        self.kept.iter().map(written).collect()
    }

    /// The ways that were made.
    pub(super) fn made(&self) -> &[Ready] {
        &self.ready
    }
}

/// A way as a journal keeps it.
pub(super) fn written(profile: &Profile) -> Result<String, Problem> {
    if profile.connect.has_password() {
        return Err(Problem::usage(
            "a journal keeps no passwords, and without the proxy's the run could not be gone on with",
        )
        .with_help("--journal off, or a proxy that asks for none"));
    }
    serde_json::to_string(profile).map_err(|error| Problem::Fault(format!("a profile cannot be written: {error}")))
}

impl Typed {
    /// What was typed, and what the settings say where nothing was.
    fn over(&self, settings: &Settings) -> Result<Profile, Problem> {
        let otherwise = Otherwise {
            protocol: settings.protocol.as_deref(),
            after_send: settings.after_send.map(|after| match after {
                AfterSend::Open => AfterCommand::Open,
                AfterSend::Fin => AfterCommand::Fin,
            }),
        };
        let times = Patience {
            connect: settings.connect_timeout,
            first: settings.first_timeout,
            idle: settings.idle_timeout,
            total: settings.total_timeout,
        };
        let mut secrets = self.secrets.clone();
        for (name, source) in &settings.secrets {
            if secrets.iter().all(|secret| *secret.name != **name) {
                secrets.push(Secret { name: name.to_string(), from: source_of(source) });
            }
        }
        Ok(Profile {
            speech: self.protocol.speech(otherwise)?,
            connect: self.connect.connect(Connect::of(settings)?),
            times: self.times.or(times),
            secrets,
            message: self.message.clone(),
            effect: self.effect,
        })
    }
}

fn source_of(source: &SecretSource) -> SecretFrom {
    match source {
        SecretSource::File(path) => SecretFrom::File(path.clone()),
        SecretSource::Variable(name) => SecretFrom::Variable(name.clone()),
        SecretSource::Ask => SecretFrom::Ask,
    }
}

/// The message that a journal kept for one target.
pub(super) fn message_of(what: &str) -> Option<Message> {
    let what: Json = serde_json::from_str(what).ok()?;
    serde_json::from_value(what.get("message")?.clone()).ok()
}

/// A host's variables, and what every host has.
struct OfHost<'h> {
    host: &'h Host,
    port: u16,
}

impl Variables for OfHost<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        match (self.host.var(name), name) {
            (Some(value), _) => Some(value.to_string()),
            (None, "name") => Some(self.host.name().to_owned()),
            (None, "address") => {
                Some(self.host.address().map_or_else(|| self.host.name().to_owned(), ToString::to_string))
            }
            (None, "port") => Some(self.port.to_string()),
            (None, _) => None,
        }
    }

    fn names(&self) -> Vec<String> {
        let own = self.host.vars().into_iter().map(|(name, _)| name.to_owned());
        ["name", "address", "port"].map(str::to_owned).into_iter().chain(own).collect()
    }
}
