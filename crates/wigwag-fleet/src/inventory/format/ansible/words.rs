//! Words with quotes, as a shell reads them, and the values that Python would see in them.

use std::ops::Range;

use crate::inventory::Value;

/// A word without its quotes, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) at: Range<usize>,
}

/// The words of a line; `#` begins a comment where a word could begin.
///
/// # Errors
///
/// Where a quote is that is never closed.
pub(super) fn words(line: &str) -> Result<Vec<Word>, usize> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut quote: Option<(char, usize)> = None;
    let mut characters = line.char_indices();
    while let Some((at, c)) = characters.next() {
        match (c, quote) {
            (_, Some((open, _))) if c == open => quote = None,
            ('\\', Some(('"', _)) | None) => {
                if let Some((_, next)) = characters.next() {
                    word.get_or_insert_with(|| Word { text: String::new(), at: at..at }).text.push(next);
                }
            }
            (_, Some(_)) => word.get_or_insert_with(|| Word { text: String::new(), at: at..at }).text.push(c),
            ('"' | '\'', None) => {
                quote = Some((c, at));
                word.get_or_insert_with(|| Word { text: String::new(), at: at..at });
            }
            ('#', None) if word.is_none() => break,
            (_, None) if c.is_whitespace() => words.extend(word.take().map(|word| end(word, at))),
            (_, None) => word.get_or_insert_with(|| Word { text: String::new(), at: at..at }).text.push(c),
        }
    }
    match quote {
        Some((_, at)) => Err(at),
        None => {
            words.extend(word.map(|word| end(word, line.trim_end().len())));
            Ok(words)
        }
    }
}

fn end(mut word: Word, at: usize) -> Word {
    word.at.end = at.max(word.at.start);
    word
}

/// The value that Ansible sees in a text: a whole number, True, False, None, a quoted text; all else is a text. A number
/// with a point stays a text, too: as a version it would lose its last zero.
pub(super) fn value(text: &str) -> Value {
    let text = text.trim();
    let is_quoted = |quote: char| text.len() >= 2 && text.starts_with(quote) && text.ends_with(quote);
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = digits == "0" || !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    match text {
        "True" => Value::Bool(true),
        "False" => Value::Bool(false),
        "None" => Value::Null,
        _ if is_quoted('"') || is_quoted('\'') => Value::text(text.get(1..text.len() - 1).unwrap_or_default()),
        _ => match text.parse().ok().filter(|_| is_number) {
            Some(number) => Value::Integer(number),
            None => Value::text(text),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> Vec<(String, &str)> {
        words(line).unwrap().into_iter().map(|word| (word.text, &line[word.at])).collect()
    }

    #[test]
    fn quotes_keep_words_together() {
        assert_eq!(
            shown("web x=1  motto=\"a b\" 'it is'  y=a\\ b # comment"),
            [
                ("web".to_owned(), "web"),
                ("x=1".to_owned(), "x=1"),
                ("motto=a b".to_owned(), "motto=\"a b\""),
                ("it is".to_owned(), "'it is'"),
                ("y=a b".to_owned(), "y=a\\ b"),
            ]
        );
        assert_eq!(shown("a#b"), [("a#b".to_owned(), "a#b")]);
        assert_eq!(words("a 'b"), Err(2));
    }

    #[test]
    fn values_as_python_sees_them() {
        assert_eq!(value("22"), Value::Integer(22));
        assert_eq!(value("007"), Value::text("007"));
        assert_eq!(value("2.10"), Value::text("2.10"));
        assert_eq!(value("True"), Value::Bool(true));
        assert_eq!(value("true"), Value::text("true"));
        assert_eq!(value("'x y'"), Value::text("x y"));
        assert_eq!(value(""), Value::text(""));
        assert_eq!(value("-"), Value::text("-"));
    }
}
