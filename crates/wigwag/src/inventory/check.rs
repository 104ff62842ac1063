//! `wigwag inventory check`: what is odd.

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use wigwag_fleet::inventory::{Finding, Inventory, Selection, World};
use wigwag_protocol::bytes::display::escape_str;
use wigwag_protocol::units::show_duration;

use crate::cli::Form;
use crate::exit::Exit;
use crate::problem::Problem;
use crate::protocols;
use crate::report::safe_json;
use crate::send::runtime;

/// As many names are asked for at once: each takes a thread while the resolver thinks.
const AT_ONCE: usize = 64;

/// The longest wait for the resolver.
const LONGEST: Duration = Duration::from_secs(5);

/// What was found.
pub(super) struct Report {
    hosts: u64,
    findings: Vec<Finding>,
}

pub(super) fn check(inventory: &Inventory, selection: &Selection, no_resolve: bool) -> Result<Report, Problem> {
    let names = if no_resolve { Vec::new() } else { inventory.names_to_resolve(selection) };
    let runtime = runtime()?;
    let addresses = runtime.block_on(resolve(names));
    // A resolver that still thinks is not waited for.
    runtime.shutdown_background();
    let findings = inventory.check(selection, &Asked { addresses });
    Ok(Report { hosts: selection.count(), findings })
}

/// What the world outside of the inventory has answered.
struct Asked {
    addresses: HashMap<String, Result<Vec<IpAddr>, String>>,
}

impl World for Asked {
    fn protocol(&self, name: &str) -> Result<Option<u16>, String> {
        let protocol = protocols::read(name);
        protocol.map(|protocol| protocol.port).map_err(|problem| problem.in_a_line().to_owned())
    }

    fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, String> {
        self.addresses.get(name).cloned().unwrap_or_else(|| Ok(Vec::new()))
    }
}

async fn resolve(names: Vec<String>) -> HashMap<String, Result<Vec<IpAddr>, String>> {
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut asking = JoinSet::new();
    for name in names {
        let turns = Arc::clone(&turns);
        asking.spawn(async move {
            let _turn = turns.acquire().await;
            let addresses = addresses(&name).await;
            (name, addresses)
        });
    }
    let mut answers = HashMap::new();
    while let Some(answer) = asking.join_next().await {
        answers.extend(answer);
    }
    answers
}

async fn addresses(name: &str) -> Result<Vec<IpAddr>, String> {
    match tokio::time::timeout(LONGEST, tokio::net::lookup_host((name, 0))).await {
        Ok(Ok(found)) => {
            // The same address comes once for each kind of socket.
            let mut addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
            addresses.sort_unstable();
            addresses.dedup();
            Ok(addresses)
        }
        Ok(Err(error)) => {
            let words = wigwag_net::cause::words(&error);
            // What was tried is clear from what is said around it.
            let cause = words.strip_prefix("failed to lookup address information: ").unwrap_or(&words);
            Err(format!("has no address ({})", cause.to_lowercase()))
        }
        Err(_elapsed) => Err(format!("the resolver did not answer within {}", show_duration(LONGEST))),
    }
}

impl Report {
    pub(super) fn exit(&self) -> Exit {
        if self.findings.is_empty() { Exit::Ok } else { Exit::Usage }
    }

    pub(super) fn print(&self, form: Form, out: &mut dyn Write) -> io::Result<()> {
        match form {
            Form::Text => self.text(out),
            Form::Json => {
                let findings: Vec<Json> = self.findings.iter().map(object).collect();
                let object = json!({ "v": 1, "hosts": self.hosts, "findings": findings });
                writeln!(out, "{}", safe_json(&object.to_string()))
            }
        }
    }

    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        for finding in &self.findings {
            let (line, hint) = told(finding);
            writeln!(out, "{}", escape_str(&line))?;
            if let Some(hint) = hint {
                writeln!(out, "    {}", escape_str(&hint))?;
            }
        }
        let hosts = match self.hosts {
            1 => "1 host".to_owned(),
            hosts => format!("{hosts} hosts"),
        };
        match self.findings.len() {
            0 => writeln!(out, "{hosts}, nothing odd"),
            1 => writeln!(out, "{hosts}, 1 finding"),
            findings => writeln!(out, "{hosts}, {findings} findings"),
        }
    }
}

/// A finding in a line, and what can be done about it.
fn told(finding: &Finding) -> (String, Option<String>) {
    match finding {
        Finding::SameDevice { address, hosts } => (
            format!("{hosts}: several names of one device, {address}"),
            Some("a command to all of them reaches it once".to_owned()),
        ),
        Finding::Unresolved { hosts, reason } => (format!("{hosts}: {reason}"), None),
        Finding::NoHost { host, reason } => {
            (format!("{host}: {reason}"), Some("set `address` if that is only what you call it".to_owned()))
        }
        Finding::EmptyGroup { group } => (format!("@{group}: nothing is in this group"), None),
        Finding::UnknownChild { child, parents, near } => {
            let parents: Vec<String> = parents.iter().map(|parent| format!("@{parent}")).collect();
            let whose = if parents.is_empty() { "@all".to_owned() } else { parents.join(", ") };
            (
                format!("{whose}: its child `{child}` is in no file"),
                near.as_ref().map(|near| format!("did you mean `{near}`?")),
            )
        }
        Finding::UnknownProtocol { protocol, hosts, reason } => match reason.contains(protocol) {
            true => (format!("{hosts}: {reason}"), None),
            false => (format!("{hosts}: {protocol}: {reason}"), None),
        },
        Finding::NoProtocol { hosts } => (
            format!("{hosts}: no protocol is set, where others have one"),
            Some("esc-cr unless a command says otherwise".to_owned()),
        ),
        Finding::AnsiblePort { port, hosts } => (
            format!("{hosts}: the port {port} is from ansible_port"),
            Some("that is often the one of ssh; set wigwag_port to say which one is meant".to_owned()),
        ),
        Finding::Template { whose, variable } => (
            format!("{whose}: {variable} is a template, which only Ansible can fill in"),
            Some("it was left out; `ansible-inventory --list` prints it filled in".to_owned()),
        ),
    }
}

fn object(finding: &Finding) -> Json {
    let mut object = match finding {
        Finding::SameDevice { address, hosts } => {
            json!({ "finding": "same-device", "hosts": hosts, "address": address })
        }
        Finding::Unresolved { hosts, .. } => json!({ "finding": "unresolved", "hosts": hosts }),
        Finding::NoHost { host, .. } => json!({ "finding": "no-host", "hosts": host }),
        Finding::EmptyGroup { group } => json!({ "finding": "empty-group", "group": group }),
        Finding::UnknownChild { child, parents, .. } => {
            json!({ "finding": "unknown-child", "group": child, "parents": parents })
        }
        Finding::UnknownProtocol { protocol, hosts, .. } => {
            json!({ "finding": "unknown-protocol", "hosts": hosts, "protocol": protocol })
        }
        Finding::NoProtocol { hosts } => json!({ "finding": "no-protocol", "hosts": hosts }),
        Finding::AnsiblePort { port, hosts } => json!({ "finding": "ansible-port", "hosts": hosts, "port": port }),
        Finding::Template { whose, variable } => json!({ "finding": "template", "whose": whose, "variable": variable }),
    };
    let (message, hint) = told(finding);
    object["message"] = json!(message);
    if let Some(hint) = hint {
        object["hint"] = json!(hint);
    }
    object
}
