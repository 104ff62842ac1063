//! `cargo xtask test`: everything that has to hold before a change is good.

use std::process::Command;
use std::time::Instant;

use crate::step::{self, cargo};
use crate::tools::{self, Tool};
use crate::{Result, ansible, bench, environment, package};

pub(crate) fn run() -> Result<()> {
    let started = Instant::now();
    tools::require(&[
        Tool::CCompiler,
        Tool::Python,
        Tool::PythonVenv,
        Tool::Netcat,
        Tool::Mbpoll,
        Tool::Redis,
        Tool::Systemd,
    ])?;
    let peers = environment::install("peers", "tests/peers/requirements.txt")?;
    let ansible = ansible::install()?;

    step::run("format", &mut cargo(&["fmt", "--all", "--check"]))?;
    step::run("lints", &mut cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    // By itself it leaves features of its dependencies off, which the workspace as a whole turns on.
    step::run("lints of the agent", &mut cargo(&["clippy", "--package", "wigwag-agent", "--", "-D", "warnings"]))?;
    step::run(
        "documentation",
        cargo(&["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    step::run("test devices", Command::new("python3").args(["-B", "tests/devices/test_device.py"]))?;
    ansible::lint()?;
    step::run("bench peers", &mut bench::check_peers()?)?;

    // Tests start the programs of other packages too, which `cargo test` alone would not build.
    step::run("programs", &mut cargo(&["build", "--workspace", "--bins"]))?;
    package::quick()?;
    step::run("tests", cargo(&["test", "--workspace"]).env("WIGWAG_PEERS", peers).env("WIGWAG_ANSIBLE", ansible))?;

    println!("\ncargo xtask test: all passed in {:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}
