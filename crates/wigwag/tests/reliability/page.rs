//! The tables of `docs/reliability.md`, made of what was found here.

use std::fs;

use crate::proxied::{self, Matrix};
use crate::simulated;
use crate::table;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reliability.md");
const BEGIN: &str = "<!-- What follows is made by the tests. -->\n";
const END: &str = "<!-- What was made by the tests ends here. -->\n";

#[test]
fn the_page_says_what_was_found() {
    let page = fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect(BEGIN);
    let (said, after) = rest.split_once(END).expect(END);
    let found = found();
    if std::env::var_os("WIGWAG_UPDATE_DOCS").is_some_and(|update| update == "1") {
        fs::write(PAGE, [before, BEGIN, &found, END, after].concat()).unwrap();
        return;
    }
    let differs = said.lines().zip(found.lines()).find(|(said, found)| said != found);
    assert!(
        said == found,
        "{PAGE} says something else than was found: {differs:?}\n\
         WIGWAG_UPDATE_DOCS=1 cargo test -p wigwag --test reliability writes what was found; then read what has changed\n{found}"
    );
}

fn found() -> String {
    let mut page = "\n## A wire that fails\n".to_owned();
    for matrix in proxied::ALL {
        page += &of_wire(matrix);
    }
    page + &of_simulator()
}

fn of_wire(matrix: &Matrix) -> String {
    let (exchange, shape) = (matrix.exchange, matrix.exchange.shape());
    let greeting = if shape.greeting > 0 { format!("a greeting of {} bytes, ", shape.greeting) } else { String::new() };
    format!(
        "\n### {}\n\n{}: {greeting}a request of {} bytes, an answer of {}. {} commands.\n\n{}",
        exchange.name,
        exchange.about,
        shape.request,
        shape.answer,
        matrix.played.len(),
        table::of_wire(&matrix.rows())
    )
}

fn of_simulator() -> String {
    let played = &*simulated::ALL;
    let rows = table::of_simulator(&simulated::rows(played));
    format!("\n## A device that fails\n\n{} commands.\n\n{rows}\n", played.len())
}
