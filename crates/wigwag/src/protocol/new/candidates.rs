//! Layouts out of what was found, each proven on every captured frame, the best first.

use std::ops::Range;

use wigwag_protocol::layout::Codec;

use super::certainty::Sureness;
use super::checksums::SumFit;
use super::drafts::{Draft, drafts};
use super::findings::Findings;
use super::proof::{Fidelity, Proof};
use super::reasons::Reason;
use super::sample::Sample;
use super::shape::End;

/// More choices than these help nobody to choose.
const MOST_CANDIDATES: usize = 4;
/// Each proof reads and writes all frames; what comes later is less likely than what has failed.
const MOST_PROOFS: usize = 64;
/// Proven ones beyond those shown, which may still tell that a choice is not the only one.
const MOST_PROVEN: usize = 12;

/// A layout that all captured frames fit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) layout: String,
    pub(crate) codec: Option<Codec>,
    /// As sure as the least sure of the reasons; less sure than the best where it is another one.
    pub(crate) sureness: Sureness,
    pub(crate) reasons: Vec<Reason>,
    /// How many bytes stand before the body, and how many behind it.
    pub(super) around_body: (usize, usize),
    /// Where it says that the same bytes always stand, though they may only have been the same in these frames.
    pub(super) constants: Vec<Range<usize>>,
    pub(super) has_checksum: bool,
}

/// The layouts, best first; there is at least one, since a pause ends anything.
pub(super) fn candidates(sample: &Sample, findings: &Findings) -> Vec<Candidate> {
    let mut proven: Vec<(Draft<'_>, Proof)> = Vec::new();
    for draft in drafts(sample, findings).into_iter().take(MOST_PROOFS) {
        let Some(proof) = Proof::of(&draft.written.layout, sample) else { continue };
        if proven.iter().any(|(_, known)| known.means_the_same_as(&proof, sample)) {
            continue;
        }
        proven.push((draft, proof));
        if proven.len() >= MOST_PROVEN {
            break;
        }
    }
    if proven.is_empty() {
        let last = Draft::last_resort(sample, findings);
        let proof = last.as_ref().and_then(|draft| Proof::of(&draft.written.layout, sample));
        proven.extend(last.zip(proof));
    }
    let others: Vec<Option<&SumFit>> = proven.iter().map(|(draft, _)| draft.shape.sum).collect();
    let mut all: Vec<(End, Candidate)> = Vec::new();
    for (draft, proof) in &proven {
        all.push((draft.shape.end, draft.candidate(findings, &others, proof.fidelity)));
    }
    // A pause and an equal size end anything: they are proposed only where nothing better does.
    let is_found = |end: End| matches!(end, End::Length | End::Terminator | End::Codec);
    let ends = all.iter().any(|(end, candidate)| is_found(*end) && candidate.sureness > Sureness::Possible);
    all.retain(|(end, _)| is_found(*end) || !ends);
    let mut candidates: Vec<Candidate> =
        all.into_iter().map(|(_, candidate)| candidate).take(MOST_CANDIDATES).collect();
    if let [best, others @ ..] = candidates.as_mut_slice() {
        for other in others {
            other.sureness = other.sureness.min(best.sureness.lowered());
        }
    }
    candidates
}

impl Draft<'_> {
    fn candidate(&self, findings: &Findings, others: &[Option<&SumFit>], fidelity: Fidelity) -> Candidate {
        let mut reasons = self.reasons(findings, others);
        let sureness = reasons.iter().map(|reason| reason.sureness).min();
        // What is stuffed needs nothing more, and the stuffing has its own reason.
        let sureness = sureness.unwrap_or(match self.shape.end {
            End::Codec => Sureness::Certain,
            End::Length | End::Terminator | End::Size | End::Silence => Sureness::Possible,
        });
        reasons.extend(fidelity.reason());
        Candidate {
            layout: self.written.layout.clone(),
            constants: self.written.constants.clone(),
            codec: self.shape.sample.codec(),
            sureness,
            reasons,
            around_body: (self.shape.front(), self.shape.back()),
            has_checksum: self.shape.sum.is_some(),
        }
    }
}
