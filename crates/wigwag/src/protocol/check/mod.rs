//! `wigwag protocol check`: whether a protocol file says what it means to say.
//!
//! Its examples are played against it in every way that a network could deliver them, and it is searched for the mistakes
//! that people make in such files.
//!
//! | file | what it does |
//! |---|---|
//! | `scene` | one example, ready to be played |
//! | `client`, `device` | play it in memory: the side that sends, the side that answers |
//! | `told` | what came of it, and whether that is what the example says |
//! | `frames` | cuts an answer into its frames, without an exchange |
//! | `samples` | values for parameters of which no example tells one |
//! | `transport` | Telnet, where no exchange takes it off |
//! | `places` | where something stands in the file |
//! | `tries/` | what is tried with each example, one file each |
//! | `lints/` | what is looked for in the file, one file for each of its parts |
//! | `finding`, `report` | what was found, and how it is printed |

mod client;
mod device;
mod finding;
mod frames;
mod lints;
mod places;
mod report;
mod samples;
mod scene;
mod told;
mod transport;
mod tries;

use std::sync::Arc;

use crate::problem::Problem;
use crate::protocols::Found;

use finding::Finding;
use lints::{INDISTINGUISHABLE, Subject};
use places::Places;
use scene::Stage;
use tries::RECOGNISE;

pub(crate) use report::Report;

/// Everything that can be found out about a protocol file.
pub(crate) fn check(found: &Found) -> Result<Report, Problem> {
    let protocol = Arc::new(found.protocol()?);
    let places = Places::of(&found.text);
    let stage = Stage::new(&protocol);
    let (scenes, unplayable) = stage.scenes();
    let subject = Subject { found, protocol: &protocol, stage: &stage, places: &places, scenes: &scenes };
    let mut findings = lints::all(&subject);
    let tried = tries::all(&stage, &scenes, unplayable)?;
    let is_told = |finding: &Finding| finding.by == RECOGNISE && is_indistinguishable(&findings, finding);
    let untold: Vec<Finding> = tried.findings.into_iter().filter(|finding| !is_told(finding)).collect();
    findings.extend(untold);
    Ok(Report::new(found, &protocol, tried.rows, findings))
}

/// Whether it was said already that this command can never be heard.
fn is_indistinguishable(findings: &[Finding], of: &Finding) -> bool {
    findings.iter().any(|finding| finding.by == INDISTINGUISHABLE && finding.command == of.command)
}

#[cfg(test)]
mod tests {
    use wigwag_protocol::protocol::library;

    use super::*;
    use crate::protocols::Origin;

    #[test]
    fn every_built_in_protocol_passes() {
        let mut faults = String::new();
        for name in library::names() {
            let text = library::text(name).unwrap_or_default().to_owned();
            let found = Found { name: name.to_owned(), origin: Origin::BuiltIn, text };
            let report = check(&found).unwrap_or_else(|problem| panic!("{name}: {problem}"));
            faults.extend(report.faults().map(|fault| format!("{name}: {fault:?}\n")));
        }
        assert_eq!(faults, "");
    }
}
