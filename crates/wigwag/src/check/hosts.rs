//! Who is meant, and how each is connected to.

use std::collections::HashMap;
use std::iter;
use std::sync::Arc;
use std::time::Duration;

use wigwag_fleet::inventory::{Host, Inventory, Selection, Settings};
use wigwag_net::{Dialer, Endpoint};
use wigwag_protocol::protocol::Times;

use crate::cli::{CheckArgs, ConnectArgs};
use crate::inventory::which;
use crate::problem::Problem;
use crate::profile::Connect;
use crate::protocols;

/// The port that is checked where nothing says another.
const PORT: u16 = 9100;

/// The hosts that are meant. Cheap to go through again.
pub(super) enum Hosts {
    /// One that was typed, and of which nothing else is known.
    Typed(Box<Host>),
    Selected(Selection),
}

/// A host that can be checked.
pub(super) struct Target {
    pub(super) name: String,
    pub(super) endpoint: Endpoint,
    pub(super) dialer: Arc<Dialer>,
    /// The longest that connecting may take.
    pub(super) timeout: Duration,
}

impl Hosts {
    pub(super) fn of(arguments: &CheckArgs) -> Result<Self, Problem> {
        let typed = arguments.targets.as_deref();
        match typed.filter(|text| !arguments.hosts.is_given() && Endpoint::parse(text, Some(PORT)).is_ok()) {
            Some(name) => Ok(Self::Typed(Box::new(Inventory::default().host(name)))),
            None => which::hosts(typed, &arguments.hosts).map(Self::Selected),
        }
    }

    pub(super) fn iter(&self) -> Box<dyn Iterator<Item = Host>> {
        match self {
            Self::Typed(host) => Box::new(iter::once(Host::clone(host))),
            Self::Selected(selection) => Box::new(selection.hosts()),
        }
    }

    /// What is wrong with a host: of several it is said with which.
    pub(super) fn problem_of(&self, host: &Host, problem: Problem) -> Problem {
        match self {
            Self::Typed(_) => problem,
            Self::Selected(_) => problem.of(host.name()),
        }
    }
}

/// How hosts are connected to: as an inventory says, and over that as was typed. Files are read once.
pub(super) struct Ways {
    typed: ConnectArgs,
    /// By the pointer of the settings, which are kept alive here.
    by_settings: HashMap<usize, (Arc<Settings>, Way)>,
}

#[derive(Clone)]
struct Way {
    dialer: Arc<Dialer>,
    timeout: Duration,
    port: u16,
}

impl Ways {
    pub(super) fn new(typed: ConnectArgs) -> Self {
        Self { typed, by_settings: HashMap::new() }
    }

    /// Where a host is and how it is connected to.
    pub(super) fn target(&mut self, host: &Host) -> Result<Target, Problem> {
        let Way { dialer, timeout, port } = self.way(host.settings())?;
        let endpoint = host.endpoint(Some(port)).map_err(|error| Problem::usage(error.to_string()))?;
        Ok(Target { name: host.name().to_owned(), endpoint, dialer, timeout })
    }

    fn way(&mut self, settings: &Arc<Settings>) -> Result<Way, Problem> {
        let pointer = Arc::as_ptr(settings) as usize;
        if let Some((_, way)) = self.by_settings.get(&pointer) {
            return Ok(way.clone());
        }
        let way = self.made(settings)?;
        self.by_settings.insert(pointer, (settings.clone(), way.clone()));
        Ok(way)
    }

    /// The way of hosts with these settings. Their protocol is asked for its port and its patience, not spoken.
    fn made(&self, settings: &Settings) -> Result<Way, Problem> {
        let protocol = settings.protocol.as_deref().map(protocols::read).transpose()?;
        let port = protocol.as_ref().and_then(|protocol| protocol.port).unwrap_or(PORT);
        let declared = protocol.map_or_else(Times::default, |protocol| protocol.times).connect;
        let timeout = self.typed.connect_timeout.or(settings.connect_timeout).unwrap_or(declared);
        let dialer = self.typed.connect(Connect::of(settings)?).dialer()?;
        Ok(Way { dialer: Arc::new(Dialer { timeout: Some(timeout), ..dialer }), timeout, port })
    }
}
