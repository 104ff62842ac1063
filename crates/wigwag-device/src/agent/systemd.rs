//! What a service manager hands to us and wants to hear from us. Without one, all of it does nothing.

use std::convert::Infallible;
use std::io;
use std::net::TcpListener;
use std::time::Duration;

use listenfd::ListenFd;
use sd_notify::NotifyState;

/// Sockets that listen already.
pub(super) fn sockets() -> io::Result<Vec<TcpListener>> {
    let mut handed = ListenFd::from_env();
    let sockets = (0..handed.len()).map(|index| handed.take_tcp_listener(index));
    Ok(sockets.collect::<io::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// Clients are served from here on, as the file says that was read last.
pub(super) fn ready() {
    notify(&[NotifyState::Ready]);
}

pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => notify(&[NotifyState::Reloading, now]),
        Err(_) => notify(&[NotifyState::Reloading]),
    }
}

pub(super) fn stopping() {
    notify(&[NotifyState::Stopping]);
}

/// Says again and again that we are alive, where that is wanted.
pub(super) async fn watchdog() -> Infallible {
    let Some(every) = sd_notify::watchdog_enabled() else { return std::future::pending().await };
    let mut ticks = tokio::time::interval((every / 2).max(Duration::from_millis(10)));
    loop {
        ticks.tick().await;
        notify(&[NotifyState::Watchdog]);
    }
}

/// A manager that does not listen must not stop a device.
fn notify(states: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(states);
}
