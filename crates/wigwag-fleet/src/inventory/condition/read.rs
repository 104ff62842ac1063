//! From a text to a condition.

use std::ops::Range;

use regex_lite::{Regex, RegexBuilder};

use super::{Compare, Node, OWN_WORDS, Operand};
use crate::inventory::{Inventory, Value};
use crate::targets::TargetError;
use wigwag_protocol::layout::nearest;

/// As deep as brackets and `!` may be nested: each level is a call.
const DEEPEST: usize = 64;

/// The most memory that one compiled expression may take.
const LARGEST_REGEX: usize = 1 << 20;

pub(super) fn condition(text: &str, inventory: &Inventory) -> Result<Node, TargetError> {
    let mut reader = Reader { text, tokens: tokens(text)?, at: 0, depth: 0, inventory };
    let node = reader.any()?;
    match reader.next() {
        None => Ok(node),
        Some((Token::Sign(")"), at)) => Err(TargetError::new(at, "this bracket closes nothing")),
        Some((Token::Word(word @ ("and" | "or")), at)) => {
            let sign = if word == "and" { "&&" } else { "||" };
            Err(TargetError::new(at, format!("`{word}` is written {sign}")))
        }
        Some((_, at)) => Err(TargetError::new(at, "`&&` or `||` is missing before this")),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token<'t> {
    Word(&'t str),
    Text(String),
    Number(Value),
    Sign(&'static str),
}

/// The longer signs first.
const SIGNS: [&str; 13] = ["==", "!=", "<=", ">=", "=~", "!~", "&&", "||", "<", ">", "!", "(", ")"];

fn tokens(text: &str) -> Result<Vec<(Token<'_>, Range<usize>)>, TargetError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(first) = rest.chars().next() else { break };
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (token, size) = match first {
            '"' | '\'' => {
                quoted(rest, first).ok_or_else(|| TargetError::new(at..text.len(), "this quote is never closed"))?
            }
            '0'..='9' | '-' => number(rest, at)?,
            _ if first.is_alphabetic() || first == '_' => {
                let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
                let size = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
                (Token::Word(rest.get(..size).unwrap_or_default()), size)
            }
            _ => match SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
                Some(sign) => (Token::Sign(sign), sign.len()),
                None => {
                    let here = at..at + first.len_utf8();
                    return Err(match first {
                        '=' => TargetError::new(here, "`=` alone compares nothing").with_help("write =="),
                        '&' => TargetError::new(here, "`&` alone means nothing").with_help("write &&"),
                        '|' => TargetError::new(here, "`|` alone means nothing").with_help("write ||"),
                        _ => TargetError::new(here, format!("`{first}` means nothing here")),
                    });
                }
            },
        };
        tokens.push((token, at..at + size));
        at += size;
    }
    Ok(tokens)
}

/// A text and its quotes; a backslash takes the next quote or backslash as it is.
fn quoted(rest: &str, quote: char) -> Option<(Token<'static>, usize)> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        match c {
            _ if c == quote => return Some((Token::Text(text), at + 1)),
            '\\' => match characters.next_if(|(_, next)| *next == quote || *next == '\\') {
                Some((_, next)) => text.push(next),
                None => text.push(c),
            },
            _ => text.push(c),
        }
    }
    None
}

fn number(rest: &str, at: usize) -> Result<(Token<'_>, usize), TargetError> {
    let size = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-')).unwrap_or(rest.len());
    let digits = rest.get(..size).unwrap_or_default();
    let number = match digits.parse() {
        Ok(number) => Value::Integer(number),
        Err(_) => Value::Float(digits.parse().map_err(|_| {
            TargetError::new(at..at + size, format!("`{digits}` is not a number"))
                .with_help(format!("a version stands in quotes: \"{digits}\""))
        })?),
    };
    Ok((Token::Number(number), size))
}

struct Reader<'t> {
    text: &'t str,
    tokens: Vec<(Token<'t>, Range<usize>)>,
    at: usize,
    depth: usize,
    inventory: &'t Inventory,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<&Token<'t>> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn next(&mut self) -> Option<(Token<'t>, Range<usize>)> {
        let next = self.tokens.get(self.at).cloned();
        self.at += 1;
        next
    }

    fn take(&mut self, sign: &'static str) -> bool {
        let is_next = self.peek() == Some(&Token::Sign(sign));
        self.at += usize::from(is_next);
        is_next
    }

    fn any(&mut self) -> Result<Node, TargetError> {
        let mut nodes = vec![self.all()?];
        while self.take("||") {
            nodes.push(self.all()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Any(nodes) })
    }

    fn all(&mut self) -> Result<Node, TargetError> {
        let mut nodes = vec![self.one()?];
        while self.take("&&") {
            nodes.push(self.one()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::All(nodes) })
    }

    fn one(&mut self) -> Result<Node, TargetError> {
        let at = self.place();
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(TargetError::new(at, "this is nested too deep"));
        }
        let node = if self.take("!") {
            Node::Not(Box::new(self.one()?))
        } else if self.take("(") {
            let node = self.any()?;
            if !self.take(")") {
                return Err(TargetError::new(at, "this bracket is never closed"));
            }
            node
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn comparison(&mut self) -> Result<Node, TargetError> {
        let left = self.operand("a condition is missing here")?;
        let how = match self.peek() {
            Some(Token::Sign("==")) => Compare::Equal,
            Some(Token::Sign("!=")) => Compare::Unequal,
            Some(Token::Sign("<")) => Compare::Less,
            Some(Token::Sign("<=")) => Compare::AtMost,
            Some(Token::Sign(">")) => Compare::More,
            Some(Token::Sign(">=")) => Compare::AtLeast,
            Some(Token::Sign(sign @ ("=~" | "!~"))) => {
                let wanted = *sign == "=~";
                self.at += 1;
                return self.regex().map(|regex| Node::Fits { left, regex, wanted });
            }
            _ => return Ok(Node::IsTrue(left)),
        };
        self.at += 1;
        let right = self.operand("a value is missing here")?;
        Ok(Node::Compare { left, how, right })
    }

    fn regex(&mut self) -> Result<Regex, TargetError> {
        let at = self.place();
        match self.next() {
            Some((Token::Text(text), at)) => RegexBuilder::new(&text)
                .size_limit(LARGEST_REGEX)
                .build()
                .map_err(|error| TargetError::new(at, format!("this is no regular expression: {error}"))),
            Some(_) => Err(TargetError::new(at, "a regular expression stands in quotes")),
            None => Err(TargetError::new(at, "a regular expression is missing here")),
        }
    }

    fn operand(&mut self, missing: &str) -> Result<Operand, TargetError> {
        let is_first =
            self.at == 0 || matches!(self.tokens.get(self.at - 1), Some((Token::Sign("(" | "!" | "&&" | "||"), _)));
        match self.next() {
            Some((Token::Word(word), at)) => self.word(word, at, is_first),
            Some((Token::Text(text), _)) => Ok(Operand::Literal(Value::text(text))),
            Some((Token::Number(number), _)) => Ok(Operand::Literal(number)),
            Some((Token::Sign(_), at)) => Err(TargetError::new(at, missing)),
            None => Err(TargetError::new(self.text.len()..self.text.len(), missing)),
        }
    }

    fn word(&self, word: &str, at: Range<usize>, is_first: bool) -> Result<Operand, TargetError> {
        let first = word.split('.').next().unwrap_or(word);
        let known = |name: &str| self.inventory.variables().any(|variable| variable == name);
        Ok(match word {
            "name" => Operand::Name,
            "group" => Operand::Group,
            "protocol" => Operand::Protocol,
            "address" => Operand::Address,
            "port" => Operand::Port,
            _ if known(word) || known(first) => Operand::Variable(word.into()),
            "true" => Operand::Literal(Value::Bool(true)),
            "false" => Operand::Literal(Value::Bool(false)),
            _ => {
                let error = TargetError::new(at, format!("no host has a variable `{word}`"));
                let near = nearest(word, self.inventory.variables().chain(OWN_WORDS));
                return Err(match near {
                    Some(near) => error.with_help(format!("did you mean `{near}`?")),
                    None if !is_first => error.with_help(format!("a text needs quotes: \"{word}\"")),
                    None => error,
                });
            }
        })
    }

    /// Where the next token is.
    fn place(&self) -> Range<usize> {
        let end = self.text.len()..self.text.len();
        self.tokens.get(self.at).map_or(end, |(_, at)| at.clone())
    }
}
