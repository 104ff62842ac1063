//! The peer: what a Rust programmer would write for one command to each target.
//!
//! `bench-fleet current-thread|multi-thread TARGETS IN-FLIGHT` reads an `address:port` a line and prints a line of NDJSON for
//! each. As many tasks as may be in flight take target after target, so none is spawned for a target of its own.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Lines, Stdout, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

const COMMAND: &[u8] = b"\x1bSTATUS\r";
const READY: &[u8] = b"READY";
const TIMEOUT: Duration = Duration::from_secs(5);

struct Shared {
    targets: Mutex<Lines<BufReader<File>>>,
    output: Mutex<BufWriter<Stdout>>,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-fleet: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [runtime, targets, in_flight] = &arguments[..] else {
        return Err(io::Error::other("usage: bench-fleet current-thread|multi-thread TARGETS IN-FLIGHT"));
    };
    let in_flight: usize = in_flight.parse().map_err(io::Error::other)?;
    let shared = Arc::new(Shared {
        targets: Mutex::new(BufReader::new(File::open(targets)?).lines()),
        output: Mutex::new(BufWriter::with_capacity(64 * 1024, io::stdout())),
    });
    start(runtime)?.block_on(async {
        let mut tasks = JoinSet::new();
        for _ in 0..in_flight {
            tasks.spawn(work(shared.clone()));
        }
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        lock(&shared.output).flush()
    })
}

fn start(runtime: &str) -> io::Result<Runtime> {
    match runtime {
        "current-thread" => Builder::new_current_thread().enable_all().build(),
        "multi-thread" => Builder::new_multi_thread().enable_all().build(),
        other => Err(io::Error::other(format!("no runtime is called `{other}`"))),
    }
}

async fn work(shared: Arc<Shared>) -> io::Result<()> {
    while let Some(device) = next(&shared)? {
        let outcome = match tokio::time::timeout(TIMEOUT, exchange(device)).await {
            Ok(outcome) => outcome,
            Err(late) => Err(late.into()),
        };
        let mut output = lock(&shared.output);
        match outcome {
            Ok(()) => writeln!(output, r#"{{"device":"{device}","outcome":"ok","text":"READY"}}"#)?,
            Err(error) => {
                let text = error.to_string();
                writeln!(output, r#"{{"device":"{device}","outcome":"failed","text":{text:?}}}"#)?;
            }
        }
    }
    Ok(())
}

fn next(shared: &Shared) -> io::Result<Option<SocketAddr>> {
    let line = lock(&shared.targets).next().transpose()?;
    line.map(|line| line.parse().map_err(io::Error::other)).transpose()
}

/// A task that panicked ends the program, whatever it has left behind.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn exchange(device: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect(device).await?;
    stream.write_all(COMMAND).await?;
    let mut answer = [0; 64];
    let mut filled = 0;
    loop {
        let count = stream.read(&mut answer[filled..]).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(end) = answer[filled..filled + count].iter().position(|byte| *byte == 0) {
            let ready = &answer[..filled + end] == READY;
            return if ready { Ok(()) } else { Err(io::Error::other("not READY")) };
        }
        filled += count;
    }
}
