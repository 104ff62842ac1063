//! Protocol files: one TOML file that describes a device family.
//!
//! | file | what it holds |
//! |---|---|
//! | `raw/` | the file as it is written: its keys and what may stand behind them |
//! | `compile/` | what it means: a [`Protocol`], or what is wrong |
//! | `place` | where something stands in the file, down to a word inside a string |
//! | `error` | what is wrong with a file, for the person who wrote it |
//! | `schema` | the JSON Schema of `raw/`, for editors |
//!
//! To add a key: a field in `raw/`, whose comment is its description in the schema; its meaning in the file of
//! `compile/` that is called after its table; a row in the tests' table of wrong files.

mod compile;
mod error;
mod place;
mod raw;
#[cfg(feature = "schema")]
mod schema;

use super::Protocol;
use crate::toml_file;

pub use error::FileError;
#[cfg(feature = "schema")]
pub use schema::schema;

impl Protocol {
    /// Reads a protocol file.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let file = toml_file::read(text)?;
        compile::protocol(&file).map_err(|fault| fault.in_file(text))
    }
}
