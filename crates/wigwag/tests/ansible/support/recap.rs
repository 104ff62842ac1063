//! What a play said in the end of a host.

use super::program::Ended;

impl Ended {
    /// All that was said, whatever its lines: Ansible breaks those of its warnings.
    pub(crate) fn in_one_line(&self) -> String {
        let said = format!("{} {}", self.told().1, self.stderr);
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// The numbers of a host in the recap of a play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Recap {
    pub(crate) ok: u32,
    pub(crate) changed: u32,
    pub(crate) unreachable: u32,
    pub(crate) failed: u32,
}

impl Recap {
    /// The recap of this host.
    pub(crate) fn of(ended: &Ended, host: &str) -> Self {
        let said = String::from_utf8_lossy(&ended.stdout);
        let line = said.lines().rfind(|line| line.split(':').next().is_some_and(|name| name.trim() == host));
        let line = line.unwrap_or_else(|| panic!("no recap of {host}: {ended:?}"));
        let number = |name: &str| {
            let words = line.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            words.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no {name}: {line}"))
        };
        Self {
            ok: number("ok"),
            changed: number("changed"),
            unreachable: number("unreachable"),
            failed: number("failed"),
        }
    }
}
