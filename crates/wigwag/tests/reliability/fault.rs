//! What can be wrong with a wire, and where.

/// What a wire does to an exchange at some byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// The rest comes a little later.
    Delay,
    /// From there on each byte comes by itself.
    Split,
    /// The rest of the message comes in one piece, its end behind it.
    Merge,
    /// The rest comes when the client has given up.
    Hold,
    /// Both sides are told that nothing more comes, and nothing does.
    Cut,
    /// Both sides are reset.
    Reset,
}

impl Fault {
    pub(crate) const ALL: [Self; 6] = [Self::Delay, Self::Split, Self::Merge, Self::Hold, Self::Cut, Self::Reset];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Delay => "delay",
            Self::Split => "split",
            Self::Merge => "merge",
            Self::Hold => "hold",
            Self::Cut => "cut",
            Self::Reset => "reset",
        }
    }

    /// Whether nothing of the exchange comes behind it.
    pub(crate) const fn ends_it(self) -> bool {
        match self {
            Self::Cut | Self::Reset => true,
            Self::Delay | Self::Split | Self::Merge | Self::Hold => false,
        }
    }
}

/// Where it happens: behind so many bytes of a message, which is the last thing that gets through unharmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// As soon as the connection is taken. It may or may not be before the client's first byte.
    AtOnce,
    Greeting(usize),
    Request(usize),
    Answer(usize),
}

/// In the order in which they come.
pub(crate) const PHASES: [&str; 4] = ["connection", "greeting", "request", "answer"];

impl Place {
    pub(crate) const fn phase(self) -> &'static str {
        match self {
            Self::AtOnce => PHASES[0],
            Self::Greeting(_) => PHASES[1],
            Self::Request(_) => PHASES[2],
            Self::Answer(_) => PHASES[3],
        }
    }

    pub(crate) const fn offset(self) -> Option<usize> {
        match self {
            Self::AtOnce => None,
            Self::Greeting(offset) | Self::Request(offset) | Self::Answer(offset) => Some(offset),
        }
    }
}

/// The sizes of what passes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) greeting: usize,
    pub(crate) request: usize,
    pub(crate) answer: usize,
    pub(crate) after_request: AfterRequest,
}

/// What the client does when its command is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AfterRequest {
    HalfCloses,
    StaysOpen,
}

impl Shape {
    /// Every place where a fault makes a difference. Where it is chance what comes of one, it is there more than once.
    pub(crate) fn places(self, fault: Fault) -> Vec<Place> {
        // Behind a whole greeting comes the request; only what ends the connection can be there before it. Where none is
        // due, that can be there as soon as the connection is.
        let by_chance = if self.greeting == 0 { Place::AtOnce } else { Place::Greeting(self.greeting) };
        let times = if fault.ends_it() { CHANCES } else { 0 };
        let of_greeting = (0..self.greeting).map(Place::Greeting).chain(std::iter::repeat_n(by_chance, times));
        let of_request = (0..=self.request).map(Place::Request);
        of_greeting.chain(of_request).chain((0..=self.answer).map(Place::Answer)).collect()
    }
}

/// How often what is left to chance is tried.
const CHANCES: usize = 10;

/// A fault at a place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) fault: Fault,
    pub(crate) place: Place,
    pub(crate) shape: Shape,
}
