//! What to type next.

use wigwag_fleet::Ended;
use wigwag_protocol::bytes::display::escape_str;

use super::text::value;

/// The command that finds out whether a single command took effect, where that is not known and the protocol says how.
/// `protocol` is the word that names the protocol.
pub(crate) fn next_for_one(ended: &Ended, protocol: &str) -> Option<String> {
    if !ended.outcome.leaves_it_open() {
        return None;
    }
    let task = &ended.target.order.as_ref().ok()?.task;
    let verify = task.call.command()?.verify.as_ref()?;
    let reader = task.protocol.command(&verify.command)?;
    let params = reader.params.iter().filter(|param| !param.rule.secret);
    let given =
        params.filter_map(|param| Some(format!("{}={}", param.name, value(task.call.fields().get(&param.name)?))));
    let words = ["wigwag", "send", &*ended.target.name, "--protocol", protocol, &reader.name].map(str::to_owned);
    let words: Vec<String> = words.into_iter().chain(given).map(|word| quoted(&word)).collect();
    Some(words.join(" "))
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let word = escape_str(word).to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/=,@%+[]".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) { word } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::{answered, receptacle, silent, status};

    #[test]
    fn a_command_that_can_be_verified_names_the_one_that_reads() {
        let next = next_for_one(&silent(&receptacle(), 7), "./my protocols/extron.toml");
        let expected = "wigwag send press-007 --protocol './my protocols/extron.toml' receptacle_state n=1";
        assert_eq!(next.as_deref(), Some(expected));
        assert_eq!(next_for_one(&answered(&receptacle(), 7, b"Cpn01 Ppc1"), "extron-sis"), None);
        assert_eq!(next_for_one(&silent(&status(), 7), "esc-cr"), None);
    }

    #[test]
    fn words_are_taken_by_a_shell_as_they_are_meant() {
        assert_eq!(quoted("n=1"), "n=1");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("$(reboot)"), "'$(reboot)'");
        assert_eq!(quoted(""), "''");
    }
}
