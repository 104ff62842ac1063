//! From a host to socket addresses.

use std::net::SocketAddr;

use tokio::net::lookup_host;
use wigwag_protocol::outcome::Unreachable;
use wigwag_protocol::units::show_duration;

use super::error::{DialError, failed_lookup};
use super::tcp::Deadline;
use super::{Progress, Route};
use crate::endpoint::Host;

/// No device has more addresses; a resolver that answers with a thousand must not keep us busy for hours.
pub(crate) const MOST_ADDRESSES: usize = 16;

/// The addresses of a route, at least one. Neither a literal address nor one that is known touches the resolver.
pub(super) async fn addresses(
    route: Route<'_>,
    deadline: Deadline,
    progress: &mut impl FnMut(Progress<'_>),
) -> Result<Vec<SocketAddr>, DialError> {
    if !route.addresses.is_empty() {
        return Ok(route.addresses.to_vec());
    }
    let endpoint = route.endpoint;
    let name = match &endpoint.host {
        Host::Ip(address) => return Ok(vec![SocketAddr::new(*address, endpoint.port)]),
        Host::Name(name) => name.as_str(),
    };
    progress(Progress::Resolving { name });
    let answer = deadline
        .bound(lookup_host((name, endpoint.port)), |limit| {
            DialError::new(Unreachable::Dns, format!("the resolver did not answer within {}", show_duration(limit)))
        })
        .await?
        .map_err(|error| failed_lookup(&error))?;
    let mut addresses = Vec::new();
    for address in answer {
        if !addresses.contains(&address) && addresses.len() < MOST_ADDRESSES {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        return Err(DialError::new(Unreachable::Dns, "the name has no address"));
    }
    progress(Progress::Resolved { addresses: &addresses });
    Ok(addresses)
}
