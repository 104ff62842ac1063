//! The protocol files that are built in.
//!
//! To add one: a file in `protocols/`, and its line here.

use super::{FileError, Protocol};

/// A table of names and files, by name.
macro_rules! library {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../protocols/", $name, ".toml")))),*]
    };
}

const LIBRARY: &[(&str, &str)] = library![
    "denon-avr",
    "esc-cr",
    "escpos",
    "extron-sis",
    "line",
    "line-cr",
    "line-lf",
    "mllp",
    "modbus-rtu-tcp",
    "modbus-tcp",
    "mt-sics",
    "panasonic-ntcontrol",
    "pjl",
    "pjlink",
    "raw",
    "samsung-mdc",
    "scpi",
    "sgd",
    "veeder-root",
    "visca",
    "zpl",
];

/// The names of the protocols that are built in, in the order of the alphabet.
pub fn names() -> impl Iterator<Item = &'static str> {
    LIBRARY.iter().map(|(name, _)| *name)
}

/// The file of the built-in protocol of this name.
pub fn text(name: &str) -> Option<&'static str> {
    LIBRARY.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

impl Protocol {
    /// The built-in protocol of this name.
    ///
    /// # Errors
    ///
    /// Its file is wrong; the project's own tests see to it that none is.
    pub fn named(name: &str) -> Option<Result<Self, FileError>> {
        text(name).map(Self::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_and_the_folder_agree() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../protocols");
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut files: Vec<String> = entries.filter_map(|file| Some(file.strip_suffix(".toml")?.to_owned())).collect();
        files.sort();
        assert_eq!(names().collect::<Vec<_>>(), files);
    }

    #[test]
    fn each_file_is_a_protocol_of_its_name() {
        for name in names() {
            let protocol = Protocol::named(name).unwrap();
            let protocol = protocol.unwrap_or_else(|error| panic!("{name}: {error} {:?}", error.at));
            assert_eq!(protocol.name, name);
        }
    }
}
