//! `wigwag send HOST --protocol P --help`: help that only the protocol can give. It is found before the words are parsed,
//! since a command line that asks for help need not be a whole one.

use std::ffi::{OsStr, OsString};

use clap::{Arg, ArgAction, Command};

/// The help that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SendHelp {
    /// The protocol, by name or path.
    pub(crate) protocol: String,
    /// The command that is asked about.
    pub(crate) command: Option<String>,
}

impl SendHelp {
    /// What the words behind `send` ask for, if it is help on a protocol. `send` are the options that there are.
    pub(crate) fn asked(words: &[OsString], send: impl FnOnce() -> Command) -> Option<Self> {
        let is_help = |word: &OsString| word == "--help" || word == "-h";
        // Mostly no help is asked for, and to build the options takes longer than an exchange.
        if !words.iter().any(is_help) {
            return None;
        }
        let send = send();
        let (mut protocol, mut positional, mut asks) = (None, Vec::new(), false);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                break;
            }
            if is_help(word) {
                asks = true;
                continue;
            }
            let Some((name, said)) = option(word) else {
                positional.push(word);
                continue;
            };
            let value = match said {
                Some(said) => Some(OsString::from(said)),
                None => takes_next(&send, name, words.as_slice().first()).then(|| words.next().cloned()).flatten(),
            };
            if name == "protocol" {
                protocol = value;
            }
        }
        let protocol = protocol.filter(|_| asks)?.into_string().ok()?;
        let command = positional.get(1).and_then(|word| word.to_str()).map(str::to_owned);
        Some(Self { protocol, command })
    }
}

/// `--name` or `--name=value`, taken apart.
fn option(word: &OsStr) -> Option<(&str, Option<&str>)> {
    let text = word.to_str()?.strip_prefix("--")?;
    Some(match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    })
}

/// Whether the word behind an option is its value.
fn takes_next(send: &Command, name: &str, next: Option<&OsString>) -> bool {
    let takes_value = |arg: &&Arg| matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    let option = send.get_arguments().find(|arg| arg.get_long() == Some(name)).filter(takes_value);
    let looks_like_an_option = |word: &OsString| word.as_encoded_bytes().starts_with(b"-") && word.len() > 1;
    match (option, next) {
        (Some(option), Some(next)) => option.is_allow_hyphen_values_set() || !looks_like_an_option(next),
        (None, _) | (_, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str) -> Option<(String, Option<String>)> {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let asked = SendHelp::asked(&words, super::super::send_alone);
        asked.map(|asked| (asked.protocol, asked.command))
    }

    #[track_caller]
    fn assert_asked(line: &str, protocol: &str, command: Option<&str>) {
        assert_eq!(asked(line), Some((protocol.to_owned(), command.map(str::to_owned))), "{line}");
    }

    #[test]
    fn help_on_a_protocol_is_found_wherever_it_stands() {
        assert_asked("10.0.0.9 --protocol scpi --help", "scpi", None);
        assert_asked("--protocol=scpi -h", "scpi", None);
        assert_asked("--help --protocol scpi 10.0.0.9 measure", "scpi", Some("measure"));
        assert_asked("10.0.0.9 --trace measure range=5 --protocol ./x.toml -h", "./x.toml", Some("measure"));
        assert_asked("--first-timeout 5s 10.0.0.9 --protocol scpi measure -h", "scpi", Some("measure"));
    }

    #[test]
    fn other_words_are_no_help_on_a_protocol() {
        for line in [
            "10.0.0.9 --help",
            "10.0.0.9 --protocol scpi measure",
            "10.0.0.9 --protocol --help",
            "10.0.0.9 --protocol scpi --text --help",
            "10.0.0.9 --protocol scpi -- --help",
            "10.0.0.9 --text --protocol scpi --help",
        ] {
            assert_eq!(asked(line), None, "{line}");
        }
    }
}
