//! `wigwag protocol`: what there is, what it says, what bytes mean in it.

mod check;
mod explain;
mod help;
mod list;
mod new;
mod schema;
mod show;

use std::path::PathBuf;

use tempfile::TempDir;

use crate::support::{Ended, HOSTILE, Program, wigwag};

/// A small protocol with a bit of everything.
const SCALE: &str = include_str!("scale.toml");

/// A folder of the user's configuration, with these protocol files in it.
struct Home(TempDir);

impl Home {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir_all(home.folder()).unwrap();
        for (name, text) in files {
            std::fs::write(home.folder().join(name), text).unwrap();
        }
        home
    }

    fn with_scale() -> Self {
        Self::new(&[("scale.toml", SCALE.as_bytes())])
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join("wigwag/protocols")
    }

    /// `wigwag` for this user.
    fn wigwag(&self, arguments: &[&str]) -> Program {
        wigwag(arguments).env("XDG_CONFIG_HOME", self.0.path())
    }

    fn protocol(&self, arguments: &[&str]) -> Ended {
        self.wigwag(&[&["protocol"], arguments].concat()).run()
    }

    /// What is printed when all is well, with nothing in it that is different on another machine.
    fn told(&self, arguments: &[&str]) -> String {
        let ended = self.protocol(arguments);
        let (code, stdout, stderr) = ended.told();
        assert_eq!((code, stderr), (0, ""), "{arguments:?}\n{stdout}");
        stdout.replace(self.0.path().to_str().unwrap(), "HOME")
    }
}

/// A protocol file whose every text is hostile.
fn hostile_file() -> Vec<u8> {
    let text = String::from_utf8_lossy(HOSTILE);
    let quoted: String =
        text.chars().map(|c| if c.is_control() { format!("\\u{:04X}", u32::from(c)) } else { c.into() }).collect();
    let file = "name = 'hostile'\ntitle = \"@\"\nabout = \"@\"\nsource = \"@\"\n\
                [request]\nlayout = \"'@' body <CR>\"\n[response]\nlayout = \"body '@' <CR>\"\n\
                [class]\nerror = [{ body = \"'@' code:dec1\", text = { 1 = \"@\" } }]\n\
                [command.c]\nabout = \"@\"\nsend = \"'@' n:dec\"\nhazard = \"@\"\neffect = \"read\"\n\
                params = { n = { about = \"@\" } }\nreply = \"'@' m:text\"\n\
                [[example]]\nabout = \"@\"\ncommand = 'c'\nparams = { n = 1 }\nsend = \"'@'\"\nrecv = \"'@'\"\n\
                fields = { m = \"@\" }\n";
    file.replace('@', &quoted).into_bytes()
}
