//! Bytes to frames: where each ends, which parts it has, and how far those come that do not fit.

use std::sync::Arc;

use wigwag_protocol::bytes::display::escape;
use wigwag_protocol::layout::{
    Closing, DecodeError, DecodeErrorKind, Decoder, EndReason, Frame, Layout, Part, Step, WrittenPart, one_line,
};
use wigwag_protocol::protocol::{Case, Condition, Cutter, Form};

use crate::report;

/// All the bytes are here: what only more of them, a silence or the end of the connection could end is told last.
const CLOSINGS: [Closing; 3] = [Closing::Open, Closing::Silent, Closing::Eof];

/// A whole frame.
pub(super) struct Whole {
    pub(super) size: usize,
    /// Which case of its form it is.
    pub(super) case: usize,
    pub(super) reason: EndReason,
}

/// Bytes that are no whole frame.
#[derive(Debug)]
pub(super) struct Misfit {
    /// The case that they fit best; none where several are still possible.
    pub(super) case: Option<usize>,
    /// The parts that came and fit.
    pub(super) parts: Vec<Part>,
    pub(super) wrong: Wrong,
    /// The size of the frame, where it could be cut in spite of that.
    pub(super) size: Option<usize>,
    /// Why it is none of the other cases, where that is not plain from the one.
    pub(super) others: Vec<(usize, String)>,
}

/// What is wrong, and where.
#[derive(Debug, Clone)]
pub(super) struct Wrong {
    pub(super) part: Option<Arc<str>>,
    /// Bytes from the start of the frame.
    pub(super) offset: usize,
    pub(super) expected: String,
    pub(super) found: String,
    /// Nothing is wrong so far: there is only too little of it.
    pub(super) is_short: bool,
}

impl Wrong {
    pub(super) fn of(error: DecodeError) -> Self {
        let DecodeError { part, offset, expected, found, .. } = error;
        Self { part, offset, expected, found, is_short: false }
    }

    /// The same, counted from where these bytes stand.
    pub(super) fn moved(self, by: usize) -> Self {
        Self { offset: self.offset + by, ..self }
    }

    /// The bytes end before the frame does.
    fn short(layout: &Layout, frame: &Frame<'_>, came: usize) -> Self {
        let awaited = frame.awaited().and_then(|part| layout.written().into_iter().nth(part));
        let rest = |part: &WrittenPart<'_>| one_line(layout.source().get(part.at.start..).unwrap_or_default());
        Self {
            part: awaited.as_ref().and_then(|part| part.name).map(Arc::from),
            offset: came,
            expected: awaited.as_ref().map_or("more".to_owned(), |part| format!("the rest of `{}`", rest(part))),
            found: "the end".to_owned(),
            is_short: true,
        }
    }

    /// Bytes that are something else, without a place where that shows.
    pub(super) fn nothing_like(wished: &str, offset: usize) -> Self {
        let (expected, found) = (format!("`{wished}`"), "something else".to_owned());
        Self { part: None, offset, expected, found, is_short: false }
    }

    /// A condition on its parts does not hold.
    fn refused(when: &Condition, frame: &Frame<'_>) -> Self {
        let said = when.parts().find_map(|(name, _)| Some((name, frame.value(name)?)));
        let named = |part: &Part| said.as_ref().is_some_and(|(name, _)| part.name.as_deref() == Some(name));
        Self {
            part: said.as_ref().map(|(name, _)| Arc::from(*name)),
            offset: frame.parts().iter().find(|part| named(part)).map_or(0, |part| part.wire.start),
            expected: when.to_string(),
            found: said.as_ref().map_or("something else".to_owned(), |(_, said)| report::value(said)),
            is_short: false,
        }
    }
}

/// Bytes that must fit a layout as a whole: a body, or a reply that is a frame.
pub(super) fn whole<T>(layout: &Layout, bytes: &[u8], look: impl FnOnce(&Frame<'_>) -> T) -> Result<T, Wrong> {
    let mut decoder = layout.decoder();
    for closing in CLOSINGS {
        match decoder.advance(bytes, closing).map_err(Wrong::of)? {
            Step::NeedMore => {}
            Step::Frame(size) => {
                let Some(behind) = bytes.get(size) else { return Ok(look(&decoder.frame(bytes))) };
                let (expected, found) = ("the end".to_owned(), escape(&[*behind]).to_string());
                return Err(Wrong { part: None, offset: size, expected, found, is_short: false });
            }
        }
    }
    Err(Wrong::short(layout, &decoder.frame(bytes), bytes.len()))
}

/// Cuts the first frame off, and looks at it.
pub(super) fn first<T>(
    form: &Arc<Form>,
    input: &[u8],
    look: impl FnOnce(&Frame<'_>, &Whole) -> T,
) -> Result<T, Box<Misfit>> {
    let mut cutter = Cutter::new(form.clone());
    for closing in CLOSINGS {
        match cutter.advance(input, closing) {
            Ok(Step::NeedMore | Step::Frame(0)) => {}
            Ok(Step::Frame(size)) => {
                let Some(frame) = cutter.frame(input) else { break };
                let case = present_case(form, &cutter, &frame);
                return Ok(look(&frame, &Whole { size, case, reason: frame.reason() }));
            }
            Err(_) => break,
        }
    }
    let short_case = cutter.frame(input).map(|frame| present_case(form, &cutter, &frame));
    Err(Box::new(misfit(form, input, short_case)))
}

/// Which case the cutter is at: the first with its layout whose condition nothing contradicts.
fn present_case(form: &Form, cutter: &Cutter, frame: &Frame<'_>) -> usize {
    let is_it = |case: &Case| {
        let same = cutter.layout().is_some_and(|layout| layout.source() == case.layout.source());
        same && case.when.as_ref().and_then(|when| when.holds(|part| frame.value(part))) != Some(false)
    };
    form.cases.iter().position(is_it).unwrap_or_default()
}

/// What the bytes are instead, case by case. `present` is the one that a frame on the wire would be taken for so far.
fn misfit(form: &Form, input: &[u8], present: Option<usize>) -> Misfit {
    let tried: Vec<Tried> = form.cases.iter().map(|case| Tried::new(case, input)).collect();
    let indices = || (0..tried.len()).rev();
    let best = present.or_else(|| indices().max_by_key(|index| tried.get(*index).map(Tried::fit)));
    let Some((index, best)) = best.and_then(|index| Some((index, tried.get(index)?))) else {
        return Misfit::of_nothing();
    };
    let may_be = |tried: &Tried| !tried.is_refused && tried.wrong.is_short;
    let is_open = best.wrong.is_short && tried.iter().filter(|tried| may_be(tried)).count() > 1;
    let is_chosen = best.is_meant && !best.is_refused;
    let others = tried.iter().enumerate().filter(|(other, _)| *other != index && !is_open && !is_chosen);
    let others = others.map(|(other, tried)| (other, tried.why.clone())).collect();
    let mut wrong = best.wrong.clone();
    if is_open {
        "the rest of the frame".clone_into(&mut wrong.expected);
    }
    Misfit { case: (!is_open).then_some(index), parts: best.parts.clone(), wrong, size: best.size, others }
}

impl Misfit {
    /// A form without a case, which no protocol has.
    fn of_nothing() -> Self {
        Self { case: None, parts: Vec::new(), wrong: Wrong::nothing_like("a frame", 0), size: None, others: Vec::new() }
    }
}

/// How far the bytes fit one case.
struct Tried {
    parts: Vec<Part>,
    wrong: Wrong,
    size: Option<usize>,
    is_checksum: bool,
    /// Its condition says that they are it.
    is_meant: bool,
    /// Its condition says that they are not it.
    is_refused: bool,
    why: String,
}

impl Tried {
    fn new(case: &Case, input: &[u8]) -> Self {
        let mut decoder = case.layout.decoder();
        let error = advance(&mut decoder, input);
        let frame = decoder.frame(input);
        let holds = case.when.as_ref().and_then(|when| when.holds(|part| frame.value(part)));
        let layout = one_line(case.layout.source());
        if let Some(when) = case.when.as_ref().filter(|_| holds == Some(false)) {
            let wrong = Wrong::refused(when, &frame);
            // What stands behind the part that refuses was read by the wrong layout.
            let parts = frame.parts().into_iter().filter(|part| part.wire.start <= wrong.offset).collect();
            let why = format!("`{layout}` when {when}: it is {}", wrong.found);
            return Self { parts, wrong, size: None, is_checksum: false, is_meant: false, is_refused: true, why };
        }
        let is_checksum = error.as_ref().is_some_and(|error| error.kind == DecodeErrorKind::Checksum);
        let size = error.as_ref().and_then(|error| error.frame);
        let wrong = match error {
            Some(error) => Wrong::of(error),
            None => Wrong::short(&case.layout, &frame, input.len()),
        };
        let Wrong { offset, expected, found, .. } = &wrong;
        let why = format!("`{layout}`: expected {expected}, found {found} at byte {offset}");
        let is_meant = holds == Some(true);
        Self { parts: frame.parts(), wrong, size, is_checksum, is_meant, is_refused: false, why }
    }

    /// How well they fit: a frame that is whole but for its checksum best of all.
    fn fit(&self) -> (bool, bool, usize) {
        (!self.is_refused, self.is_checksum, self.wrong.offset)
    }
}

/// Takes all the bytes; the error, if they are wrong rather than too few.
fn advance(decoder: &mut Decoder, input: &[u8]) -> Option<DecodeError> {
    for closing in CLOSINGS {
        match decoder.advance(input, closing) {
            Ok(Step::NeedMore) => {}
            Ok(Step::Frame(_)) => return None,
            Err(error) => return Some(error),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_on_several_lines_is_told_on_one() {
        assert_eq!(one_line("\n<STX>  a:u8\n\tb:'x  y'  <CR>\n"), "<STX> a:u8 b:'x  y' <CR>");
    }
}
