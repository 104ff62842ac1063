//! What a line costs. It measures and judges nothing, so it runs only when asked for:
//!
//! `cargo test --release -p wigwag -- --ignored --nocapture what_a_line_costs`

use std::io;
use std::time::Instant;

use wigwag_fleet::{Ended, Event};
use wigwag_protocol::layout::{Fields, Value};

use super::*;
use crate::report::run::{Progress, Readers};
use crate::report::samples::{answered, begun, events, receptacle, said, status};

const TARGETS: u32 = 100_000;
/// Events come in batches of about as many.
const BATCH: usize = 256;

/// As `wigwag send` would, with everything that reads the events.
fn cost(look: &Look, ended: &[Ended]) -> f64 {
    let batches: Vec<Vec<Event>> = ended.chunks(BATCH).map(|batch| events(batch.to_vec())).collect();
    let mut readers = Readers::new(look.clone(), Progress::none(), io::sink(), io::sink());
    let began = Instant::now();
    readers.begin(&begun(TARGETS)).unwrap();
    for batch in &batches {
        readers.events(batch).unwrap();
    }
    readers.finish().unwrap();
    began.elapsed().as_nanos() as f64 / f64::from(TARGETS)
}

#[test]
#[ignore = "measures"]
fn what_a_line_costs() {
    let (text, parts) = (status(), receptacle());
    let says = |n: u32| Fields::from([("n", Value::Integer(n.into())), ("on", Value::Name("on".into()))]);
    let bodies: Vec<Ended> = (0..TARGETS).map(|n| answered(&text, n, b"READY 25.5C")).collect();
    let fields: Vec<Ended> = (0..TARGETS).map(|n| said(&parts, n, says(n % 8))).collect();
    let different: Vec<Ended> = (0..TARGETS).map(|n| answered(&text, n, format!("SN {n}").as_bytes())).collect();
    for form in [Form::Ndjson, Form::Csv, Form::Table, Form::Text, Form::Json, Form::Grouped] {
        for (what, ended) in [("one text", &bodies), ("parts", &fields), ("all different", &different)] {
            let look = Look { is_for_several: true, differences: true, ..Look::of_one(form) };
            let cost = cost(&look, ended);
            let all = cost * f64::from(TARGETS) / 1e6;
            eprintln!("{form:?}, {what}: {cost:.0} ns a target, {all:.0} ms for {TARGETS}");
        }
    }
}
