//! Links the unwinder into the program on GNU/Linux. Rust would load `libgcc_s.so` for it at every start, which takes a
//! tenth of the time of a whole exchange.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target_is = |key: &str, value: &str| env::var(key).is_ok_and(|is| is == value);
    let gnu_linux = target_is("CARGO_CFG_TARGET_OS", "linux") && target_is("CARGO_CFG_TARGET_ENV", "gnu");
    let native = env::var("HOST").ok() == env::var("TARGET").ok();
    // A static build has it anyway.
    let dynamic = env::var("CARGO_CFG_TARGET_FEATURE").is_ok_and(|features| !features.contains("crt-static"));
    if gnu_linux && native && dynamic && has_static_unwinder() {
        for argument in ["-Wl,--push-state,--whole-archive", "-l:libgcc_eh.a", "-Wl,--pop-state"] {
            println!("cargo::rustc-link-arg-bins={argument}");
        }
    }
}

/// Whether the linker that Rust uses here finds the archive.
fn has_static_unwinder() -> bool {
    let asked = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output();
    asked.is_ok_and(|found| Path::new(String::from_utf8_lossy(&found.stdout).trim()).is_absolute())
}
