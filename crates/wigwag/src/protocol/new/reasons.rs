//! Why a layout is proposed, and how sure each of its parts is.

use std::fmt;

use super::certainty::{Chance, Sureness};
use super::checksums::SumFit;
use super::codecs::count;
use super::constants;
use super::drafts::{Draft, MUCH_LESS_LIKELY_BITS, length_chance};
use super::findings::Findings;
use super::lengths::LengthFit;
use super::literal::literals;
use super::sample::Sample;
use super::shape::End;

/// One thing that was found, and how sure it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reason {
    pub(crate) sureness: Sureness,
    pub(crate) text: String,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.sureness, self.text)
    }
}

impl Draft<'_> {
    /// What speaks for this layout; `others` are the checksums of all layouts that fit.
    pub(super) fn reasons(&self, findings: &Findings, others: &[Option<&SumFit>]) -> Vec<Reason> {
        let mut reasons = Vec::new();
        reasons.extend(self.shape.length.map(|length| self.length_reason(length, findings)));
        reasons.extend(self.shape.sum.map(|sum| sum_reason(sum, others)));
        reasons.extend(self.terminator_reason(findings));
        reasons.extend(self.end_reason());
        reasons.extend(self.start_reason(findings));
        reasons
    }

    fn length_reason(&self, length: &LengthFit, findings: &Findings) -> Reason {
        let sample = self.shape.sample;
        let chance = length_chance(sample, length, self.written.is_exact());
        let mut sureness = chance.sureness();
        let mut text = format!(
            "the length is {} at byte {}: {}, of {}, fit; a wrong guess would fit {chance}",
            length.kind.word,
            length.at,
            all_frames(sample),
            count(sample.sizes(), "size"),
        );
        let overlaps = |other: &&LengthFit| *other != length && other.at < length.end() && other.end() > length.at;
        let others = findings.lengths.iter().filter(overlaps);
        let others: Vec<String> = others.map(|other| format!("{} at byte {}", other.kind.word, other.at)).collect();
        if !others.is_empty() {
            sureness = sureness.lowered();
            text += &format!("; {} would do as well", others.join(", "));
        }
        Reason { sureness, text }
    }

    fn terminator_reason(&self, findings: &Findings) -> Option<Reason> {
        let end = findings.terminator(self.shape.terminator)?;
        let sample = self.shape.sample;
        let shown =
            |size: usize| literals(&(0..size).rev().filter_map(|at| sample.constant_from_end(at)).collect::<Vec<u8>>());
        let elsewhere = if end.only_there { ", and nowhere else" } else { "" };
        let frames = all_frames(sample);
        let mut text = format!("{} ends {frames}{elsewhere}; a wrong guess would fit {}", shown(end.size), end.chance);
        let mut sureness = end.chance.sureness();
        let may_be_size = self.shape.end == End::Terminator && sample.sizes() == 1 && !sample.is_text();
        if end.is_printable {
            sureness = Sureness::Possible;
        } else if may_be_size || end.is_number {
            sureness = sureness.lowered();
        }
        let likeliest = findings.terminators.first().map_or(0, |end| end.size);
        let rivals = findings.terminators.iter().map(|other| other.size);
        let rivals = rivals.filter(|size| *size >= likeliest && *size != end.size).map(shown).collect::<Vec<_>>();
        if !rivals.is_empty() {
            sureness = sureness.lowered();
            text += &format!("; {} would do as well", rivals.join(", "));
        }
        Some(Reason { sureness, text })
    }

    fn end_reason(&self) -> Option<Reason> {
        let sample = self.shape.sample;
        let text = match self.shape.end {
            End::Length | End::Codec => return None,
            End::Terminator if self.shape.terminator > 0 => return None,
            End::Terminator => {
                let chance = Chance::of_accident(8.0 * (sample.len() as f64 - 1.0), sample.len(), 2);
                let text = "the body ends at the mark before the checksum, which all frames have".to_owned();
                return Some(Reason { sureness: chance.sureness(), text });
            }
            End::Size => format!("all frames have {}, and nothing else ends them", count(sample.shortest(), "byte")),
            End::Silence => "neither a length nor a terminator ends the frames: only a pause is left".to_owned(),
        };
        Some(Reason { sureness: Sureness::Possible, text })
    }

    /// Unprintable bytes that all frames start with may all be the mark, or some of them may be content.
    fn start_reason(&self, findings: &Findings) -> Option<Reason> {
        let sample = self.shape.sample;
        let common = constants::common_start(sample);
        let is_in_body = matches!(self.shape.end, End::Terminator | End::Codec) && common > findings.start;
        if !is_in_body || sample.len() < 2 {
            return None;
        }
        let bytes: Vec<u8> = (0..common).filter_map(|at| sample.constant(at)).collect();
        let text = format!("all frames start with {}: a mark, or an address or a command", literals(&bytes));
        Some(Reason { sureness: Sureness::Likely, text })
    }
}

/// `all 4 different frames`.
fn all_frames(sample: &Sample) -> String {
    match sample.len() {
        1 => "the only frame".to_owned(),
        number => format!("all {number} different frames"),
    }
}

fn sum_reason(sum: &SumFit, others: &[Option<&SumFit>]) -> Reason {
    let mut sureness = sum.chance.sureness();
    let mut text = format!(
        "the checksum is {} from byte {} on: it fits {}; one of {} guesses would fit {}",
        sum.name,
        sum.start,
        count(sum.spans, "different span"),
        sum.tried,
        sum.chance,
    );
    let rivals = others.iter().flatten().filter(|other| other.differs_from(sum));
    let rivals = rivals.filter(|other| other.chance.bits() > sum.chance.bits() - MUCH_LESS_LIKELY_BITS);
    let mut names: Vec<String> = rivals.map(|other| format!("{} from byte {}", other.name, other.start)).collect();
    names.sort();
    names.dedup();
    if !names.is_empty() {
        sureness = sureness.lowered();
        text += &format!("; {} fits too", names.join(", "));
    }
    Reason { sureness, text }
}
