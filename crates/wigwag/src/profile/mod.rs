//! How targets are told something, as it can be kept: everything that a run needs but its targets and its secrets.
//!
//! What was typed and what an inventory says become a [`Profile`]; a profile becomes [`Ready`], which makes tasks. A
//! journaled run keeps its profiles, so that it can be gone on with when files have changed meanwhile.
//!
//! | file | what it holds |
//! |---|---|
//! | `protocol` | what is spoken |
//! | `connect` | how connections are made |
//! | `secret` | where secrets come from |
//! | `message` | what is said |
//! | `template` | `{name}` in what is said |
//! | `times` | how long to wait for what |

mod connect;
mod message;
mod protocol;
mod secret;
mod template;
mod times;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wigwag_fleet::Task;
use wigwag_net::Dialer;
use wigwag_protocol::layout::Fields;
use wigwag_protocol::protocol::{Call, Effect, Protocol};

use crate::problem::Problem;

pub(crate) use connect::{Connect, TlsFiles};
pub(crate) use message::{Message, Templates, command, usage};
pub(crate) use protocol::{AfterCommand, Request, Speech};
pub(crate) use secret::{From, Secret, Secrets};
pub(crate) use template::{Device, Variables};
pub(crate) use times::Patience;

/// How targets are told something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) speech: Speech,
    pub(crate) connect: Connect,
    #[serde(default)]
    pub(crate) times: Patience,
    #[serde(default)]
    pub(crate) secrets: Vec<Secret>,
    pub(crate) message: Message,
    /// What sending it again would do, where no command of the protocol says so.
    #[serde(default, with = "effect_word", skip_serializing_if = "Option::is_none")]
    pub(crate) effect: Option<Effect>,
}

/// A profile whose files have been read: it makes tasks.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) protocol: Arc<Protocol>,
    profile: Profile,
    number: u32,
    dialer: Dialer,
    secrets: Arc<Fields>,
    /// Where nothing hangs on the target: the one task of all.
    shared: Option<Arc<Task>>,
}

impl Profile {
    /// Reads what it names. `number` is its place among the profiles of a run.
    pub(crate) fn ready(self, number: u32, secrets: &mut Secrets) -> Result<Ready, Problem> {
        let protocol = self.speech.protocol()?;
        secret::check(&self.secrets, &protocol)?;
        let secrets = Arc::new(secrets.read(&self.secrets)?);
        let dialer = self.connect.dialer()?;
        let mut ready = Ready { protocol: Arc::new(protocol), profile: self, number, dialer, secrets, shared: None };
        if !ready.profile.message.has_templates() {
            ready.shared = Some(Arc::new(ready.task_of(&ready.profile.message)?));
        }
        Ok(ready)
    }
}

impl Ready {
    /// What a target with these variables is told, and the message where it is the target's own.
    pub(crate) fn task(&self, variables: &dyn Variables) -> Result<(Arc<Task>, Option<Message>), Problem> {
        if let Some(shared) = &self.shared {
            return Ok((shared.clone(), None));
        }
        let message = self.profile.message.rendered(variables)?;
        let task = self.task_of(&message)?;
        Ok((Arc::new(task), Some(message)))
    }

    /// What a target is told whose message was made before.
    pub(crate) fn task_of(&self, message: &Message) -> Result<Task, Problem> {
        let call = message.call(&self.protocol, &self.secrets)?;
        let call = with_effect(call, self.profile.effect)?;
        Ok(self.task_for(call, message.shown()))
    }

    /// This call, sent as everything else of the profile. `command` is how it is called in reports.
    pub(crate) fn task_for(&self, call: Call, command: Option<&str>) -> Task {
        let Self { protocol, profile, dialer, secrets, .. } = self;
        let times = profile.times.over(call.times());
        let dialer = Arc::new(Dialer { timeout: Some(times.connect), ..dialer.clone() });
        let call = Arc::new(call.with_times(times));
        Task::new(protocol.clone(), call, dialer, secrets.clone(), command.map(Arc::from), self.number)
    }

    /// The one task of all targets, where nothing hangs on them.
    pub(crate) fn shared(&self) -> Option<&Arc<Task>> {
        self.shared.as_ref()
    }

    /// What names the protocol on a command line.
    pub(crate) fn protocol_word(&self) -> &str {
        &self.profile.speech.request.protocol.name
    }

    /// What a person has to be asked about before its command is sent.
    pub(crate) fn hazard(&self) -> Option<&str> {
        let name = self.profile.message.words.first().filter(|_| self.profile.message.body.is_none())?;
        self.protocol.command(std::str::from_utf8(name).ok()?)?.hazard.as_deref()
    }

    /// Whether whoever answers is believed; worth a loud word.
    pub(crate) fn is_insecure(&self) -> bool {
        self.profile.connect.is_insecure()
    }
}

fn with_effect(call: Call, effect: Option<Effect>) -> Result<Call, Problem> {
    match effect {
        None => Ok(call),
        Some(_) if call.command().is_some() => {
            Err(Problem::usage("the protocol says itself what the effect of its commands is")
                .with_help("--effect is for bodies: text, --hex, --file"))
        }
        Some(effect) => Ok(call.with_effect(effect)),
    }
}

/// An effect as its word.
mod effect_word {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use wigwag_protocol::protocol::Effect;

    pub(super) fn serialize<S: Serializer>(effect: &Option<Effect>, serializer: S) -> Result<S::Ok, S::Error> {
        match effect {
            Some(effect) => serializer.serialize_str(effect.word()),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Effect>, D::Error> {
        let Some(word) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        let effects = [Effect::Read, Effect::Idempotent, Effect::Once];
        let effect = effects.into_iter().find(|effect| effect.word() == word);
        effect.map(Some).ok_or_else(|| D::Error::custom(format!("`{word}` is no effect")))
    }
}
