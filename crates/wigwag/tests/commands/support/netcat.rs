//! `nc`, as people use it.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use super::HUNG;
use super::program::{Program, Running};

/// `printf RESPONSE | nc -l -p PORT -q 1`, listening; and its port.
pub(crate) fn nc_device(response: &[u8]) -> (Running, u16) {
    // nc does not tell a port that the system chose, and one that was just free may be taken before nc comes to it.
    const TRIES: usize = 5;
    for _ in 0..TRIES {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let nc = Program::new("nc").arguments(&["-l", "-p", &port.to_string(), "-q", "1"]).stdin(response);
        let mut running = nc.start();
        if listens(&mut running, port) {
            return (running, port);
        }
    }
    panic!("nc found no port to listen on");
}

/// `printf REQUEST | nc OPTIONS 127.0.0.1 PORT`, and what comes back.
pub(crate) fn nc_to(port: u16, options: &[&str], request: &[u8]) -> Vec<u8> {
    let nc = Program::new("nc").arguments(options).arguments(&["127.0.0.1", &port.to_string()]);
    nc.stdin(request).run().stdout
}

/// Waits until something listens on the port, without touching nc's only connection; false if nc has ended.
fn listens(nc: &mut Running, port: u16) -> bool {
    const LISTEN: &str = "0A";
    let began = Instant::now();
    let local = format!(":{port:04X}");
    while nc.is_alive() {
        let table = fs::read_to_string("/proc/net/tcp").unwrap();
        let mut rows = table.lines().map(|row| row.split_whitespace().collect::<Vec<_>>());
        if rows.any(|row| row.len() > 3 && row[1].ends_with(&local) && row[3] == LISTEN) {
            return true;
        }
        assert!(began.elapsed() < HUNG, "nc does not listen");
        thread::sleep(Duration::from_millis(2));
    }
    false
}
