//! What one check finds.

use std::net::SocketAddr;
use std::time::Duration;

use wigwag_net::{Clock, Connection, DialError, Dialer, Endpoint, Progress, Received, Route};
use wigwag_protocol::Moment;
use wigwag_protocol::outcome::Unreachable;

use super::secured::Secured;

/// The most bytes of a banner that are read.
const BANNER: usize = 4096;

/// Everything that a check finds.
pub(super) struct Found {
    pub(super) device: String,
    pub(super) endpoint: Endpoint,
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) address: Option<SocketAddr>,
    pub(super) failed: Vec<(SocketAddr, String)>,
    pub(super) resolve: Option<Duration>,
    pub(super) connect: Option<Duration>,
    pub(super) tunnelled: bool,
    pub(super) secured: Option<(Duration, Secured)>,
    pub(super) banner: Banner,
    pub(super) failure: Option<DialError>,
}

/// What the device said by itself.
pub(super) enum Banner {
    /// Nothing was asked, since nothing was connected.
    Unknown,
    /// It waits for us.
    None {
        waited: Duration,
    },
    Said {
        bytes: Vec<u8>,
        after: Duration,
    },
    /// It closed or broke the connection before we said anything.
    Dropped {
        said: Vec<u8>,
        after: Duration,
        how: String,
    },
}

impl Found {
    pub(super) fn new(device: &str, endpoint: Endpoint) -> Self {
        Self {
            device: device.to_owned(),
            endpoint,
            addresses: Vec::new(),
            address: None,
            failed: Vec::new(),
            resolve: None,
            connect: None,
            tunnelled: false,
            secured: None,
            banner: Banner::Unknown,
            failure: None,
        }
    }

    /// The device for a person: where it is, and before that its name where it is not at that.
    pub(super) fn called(&self) -> String {
        let endpoint = self.endpoint.to_string();
        match Endpoint::parse(&self.device, Some(self.endpoint.port)) {
            Ok(named) if named == self.endpoint => endpoint,
            Ok(_) | Err(_) => format!("{} ({endpoint})", self.device),
        }
    }

    pub(super) fn is_reachable(&self) -> bool {
        self.reason().is_none()
    }

    pub(super) fn reason(&self) -> Option<Unreachable> {
        match (&self.failure, &self.banner) {
            (Some(error), _) => Some(error.reason),
            (None, Banner::Dropped { .. }) => Some(Unreachable::Dropped),
            (None, Banner::Unknown | Banner::None { .. } | Banner::Said { .. }) => None,
        }
    }

    /// Connects, and hears whether the device speaks first. Its name is looked up, unless its addresses are known.
    pub(super) async fn connect(&mut self, dialer: &Dialer, banner_wait: Duration, clock: Clock) {
        let (endpoint, addresses) = (self.endpoint.clone(), self.addresses.clone());
        let mut steps = Steps { found: self, clock, began: clock.now() };
        let route = Route { endpoint: &endpoint, addresses: &addresses };
        match dialer.dial(route, &mut |step| steps.note(&step)).await {
            Ok(mut connection) => self.listen_for_banner(&mut connection, banner_wait, clock).await,
            Err(error) => self.failure = Some(error),
        }
    }

    /// Reads what the device says by itself, until it has said nothing for as long as the wait.
    async fn listen_for_banner(&mut self, connection: &mut Connection, wait: Duration, clock: Clock) {
        let began = clock.now();
        let mut said = Vec::new();
        let mut first = Duration::ZERO;
        let mut buffer = [0; 1024];
        while said.len() < BANNER {
            let read = tokio::time::timeout(wait, connection.read(&mut buffer)).await;
            let after = clock.now().since(began);
            match read {
                Err(_elapsed) => break,
                Ok(Ok(Received::Bytes(count))) => {
                    if said.is_empty() {
                        first = after;
                    }
                    said.extend_from_slice(buffer.get(..count).unwrap_or_default());
                }
                Ok(Ok(Received::End | Received::Truncated)) => {
                    self.banner = Banner::Dropped { said, after, how: "closed".to_owned() };
                    return;
                }
                Ok(Err(error)) => {
                    let how = format!("lost ({})", wigwag_net::cause::words(&error));
                    self.banner = Banner::Dropped { said, after, how };
                    return;
                }
            }
        }
        self.banner =
            if said.is_empty() { Banner::None { waited: wait } } else { Banner::Said { bytes: said, after: first } };
    }

    /// What went wrong, in one line, without the device's name.
    pub(super) fn error(&self) -> Option<String> {
        match (&self.failure, &self.banner) {
            (Some(error), _) => Some(format!("{}: {error}", error.reason.failure())),
            (None, Banner::Dropped { how, .. }) => {
                Some(format!("connected, but the connection was {how} before anything was sent"))
            }
            (None, Banner::Unknown | Banner::None { .. } | Banner::Said { .. }) => None,
        }
    }

    pub(super) fn hint(&self) -> Option<&str> {
        self.failure.as_ref()?.hint.as_deref()
    }
}

/// Notes the steps of a dial with their times.
struct Steps<'f> {
    found: &'f mut Found,
    clock: Clock,
    began: Moment,
}

impl Steps<'_> {
    fn note(&mut self, step: &Progress<'_>) {
        let now = self.clock.now();
        let lasted = now.since(self.began);
        match step {
            Progress::Resolving { .. } => {}
            Progress::Resolved { addresses } => {
                self.found.addresses = addresses.to_vec();
                self.found.resolve = Some(lasted);
            }
            Progress::Connecting { address } => {
                self.found.address = Some(*address);
                self.began = now;
                return;
            }
            Progress::Failed { address, error } => self.found.failed.push((*address, error.to_string())),
            Progress::Connected { .. } => self.found.connect = Some(lasted),
            Progress::Tunnelled => {
                self.found.tunnelled = true;
                self.found.connect = Some(self.found.connect.unwrap_or_default() + lasted);
            }
            Progress::Secured { facts } => self.found.secured = Some((lasted, Secured::new(facts))),
        }
        self.began = now;
    }
}
