//! `wigwag listen`: take connections, show what arrives, and answer if asked to.

mod onlooker;
mod pieces;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use wigwag_device::serve::{Device, serve};
use wigwag_net::accept::{self, Changes, Limits, Listener, Stats, Stop};
use wigwag_protocol::exchange::SessionLimits;
use wigwag_protocol::protocol::Protocol;

use crate::cli::{ListenArgs, RequestArgs};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::send::{Interrupts, runtime};
use onlooker::{Answering, Onlooker};

/// Enough for a bench; a person cannot follow more.
const CONNECTIONS: usize = 1000;

/// A client may think for as long as a person does.
const IDLE: Duration = Duration::from_secs(24 * 60 * 60);

/// How long clients in the middle of something may take after Ctrl-C.
const GRACE: Duration = Duration::from_secs(1);

pub(crate) fn run(arguments: ListenArgs) -> Result<Exit, Problem> {
    let protocol = arguments.protocol.is_given().then(|| framing(&arguments.protocol)).transpose()?;
    let stop = Stop::new();
    let onlooker = Onlooker::new(Answering::new(&arguments)?, stop.clone(), arguments.once);
    let addresses = addresses(&arguments.address)?;
    let runtime = runtime()?;
    runtime.block_on(async {
        let listener = Listener::bind(&addresses).map_err(|error| Problem::usage(error.to_string()))?;
        let mut interrupts = Interrupts::new()?;
        let what = match &protocol {
            Some(protocol) => format!("protocol {}", protocol.name),
            None => "showing bytes as they come".to_owned(),
        };
        for address in listener.local_addrs() {
            let _ = writeln!(io::stderr(), "listening on {address}, {what}; Ctrl-C ends");
        }
        let serving = attend(listener, protocol, onlooker, stop.clone());
        tokio::pin!(serving);
        tokio::select! {
            () = &mut serving => return Ok(()),
            () = interrupts.next() => stop.stop(),
        }
        serving.await;
        Ok(())
    })?;
    Ok(Exit::Ok)
}

/// Serves until `stop`: frame by frame where there is a protocol, else as it comes.
async fn attend(listener: Listener, protocol: Option<Protocol>, onlooker: Onlooker, stop: Stop) {
    let limits = Limits { connections: CONNECTIONS, grace: GRACE, ..Limits::default() };
    let stats = Stats::default();
    match protocol {
        Some(protocol) => {
            let device = Device {
                protocol: Arc::new(protocol),
                actions: onlooker,
                limits: SessionLimits { idle: IDLE },
                tls: None,
            };
            let device = Arc::new(device);
            serve(listener, || device.clone(), limits, Changes::none(), stop, &stats).await;
        }
        None => {
            let onlooker = Arc::new(onlooker);
            let handler = |accepted| pieces::attend(onlooker.clone(), accepted);
            accept::serve(listener, limits, Changes::none(), stop, &stats, handler).await;
        }
    }
}

fn framing(arguments: &RequestArgs) -> Result<Protocol, Problem> {
    let protocol = arguments.protocol()?;
    if protocol.request.ends_by_itself() {
        return Ok(protocol);
    }
    let source = protocol.request.source();
    Err(Problem::usage(format!("a request `{source}` has no end that could be heard"))
        .with_help("leave --protocol out to see bytes as they come, or give --request a terminator or `<IDLE 200ms>`"))
}

/// `9100`, `:9100`, `127.0.0.1:9100`, `[::1]:9100`.
fn addresses(text: &str) -> Result<Vec<SocketAddr>, Problem> {
    let port_only = text.strip_prefix(':').unwrap_or(text);
    if let Ok(port) = port_only.parse::<u16>() {
        return Ok(vec![SocketAddr::from(([0, 0, 0, 0], port))]);
    }
    match text.parse::<SocketAddr>() {
        Ok(address) => Ok(vec![address]),
        Err(_) => Err(Problem::usage(format!("`{text}` is not an address to listen on"))
            .with_help("a port, or an address of this machine and a port: 9100, 127.0.0.1:9100, [::1]:9100")),
    }
}
