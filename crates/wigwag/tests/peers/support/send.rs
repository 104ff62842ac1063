//! `wigwag send`

use serde_json::Value;

use super::program::{Ended, wigwag};

/// Sends commands of one protocol to one port.
pub(crate) struct Sender<'a> {
    pub(crate) port: u16,
    /// By name, or the path of its file.
    pub(crate) protocol: &'a str,
}

impl Sender<'_> {
    /// What a person sees.
    pub(crate) fn send(&self, words: &[&str]) -> Ended {
        let target = format!("127.0.0.1:{}", self.port);
        wigwag(&["send", &target, "--protocol", self.protocol, "--yes"]).arguments(words).run()
    }

    /// What a program reads, of a command that ends with this exit code.
    pub(crate) fn report(&self, code: i32, words: &[&str]) -> Value {
        let ended = self.send(&[words, &["--output", "json"]].concat());
        assert_eq!(ended.code, code, "{words:?}: {ended:?}");
        ended.json()
    }

    /// What the device says to a command that it takes.
    pub(crate) fn fields(&self, words: &[&str]) -> Value {
        let mut report = self.report(0, words);
        assert_eq!(report["outcome"], "ok", "{report}");
        report["fields"].take()
    }
}
