//! A line for each device, for spreadsheets: the same columns as a run prints while it goes on.

use std::fmt::Write as _;

use jiff::Timestamp;
use wigwag_protocol::bytes::display::{escape, escape_str};

use crate::journal::StoredOutcome;
use crate::report::safe_json;

pub(super) const HEADER: &str = "device,address,outcome,reason,attempt,time,total_ms,response,error,fields";

pub(super) fn line(name: &str, ended: &StoredOutcome<'_>) -> String {
    let took = match ended.attempt {
        0 => String::new(),
        _ => format!("{:.3}", ended.timing.total.as_secs_f64() * 1000.0),
    };
    let fields = ended.fields.as_deref().map(safe_json);
    let cells = [
        cell(&escape_str(name).to_string()),
        ended.address.map(|address| address.to_string()).unwrap_or_default(),
        ended.outcome.word().to_owned(),
        ended.outcome.reason().unwrap_or_default().to_owned(),
        ended.attempt.to_string(),
        Timestamp::try_from(ended.time).map(|time| time.to_string()).unwrap_or_default(),
        took,
        cell(&escape(ended.response.text()).to_string()),
        cell(&escape_str(ended.error.as_deref().unwrap_or_default()).to_string()),
        fields.map(|fields| quoted(&fields)).unwrap_or_default(),
    ];
    cells.join(",")
}

/// A text that is safe to look at. What a spreadsheet would compute gets an apostrophe: what a device says must not run
/// there. A number with a sign is only a number, and devices say many of those.
fn cell(text: &str) -> String {
    let computes = text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let text = match computes && !text.parse::<f64>().is_ok_and(f64::is_finite) {
        true => format!("'{text}"),
        false => text.to_owned(),
    };
    match text.contains(['"', ',']) {
        true => quoted(&text),
        false => text,
    }
}

fn quoted(text: &str) -> String {
    let mut cell = String::with_capacity(text.len() + 2);
    // Writing to memory cannot fail.
    let _ = write!(cell, "\"{}\"", text.replace('"', "\"\""));
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_do_not_compute() {
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("-12.5"), "-12.5");
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
    }
}
