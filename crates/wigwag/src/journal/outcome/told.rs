//! What devices were told: the command as it was typed, its parameters, its effect. Most targets of a run are told the
//! same, which is looked into and written down once.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use wigwag_fleet::Task;

use crate::report::json_value;

/// How many different things that devices are told are known by heart. Where each is told something else, each is written
/// down by itself.
const KNOWN: usize = 1000;

/// What was told before.
#[derive(Debug, Default)]
pub(in crate::journal) struct Told {
    last: Option<Last>,
    /// Keys of what is written down already.
    keys: HashMap<String, i64>,
}

#[derive(Debug)]
struct Last {
    task: Arc<Task>,
    key: i64,
    /// A request, and the body in it.
    request: Vec<u8>,
    body: Option<Vec<u8>>,
}

impl Told {
    /// The key of what a task tells; what is new is written down first.
    pub(in crate::journal) fn key(
        &mut self,
        task: &Arc<Task>,
        write: impl FnOnce(&str) -> rusqlite::Result<i64>,
    ) -> rusqlite::Result<i64> {
        if let Some(last) = self.last.as_ref().filter(|last| Arc::ptr_eq(&last.task, task)) {
            return Ok(last.key);
        }
        let text = text(task);
        let key = match self.keys.get(&text) {
            Some(key) => *key,
            None => {
                let key = write(&text)?;
                if self.keys.len() == KNOWN {
                    self.keys.clear();
                }
                self.keys.insert(text, key);
                key
            }
        };
        self.last = Some(Last { task: task.clone(), key, request: Vec::new(), body: None });
        Ok(key)
    }

    /// The body in a request of the task that was asked for last.
    pub(super) fn body_of(&mut self, task: &Arc<Task>, request: &[u8]) -> Option<&[u8]> {
        let last = self.last.as_mut().filter(|last| Arc::ptr_eq(&last.task, task))?;
        if last.request != request {
            last.request = request.to_vec();
            last.body = task.call.request().layouts().find_map(|layout| {
                layout.decode(request, |frame| frame.bytes("body").map(<[u8]>::to_vec)).ok().flatten()
            });
        }
        last.body.as_deref()
    }
}

/// As it stands in the outcome event; secret parameters are not told.
fn text(task: &Task) -> String {
    let mut told = Map::new();
    if let Some(command) = &task.command {
        told.insert("command".to_owned(), json!(&**command));
    }
    let params = task.call.command().map(|command| command.params.as_slice()).unwrap_or_default();
    let given = params.iter().filter_map(|param| {
        let said = task.call.fields().get(&param.name)?;
        let said = if param.rule.secret { json!("<secret>") } else { json_value(said) };
        Some((param.name.to_string(), said))
    });
    let given: Map<String, Json> = given.collect();
    if !given.is_empty() {
        told.insert("params".to_owned(), Json::Object(given));
    }
    told.insert("effect".to_owned(), json!(task.call.effect().word()));
    Json::Object(told).to_string()
}
