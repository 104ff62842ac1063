//! Plays the side that answers, in memory and with a clock moved by hand.

use std::sync::Arc;
use std::time::Duration;

use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{Answer, Opening, Request, Session, SessionLimits, Transmit};
use wigwag_protocol::protocol::{AfterSend, Protocol};

use super::scene::Scene;

/// Longer than any silence that ends a request.
pub(super) const LIMITS: SessionLimits = SessionLimits { idle: Duration::from_secs(2 * 60 * 60) };

/// A device that has let its client in.
#[derive(Debug)]
pub(super) struct Device {
    session: Session,
    now: Moment,
}

/// What a device heard.
#[derive(Debug)]
pub(super) struct Requests {
    pub(super) all: Vec<Request>,
    /// The bytes alone were enough to know them.
    pub(super) by_themselves: bool,
}

impl Device {
    /// A device that has greeted, and heard `before`: the client's part of a login.
    pub(super) fn open(scene: &Scene<'_>, before: &[u8]) -> Self {
        let mut device = Self::plain(scene.protocol.clone(), &scene.opening);
        if !before.is_empty() {
            device.takes(before);
        }
        device
    }

    /// A device whose client need not say anything before its command.
    pub(super) fn going_on(scene: &Scene<'_>) -> Self {
        let mut protocol = (*scene.protocol).clone();
        protocol.session.login.clear();
        Self::plain(Arc::new(protocol), &Opening::default())
    }

    /// A device that has greeted.
    pub(super) fn plain(protocol: Arc<Protocol>, opening: &Opening) -> Self {
        let now = Moment::ORIGIN;
        let mut device = Self { session: Session::new(protocol, LIMITS, opening, now), now };
        device.polls();
        device
    }

    /// Receives these pieces one after the other; then the client closes its side, if the protocol says so, or is silent.
    pub(super) fn hears<'b>(mut self, pieces: impl IntoIterator<Item = &'b [u8]>, after_send: AfterSend) -> Requests {
        let mut all: Vec<Request> = pieces.into_iter().flat_map(|piece| self.takes(piece)).collect();
        let by_themselves = !all.is_empty();
        if by_themselves {
            return Requests { all, by_themselves };
        }
        match after_send {
            AfterSend::Fin => self.session.handle_eof(self.now),
            AfterSend::Open => {
                self.now = self.session.deadline();
                all.extend(self.session.handle_deadline(self.now));
            }
        }
        all.extend(self.polls());
        Requests { all, by_themselves }
    }

    fn takes(&mut self, bytes: &[u8]) -> Vec<Request> {
        self.session.receive(bytes, self.now);
        self.polls()
    }

    /// The requests that have come; none is answered.
    fn polls(&mut self) -> Vec<Request> {
        let mut requests = Vec::new();
        loop {
            while let Some(Transmit::Bytes(bytes)) = self.session.poll_transmit() {
                let count = bytes.len();
                self.session.handle_written(count, self.now);
            }
            let Some(request) = self.session.poll_request(self.now) else { return requests };
            // Silence can always be kept.
            let _ = self.session.answer(&request, &Answer::Silence);
            requests.push(request);
        }
    }
}
