//! What goes over the wire as it goes: every byte with its direction, its time and its part of the layout.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;

use wigwag_fleet::Ended;
use wigwag_net::drive::{Event, Watch};
use wigwag_net::{HalfClose, Received};
use wigwag_protocol::Moment;
use wigwag_protocol::bytes::display::{escape, escape_str};
use wigwag_protocol::exchange::Secrets;
use wigwag_protocol::layout::Part;
use wigwag_protocol::protocol::Form;

use super::hexdump::hexdump;
use super::rows::{Row, rows};
use super::text::{byte_count, device, outcome_words};
use crate::send::Plan;

const INDENT: &str = "              ";

/// Writes what happens as it happens.
pub(crate) struct Trace<'p, W> {
    plan: &'p Plan,
    out: W,
}

impl<'p, W: Write> Trace<'p, W> {
    pub(crate) fn new(plan: &'p Plan, out: W) -> Self {
        Self { plan, out }
    }

    /// Explains the response and tells the outcome.
    pub(crate) fn end(&mut self, ended: &Ended) {
        // Standard error that is gone must not change what happens.
        let _ = self.explain(ended);
    }

    fn explain(&mut self, ended: &Ended) -> io::Result<()> {
        let evidence = &ended.evidence;
        if let Some(reason) = evidence.ended_by {
            writeln!(self.out, "{:>9}     response of {}, ended by {reason}", "", byte_count(&evidence.response))?;
            self.frame(&evidence.response, &evidence.secrets, self.plan.task.call.response(0))?;
        }
        let others = [
            ("stale", &evidence.stale),
            ("extra", &evidence.extra),
            ("foreign", &evidence.foreign),
            ("events", &evidence.events),
        ];
        for (what, bytes) in others.into_iter().filter(|(_, bytes)| !bytes.is_empty()) {
            writeln!(self.out, "{:>9}     {what}: {}", "", byte_count(bytes))?;
            self.bytes(bytes, &evidence.secrets)?;
        }
        let told = format!("== {}: {}", device(ended), outcome_words(ended.outcome));
        self.line(evidence.timing.total.as_secs_f64() * 1000.0, &told)
    }

    /// Bytes part by part, if they are a whole frame of this form.
    fn frame(&mut self, bytes: &[u8], hidden: &Secrets, form: Option<&Arc<Form>>) -> io::Result<()> {
        let explained =
            form.and_then(|form| form.layouts().find_map(|layout| layout.decode(bytes, |frame| frame.parts()).ok()));
        match explained {
            Some(explained) if !hidden.are_in(bytes) => parts(&mut self.out, bytes, &explained),
            _ => self.bytes(bytes, hidden),
        }
    }

    /// Bytes as they are, or as text where a secret is among them.
    fn bytes(&mut self, bytes: &[u8], hidden: &Secrets) -> io::Result<()> {
        match hidden.hide(bytes) {
            Cow::Borrowed(bytes) => hexdump(&mut self.out, INDENT, bytes),
            Cow::Owned(shown) => writeln!(self.out, "{INDENT}      {}", escape(&shown)),
        }
    }

    fn line(&mut self, milliseconds: f64, text: &str) -> io::Result<()> {
        writeln!(self.out, "{milliseconds:>9.1} ms  {text}")
    }

    fn show(&mut self, event: &Event<'_>, now: Moment) -> io::Result<()> {
        let at = now.since_origin().as_secs_f64() * 1000.0;
        match event {
            Event::Resolved(addresses) => {
                let addresses: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
                self.line(at, &format!("-- resolved to {}", addresses.join(", ")))
            }
            Event::Connecting(address) => self.line(at, &format!("-- connecting to {address}")),
            Event::NotConnected(address, error) => {
                self.line(at, &format!("-- {address}: {}", escape_str(&error.to_string())))
            }
            Event::Connected(address) => self.line(at, &format!("-- connected to {address}")),
            Event::Tunnelled => self.line(at, "-- the proxy is connected to the device"),
            Event::Secured(facts) => self.line(at, &format!("-- {}, {}", facts.version, facts.cipher_suite)),
            Event::Wrote(bytes, hidden) => {
                self.line(at, &format!("-> {}", byte_count(bytes)))?;
                self.frame(bytes, hidden, Some(self.plan.task.call.request()))
            }
            Event::Committed => Ok(()),
            Event::HalfClosed(HalfClose::Said) => self.line(at, "-> end: our sending side is closed"),
            Event::HalfClosed(HalfClose::Unsaid) => self.line(at, "-- TLS 1.2 cannot close one side; nothing was sent"),
            Event::Received(bytes, hidden) => {
                self.line(at, &format!("<- {}", byte_count(bytes)))?;
                self.bytes(bytes, hidden)
            }
            Event::Closed(Received::Truncated) => self.line(at, "<- end, without the end mark of TLS"),
            Event::Closed(_) => self.line(at, "<- end: the device sends nothing more"),
            Event::Broke(error) => {
                self.line(at, &format!("<- broken: {}", escape_str(&wigwag_net::cause::words(error))))
            }
        }
    }
}

impl<W: Write> Watch for Trace<'_, W> {
    fn saw(&mut self, event: Event<'_>, now: Moment) {
        let _ = self.show(&event, now);
    }
}

/// Writes the bytes of a frame part by part; as they are, where it has none.
fn parts(out: &mut impl Write, frame: &[u8], parts: &[Part]) -> io::Result<()> {
    if parts.is_empty() {
        return hexdump(out, INDENT, frame);
    }
    let explained: Vec<Row<'_>> = parts.iter().map(|part| Row::of_part(0, frame, part)).collect();
    rows(out, INDENT, &explained)
}
