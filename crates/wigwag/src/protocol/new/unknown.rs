//! What a few frames do not tell, said to the person who can find out.

use std::ops::Range;

use super::candidates::Candidate;
use super::codecs::count;
use super::findings::Findings;
use super::literal::{literals, shown};
use super::sample::Sample;

/// With fewer, an accident is as good an explanation.
const ENOUGH_FRAMES: usize = 4;
/// Longer runs of the same bytes are told by their first ones.
const MOST_SHOWN: usize = 16;

/// One sentence for each thing that the frames leave open; `best` is the layout that they leave it open for.
pub(super) fn unknown(sample: &Sample, findings: &Findings, best: Option<&Candidate>) -> Vec<String> {
    let Some(best) = best else { return Vec::new() };
    let (front, back) = best.around_body;
    let mut unknown = Vec::new();
    if sample.len() < ENOUGH_FRAMES {
        let frames = count(sample.len(), "different frame");
        unknown.push(format!("{frames}: more of them, of different sizes, make every guess surer."));
    }
    if sample.sizes() == 1 {
        let bytes = count(sample.shortest(), "byte");
        unknown.push(format!("All frames have {bytes}: a length field only shows in frames of different sizes."));
    }
    if sample.shortest() <= 2 && sample.sizes() > 1 {
        let shortest = sample.frames().first().map(|frame| literals(frame)).unwrap_or_default();
        unknown.push(format!("The frame {shortest} leaves no room for a header: look at the others without it, too."));
    }
    if sample.len() > 1 {
        let constants = best.constants.iter().map(|at| (at.clone(), "an address, perhaps"));
        let in_body = constant_run(sample, front..sample.shortest().saturating_sub(back));
        let all = constants.chain(in_body.map(|at| (at, "left in the body")));
        unknown.extend(all.map(|(at, what)| constant(sample, at, what)));
    }
    unknown.extend(end_inside(sample, findings));
    if !findings.sums.is_complete {
        unknown.push("The frames are too large to try all checksums: capture shorter ones.".to_owned());
    } else if !sample.is_text() && !best.has_checksum {
        unknown.push("No checksum fits all frames: there is none, or it is one that has no name here.".to_owned());
    }
    unknown
}

/// The end of all frames that stands inside of one as well: perhaps that is two.
fn end_inside(sample: &Sample, findings: &Findings) -> Option<String> {
    let end = findings.terminators.first().filter(|end| !end.only_there)?;
    let end: Vec<u8> = (0..end.size).rev().filter_map(|at| sample.constant_from_end(at)).collect();
    let inside =
        |frame: &&Vec<u8>| frame.windows(end.len()).position(|bytes| bytes == end) != Some(frame.len() - end.len());
    let frame = sample.frames().iter().find(inside)?;
    let some = shown(frame.get(..MOST_SHOWN).unwrap_or(frame));
    let dots = if frame.len() > MOST_SHOWN { " ..." } else { "" };
    Some(format!(
        "All frames end with {}, which also stands inside of {some}{dots}: if those are two frames, write them on two lines.",
        literals(&end)
    ))
}

/// The bytes at the start of the body that are the same in all frames.
fn constant_run(sample: &Sample, body: Range<usize>) -> Option<Range<usize>> {
    let start = body.start;
    let size = body.take_while(|at| sample.constant(*at).is_some()).take(MOST_SHOWN).count();
    (size > 0).then_some(start..start + size)
}

fn constant(sample: &Sample, at: Range<usize>, what: &str) -> String {
    let bytes: Vec<u8> = at.clone().filter_map(|at| sample.constant(at)).collect();
    let place = match at.len() {
        1 => format!("Byte {} is", at.start),
        _ => format!("Bytes {} to {} are", at.start, at.end - 1),
    };
    format!("{place} always {}: {what}.", shown(&bytes))
}
