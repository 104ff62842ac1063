//! How a device is connected to.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use wigwag_net::{Endpoint, EndpointError, Proxy};
use wigwag_protocol::units;

use crate::problem::Problem;
use crate::profile::{Connect, TlsFiles};

#[derive(Debug, Clone, Args)]
pub(crate) struct ConnectArgs {
    /// The longest that connecting may take: resolver, all addresses, proxy and TLS together; 5s unless said
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "Times")]
    pub(crate) connect_timeout: Option<Duration>,
    /// Speak TLS
    #[arg(long, help_heading = "Connection")]
    tls: bool,
    /// Trust this CA (PEM) instead of the system's; implies --tls
    #[arg(long, value_name = "FILE", help_heading = "Connection")]
    tls_ca: Option<PathBuf>,
    /// Our certificate (PEM); implies --tls
    #[arg(long, value_name = "FILE", requires = "tls_key", help_heading = "Connection")]
    tls_cert: Option<PathBuf>,
    /// The key of our certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert", help_heading = "Connection")]
    tls_key: Option<PathBuf>,
    /// The name that the device's certificate must bear, instead of HOST; implies --tls
    #[arg(long, value_name = "NAME", help_heading = "Connection")]
    tls_server_name: Option<String>,
    /// Accept any certificate: whoever answers is believed; implies --tls
    #[arg(long, help_heading = "Connection")]
    insecure: bool,
    /// Connect through a SOCKS5 proxy; socks5h:// resolves names there
    #[arg(long, value_name = "socks5://[USER:PASSWORD@]HOST:PORT", help_heading = "Connection")]
    proxy: Option<Proxy>,
    /// Connect from this local address
    #[arg(long, value_name = "ADDRESS", help_heading = "Connection")]
    source: Option<IpAddr>,
}

impl ConnectArgs {
    /// What they say, over what is said elsewhere.
    pub(crate) fn connect(&self, otherwise: Connect) -> Connect {
        let files = TlsFiles {
            ca: self.tls_ca.clone(),
            certificate: self.tls_cert.clone(),
            key: self.tls_key.clone(),
            server_name: self.tls_server_name.clone(),
            insecure: self.insecure,
        };
        let tls = if self.tls || files != TlsFiles::default() { Some(files) } else { otherwise.tls };
        Connect { tls, proxy: self.proxy.clone().or(otherwise.proxy), source: self.source.or(otherwise.source) }
    }
}

/// Where a device is.
pub(crate) fn endpoint(target: &str, port: Option<u16>) -> Result<Endpoint, Problem> {
    Endpoint::parse(target, port).map_err(|error| match error {
        EndpointError::NoPort { .. } => {
            Problem::usage(error.to_string()).with_help(format!("say which port: {target}:9100"))
        }
        _ => Problem::usage(error.to_string()),
    })
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    match units::parse_duration(text)? {
        Duration::ZERO => Err("no time at all".to_owned()),
        duration => Ok(duration),
    }
}
