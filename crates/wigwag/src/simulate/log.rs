//! What devices were sent: one JSON object for each command, on a line of its own.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use wigwag_device::simulate::{Received, Recorder};
use wigwag_net::cause;
use wigwag_protocol::bytes::hex;
use wigwag_protocol::exchange::Request;
use wigwag_protocol::layout::EncodeError;

use crate::problem::Problem;
use crate::report::{json_value, safe_json};

/// How long a line may stay in memory: what a crash could lose.
const FLUSH: Duration = Duration::from_millis(100);

/// The record of what devices were sent, if one is kept; and where a device that cannot answer complains.
pub(super) struct Log {
    /// None where nothing is recorded.
    to: Option<(PathBuf, Mutex<Writer>)>,
    has_complained: AtomicBool,
}

struct Writer {
    out: BufWriter<File>,
    /// It could not be written: the record is not whole.
    has_failed: bool,
}

impl Log {
    /// Records in this file, in place of what it holds.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Problem> {
        let open = |path: &Path| {
            let file = File::create(path)
                .map_err(|error| Problem::usage(format!("--log {}: {}", path.display(), cause::words(&error))))?;
            let writer = Writer { out: BufWriter::with_capacity(64 * 1024, file), has_failed: false };
            Ok((path.to_owned(), Mutex::new(writer)))
        };
        Ok(Self { to: path.map(open).transpose()?, has_complained: AtomicBool::new(false) })
    }

    /// Writes out what has been recorded, again and again.
    pub(super) async fn flush_now_and_then(self: Arc<Self>) {
        while self.to.is_some() {
            tokio::time::sleep(FLUSH).await;
            self.write(|out| out.flush());
        }
    }

    /// Writes out the rest; false if something could not be recorded.
    pub(super) fn close(&self) -> bool {
        self.write(|out| out.flush());
        self.to.as_ref().is_none_or(|(_, writer)| !lock(writer).has_failed)
    }

    /// A record that cannot be written must not stop a device. It is told once, and at the end.
    fn write(&self, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) {
        let Some((path, writer)) = &self.to else { return };
        let mut writer = lock(writer);
        let Err(error) = write(&mut writer.out) else { return };
        if !std::mem::replace(&mut writer.has_failed, true) {
            let (path, cause) = (path.display(), cause::words(&error));
            let _ = writeln!(io::stderr(), "warning: --log {path}: {cause}; from now on commands are missing in it");
        }
    }
}

fn lock(writer: &Mutex<Writer>) -> std::sync::MutexGuard<'_, Writer> {
    writer.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Recorder for Log {
    fn wants_commands(&self) -> bool {
        self.to.is_some()
    }

    fn received(&self, received: &Received<'_>) {
        let line = line(received, Timestamp::now());
        self.write(|out| out.write_all(line.as_bytes()));
    }

    fn could_not_answer(&self, device: u32, error: &EncodeError) {
        if !self.has_complained.swap(true, Ordering::Relaxed) {
            let _ = writeln!(io::stderr(), "warning: device {device} cannot say its answer: {error}");
        }
    }
}

fn line(received: &Received<'_>, now: Timestamp) -> String {
    let Received { device, client, request, is_secret, fault, answer_bytes, .. } = received;
    let mut line = Map::new();
    let mut set = |key: &str, value: Json| line.insert(key.to_owned(), value);
    set("time", json!(now.to_string()));
    set("device", json!(device));
    set("address", json!(client.local.map(|local| local.to_string())));
    set("peer", json!(client.peer.to_string()));
    let wire = match request {
        Request::Command { command, fields, wire, .. } => {
            set("command", json!(command.as_ref().map(|command| &*command.name)));
            let params = command.iter().flat_map(|command| &command.params).filter_map(|param| {
                let said = fields.get(&param.name)?;
                let said = if param.rule.secret { json!("<secret>") } else { json_value(said) };
                Some((param.name.to_string(), said))
            });
            set("params", Json::Object(params.collect()));
            wire
        }
        Request::Broken { error, wire } => {
            set("command", Json::Null);
            set("error", json!(error.to_string()));
            wire
        }
    };
    set("wire", if *is_secret { Json::Null } else { json!(hex::encode(wire)) });
    set("fault", json!(fault));
    set("answer_bytes", json!(answer_bytes));
    let line = Json::Object(line).to_string();
    let is_plain = line.bytes().all(|byte| (b' '..0x7F).contains(&byte));
    format!("{}\n", if is_plain { line } else { safe_json(&line) })
}
