//! One check for a program: an event.

use std::time::Duration;

use serde_json::{Value as Json, json};
use wigwag_protocol::bytes::display::escape;
use wigwag_protocol::bytes::hex;

use super::found::{Banner, Found};
use crate::report::safe_json;

impl Found {
    /// The event on one line, without its end; nothing in it can act on a terminal.
    pub(super) fn event(&self) -> String {
        safe_json(&self.json().to_string())
    }

    fn json(&self) -> Json {
        let micros = |duration: Duration| json!(duration.as_micros() as u64);
        let mut timing = serde_json::Map::new();
        let tls = self.secured.as_ref().map(|(tls, _)| *tls);
        for (phase, duration) in [("resolve", self.resolve), ("connect", self.connect), ("tls", tls)] {
            timing.extend(duration.map(|duration| (phase.to_owned(), micros(duration))));
        }
        let mut found = json!({
            "v": 1,
            "event": "check",
            "device": self.device,
            "outcome": if self.is_reachable() { "ok" } else { "unreachable" },
            "timing_us": timing,
        });
        let mut set = |key: &str, value: Option<Json>| {
            if let Some(value) = value {
                found[key] = value;
            }
        };
        set("address", self.address.map(|address| json!(address.to_string())));
        set("reason", self.reason().map(|reason| json!(reason.word())));
        set("error", self.error().map(|error| json!(error)));
        set("hint", self.hint().map(|hint| json!(hint)));
        set("tls", self.secured.as_ref().map(|(_, secured)| secured.json()));
        let (said, how) = match &self.banner {
            Banner::Unknown | Banner::None { .. } => (None, None),
            Banner::Said { bytes, .. } => (Some(bytes), None),
            Banner::Dropped { said, how, .. } => (Some(said).filter(|said| !said.is_empty()), Some(how)),
        };
        set("banner", said.map(|said| json!({ "hex": hex::encode(said), "text": escape(said).to_string() })));
        set("dropped", how.map(|how| json!(how)));
        found
    }
}
