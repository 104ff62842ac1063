//! `wigwag simulate`

use super::program::{Running, wigwag};

/// One simulated device.
pub(crate) struct Simulated {
    process: Running,
    pub(crate) port: u16,
}

impl Simulated {
    pub(crate) fn start(protocol: &str) -> Self {
        Self::with(protocol, &[])
    }

    pub(crate) fn with(protocol: &str, options: &[&str]) -> Self {
        let mut process = wigwag(&["simulate", protocol, "--listen", "127.0.0.1:0"]).arguments(options).start();
        let told = process.stderr_with("ready\n");
        let port = told.split("127.0.0.1:").nth(1).and_then(|rest| rest.split(',').next()?.parse().ok());
        Self { process, port: port.unwrap_or_else(|| panic!("instead of a port: {told}")) }
    }

    /// Ends it in order, so that what it writes is written.
    pub(crate) fn stop(self) {
        self.process.signal("TERM");
        let ended = self.process.end();
        assert_eq!(ended.code, 0, "{ended:?}");
    }
}
