//! The agent's log: a line each, level first; who collects it adds the time.

use std::io::{self, Stderr, Write};
use std::sync::{Arc, Mutex, PoisonError};

use wigwag_protocol::bytes::display::escape_str;

/// A shared log.
pub(super) struct Log<W = Stderr>(Arc<Mutex<W>>);

impl<W> Clone for Log<W> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl Log {
    pub(super) fn stderr() -> Self {
        Self(Arc::new(Mutex::new(io::stderr())))
    }
}

impl<W: Write> Log<W> {
    /// Writes a line. Further lines of the text are indented below it; every other control character is shown.
    pub(super) fn line(&self, level: &str, text: &str) {
        let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (index, line) in text.lines().enumerate() {
            let head = if index == 0 { format!("{level}: ") } else { "  ".to_owned() };
            // In one write, so that lines of several processes never mix. A log that cannot be written must not stop a
            // device.
            let _ = out.write_all(format!("{head}{}\n", escape_str(line)).as_bytes());
        }
    }
}
