//! One check for a person: a line for each phase, and what went wrong.

use std::io::{self, Write};
use std::time::Duration;

use wigwag_protocol::bytes::display::{escape, escape_str};
use wigwag_protocol::units::show_duration;

use super::found::{Banner, Found};
use crate::report;

impl Found {
    pub(super) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{}", escape_str(&self.called()))?;
        let mut line = |phase: &str, time: Option<Duration>, text: &str| {
            let time = time.map(report::milliseconds).unwrap_or_default();
            writeln!(out, "  {}", format!("{phase:<8} {time:>10}   {text}").trim_end())
        };
        if let Some(resolve) = self.resolve {
            let addresses: Vec<String> = self.addresses.iter().map(|address| address.ip().to_string()).collect();
            line("resolve", Some(resolve), &addresses.join(", "))?;
        }
        for (address, error) in &self.failed {
            line("connect", None, &format!("{address}: {}", escape_str(error)))?;
        }
        if let (Some(connect), Some(address)) = (self.connect, self.address) {
            let through = if self.tunnelled { "through the proxy at " } else { "" };
            line("connect", Some(connect), &format!("{through}{address}"))?;
        }
        if let Some((tls, secured)) = &self.secured {
            line("tls", Some(*tls), &format!("{}, {}", secured.version, secured.cipher_suite))?;
            if let Some(certificate) = &secured.certificate {
                for text in certificate.lines() {
                    line("", None, &escape_str(&text).to_string())?;
                }
            }
        }
        match &self.banner {
            Banner::Unknown => Ok(()),
            Banner::None { waited } => line("banner", None, &format!("none within {}", show_duration(*waited))),
            Banner::Said { bytes, after } => line("banner", Some(*after), &escape(bytes).truncated(200).to_string()),
            Banner::Dropped { said, after, how } => {
                let said = if said.is_empty() {
                    String::new()
                } else {
                    format!(", after saying: {}", escape(said).truncated(200))
                };
                line("banner", Some(*after), &format!("the connection was {how}{said}"))
            }
        }
    }

    /// The error line, as a send would give it.
    pub(super) fn complain(&self, err: &mut impl Write) -> io::Result<()> {
        let shown = self.called();
        let device = match self.address.map(|address| address.to_string()) {
            Some(address) if address != shown && !self.tunnelled => format!("{} ({address})", self.device),
            _ => shown,
        };
        if let Some(error) = self.error() {
            writeln!(err, "error: {}: {}", escape_str(&device), escape_str(&error))?;
        }
        match self.hint() {
            Some(hint) => writeln!(err, "hint: {}", escape_str(hint)),
            None => Ok(()),
        }
    }
}
