//! `wigwag check`: can a device be reached, and how long does each phase take?

use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value as Json, json};
use wigwag_net::{Clock, Connection, DialError, Endpoint, Progress, Received, TlsFacts};
use wigwag_protocol::Moment;
use wigwag_protocol::bytes::display::{escape, escape_str};
use wigwag_protocol::bytes::hex;
use wigwag_protocol::outcome::Unreachable;
use wigwag_protocol::protocol::Times;
use wigwag_protocol::units::show_duration;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use crate::cli::{self, CheckArgs, CheckOutput};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::report;
use crate::send::{Interrupts, runtime};

/// The port that is checked unless another is said.
const PORT: u16 = 9100;

/// The most bytes of a banner that are read.
const BANNER: usize = 4096;

pub(crate) fn run(arguments: CheckArgs) -> Result<Exit, Problem> {
    let endpoint = cli::endpoint(&arguments.target, Some(PORT))?;
    let dialer = arguments.connect.dialer(Times::default().connect)?;
    let runtime = runtime()?;
    let found = runtime.block_on(async {
        let mut interrupts = Interrupts::new()?;
        let clock = Clock::start();
        let mut found = Found::new(&arguments.target, endpoint.clone());
        let looked = async {
            let mut progress = Steps { found: &mut found, clock, began: clock.now() };
            let dialled = dialer.dial(&endpoint, &mut |step| progress.note(&step)).await;
            match dialled {
                Ok(mut connection) => found.listen_for_banner(&mut connection, arguments.banner_wait, clock).await,
                Err(error) => found.failure = Some(error),
            }
        };
        let cut = tokio::select! {
            () = looked => false,
            () = interrupts.next() => true,
        };
        Ok((!cut).then_some(found))
    });
    runtime.shutdown_background();
    let Some(found) = found? else { return Ok(Exit::Interrupted) };
    let mut stdout = io::stdout().lock();
    let printed = match arguments.output {
        CheckOutput::Text => found.print(&mut stdout),
        CheckOutput::Json => writeln!(stdout, "{}", report::safe_json(&found.json().to_string())),
    };
    printed.and_then(|()| stdout.flush()).or_else(report::unless_closed)?;
    if arguments.output == CheckOutput::Text {
        let _ = found.complain(&mut io::stderr());
    }
    Ok(if found.is_reachable() { Exit::Ok } else { Exit::Unreachable })
}

/// Everything that a check finds.
struct Found {
    device: String,
    endpoint: Endpoint,
    addresses: Vec<SocketAddr>,
    address: Option<SocketAddr>,
    failed: Vec<(SocketAddr, String)>,
    resolve: Option<Duration>,
    connect: Option<Duration>,
    tunnelled: bool,
    secured: Option<(Duration, Secured)>,
    banner: Banner,
    failure: Option<DialError>,
}

/// What the device said by itself.
enum Banner {
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

/// What TLS agreed on, kept beyond the connection.
struct Secured {
    version: &'static str,
    cipher_suite: &'static str,
    certificate: Option<Certificate>,
}

struct Certificate {
    subject: String,
    issuer: String,
    names: Vec<String>,
    from: String,
    until: String,
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

impl Found {
    fn new(device: &str, endpoint: Endpoint) -> Self {
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

    fn is_reachable(&self) -> bool {
        self.reason().is_none()
    }

    fn reason(&self) -> Option<Unreachable> {
        match (&self.failure, &self.banner) {
            (Some(error), _) => Some(error.reason),
            (None, Banner::Dropped { .. }) => Some(Unreachable::Dropped),
            (None, Banner::Unknown | Banner::None { .. } | Banner::Said { .. }) => None,
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

    fn print(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{}", escape_str(&self.endpoint.to_string()))?;
        let mut line = |phase: &str, time: Option<Duration>, text: &str| {
            let time = time.map(report::milliseconds).unwrap_or_default();
            writeln!(out, "  {}", format!("{phase:<8} {time:>10}   {text}").trim_end())
        };
        if let Some(resolve) = self.resolve {
            let addresses: Vec<String> = self.addresses.iter().map(|address| address.ip().to_string()).collect();
            line("resolve", Some(resolve), &addresses.join(", "))?;
        }
        for (address, error) in &self.failed {
            line("connect", None, &format!("{address}: {}", escape_str(error)))?;
        }
        if let (Some(connect), Some(address)) = (self.connect, self.address) {
            let through = if self.tunnelled { "through the proxy at " } else { "" };
            line("connect", Some(connect), &format!("{through}{address}"))?;
        }
        if let Some((tls, secured)) = &self.secured {
            line("tls", Some(*tls), &format!("{}, {}", secured.version, secured.cipher_suite))?;
            if let Some(certificate) = &secured.certificate {
                for text in certificate.lines() {
                    line("", None, &escape_str(&text).to_string())?;
                }
            }
        }
        match &self.banner {
            Banner::Unknown => Ok(()),
            Banner::None { waited } => line("banner", None, &format!("none within {}", show_duration(*waited))),
            Banner::Said { bytes, after } => line("banner", Some(*after), &escape(bytes).truncated(200).to_string()),
            Banner::Dropped { said, after, how } => {
                let said = if said.is_empty() {
                    String::new()
                } else {
                    format!(", after saying: {}", escape(said).truncated(200))
                };
                line("banner", Some(*after), &format!("the connection was {how}{said}"))
            }
        }
    }

    /// The error line, as a send would give it.
    fn complain(&self, err: &mut impl Write) -> io::Result<()> {
        let shown = self.endpoint.to_string();
        let device = match self.address.map(|address| address.to_string()) {
            Some(address) if address != shown && !self.tunnelled => format!("{} ({address})", self.device),
            _ => shown,
        };
        if let Some(error) = self.error() {
            writeln!(err, "error: {}: {}", escape_str(&device), escape_str(&error))?;
        }
        match self.hint() {
            Some(hint) => writeln!(err, "hint: {}", escape_str(hint)),
            None => Ok(()),
        }
    }

    /// What went wrong, in one line, without the device's name.
    fn error(&self) -> Option<String> {
        match (&self.failure, &self.banner) {
            (Some(error), _) => Some(format!("{}: {error}", error.reason.failure())),
            (None, Banner::Dropped { how, .. }) => {
                Some(format!("connected, but the connection was {how} before anything was sent"))
            }
            (None, Banner::Unknown | Banner::None { .. } | Banner::Said { .. }) => None,
        }
    }

    fn hint(&self) -> Option<&str> {
        self.failure.as_ref()?.hint.as_deref()
    }

    fn json(&self) -> Json {
        let micros = |duration: Duration| json!(duration.as_micros() as u64);
        let mut timing = serde_json::Map::new();
        let tls = self.secured.as_ref().map(|(tls, _)| *tls);
        for (phase, duration) in [("resolve", self.resolve), ("connect", self.connect), ("tls", tls)] {
            timing.extend(duration.map(|duration| (phase.to_owned(), micros(duration))));
        }
        let mut found = json!({
            "v": 1,
            "event": "check",
            "device": self.device,
            "outcome": if self.is_reachable() { "ok" } else { "unreachable" },
            "timing_us": timing,
        });
        let mut set = |key: &str, value: Option<Json>| {
            if let Some(value) = value {
                found[key] = value;
            }
        };
        set("address", self.address.map(|address| json!(address.to_string())));
        set("reason", self.reason().map(|reason| json!(reason.word())));
        set("error", self.error().map(|error| json!(error)));
        set("hint", self.hint().map(|hint| json!(hint)));
        set("tls", self.secured.as_ref().map(|(_, secured)| secured.json()));
        let (said, how) = match &self.banner {
            Banner::Unknown | Banner::None { .. } => (None, None),
            Banner::Said { bytes, .. } => (Some(bytes), None),
            Banner::Dropped { said, how, .. } => (Some(said).filter(|said| !said.is_empty()), Some(how)),
        };
        set("banner", said.map(|said| json!({ "hex": hex::encode(said), "text": escape(said).to_string() })));
        set("dropped", how.map(|how| json!(how)));
        found
    }
}

impl Secured {
    fn new(facts: &TlsFacts<'_>) -> Self {
        let certificate = facts.certificates.first().and_then(|der| Certificate::read(der));
        Self { version: facts.version, cipher_suite: facts.cipher_suite, certificate }
    }

    fn json(&self) -> Json {
        let mut json = json!({ "version": self.version, "cipher_suite": self.cipher_suite });
        if let Some(certificate) = &self.certificate {
            json["certificate"] = json!({
                "subject": certificate.subject,
                "issuer": certificate.issuer,
                "names": certificate.names,
                "not_before": certificate.from,
                "not_after": certificate.until,
            });
        }
        json
    }
}

impl Certificate {
    fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let names = certificate.subject_alternative_name().ok().flatten();
        let names = names.map(|names| names.value.general_names.iter().filter_map(name).collect()).unwrap_or_default();
        let date = |time: x509_parser::time::ASN1Time| {
            jiff::Timestamp::from_second(time.timestamp()).map_or_else(|_| "?".to_owned(), |time| time.to_string())
        };
        Some(Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            names,
            from: date(certificate.validity().not_before),
            until: date(certificate.validity().not_after),
        })
    }

    fn lines(&self) -> Vec<String> {
        let names = if self.names.is_empty() { String::new() } else { format!(" for {}", self.names.join(", ")) };
        vec![
            format!("certificate {}{names}", self.subject),
            format!("issued by {}", self.issuer),
            format!("valid from {} until {}", self.from, self.until),
        ]
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(octets) => match <[u8; 4]>::try_from(*octets) {
            Ok(v4) => Some(std::net::Ipv4Addr::from(v4).to_string()),
            Err(_) => <[u8; 16]>::try_from(*octets).ok().map(|v6| std::net::Ipv6Addr::from(v6).to_string()),
        },
        _ => None,
    }
}
