//! What a chore needs beside Rust. A missing tool is installed or is an error; it never makes a test be skipped.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use crate::Result;
use crate::step::{self, cargo};

#[derive(Clone, Copy)]
pub(crate) enum Tool {
    /// For the TLS library and for the peers of the benches.
    CCompiler,
    /// For libFuzzer.
    CppCompiler,
    /// For the test devices: 3.11 or newer, nothing but its standard library.
    Python,
    /// For the environment of the Python programs that tests run against.
    PythonVenv,
    /// For `nc -l -p PORT -q 1` and `nc -q 1 HOST PORT`.
    Netcat,
    /// For a Modbus client that is not ours.
    Mbpoll,
    /// For a server that is not ours: `redis-check-rdb` is the server too, under the name `redis-server`.
    Redis,
    CargoFuzz,
    /// For packages.
    CargoDeb,
    /// For packages: `dpkg` itself, and what looks at units and manual pages.
    Systemd,
    Man,
    /// For programs of another machine.
    ArmCompiler,
    /// For a peer of a bench: 1.19 or newer, nothing but its standard library.
    Go,
}

/// Returns once every tool is there, installed if need be.
pub(crate) fn require(tools: &[Tool]) -> Result<()> {
    for tool in tools {
        if tool.works() {
            continue;
        }
        tool.install()?;
        if !tool.works() {
            return Err(format!("{} (installing it did not help)", tool.missing()));
        }
    }
    Ok(())
}

impl Tool {
    fn works(self) -> bool {
        match self {
            Self::CCompiler => answers("cc", &["--version"]).is_some(),
            Self::CppCompiler => answers("c++", &["--version"]).is_some(),
            Self::Python => answers("python3", &["-c", "import sys; print(sys.version_info >= (3, 11))"])
                .is_some_and(|answer| answer.trim() == "True"),
            // Debian has the one without the other.
            Self::PythonVenv => answers("python3", &["-c", "import venv, ensurepip; print('both')"])
                .is_some_and(|answer| answer.trim() == "both"),
            // ncat and the nc of BSD and macOS go by the same name and know no -q.
            Self::Netcat => answers("nc", &["-h"]).is_some_and(|help| help.contains("-q ")),
            Self::Mbpoll => answers("mbpoll", &["-V"]).is_some(),
            Self::Redis => answers("redis-check-rdb", &["--version"]).is_some(),
            Self::CargoFuzz => cargo_knows("fuzz"),
            Self::CargoDeb => cargo_knows("deb"),
            Self::Systemd => answers("systemd-analyze", &["--version"]).is_some(),
            Self::Man => answers("man", &["--version"]).is_some(),
            Self::ArmCompiler => answers("aarch64-linux-gnu-gcc", &["--version"]).is_some(),
            Self::Go => answers("go", &["version"]).is_some(),
        }
    }

    fn install(self) -> Result<()> {
        match self {
            Self::CCompiler => apt_install("gcc libc6-dev", self),
            Self::CppCompiler => apt_install("g++", self),
            Self::Python => Err(self.missing()),
            Self::PythonVenv => apt_install("python3-venv", self),
            Self::Netcat => apt_install("netcat-openbsd", self),
            Self::Mbpoll => apt_install("mbpoll", self),
            // The package that is called after the server starts it as a service, which nobody has asked for.
            Self::Redis => apt_install("redis-tools", self),
            Self::CargoFuzz => step::run("cargo-fuzz", &mut cargo(&["install", "cargo-fuzz", "--locked"])),
            Self::CargoDeb => step::run("cargo-deb", &mut cargo(&["install", "cargo-deb", "--locked"])),
            Self::Systemd => apt_install("systemd", self),
            Self::Man => apt_install("man-db", self),
            Self::ArmCompiler => apt_install("gcc-aarch64-linux-gnu libc6-dev-arm64-cross", self),
            Self::Go => apt_install("golang-go", self),
        }
    }

    /// What to tell the person whom it stops.
    fn missing(self) -> String {
        let (what, package) = match self {
            Self::CCompiler => ("a C compiler called `cc`", "gcc and libc6-dev"),
            Self::CppCompiler => ("a C++ compiler called `c++`", "g++"),
            Self::Python => ("Python 3.11 or newer called `python3`", "python3"),
            Self::PythonVenv => ("`python3 -m venv`", "python3-venv"),
            Self::Netcat => ("an `nc` that knows `-q`", "netcat-openbsd"),
            Self::Mbpoll => ("`mbpoll`", "mbpoll"),
            Self::Redis => ("Redis, of which `redis-check-rdb` is a part,", "redis-tools"),
            Self::Go => ("`go`, for a peer of a bench,", "golang-go"),
            Self::Systemd => {
                ("systemd, of which `systemd-analyze` and `systemd-socket-activate` are parts,", "systemd")
            }
            Self::Man => ("`man`", "man-db"),
            Self::ArmCompiler => ("a C compiler for 64-bit Arm", "gcc-aarch64-linux-gnu"),
            Self::CargoDeb => return "cargo-deb is needed: cargo install cargo-deb --locked".to_owned(),
            Self::CargoFuzz => return "cargo-fuzz is needed: cargo install cargo-fuzz --locked".to_owned(),
        };
        format!("{what} is needed and not here; on Debian or Ubuntu install {package}")
    }
}

/// Whether cargo has this command.
fn cargo_knows(command: &str) -> bool {
    let asked = cargo(&[command, "--version"]).stdin(Stdio::null()).output();
    asked.is_ok_and(|output| output.status.success())
}

/// Everything the program says when asked, or nothing when it cannot be started.
pub(crate) fn answers(program: impl AsRef<OsStr>, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// As root directly, else through a sudo that asks no question.
fn apt_install(packages: &str, tool: Tool) -> Result<()> {
    let root = answers("id", &["-u"]).is_some_and(|id| id.trim() == "0");
    let apt_get = |arguments: &str| {
        let mut command = Command::new(if root { "env" } else { "sudo" });
        if !root {
            command.args(["-n", "env"]);
        }
        command.arg("DEBIAN_FRONTEND=noninteractive").arg("apt-get").args(arguments.split_whitespace());
        command
    };

    // The lists of a fresh machine are empty or old. An update that fails may still leave a list that is good enough.
    let updated = step::run("package lists", &mut apt_get("update -q"));
    step::run("install", &mut apt_get(&format!("install -q -y --no-install-recommends {packages}"))).map_err(|error| {
        let update = updated.err().map(|error| format!("; before that, {error}")).unwrap_or_default();
        format!("{} ({error}{update})", tool.missing())
    })
}
