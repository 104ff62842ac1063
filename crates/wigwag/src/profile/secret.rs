//! Secrets: from a file, from the environment, or asked for; never an argument that `ps` shows, and never kept.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use wigwag_protocol::layout::{Fields, Value, nearest};
use wigwag_protocol::protocol::Protocol;

use crate::problem::Problem;

/// A secret's name, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Secret {
    pub(crate) name: String,
    pub(crate) from: From,
}

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum From {
    File(PathBuf),
    Variable(String),
    Ask,
}

/// Secrets that have been read: each is read, and asked for, once.
#[derive(Default)]
pub(crate) struct Secrets {
    known: BTreeMap<Secret, String>,
}

impl Secrets {
    /// The values of these, by name. Reads files, and asks on the terminal.
    pub(crate) fn read(&mut self, secrets: &[Secret]) -> Result<Fields, Problem> {
        let mut fields = Fields::new();
        for secret in secrets {
            let value = match self.known.get(secret) {
                Some(known) => known.clone(),
                None => secret.read()?,
            };
            self.known.insert(secret.clone(), value.clone());
            fields.set(secret.name.as_str(), Value::Text(value));
        }
        Ok(fields)
    }
}

/// Refuses secrets that the protocol has no use for: mostly a wrong name.
pub(super) fn check(secrets: &[Secret], protocol: &Protocol) -> Result<(), Problem> {
    let known = protocol.secrets();
    let Some(Secret { name, .. }) = secrets.iter().find(|secret| !known.contains(&&*secret.name)) else {
        return Ok(());
    };
    let problem = Problem::usage(format!("{} has no use for a secret `{name}`", protocol.name));
    Err(match (nearest(name, known.iter().copied()), known.is_empty()) {
        (_, true) => problem,
        (Some(near), false) => problem.with_help(format!("did you mean `{near}`?")),
        (None, false) => problem.with_help(format!("it knows {}", known.join(", "))),
    })
}

impl Secret {
    fn read(&self) -> Result<String, Problem> {
        let Self { name, from } = self;
        match from {
            From::File(path) => from_file(path),
            From::Variable(variable) => std::env::var(variable).map_err(|_| {
                Problem::usage(format!("--secret {name}: the environment has no readable variable {variable}"))
            }),
            From::Ask => ask(name),
        }
    }
}

/// The first line of the file: editors end a file with a line end, which is no part of a password.
fn from_file(path: &PathBuf) -> Result<String, Problem> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Problem::usage(format!("--secret: {}: {}", path.display(), wigwag_net::cause::words(&error)))
    })?;
    Ok(text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line)).to_owned())
}

fn ask(name: &str) -> Result<String, Problem> {
    if !io::stdin().is_terminal() {
        return Err(Problem::usage(format!("--secret {name}=ask: there is no terminal to ask on"))
            .with_help("give it as file:PATH or env:VARIABLE"));
    }
    rpassword::prompt_password(format!("{name}: "))
        .map_err(|error| Problem::usage(format!("--secret {name}=ask: {}", wigwag_net::cause::words(&error))))
}

/// `NAME=file:PATH`, `NAME=env:VARIABLE` or `NAME=ask`.
impl FromStr for Secret {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a secret is NAME=file:PATH, NAME=env:VARIABLE or NAME=ask".to_owned();
        let (name, from) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(wrong)?;
        let from = match from.split_once(':') {
            Some(("file", path)) if !path.is_empty() => From::File(path.into()),
            Some(("env", variable)) if !variable.is_empty() => From::Variable(variable.to_owned()),
            None if from == "ask" => From::Ask,
            _ => return Err(wrong()),
        };
        Ok(Self { name: name.to_owned(), from })
    }
}
