//! `wigwag protocol new`: a commented start of a protocol file; from captured frames, with framing proposed for them.
//!
//! | file | what it decides |
//! |---|---|
//! | `capture` | which bytes were captured, and who sent them |
//! | `sample` | the frames of one direction, ready to be compared |
//! | `constants` | what every frame starts and ends with |
//! | `lengths`, `numbers` | which numbers grow with the frame |
//! | `checksums` | which checksum stands where, by trying them all |
//! | `codecs` | whether the bytes are stuffed |
//! | `findings` | all of that together |
//! | `shape`, `literal` | how it is written as a layout |
//! | `drafts` | which layouts there are, and which explains most |
//! | `proof` | whether a layout really fits |
//! | `candidates` | which are proposed |
//! | `reasons`, `certainty` | why, and how sure that is |
//! | `unknown` | what the frames do not tell |
//! | `write` | the protocol file |
//! | `command` | what is read and what is written |
//!
//! Everything is bounded: the text by `capture`, the search by `checksums::MOST_WORK` bytes, the proofs by their number.
//! The largest capture takes seconds, a usual one milliseconds.

mod candidates;
mod capture;
mod certainty;
mod checksums;
mod codecs;
mod command;
mod constants;
mod drafts;
mod findings;
mod lengths;
mod literal;
mod numbers;
mod proof;
mod reasons;
mod sample;
mod shape;
mod unknown;
mod write;

pub(crate) use candidates::Candidate;
pub(crate) use capture::{CaptureError, Captured, Direction, MOST_TEXT};
pub(crate) use certainty::Sureness;
pub(super) use command::start;
pub(crate) use reasons::Reason;
pub(crate) use write::{file, template};

use candidates::candidates;
use findings::Findings;
use sample::Sample;

/// How frames of one direction may be laid out.
#[derive(Debug)]
pub(crate) struct Proposal {
    pub(crate) direction: Direction,
    /// The captured frames, as they came.
    pub(crate) frames: Vec<Captured>,
    /// The best first; never empty.
    pub(crate) candidates: Vec<Candidate>,
    /// What these frames do not tell, one sentence each.
    pub(crate) unknown: Vec<String>,
}

/// Reads captured frames and proposes layouts, for each direction that occurs.
///
/// # Errors
///
/// The text is no list of frames.
pub(crate) fn propose(text: &str) -> Result<Vec<Proposal>, CaptureError> {
    let frames = capture::read(text)?;
    let (requests, others): (Vec<Captured>, Vec<Captured>) =
        frames.iter().cloned().partition(|frame| frame.direction == Direction::Request);
    let sides = [requests, others].into_iter().filter(|frames| !frames.is_empty());
    let proposals = sides.filter_map(|own| Some((own.first()?.direction, analysis(&own), own)));
    let mut proposals: Vec<Proposal> = proposals
        .map(|(direction, Analysis { candidates, unknown }, frames)| Proposal {
            direction,
            frames,
            candidates,
            unknown,
        })
        .collect();
    if proposals.len() > 1 {
        // What two directions share is told by more frames than each of them has.
        let shared = analysis(&frames);
        proposals.iter_mut().for_each(|own| own.take_over(&shared));
    }
    Ok(proposals)
}

impl Proposal {
    /// Takes what both directions together tell, where that is no less sure and explains no less.
    fn take_over(&mut self, shared: &Analysis) {
        let (Some(own), Some(both)) = (self.candidates.first(), shared.candidates.first()) else { return };
        // A mark that one side alone has is lost among both; one that is only possible is no loss.
        let (front, back) = if own.sureness > Sureness::Possible { own.around_body } else { (0, 0) };
        let explains_no_less =
            both.around_body.0 >= front && both.around_body.1 >= back && (both.has_checksum || !own.has_checksum);
        if explains_no_less && both.sureness >= own.sureness.max(Sureness::Likely) {
            self.candidates.clone_from(&shared.candidates);
            self.unknown.clone_from(&shared.unknown);
        }
    }
}

/// What some frames tell, and what they do not.
struct Analysis {
    candidates: Vec<Candidate>,
    unknown: Vec<String>,
}

fn analysis(frames: &[Captured]) -> Analysis {
    let sample = Sample::new(frames.iter().map(|frame| frame.bytes.as_slice()));
    let mut all = plain_analysis(&sample);
    for stuffed in codecs::stuffed(&sample) {
        let sureness = stuffed.chance.sureness();
        let mut inside = plain_analysis(&stuffed.sample);
        for candidate in &mut inside.candidates {
            candidate.reasons.insert(0, Reason { sureness, text: stuffed.reason.clone() });
            candidate.sureness = candidate.sureness.min(sureness);
        }
        if sureness == Sureness::Possible {
            all.candidates.extend(inside.candidates.into_iter().take(1));
            continue;
        }
        // The stuffing explains what else looks like a terminator.
        for mut candidate in all.candidates.into_iter().take(1) {
            candidate.sureness = Sureness::Possible;
            let text = "the stuffing would have to be an accident".to_owned();
            candidate.reasons.insert(0, Reason { sureness: Sureness::Possible, text });
            inside.candidates.push(candidate);
        }
        all = inside;
    }
    all
}

fn plain_analysis(sample: &Sample) -> Analysis {
    let findings = Findings::of(sample);
    let candidates = candidates(sample, &findings);
    let unknown = unknown::unknown(sample, &findings, candidates.first());
    Analysis { candidates, unknown }
}

#[cfg(test)]
mod tests;
