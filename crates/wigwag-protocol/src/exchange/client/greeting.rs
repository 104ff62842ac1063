//! What the device says first.

use std::time::Duration;

use super::{Exchange, State};
use crate::Moment;
use crate::exchange::evidence::Phase;
use crate::exchange::{keep_inbox, words};
use crate::layout::{Closing, DecodeError, Fields, Layout, Step};
use crate::outcome::Unreachable;
use crate::protocol::{Cutter, Form};

/// What is waited for before anything is sent.
#[derive(Debug, Default)]
pub(super) struct Greeting {
    /// Cuts the greeting, where it has a form.
    cutter: Option<Box<Cutter>>,
    /// A silence that is as good as a greeting.
    lull: Option<Duration>,
}

impl Greeting {
    /// Any of the greetings of `form`. One that is nothing but `<IDLE t>` is whatever comes until then, mostly nothing:
    /// the one place where silence ends an empty frame.
    fn new(form: &Form) -> Self {
        let spoken = form.cases.iter().filter(|case| lull(&case.layout).is_none()).cloned().collect::<Vec<_>>();
        Self {
            cutter: (!spoken.is_empty()).then(|| Box::new(Cutter::new(Form::of_cases(spoken).into()))),
            lull: form.layouts().find_map(lull),
        }
    }
}

impl Exchange {
    pub(super) fn start_greeting(&mut self, form: &Form, now: Moment) {
        self.state = State::Greeting;
        self.begin_phase(Phase::Greeting, now);
        self.greeting = Greeting::new(form);
    }

    /// The silence that ends the greeting now, if one does.
    pub(super) fn greeting_silence(&self) -> Option<Duration> {
        let of_frame = self.greeting.cutter.as_deref().and_then(Cutter::silence);
        of_frame.or(self.greeting.lull)
    }

    pub(super) fn receive_greeting(&mut self, bytes: &[u8], now: Moment) {
        self.moved = now;
        if self.greeting.cutter.is_none() {
            keep_inbox(&mut self.inbox, bytes);
            return;
        }
        self.inbox.extend(bytes);
        self.read_greeting(Closing::Open, now);
    }

    pub(super) fn greeting_fell_silent(&mut self, now: Moment) {
        let of_frame = self.greeting.cutter.as_deref().and_then(Cutter::silence).is_some();
        if of_frame {
            self.read_greeting(Closing::Silent, now);
        } else {
            self.greeted(self.inbox.len(), Fields::new(), now);
        }
        // A silence is told once: the next one is measured anew.
        self.moved = now;
    }

    fn read_greeting(&mut self, closing: Closing, now: Moment) {
        let Some(cutter) = &mut self.greeting.cutter else { return };
        match cutter.advance(self.inbox.unread(), closing) {
            Ok(Step::NeedMore) => {}
            Ok(Step::Frame(size)) => {
                let wire = self.inbox.unread().get(..size).unwrap_or_default();
                let frame = cutter.frame(wire);
                let body = frame.as_ref().and_then(|frame| frame.bytes("body")).unwrap_or(wire);
                let fields = frame.as_ref().map(crate::layout::Frame::fields).unwrap_or_default();
                match self.protocol.classes.refusal(frame.as_ref(), body) {
                    Some(refusal) => {
                        let error = words::greeted_with(&refusal, wire);
                        self.evidence.refusal = Some(refusal);
                        self.evidence.stale = self.inbox.take_all();
                        self.unreachable(Unreachable::Greeting, error, now);
                    }
                    None => self.greeted(size, fields, now),
                }
            }
            Err(_) if self.greeting.lull.is_some() => self.greeting.cutter = None,
            Err(error) => self.wrong_greeting(&error, now),
        }
    }

    fn greeted(&mut self, size: usize, learned: Fields, now: Moment) {
        self.evidence.timing.greeting = Some(now.since(self.phase_began));
        self.link.learn("greeting", &learned);
        self.greeted = self.greeting.cutter.take();
        self.inbox.drop_front(size);
        self.next_step(now);
    }

    fn wrong_greeting(&mut self, error: &DecodeError, now: Moment) {
        self.evidence.stale = self.inbox.take_all();
        let error = words::wrong_greeting(error, &self.evidence.stale);
        self.unreachable(Unreachable::Greeting, error, now);
    }

    /// Takes the late second half of the greeting's end off the front of what comes next: the `LF` behind a `CR` is not
    /// an empty answer.
    pub(super) fn without_late_end<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        if bytes.is_empty() {
            return bytes;
        }
        let late = self.greeted.take().map_or(0, |cutter| cutter.late_end(bytes));
        bytes.get(late..).unwrap_or_default()
    }
}

fn lull(greeting: &Layout) -> Option<Duration> {
    let (_, idle) = greeting.ends_by_closing();
    idle.filter(|_| greeting.can_start_with(&[]) == Some(false))
}
