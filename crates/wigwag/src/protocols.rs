//! Where protocol files are: in the program, in the user's folder, or where a path says.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wigwag_protocol::layout::nearest;
use wigwag_protocol::protocol::{Protocol, library};

use crate::problem::Problem;

/// A protocol file that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Found {
    /// The name that it was found by.
    pub(crate) name: String,
    pub(crate) origin: Origin,
    pub(crate) text: String,
}

/// Where a protocol file was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Origin {
    BuiltIn,
    File(PathBuf),
}

/// The largest file that is read.
const MOST: u64 = 4 * 1024 * 1024;

/// The protocol of this name, or in the file of this path.
pub(crate) fn read(name: &str) -> Result<Protocol, Problem> {
    find(name)?.protocol()
}

/// The file of the protocol of this name or path: a path has a `/` or ends in `.toml`; a name is looked for in the user's
/// folder, then in the program.
pub(crate) fn find(name: &str) -> Result<Found, Problem> {
    let is_path = name.contains('/') || name.ends_with(".toml");
    let origin = if is_path { Some(Origin::File(PathBuf::from(name))) } else { origin(name) };
    let origin = origin.ok_or_else(|| unknown(name))?;
    let text = text(name, &origin)?;
    Ok(Found { name: name.to_owned(), origin, text })
}

/// Where the protocol of this name is.
fn origin(name: &str) -> Option<Origin> {
    let own = folder().map(|folder| folder.join(format!("{name}.toml"))).filter(|path| path.is_file());
    own.map(Origin::File).or_else(|| library::text(name).map(|_| Origin::BuiltIn))
}

fn text(name: &str, origin: &Origin) -> Result<String, Problem> {
    match origin {
        Origin::File(path) => read_file(path),
        Origin::BuiltIn => Ok(library::text(name).unwrap_or_default().to_owned()),
    }
}

/// A name, and what stands behind it.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) origin: Origin,
    /// The file, or why it cannot be read.
    pub(crate) text: Result<String, Problem>,
}

/// All that have a name, sorted by it; the user's own hide built-in ones. A file that cannot be read stops none of the
/// others.
pub(crate) fn all() -> Result<Vec<Named>, Problem> {
    let mut names: Vec<String> = library::names().map(str::to_owned).collect();
    names.extend(own_names()?);
    names.sort();
    names.dedup();
    let read = |name: String| {
        let origin = origin(&name)?;
        Some(Named { text: text(&name, &origin), name, origin })
    };
    Ok(names.into_iter().filter_map(read).collect())
}

impl Found {
    /// What it says.
    pub(crate) fn protocol(&self) -> Result<Protocol, Problem> {
        Protocol::parse(&self.text).map_err(|error| Problem::in_file(&self.shown(), &self.text, error))
    }

    /// Its path, or its name where it is built in.
    pub(crate) fn shown(&self) -> String {
        match &self.origin {
            Origin::BuiltIn => format!("{}.toml (built in)", self.name),
            Origin::File(path) => path.display().to_string(),
        }
    }
}

fn unknown(name: &str) -> Problem {
    let own = own_names().unwrap_or_default();
    let names = own.iter().map(String::as_str).chain(library::names().map(|name| -> &str { name }));
    let problem = Problem::usage(format!("there is no protocol `{name}`"));
    match nearest(name, names) {
        Some(near) => problem.with_help(format!("did you mean `{near}`? `wigwag protocol list` shows all")),
        None => problem.with_help("`wigwag protocol list` shows all; a file is named by its path: ./scale.toml"),
    }
}

fn read_file(path: &Path) -> Result<String, Problem> {
    let shown = path.display();
    let wrong = |error: std::io::Error| Problem::usage(format!("{shown}: {}", wigwag_net::cause::words(&error)));
    if std::fs::metadata(path).map_err(wrong)?.len() > MOST {
        return Err(Problem::usage(format!("{shown}: longer than {MOST} bytes, which no protocol file is")));
    }
    let bytes = std::fs::read(path).map_err(wrong)?;
    String::from_utf8(bytes).map_err(|_| Problem::usage(format!("{shown}: this is not UTF-8 text")))
}

fn own_names() -> Result<Vec<String>, Problem> {
    let Some(folder) = folder().filter(|folder| folder.is_dir()) else { return Ok(Vec::new()) };
    let wrong =
        |error: std::io::Error| Problem::usage(format!("{}: {}", folder.display(), wigwag_net::cause::words(&error)));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            names.extend(path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned));
        }
    }
    Ok(names)
}

/// The user's own protocol files: `$XDG_CONFIG_HOME/wigwag/protocols`.
fn folder() -> Option<PathBuf> {
    let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let config = config.or_else(|| std::env::home_dir().map(|home| home.join(".config")))?;
    Some(config.join("wigwag").join("protocols"))
}
