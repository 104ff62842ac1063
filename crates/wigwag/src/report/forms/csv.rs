//! A line for each device, for spreadsheets.

use std::fmt::Write as _;
use std::io::Write;
use std::time::SystemTime;

use jiff::Timestamp;
use wigwag_fleet::Ended;
use wigwag_protocol::bytes::display::{escape, escape_str};

use super::Report;
use crate::report::json::all_fields;
use crate::report::run::Begun;
use crate::report::said::body;
use crate::report::text::error_of;

const HEADER: &[u8] = b"device,address,outcome,reason,attempt,time,total_ms,response,error,fields\n";

/// The columns are always the same ones: which devices have fields is not known when the first line is written.
#[derive(Debug, Default)]
pub(super) struct Csv {
    cell: String,
}

impl Report for Csv {
    fn begin(&mut self, _begun: &Begun<'_>, out: &mut Vec<u8>) {
        out.extend_from_slice(HEADER);
    }

    fn ended(&mut self, ended: &Ended, out: &mut Vec<u8>) {
        let evidence = &ended.evidence;
        self.text(out, escape_str(&ended.target.name));
        out.push(b',');
        if let Some(address) = evidence.address {
            // Writing to memory cannot fail.
            let _ = write!(out, "{address}");
        }
        let reason = ended.outcome.reason().unwrap_or_default();
        let _ = write!(out, ",{},{reason},{},", ended.outcome.word(), ended.attempt);
        time(out, ended.time);
        out.push(b',');
        if ended.attempt > 0 {
            let _ = write!(out, "{:.3}", evidence.timing.total.as_secs_f64() * 1000.0);
        }
        out.push(b',');
        self.text(out, escape(&evidence.secrets.hide(body(evidence))));
        out.push(b',');
        self.text(out, escape_str(error_of(ended).unwrap_or_default()));
        out.push(b',');
        if !(evidence.fields.is_empty() && evidence.list.is_empty()) {
            let mut fields = Vec::new();
            all_fields(&mut fields, evidence);
            quoted(out, &String::from_utf8_lossy(&fields));
        }
        out.push(b'\n');
    }
}

impl Csv {
    /// A cell of text that is already safe to look at.
    fn text(&mut self, out: &mut Vec<u8>, text: impl std::fmt::Display) {
        self.cell.clear();
        let _ = write!(self.cell, "{text}");
        if is_formula(&self.cell) {
            self.cell.insert(0, '\'');
        }
        match self.cell.contains(['"', ',']) {
            true => quoted(out, &self.cell),
            false => out.extend_from_slice(self.cell.as_bytes()),
        }
    }
}

/// Whether a spreadsheet would compute the cell: what a device says must not run there. A number with a sign is only a
/// number, and devices say many of those.
fn is_formula(cell: &str) -> bool {
    let computes = cell.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    computes && !cell.parse::<f64>().is_ok_and(f64::is_finite)
}

fn quoted(out: &mut Vec<u8>, cell: &str) {
    out.push(b'"');
    for piece in cell.split_inclusive('"') {
        out.extend_from_slice(piece.as_bytes());
        if piece.ends_with('"') {
            out.push(b'"');
        }
    }
    out.push(b'"');
}

fn time(out: &mut Vec<u8>, time: SystemTime) {
    if let Ok(time) = Timestamp::try_from(time) {
        let _ = write!(out, "{time}");
    }
}
