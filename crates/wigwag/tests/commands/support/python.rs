//! The devices of `tests/devices`: what people connect to, in plain Python.

use super::program::{Program, Running};

const DEVICE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/devices/device.py");

/// One of them, in a process of its own.
pub(crate) struct PythonDevice {
    process: Running,
    port: u16,
}

impl PythonDevice {
    /// Starts it with a behaviour and its argument, as `device.py --help` lists them.
    pub(crate) fn start(behaviour: &[&str]) -> Self {
        // It ends when its standard input does, so that it never outlives the test.
        let mut process = Program::new("python3").arguments(&["-B", DEVICE]).arguments(behaviour).stdin_held().start();
        let line = process.line();
        let port = line.strip_prefix("PORT ").and_then(|port| port.parse().ok());
        Self { process, port: port.unwrap_or_else(|| panic!("instead of a port: {line}")) }
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What the next connection to end has sent, in hex.
    pub(crate) fn received(&mut self) -> String {
        self.process.line()
    }
}
