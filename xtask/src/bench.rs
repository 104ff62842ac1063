//! `cargo xtask bench NAME`: builds the programs for release and runs `bench/NAME/run`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::step::{self, cargo};
use crate::tools::{self, Tool};
use crate::{Result, ansible, root};

pub(crate) fn run(name: &str) -> Result<()> {
    let benches = names()?;
    if !benches.iter().any(|bench| bench == name) {
        return Err(format!("no bench is called `{name}`; there are: {}", benches.join(", ")));
    }
    tools::require(&[Tool::CCompiler, Tool::Python])?;
    tools::require(peers_of(name))?;

    step::run("programs", &mut cargo(&["build", "--release", "--workspace", "--bins"]))?;
    let mut bench = Command::new(root().join("bench").join(name).join("run"));
    if name == "ansible" {
        bench.env("WIGWAG_ANSIBLE", ansible::install()?);
    }
    step::run("bench", &mut bench)
}

/// What the peers of one bench need beside C and Python.
fn peers_of(bench: &str) -> &'static [Tool] {
    match bench {
        "ansible" => &[Tool::PythonVenv],
        "fleet" => &[Tool::Go],
        "single" => &[Tool::Netcat],
        _ => &[],
    }
}

/// A compiler call that checks every C peer of every bench and writes nothing.
pub(crate) fn check_peers() -> Result<Command> {
    let mut compiler = Command::new("cc");
    compiler.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]);
    for bench in names()? {
        let mut sources = entries(&format!("bench/{bench}"))?;
        sources.retain(|source| source.extension().is_some_and(|extension| extension == "c"));
        compiler.args(sources.iter().filter_map(|source| source.strip_prefix(root()).ok()));
    }
    Ok(compiler)
}

/// The folders of `bench/` that can be run.
fn names() -> Result<Vec<String>> {
    let folders = entries("bench")?.into_iter().filter(|folder| folder.join("run").is_file());
    Ok(folders.filter_map(|folder| Some(folder.file_name()?.to_str()?.to_owned())).collect())
}

/// What lies in a folder of the project, sorted.
fn entries(folder: &str) -> Result<Vec<PathBuf>> {
    let listing = fs::read_dir(root().join(folder)).map_err(|error| format!("could not read {folder}: {error}"))?;
    let mut paths: Vec<PathBuf> = listing.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    Ok(paths)
}
