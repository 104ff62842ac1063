//! Packages for Debian, and the small binary in all its forms.
//!
//! Each package is installed into a root of its own, looked at, and removed again: nothing of this machine is touched.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Result;
use crate::environment::target;
use crate::step::{self, cargo};
use crate::tools::{self, Tool, answers};

/// The most bytes of the stripped agent: what it has grown to be, so that it does not grow on unseen.
const AGENT_MOST: u64 = 2_800_000;

/// The most memory of one that nobody is connected to, in kB.
const AGENT_MEMORY: u64 = 4 * 1024;

/// A package, and what has to be there once it is installed.
struct Package {
    name: &'static str,
    /// The profile of cargo that its program is built with.
    profile: &'static str,
    holds: &'static [&'static str],
}

const AGENT: Package = Package {
    name: "wigwag-agent",
    profile: "agent",
    holds: &[
        "usr/bin/wigwag-agent",
        "usr/lib/systemd/system/wigwag-agent.service",
        "usr/lib/systemd/system/wigwag-agent.socket",
        "usr/lib/sysusers.d/wigwag-agent.conf",
        "usr/share/man/man1/wigwag-agent.1.gz",
        "usr/share/doc/wigwag-agent/copyright",
        "etc/wigwag/agent.toml.example",
    ],
};

const fn wigwag(profile: &'static str) -> Package {
    let holds = &["usr/bin/wigwag", "usr/share/man/man1/wigwag.1.gz", "usr/share/man/man1/wigwag-send.1.gz"];
    Package { name: "wigwag", profile, holds }
}

/// Both packages as they are handed out, into the folder `debian` of the target folder.
pub(crate) fn release() -> Result<()> {
    step::run("wigwag", &mut cargo(&["build", "--release", "--package", "wigwag"]))?;
    agent()?;
    packages("release")
}

/// The same with a `wigwag` that is built already, which takes minutes less.
pub(crate) fn quick() -> Result<()> {
    agent()?;
    packages("dev")
}

fn packages(profile: &'static str) -> Result<()> {
    tools::require(&[Tool::CargoDeb, Tool::Systemd, Tool::Man])?;
    let pages = target().join("man");
    fs::create_dir_all(&pages).map_err(|error| format!("{}: {error}", pages.display()))?;
    step::run("manual pages", Command::new(built(profile, "wigwag")).arg("manual").arg(&pages))?;
    for package in [AGENT, wigwag(profile)] {
        let file = package.build()?;
        package.try_out(&file)?;
    }
    Ok(())
}

/// The small binary as it is, static, and for another machine.
fn agent() -> Result<()> {
    let build = ["build", "--profile", "agent", "--package", "wigwag-agent"];
    step::run("agent", &mut cargo(&build))?;
    let program = built("agent", "wigwag-agent");
    let size = fs::metadata(&program).map_err(|error| format!("{}: {error}", program.display()))?.len();
    println!("the agent has {size} bytes");
    if size >= AGENT_MOST {
        return Err(format!("the agent has {size} bytes, which is not below {AGENT_MOST}"));
    }

    idle_memory(&program)?;

    let host = host()?;
    let static_build = [&build[..], &["--target", &host]].concat();
    step::run("static agent", cargo(&static_build).env("RUSTFLAGS", "-C target-feature=+crt-static"))?;
    let program = target().join(&host).join("agent").join("wigwag-agent");
    if answers("ldd", &[&program.to_string_lossy()]).is_none_or(|linked| !linked.contains("statically linked")) {
        return Err(format!("{} is not static", program.display()));
    }
    step::run("static agent", Command::new(&program).args(["--check", "examples/agent.toml"]))?;
    for_arm(&build)
}

/// How much memory an agent takes that nobody is connected to.
fn idle_memory(program: &Path) -> Result<()> {
    let config = target().join("idle-agent.toml");
    let fail = |error: std::io::Error| format!("{}: {error}", program.display());
    fs::write(&config, "protocol = \"esc-cr\"\nlisten = [\"127.0.0.1:0\"]\nallow = [\"127.0.0.1\"]\n").map_err(fail)?;
    let mut agent = Command::new(program).arg(&config).stderr(Stdio::piped()).spawn().map_err(fail)?;
    let mut said = String::new();
    let listens = agent.stderr.take().map(|log| BufReader::new(log).read_line(&mut said));
    let status = fs::read_to_string(format!("/proc/{}/status", agent.id())).unwrap_or_default();
    agent.kill().and_then(|()| agent.wait()).map_err(fail)?;
    if !matches!(listens, Some(Ok(1..))) || !said.contains("listening on") {
        return Err(format!("{} did not start: {said}", program.display()));
    }
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let resident = resident.and_then(|said| said.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    match resident {
        Some(resident) if resident < AGENT_MEMORY => {
            println!("the agent takes {resident} kB with nobody connected");
            Ok(())
        }
        resident => Err(format!("the agent takes {resident:?} kB idle, which is not below {AGENT_MEMORY}")),
    }
}

/// For 64-bit Arm, where this toolchain has the standard library for it.
fn for_arm(build: &[&str]) -> Result<()> {
    const ARM: &str = "aarch64-unknown-linux-gnu";
    let library = answers("rustc", &["--print", "target-libdir", "--target", ARM]);
    if !library.is_some_and(|folder| Path::new(folder.trim()).is_dir()) {
        println!("\nNOT BUILT for {ARM}: this toolchain has no standard library for it (rustup target add {ARM})");
        return Ok(());
    }
    tools::require(&[Tool::ArmCompiler])?;
    let mut arm = cargo(&[build, &["--target", ARM]].concat());
    arm.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", "aarch64-linux-gnu-gcc");
    step::run("agent for Arm", arm.env("CC_aarch64_unknown_linux_gnu", "aarch64-linux-gnu-gcc"))
}

impl Package {
    fn build(&self) -> Result<PathBuf> {
        let file = target().join("debian").join(format!("{}.deb", self.name));
        let mut build = cargo(&["deb", "--quiet", "--no-build", "--profile", self.profile, "--package", self.name]);
        step::run(&format!("package {}", self.name), build.arg("--output").arg(&file))?;
        Ok(file)
    }

    /// Installs it into an empty root, looks at it there, and removes it.
    fn try_out(&self, file: &Path) -> Result<()> {
        let place = Root::new(&format!("{}-root", self.name))?;
        step::run(&format!("install {}", self.name), place.dpkg().arg("--install").arg(file))?;
        let missing: Vec<&str> = self.holds.iter().copied().filter(|path| !place.has(path)).collect();
        if !missing.is_empty() {
            return Err(format!("{} does not hold {}", self.name, missing.join(", ")));
        }
        step::run("version", Command::new(place.0.join("usr/bin").join(self.name)).arg("--version"))?;
        place.check_pages()?;
        if place.has("usr/lib/systemd/system") {
            place.check_units(self.name)?;
        }
        step::run(&format!("remove {}", self.name), place.dpkg().args(["--purge", self.name]))?;
        let left: Vec<&str> = self.holds.iter().copied().filter(|path| place.has(path)).collect();
        match left.is_empty() {
            true => Ok(()),
            false => Err(format!("{} leaves {} behind", self.name, left.join(", "))),
        }
    }
}

/// A root of a system in which nothing is installed.
struct Root(PathBuf);

impl Root {
    fn new(name: &str) -> Result<Self> {
        let folder = target().join("debian").join(name);
        let fail = |error: std::io::Error| format!("{}: {error}", folder.display());
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(fail)?;
        }
        for state in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "var/log", "etc"] {
            fs::create_dir_all(folder.join(state)).map_err(fail)?;
        }
        fs::write(folder.join("var/lib/dpkg/status"), "").map_err(fail)?;
        Ok(Self(folder))
    }

    /// What it depends on is not there, and its scripts run without being locked in.
    fn dpkg(&self) -> Command {
        let mut dpkg = Command::new("dpkg");
        dpkg.arg(format!("--root={}", self.0.display()))
            .arg(format!("--log={}", self.0.join("var/log/dpkg").display()));
        dpkg.arg("--force-depends,script-chrootless,not-root,bad-path");
        dpkg
    }

    fn has(&self, path: &str) -> bool {
        self.0.join(path).exists()
    }

    /// A manual page that is not written right makes `man` complain.
    fn check_pages(&self) -> Result<()> {
        let pages =
            fs::read_dir(self.0.join("usr/share/man/man1")).map_err(|error| format!("manual pages: {error}"))?;
        for page in pages.filter_map(|entry| Some(entry.ok()?.path())) {
            let asked = Command::new("man").args(["--warnings", "--local-file"]).arg(&page).output();
            let asked = asked.map_err(|error| format!("man: {error}"))?;
            if !asked.status.success() || !asked.stderr.is_empty() {
                return Err(format!("{}: {}", page.display(), String::from_utf8_lossy(&asked.stderr)));
            }
        }
        Ok(())
    }

    /// What systemd says of the units, and how much of the machine they leave to the program: 10 is all of it.
    fn check_units(&self, name: &str) -> Result<()> {
        let unit = |kind: &str| format!("usr/lib/systemd/system/{name}.{kind}");
        let exposed = format!("--root={}", self.0.display());
        let mut security = Command::new("systemd-analyze");
        security.args(["security", "--no-pager", "--offline=true", "--threshold=30"]).arg(&exposed);
        step::run("hardening", security.arg(format!("{name}.service")))?;
        for kind in ["service", "socket"] {
            let text =
                fs::read_to_string(self.0.join(unit(kind))).map_err(|error| format!("{}: {error}", unit(kind)))?;
            // The program lies in this root, and its user is nobody here.
            let text = text.replace("/usr/bin/", &format!("{}/usr/bin/", self.0.display()));
            let copy = self.0.join(format!("{name}.{kind}"));
            fs::write(&copy, text).map_err(|error| format!("{}: {error}", copy.display()))?;
        }
        let mut verify = Command::new("systemd-analyze");
        verify.args(["verify", "--man=no", "--recursive-errors=no"]);
        step::run("units", verify.args(["service", "socket"].map(|kind| self.0.join(format!("{name}.{kind}")))))
    }
}

/// Where cargo puts a program.
fn built(profile: &str, name: &str) -> PathBuf {
    target().join(if profile == "dev" { "debug" } else { profile }).join(name)
}

/// The kind of machine that programs are built for unless said.
fn host() -> Result<String> {
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let said = answers(&rustc, &["-vV"]).unwrap_or_default();
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not say which machine this is".to_owned())
}
