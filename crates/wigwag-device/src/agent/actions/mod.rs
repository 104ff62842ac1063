//! What is done when a command comes.
//!
//! | file | what it does |
//! |---|---|
//! | `asked` | what a request says, and what else is known, at the places of a template |
//! | `run` | runs a program |
//! | `read` | answers with a file |
//! | `write` | writes a file |
//!
//! To add one: a file here, a variant of [`Deed`], and its keys in `config/action.rs`.

mod asked;
mod read;
mod run;
#[cfg(test)]
mod tests;
mod write;

use std::collections::{BTreeSet, HashMap};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use wigwag_protocol::exchange::{Answer, Request};
use wigwag_protocol::layout::{Layout, Value};
use wigwag_protocol::template::{Piece, Template};

use super::sandbox::Needs;

pub(super) use asked::{Asked, FACTS, Facts};
pub(super) use read::Read;
pub(super) use run::{Argument, Run};
pub(super) use write::Write;

/// What a device does with all its commands.
#[derive(Debug)]
pub(super) struct Deeds {
    /// By the name of the command; where the protocol has no commands, by its body.
    pub(super) named: HashMap<Vec<u8>, Deed>,
    /// Bodies that have parts; the first that fits counts.
    pub(super) shaped: Vec<(Layout, Deed)>,
    /// For everything else.
    pub(super) otherwise: Deed,
}

/// What is done with one.
#[derive(Debug)]
pub(super) enum Deed {
    /// This is said.
    Reply(Template),
    /// A no of this text or code.
    Refuse(Value),
    /// What a program prints is said.
    Run(Run),
    /// What a file holds is said.
    Read(Read),
    /// A file is written.
    Write(Write),
}

/// Why a deed was not done, or not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// For the client, in a few words that give nothing away.
    pub(super) said: &'static str,
    /// For the log.
    pub(super) why: String,
}

impl Failure {
    fn new(said: &'static str, why: impl Into<String>) -> Self {
        Self { said, why: why.into() }
    }
}

impl Deeds {
    /// What is done with this request, and the parts of its body that only the configuration knows; `None` where nothing
    /// in particular is.
    pub(super) fn of<'d>(&'d self, request: &Request) -> Option<(&'d Deed, wigwag_protocol::layout::Fields)> {
        let Request::Command { command, body, .. } = request else { return None };
        let name = command.as_ref().map_or(body.as_slice(), |command| command.name.as_bytes());
        if let Some(deed) = self.named.get(name) {
            return Some((deed, Default::default()));
        }
        self.shaped.iter().find_map(|(layout, deed)| {
            let fields = layout.decode(body, |frame| frame.fields()).ok()?;
            Some((deed, fields))
        })
    }
}

impl Deeds {
    fn all(&self) -> impl Iterator<Item = &Deed> {
        let shaped = self.shaped.iter().map(|(_, deed)| deed);
        self.named.values().chain(shaped).chain([&self.otherwise])
    }

    /// Every reply in which nothing is filled in.
    pub(super) fn fixed_replies(&self) -> impl Iterator<Item = Vec<u8>> {
        self.all().filter_map(|deed| match deed {
            Deed::Reply(template) => template.fixed(),
            Deed::Refuse(_) | Deed::Run(_) | Deed::Read(_) | Deed::Write(_) => None,
        })
    }

    /// The files that are needed.
    pub(super) fn add_needs(&self, needs: &mut Needs) {
        for deed in self.all() {
            match deed {
                Deed::Reply(_) | Deed::Refuse(_) => {}
                Deed::Run(_) => needs.programs = true,
                Deed::Read(read) => match read.path.fixed() {
                    Some(path) => needs.read(Path::new(OsStr::from_bytes(&path))),
                    None => needs.reads.extend(folder(&read.path)),
                },
                Deed::Write(write) => {
                    let driver = write.path.fixed().map(|path| PathBuf::from(OsString::from_vec(path)));
                    // A common file is replaced by another, so its folder is written to.
                    let driver = driver.filter(|path| path.metadata().is_ok_and(|known| !known.is_file()));
                    needs.writes.extend(driver.or_else(|| folder(&write.path)));
                }
            }
        }
    }

    /// Every program that is run; each once.
    pub(super) fn programs(&self) -> impl Iterator<Item = PathBuf> {
        let programs: BTreeSet<PathBuf> = self.all().filter_map(Deed::program).collect();
        programs.into_iter()
    }
}

/// The folder of a path, up to where something is filled in.
fn folder(path: &Template) -> Option<PathBuf> {
    let Some(Piece::Said(start)) = path.pieces().first() else { return None };
    let end = start.iter().rposition(|byte| *byte == b'/')?;
    Some(PathBuf::from(OsString::from_vec(start.get(..=end)?.to_vec())))
}

impl Deed {
    fn program(&self) -> Option<PathBuf> {
        match self {
            Self::Run(run) => run.program.first()?.template.fixed().map(|path| PathBuf::from(OsString::from_vec(path))),
            Self::Reply(_) | Self::Refuse(_) | Self::Read(_) | Self::Write(_) => None,
        }
    }

    /// Whether doing it twice may be more than doing it once.
    pub(super) fn acts(&self) -> bool {
        matches!(self, Self::Run(_) | Self::Write(_))
    }

    /// What is said where nothing is to be done.
    pub(super) fn said(&self, asked: &Asked<'_>) -> Option<Result<Answer, Failure>> {
        match self {
            Self::Reply(template) => Some(asked.text(template).map(Answer::Body)),
            Self::Refuse(value) => Some(Ok(Answer::Error(value.clone()))),
            Self::Run(_) | Self::Read(_) | Self::Write(_) => None,
        }
    }

    /// Does it.
    ///
    /// # Errors
    ///
    /// It could not be done, or what came of it cannot be said.
    pub(super) async fn done(&self, asked: &Asked<'_>) -> Result<Answer, Failure> {
        let body = match self {
            Self::Run(run) => run.output(asked).await?,
            Self::Read(read) => read.content(asked).await?,
            Self::Write(write) => write.written(asked).await?,
            Self::Reply(_) | Self::Refuse(_) => return self.said(asked).unwrap_or(Ok(Answer::Silence)),
        };
        Ok(Answer::Body(body))
    }
}
