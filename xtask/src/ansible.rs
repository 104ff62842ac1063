//! The Ansible collection: built and installed as its users do it, and held to what Ansible's own tools ask of one.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::environment::{self, target};
use crate::tools::answers;
use crate::{Result, root, step};

/// One ansible-core that the collection is for; its packages stand in `tests/ansible`.
struct Core {
    name: &'static str,
    /// The pip that its `ansible-test` wants in the environments it makes.
    pip: &'static str,
}

const CORES: [Core; 2] = [Core { name: "oldest", pip: "21_3_1" }, Core { name: "newest", pip: "24_2" }];

/// Makes the environments and installs the collection into each. The folder that it returns has one folder for each core,
/// with the programs in `bin` and the collection in `collections`.
pub(crate) fn install() -> Result<PathBuf> {
    for core in &CORES {
        environment::install(&format!("ansible/{}", core.name), &format!("tests/ansible/{}.txt", core.name))?;
    }

    let folder = folder();
    let tarball = folder.join(format!("wigwag-wigwag-{}.tar.gz", env!("CARGO_PKG_VERSION")));
    let [.., newest] = &CORES;
    let mut build = newest.program("ansible-galaxy");
    build.args(["collection", "build", "--force", "ansible", "--output-path"]).arg(&folder);
    step::run("collection", &mut build)?;
    for core in &CORES {
        let mut install = core.program("ansible-galaxy");
        install.args(["collection", "install", "--force", "--no-deps", "--collections-path"]).arg(core.collections());
        step::run(&format!("collection for the {} core", core.name), install.arg(&tarball))?;
    }
    Ok(folder)
}

/// Everything that can be said of the collection without running it.
pub(crate) fn lint() -> Result<()> {
    for core in &CORES {
        let mut units = core.program("python");
        units.arg("ansible/tests/unit/test_plugins.py").env("ANSIBLE_COLLECTIONS_PATH", core.collections());
        step::run(&format!("plugins with the {} core", core.name), &mut units)?;
        core.sanity()?;
    }

    let tools = environment::install("ansible/lint", "tests/ansible/lint.txt")?;
    let tool = |name: &str| program_of(&tools, name);
    step::run("oldest Python", tool("vermin").args(["--target=3.9-", "--violations", "--no-tips", "ansible/plugins"]))?;
    let collection = root().join("ansible");
    step::run("changelog", tool("antsibull-changelog").arg("lint").current_dir(&collection))?;
    step::run(
        "documentation of plugins",
        tool("antsibull-docs").args(["lint-collection-docs", "--plugin-docs", "ansible"]),
    )?;
    let [.., newest] = &CORES;
    step::run(
        "playbooks",
        newest.with_collections(
            tool("ansible-lint").args(["--offline", "--strict", "--nocolor"]).current_dir(&collection),
        ),
    )
}

impl Core {
    /// `ansible-test sanity` on the installed collection, in environments that it makes itself.
    fn sanity(&self) -> Result<()> {
        let home = folder().join("home");
        self.bring_pip(&home)?;
        let collection = self.collections().join("ansible_collections/wigwag/wigwag");
        // It looks at what git knows, and git leaves the target folder out.
        let git = |arguments: &[&str]| step::run("git", Command::new("git").args(arguments).current_dir(&collection));
        git(&["init", "--quiet"]).and_then(|()| git(&["add", "--all"]))?;

        let mut sanity = self.program("ansible-test");
        // That it finds nothing to look at is an error only where it was told of a folder.
        sanity
            .args(["sanity", "--color", "no", "--python", &python_version()?, "plugins/"])
            .current_dir(&collection)
            .env("HOME", &home)
            .env("LC_ALL", "C.UTF-8");
        step::run(&format!("sanity with the {} core", self.name), &mut sanity)
    }

    /// Puts the script that brings pip to where `ansible-test` keeps it, which would otherwise fetch one from a place of its
    /// own.
    fn bring_pip(&self, home: &Path) -> Result<()> {
        let cache = home.join(".ansible/test/cache");
        let script = cache.join(format!("get_pip_{}.py", self.pip));
        fs::create_dir_all(&cache)
            .and_then(|()| fs::copy(root().join("tests/ansible/get_pip.py"), &script))
            .map_err(|error| format!("{}: {error}", script.display()))?;
        Ok(())
    }

    /// A program of its environment.
    fn program(&self, name: &str) -> Command {
        program_of(&folder().join(self.name), name)
    }

    /// Where its collections are.
    fn collections(&self) -> PathBuf {
        folder().join(self.name).join("collections")
    }

    fn with_collections<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("ANSIBLE_COLLECTIONS_PATH", self.collections())
    }
}

/// The Python that the environments are made with, as `ansible-test` names it.
fn python_version() -> Result<String> {
    let asked = answers("python3", &["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]);
    asked.map(|version| version.trim().to_owned()).ok_or_else(|| "python3 does not say its version".to_owned())
}

fn folder() -> PathBuf {
    target().join("ansible")
}

/// A program of an environment, which finds the other programs of it.
fn program_of(environment: &Path, name: &str) -> Command {
    let programs = environment.join("bin");
    let mut path: OsString = programs.clone().into();
    if let Some(others) = env::var_os("PATH") {
        path.push(":");
        path.push(others);
    }
    let mut command = Command::new(programs.join(name));
    // Nothing is written into the tree.
    command.env("PATH", path).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}
