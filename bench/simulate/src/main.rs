//! A simulated Modbus/TCP device beside a plain Tokio echo server: exchanges per second of the server's CPU time, and what
//! an idle connection weighs.
//!
//! Both servers are processes of their own and serve the same client, by turns. Their CPU time (user and system) is the
//! kernel's count, so what the client costs does not matter. The device cuts each request with the protocol's layouts,
//! recognises the command, fills and writes the reply; the echo server writes what it reads.

mod echo;
mod load;
mod server;

use std::process::ExitCode;

use server::Server;

/// The goals: a share of the echo server's exchanges, and bytes of user memory for each idle connection.
const SHARE: f64 = 0.8;
const BYTES: f64 = 4096.0;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("echo") {
        echo::serve();
        return ExitCode::SUCCESS;
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench/simulate: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let rounds = setting("ROUNDS", 5);
    let exchanges = setting("EXCHANGES", 200_000);
    let connections = setting("CONNECTIONS", 64);
    let idle = setting("IDLE", 15_000);

    let echo = Server::echo()?;
    let device = Server::device()?;
    println!("{exchanges} exchanges over {connections} connections, median of {rounds}, by turns\n");
    let (mut plain, mut simulated) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        for (server, figures) in [(&echo, &mut plain), (&device, &mut simulated)] {
            let before = server.cpu_seconds()?;
            load::exchange(server.address, &server.request, &server.response, connections, exchanges)?;
            figures.push(exchanges as f64 / (server.cpu_seconds()? - before));
        }
    }
    let (plain, simulated) = (median(&mut plain), median(&mut simulated));
    println!("  echo      {plain:>10.0} exchanges per second of CPU");
    println!("  simulate  {simulated:>10.0}");
    goal("simulate / echo, at least", SHARE, simulated / plain, simulated / plain >= SHARE);

    println!("\n{idle} idle connections\n");
    for server in [&echo, &device] {
        let before = server.resident_bytes()?;
        let held = load::hold(server.address, idle)?;
        server.wait_until_accepted(idle)?;
        let each = (server.resident_bytes()? - before) / idle as f64;
        println!("  {:<8} {each:>10.0} bytes of memory for each", server.name);
        if server.name == "simulate" {
            goal("bytes for each, below", BYTES, each, each < BYTES);
        }
        drop(held);
    }
    Ok(())
}

fn setting(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn goal(text: &str, wanted: f64, measured: f64, met: bool) {
    println!("  {text} {wanted}: {measured:.2}   {}", if met { "met" } else { "MISSED" });
}
