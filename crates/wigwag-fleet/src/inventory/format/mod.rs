//! The formats, one file each, and how it is told which one a file has.
//!
//! A format is a function that reads a text into a [`Builder`], a variant of [`Format`], and a line in `recognise`.

mod ansible;
mod csv;
mod file_sd;
mod lines;
mod list;
mod ndjson;
mod program;
mod recognise;
mod toml;

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use wigwag_net::cause;
use wigwag_protocol::layout::nearest;
use wigwag_protocol::protocol::FileError;

use super::InventoryError;
use super::builder::Builder;
use super::error::{at, nowhere};
use super::setting::SettingError;

/// The largest file that is read: room for millions of hosts.
pub const MOST_BYTES: u64 = 512 * 1024 * 1024;

/// What an inventory is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Our own form.
    Toml,
    /// Ansible's INI.
    AnsibleIni,
    /// Ansible's YAML.
    AnsibleYaml,
    /// What an inventory program prints for `--list`.
    List,
    /// Targets for Prometheus, in JSON.
    FileSdJson,
    /// The same in YAML.
    FileSdYaml,
    /// A table with a header.
    Csv,
    /// A JSON object a line.
    Ndjson,
    /// A target a line.
    Lines,
}

/// What stands for standard input among paths, and what it is called.
const DASH: &str = "-";
const STANDARD_INPUT: &str = "standard input";

/// Reads a file of any format; `-` is standard input.
pub(super) fn read(path: &Path, builder: &mut Builder) -> Result<(), InventoryError> {
    match path == Path::new(DASH) {
        true => read_stream(io::stdin().lock(), builder),
        false => read_file(path, builder),
    }
}

/// Reads what comes on standard input. Its name has no folder, so that paths in it are relative to the current one, and no
/// extension, so that its content says what it is.
fn read_stream(from: impl Read, builder: &mut Builder) -> Result<(), InventoryError> {
    let path = Path::new(STANDARD_INPUT);
    let wrong = |error: FileError| InventoryError { path: path.to_owned(), text: String::new(), error };
    let mut bytes = Vec::new();
    from.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| wrong(nowhere(cause::words(&error))))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(wrong(too_long()));
    }
    read_bytes(bytes, path, builder)
}

fn read_file(path: &Path, builder: &mut Builder) -> Result<(), InventoryError> {
    let wrong = |error: FileError| InventoryError { path: path.to_owned(), text: String::new(), error };
    let metadata = fs::metadata(path).map_err(|error| wrong(nowhere(cause::words(&error))))?;
    if metadata.is_dir() {
        let help = Some("name the files in it, each with -i; of several the later wins".to_owned());
        return Err(wrong(FileError { help, ..nowhere("this is a directory") }));
    }
    if metadata.len() > MOST_BYTES {
        return Err(wrong(too_long()));
    }
    let bytes = fs::read(path).map_err(|error| wrong(nowhere(cause::words(&error))))?;
    if program::is_one(&metadata, &bytes) {
        let text = program::list(path).map_err(wrong)?;
        return parse(&text, Format::List, path, builder);
    }
    read_bytes(bytes, path, builder)
}

/// Reads what a file says, in whatever format it is.
fn read_bytes(bytes: Vec<u8>, path: &Path, builder: &mut Builder) -> Result<(), InventoryError> {
    let wrong = |error: FileError| InventoryError { path: path.to_owned(), text: String::new(), error };
    let text = String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        wrong(nowhere(format!("this is not UTF-8 text (byte {place})")))
    })?;
    // Some editors begin a file with a mark that is no part of its text.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let format = recognise::format(path, text).map_err(wrong)?;
    parse(text, format, path, builder)
}

fn too_long() -> FileError {
    nowhere(format!("longer than {MOST_BYTES} bytes"))
}

/// Reads a text of this format.
pub(super) fn parse(text: &str, format: Format, path: &Path, builder: &mut Builder) -> Result<(), InventoryError> {
    builder.begin(path);
    let read = match format {
        Format::Toml => toml::read(text, builder),
        Format::AnsibleIni => ansible::ini(text, builder),
        Format::AnsibleYaml => ansible::yaml(text, builder),
        Format::List => list::read(text, builder),
        Format::FileSdJson => file_sd::json(text, builder),
        Format::FileSdYaml => file_sd::yaml(text, builder),
        Format::Csv => csv::read(text, builder),
        Format::Ndjson => ndjson::read(text, builder),
        Format::Lines => lines::read(text, builder),
    };
    read.map_err(|error| InventoryError { path: path.to_owned(), text: text.to_owned(), error })
}

/// A setting that is wrong, at these bytes.
fn setting_at(place: std::ops::Range<usize>, error: SettingError) -> FileError {
    match error {
        SettingError::Key { message, help } | SettingError::Value { message, help } => {
            FileError { help, ..at(place, message) }
        }
    }
}

/// What is wrong with JSON, and where.
fn json_error(text: &str, error: &serde_json::Error) -> FileError {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or(&message);
    let line_start = match error.line() {
        0 | 1 => 0,
        line => text.match_indices('\n').nth(line - 2).map_or(text.len(), |(place, _)| place + 1),
    };
    let place = line_start + error.column().saturating_sub(1);
    let place = (0..=place.min(text.len())).rev().find(|place| text.is_char_boundary(*place)).unwrap_or_default();
    let size = text.get(place..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    at(place..place + size, format!("this is not JSON: {message}"))
}

/// What is wrong with YAML, and where.
fn yaml_error(error: &serde_saphyr::Error) -> FileError {
    let message = error.without_snippet().to_string();
    // It names the place in words; the place is shown.
    let message = message.split(" at line ").next().unwrap_or(&message).trim_end_matches([':', ',']);
    let (message, help) = reworded(message);
    match error.location().and_then(|location| yaml_place(&location)) {
        Some(place) => FileError { help, ..at(place, message) },
        None => FileError { help, ..nowhere(message) },
    }
}

/// An error of the YAML reader, in the words of people who write inventories.
fn reworded(message: &str) -> (String, Option<String>) {
    if let Some(names) = message.strip_prefix("unknown field ") {
        let mut names = names.split(['`', ',', ' ']).filter(|name| !name.is_empty());
        let unknown = names.next().unwrap_or_default();
        let known: Vec<&str> = names.filter(|name| !matches!(*name, "expected" | "one" | "of" | "or")).collect();
        let near = nearest(unknown, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let help = near.unwrap_or_else(|| format!("there are: {}", known.join(", ")));
        return (format!("there is no key `{unknown}` here"), Some(help));
    }
    if let Some(key) = message.strip_prefix("duplicate mapping key: ") {
        let key = key.split(", set ").next().unwrap_or(key);
        return (format!("`{key}` is here a second time"), None);
    }
    if message == "expected mapping start" {
        let help = "each name has a colon behind it, and what belongs to it is indented below";
        return ("expected names with what belongs to them".to_owned(), Some(help.to_owned()));
    }
    (format!("this is no such YAML: {message}"), None)
}

/// The bytes of something in YAML.
fn yaml_place(location: &serde_saphyr::Location) -> Option<std::ops::Range<usize>> {
    let span = location.span();
    let start = usize::try_from(span.byte_offset()?).ok()?;
    let size = usize::try_from(span.byte_len().unwrap_or_default()).ok()?;
    Some(start..start + size)
}

/// How YAML is read: numbers as Ansible and Prometheus read them, but never so that a serial number loses its zeros; as
/// large as a file may be, and as deep as no inventory is.
fn yaml_options() -> serde_saphyr::Options {
    /// An inventory of this many hosts with a few variables each.
    const MOST_NODES: usize = 16_000_000;
    let mut budget = serde_saphyr::Budget::default();
    budget.max_reader_input_bytes = None;
    budget.max_events = 4 * MOST_NODES;
    budget.max_nodes = MOST_NODES;
    budget.max_total_scalar_bytes = MOST_BYTES as usize;
    serde_saphyr::options! {
        budget: Some(budget),
        with_snippet: false,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
    }
}
