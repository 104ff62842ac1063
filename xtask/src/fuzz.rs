//! `cargo xtask fuzz TARGET [SECONDS]`: cargo-fuzz with the project's one toolchain.
//!
//! cargo-fuzz needs compiler flags that only a nightly takes. `RUSTC_BOOTSTRAP` makes the pinned stable compiler take
//! them too; the sanitizer's runtime comes with it. So what is fuzzed is what is shipped, and there is no second
//! toolchain to keep.

use crate::step::{self, cargo};
use crate::tools::{self, Tool};
use crate::{Result, root};

pub(crate) const DEFAULT_SECONDS: &str = "60";

/// Seeds that lie elsewhere in the repository already; `fuzz/properties/replay.rs` names them too.
const MORE_SEEDS: [(&str, &str); 2] =
    [("protocol_file", "protocols"), ("inventory", "crates/wigwag-fleet/tests/inventories")];

pub(crate) fn run(target: &str, seconds: &str) -> Result<()> {
    if seconds.parse::<u32>().is_err() {
        return Err(format!("`{seconds}` is not a number of seconds"));
    }
    if !root().join(format!("fuzz/fuzz_targets/{target}.rs")).is_file() {
        return Err(format!("no fuzz target is called `{target}`; they lie in fuzz/fuzz_targets/"));
    }
    tools::require(&[Tool::CppCompiler, Tool::CargoFuzz])?;

    // What is found goes into the first folder, which is not checked in; the others hold the seeds.
    let (corpus, seeds) = (format!("fuzz/corpus/{target}"), format!("fuzz/corpus-seed/{target}"));
    std::fs::create_dir_all(root().join(&corpus)).map_err(|error| format!("{corpus}: {error}"))?;
    let limit = format!("-max_total_time={seconds}");
    let mut arguments = vec!["fuzz", "run", "--fuzz-dir", "fuzz", target, &corpus, &seeds];
    arguments.extend(MORE_SEEDS.iter().filter(|(of, _)| *of == target).map(|(_, folder)| *folder));
    arguments.extend(["--", &limit]);
    step::run("fuzz", cargo(&arguments).env("RUSTC_BOOTSTRAP", "1"))
}
