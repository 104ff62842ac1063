//! What frames of one direction look like, and how they are cut out of a stream.

use std::sync::Arc;
use std::time::Duration;

use super::Condition;
use crate::layout::{
    Closing, Context, DecodeError, DecodeErrorKind, Decoder, EncodeError, Encoded, Frame, Layout, Step, Values,
    one_line,
};

/// The frames of one direction.
#[derive(Debug, Clone)]
pub struct Form {
    /// The layouts that a frame may have, in the order in which they are tried; mostly one.
    pub cases: Vec<Case>,
    /// These bytes are dropped where a frame would start.
    pub skip: Vec<u8>,
    /// White space is taken off both ends of a body before anything else sees it.
    pub trim: bool,
    /// The request's bytes may come first; they are taken off.
    pub echo: bool,
    /// Parts that must equal the request's.
    pub matches: Vec<Arc<str>>,
    /// A frame that does not fit the command's reply is one that nobody asked for.
    pub unsolicited: bool,
}

/// One of the layouts that a frame may have.
#[derive(Debug, Clone)]
pub struct Case {
    /// The layout.
    pub layout: Layout,
    /// When it is this one, where its literals do not tell.
    pub when: Option<Condition>,
}

impl Form {
    /// Frames of one layout, with nothing special about them.
    pub fn of(layout: Layout) -> Self {
        Self::of_cases(vec![Case { layout, when: None }])
    }

    /// Frames of several layouts, with nothing special about them.
    pub fn of_cases(cases: Vec<Case>) -> Self {
        Self { cases, skip: Vec::new(), trim: false, echo: false, matches: Vec::new(), unsolicited: false }
    }

    /// The layouts.
    pub fn layouts(&self) -> impl Iterator<Item = &Layout> {
        self.cases.iter().map(|case| &case.layout)
    }

    /// The layouts as they were written, each on one line, for messages.
    pub fn source(&self) -> String {
        self.layouts().map(|layout| one_line(layout.source())).collect::<Vec<_>>().join("` or `")
    }

    /// The names of the parts whose values have to be given in one case or another, each once.
    pub fn wanted(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for name in self.layouts().flat_map(Layout::wanted) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The names of the parts that a frame takes over from the request which it answers, unless it is told otherwise. A
    /// name may come more than once.
    pub(crate) fn repeated(&self) -> impl Iterator<Item = &str> {
        let matches = self.matches.iter().map(|part| &**part);
        self.layouts().flat_map(Layout::wanted).chain(matches).filter(|part| *part != "body")
    }

    /// Whether this part is one of the [`repeated`](Self::repeated).
    pub(crate) fn repeats(&self, part: &str) -> bool {
        let is_matched = || self.matches.iter().any(|matched| **matched == *part);
        part != "body" && (is_matched() || self.layouts().any(|layout| layout.wants(part)))
    }

    /// Whether every frame ends by itself.
    pub fn ends_by_itself(&self) -> bool {
        self.layouts().all(Layout::ends_by_itself)
    }

    /// Whether a frame could start with these bytes. `None`: the layouts tell nothing.
    pub fn can_start_with(&self, bytes: &[u8]) -> Option<bool> {
        let mut answers = self.layouts().map(|layout| layout.can_start_with(bytes));
        answers.try_fold(false, |any, answer| answer.map(|can| any || can))
    }

    /// Writes a frame: of the first case whose condition holds and whose layout takes the values.
    ///
    /// # Errors
    ///
    /// None does; the error is the first one's.
    pub fn encode(&self, values: &dyn Values, context: &Context) -> Result<Encoded, EncodeError> {
        let mut first_error = None;
        for case in &self.cases {
            let applies =
                case.when.as_ref().is_none_or(|when| when.holds(|part| values.get(part).cloned()) != Some(false));
            if !applies {
                continue;
            }
            match case.layout.encode(values, context) {
                Ok(encoded) => return Ok(encoded),
                Err(error) => {
                    first_error.get_or_insert(error);
                }
            }
        }
        let none = || EncodeError::Ambiguous { problem: "no case of the layout is meant for them".to_owned() };
        Err(first_error.unwrap_or_else(none))
    }

    /// White space off a body's ends, where the protocol asks for it.
    pub fn trimmed<'b>(&self, body: &'b [u8]) -> &'b [u8] {
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
        if !self.trim {
            return body;
        }
        let start = body.iter().position(|byte| !is_space(byte)).unwrap_or(body.len());
        let end = body.iter().rposition(|byte| !is_space(byte)).map_or(start, |last| last + 1);
        body.get(start..end).unwrap_or_default()
    }

    /// How many bytes at the start of what came are dropped before a frame starts.
    pub fn padding(&self, input: &[u8]) -> usize {
        input.iter().take_while(|byte| self.skip.contains(byte)).count()
    }
}

/// Cuts one frame after the other, of whichever case they are.
///
/// To be used as a [`Decoder`] is.
#[derive(Debug)]
pub struct Cutter {
    form: Arc<Form>,
    /// The first case that the bytes do not contradict.
    case: usize,
    decoder: Option<Decoder>,
    /// Of the cases that they contradict, what the best one found wrong.
    error: Option<Box<DecodeError>>,
}

impl Cutter {
    /// Cuts frames of this form.
    pub fn new(form: Arc<Form>) -> Self {
        let decoder = form.cases.first().map(|case| case.layout.decoder());
        Self { form, case: 0, decoder, error: None }
    }

    /// What frames look like.
    pub fn form(&self) -> &Arc<Form> {
        &self.form
    }

    /// The layout of the frame, as far as is known.
    pub fn layout(&self) -> Option<&Layout> {
        self.form.cases.get(self.case).map(|case| &case.layout)
    }

    /// Takes what has come since the frame began: all the bytes of the call before, and perhaps more.
    ///
    /// # Errors
    ///
    /// The bytes contradict every case, however they go on.
    pub fn advance(&mut self, input: &[u8], closing: Closing) -> Result<Step, DecodeError> {
        loop {
            let Some(decoder) = &mut self.decoder else { return self.contradicted() };
            let step = decoder.advance(input, closing);
            let when = self.form.cases.get(self.case).and_then(|case| case.when.as_ref());
            let holds = when.map_or(Some(true), |when| when.holds(|part| decoder.known(input, part)));
            match (holds, step) {
                (None, Ok(Step::Frame(_))) | (Some(false), Ok(_)) => self.next_case(None),
                (Some(true) | None, Ok(step)) => return Ok(step),
                (_, Err(error)) if self.form.cases.len() == 1 => return Err(error),
                // What is wrong with a frame of another kind says nothing. With fewer bytes it would not be known.
                (Some(false), Err(_)) => self.next_case(None),
                (Some(true) | None, Err(error)) => self.next_case(Some(error)),
            }
        }
    }

    fn next_case(&mut self, error: Option<DecodeError>) {
        if let Some(error) = error
            && self.error.as_ref().is_none_or(|best| fit(best) < fit(&error))
        {
            self.error = Some(Box::new(error));
        }
        self.case += 1;
        self.decoder = self.form.cases.get(self.case).map(|case| case.layout.decoder());
    }

    fn contradicted(&self) -> Result<Step, DecodeError> {
        Err(self.error.as_deref().cloned().unwrap_or_else(|| DecodeError {
            kind: DecodeErrorKind::Framing,
            part: None,
            offset: 0,
            expected: format!("`{}`", self.form.source()),
            found: "a frame that is none of them".to_owned(),
            frame: None,
        }))
    }

    /// How long a silence would end the frame now, if any.
    pub fn silence(&self) -> Option<Duration> {
        self.decoder.as_ref().and_then(Decoder::silence)
    }

    /// How many bytes at the start of what came after a frame still belong to the end of that frame.
    pub fn late_end(&self, input: &[u8]) -> usize {
        self.decoder.as_ref().map_or(0, |decoder| decoder.late_end(input))
    }

    /// The frame that [`advance`](Self::advance) just told of; `input` are the same bytes.
    pub fn frame<'a>(&'a self, input: &'a [u8]) -> Option<Frame<'a>> {
        self.decoder.as_ref().map(|decoder| decoder.frame(input))
    }

    /// Makes ready for the next frame.
    pub fn reset(&mut self) {
        self.error = None;
        match &mut self.decoder {
            Some(decoder) if self.case == 0 => decoder.reset(),
            _ => *self = Self::new(self.form.clone()),
        }
    }
}

/// How well the bytes fitted before they did not: a frame that is whole but for its checksum best of all.
fn fit(error: &DecodeError) -> (bool, usize) {
    (error.kind == DecodeErrorKind::Checksum, error.offset)
}
