//! A server that is measured: a process of its own, watched through the kernel's books.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Three holding registers from 0x6B on, of unit 17: the example of the protocol's own specification.
const REQUEST: &[u8] = b"\x00\x01\x00\x00\x00\x06\x11\x03\x00\x6B\x00\x03";
const RESPONSE: &[u8] = b"\x00\x01\x00\x00\x00\x09\x11\x03\x06\x02\x2B\x00\x00\x00\x64";

pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    pub(crate) request: Vec<u8>,
    pub(crate) response: Vec<u8>,
    child: Child,
    /// It would mind if nobody were there to hear what it says.
    _output: Box<dyn Read>,
}

impl Server {
    pub(crate) fn echo() -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut child = start(Command::new(program).arg("echo").stdout(Stdio::piped()))?;
        let output = child.stdout.take().ok_or("no output")?;
        let (address, output) = address(output)?;
        // As long as the device's, so that as many bytes go through the kernel.
        let (request, response) = (RESPONSE.to_vec(), RESPONSE.to_vec());
        Ok(Self { name: "echo", address, request, response, child, _output: output })
    }

    pub(crate) fn device() -> Result<Self, String> {
        let program = std::env::var_os("WIGWAG").unwrap_or_else(|| "target/release/wigwag".into());
        let arguments = ["simulate", "modbus-tcp", "--listen", "127.0.0.1:0"];
        let mut child = start(Command::new(program).args(arguments).stderr(Stdio::piped()))?;
        let output = child.stderr.take().ok_or("no output")?;
        let (address, output) = address(output)?;
        let (request, response) = (REQUEST.to_vec(), RESPONSE.to_vec());
        Ok(Self { name: "simulate", address, request, response, child, _output: output })
    }

    /// User and system time of all its threads so far.
    pub(crate) fn cpu_seconds(&self) -> Result<f64, String> {
        let path = format!("/proc/{}/task", self.child.id());
        let threads = fs::read_dir(&path).map_err(|error| format!("{path}: {error}"))?;
        let mut nanoseconds = 0.0;
        for thread in threads.flatten() {
            // Nanoseconds on the CPU; the ticks of /proc/PID/stat would be too coarse.
            let text = fs::read_to_string(thread.path().join("schedstat")).map_err(|error| error.to_string())?;
            nanoseconds +=
                text.split_whitespace().next().and_then(|word| word.parse::<f64>().ok()).ok_or("schedstat")?;
        }
        Ok(nanoseconds / 1e9)
    }

    /// Memory of its own that is resident.
    pub(crate) fn resident_bytes(&self) -> Result<f64, String> {
        let path = format!("/proc/{}/status", self.child.id());
        let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        let line = text.lines().find(|line| line.starts_with("RssAnon:")).ok_or("no RssAnon")?;
        let kibibytes: f64 = line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).ok_or("RssAnon")?;
        Ok(kibibytes * 1024.0)
    }

    /// Waits until the server has taken all the connections that the kernel has made for it.
    pub(crate) fn wait_until_accepted(&self, connections: usize) -> Result<(), String> {
        let path = format!("/proc/{}/fd", self.child.id());
        let until = Instant::now() + Duration::from_secs(30);
        while Instant::now() < until {
            let open = fs::read_dir(&path).map_err(|error| format!("{path}: {error}"))?.count();
            if open >= connections {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(format!("{} did not take {connections} connections", self.name))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(command: &mut Command) -> Result<Child, String> {
    command.stdin(Stdio::null()).spawn().map_err(|error| format!("{}: {error}", command.get_program().display()))
}

/// The address in the first line of what a server says.
fn address(output: impl Read + 'static) -> Result<(SocketAddr, Box<dyn Read>), String> {
    let mut output = BufReader::new(output);
    let mut line = String::new();
    output.read_line(&mut line).map_err(|error| error.to_string())?;
    let words = line.split(|c: char| c.is_whitespace() || c == ',');
    let address = words.filter_map(|word| word.parse().ok()).next();
    let address = address.ok_or_else(|| format!("this is no address: {line}"))?;
    Ok((address, Box::new(output)))
}
