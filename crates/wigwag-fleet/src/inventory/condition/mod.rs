//! `site=="berlin" && fw<"2.3"`: what must hold for a host.
//!
//! | written | holds |
//! |---|---|
//! | `== !=` | equal or not; numbers by their value, texts to the letter |
//! | `< <= > >=` | numbers by their value, texts naturally: 2.10 comes after 2.9 |
//! | `=~ !~` | a regular expression fits somewhere, or nowhere |
//! | `site`, `!site` | the variable is there and says no no, or not |
//! | `&& \|\| ! ( )` | in this order of strength: `!`, `&&`, `\|\|` |
//!
//! `name`, `group`, `protocol`, `address` and `port` can be asked, too. A host is in several groups; one that fits is
//! enough, and `group != "x"` asks that none is. Where a host lacks a variable, only `!=`, `!~` and `!` hold.

mod natural;
mod read;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use regex_lite::Regex;

use super::{Host, Inventory, Value};
use crate::targets::TargetError;

/// What must hold for a host.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    node: Arc<Node>,
}

/// A part of a condition.
#[derive(Debug)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    IsTrue(Operand),
    Compare { left: Operand, how: Compare, right: Operand },
    Fits { left: Operand, regex: Regex, wanted: bool },
}

/// What can be asked.
#[derive(Debug)]
enum Operand {
    Name,
    Group,
    Protocol,
    Address,
    Port,
    Variable(Box<str>),
    Literal(Value),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compare {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// What can be asked beside variables.
const OWN_WORDS: [&str; 5] = ["name", "group", "protocol", "address", "port"];

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    ///
    /// It means nothing, or asks for a variable that no host of the inventory has: that is a slip, and with `!=` it would
    /// hold for all.
    pub(crate) fn parse(text: &str, inventory: &Inventory) -> Result<Self, TargetError> {
        let node = read::condition(text, inventory)?;
        Ok(Self { node: Arc::new(node) })
    }

    /// Whether it holds for this host.
    pub(crate) fn holds(&self, host: &Host) -> bool {
        self.node.holds(host)
    }
}

impl Node {
    fn holds(&self, host: &Host) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.holds(host)),
            Self::Any(nodes) => nodes.iter().any(|node| node.holds(host)),
            Self::Not(node) => !node.holds(host),
            Self::IsTrue(operand) => operand.any(host, |value| value.is_true()),
            Self::Compare { left, how: Compare::Unequal, right } => !compare(left, Compare::Equal, right, host),
            Self::Compare { left, how, right } => compare(left, *how, right, host),
            Self::Fits { left, regex, wanted } => left.any(host, |value| regex.is_match(&text(value))) == *wanted,
        }
    }
}

fn compare(left: &Operand, how: Compare, right: &Operand, host: &Host) -> bool {
    left.any(host, |left| right.any(host, |right| how.holds(left, right)))
}

impl Operand {
    /// Whether this holds for its value, or for one of them.
    fn any(&self, host: &Host, mut holds: impl FnMut(&Value) -> bool) -> bool {
        match self {
            Self::Literal(value) => holds(value),
            Self::Name => holds(&Value::text(host.name())),
            Self::Group => host.groups().any(|group| holds(&Value::text(group))),
            Self::Protocol => host.settings().protocol.as_deref().is_some_and(|protocol| holds(&Value::text(protocol))),
            Self::Address => match host.endpoint(Some(1)) {
                Ok(endpoint) => holds(&Value::text(endpoint.host.to_string())),
                Err(_) => false,
            },
            Self::Port => host.port().is_some_and(|port| holds(&Value::Integer(port.into()))),
            Self::Variable(path) => variable(host, path).is_some_and(holds),
        }
    }
}

/// The variable of this name, or what its table has under the names behind the dots.
fn variable<'h>(host: &'h Host, path: &str) -> Option<&'h Value> {
    if let Some(value) = host.var(path) {
        return Some(value);
    }
    let mut names = path.split('.');
    let first = host.var(names.next()?)?;
    names.try_fold(first, |value, name| match value {
        Value::Table(entries) => entries.iter().find(|(key, _)| **key == *name).map(|(_, value)| value),
        _ => None,
    })
}

impl Compare {
    fn holds(self, left: &Value, right: &Value) -> bool {
        match self {
            Self::Equal => is_equal(left, right),
            Self::Unequal => !is_equal(left, right),
            Self::Less => order(left, right).is_lt(),
            Self::AtMost => order(left, right).is_le(),
            Self::More => order(left, right).is_gt(),
            Self::AtLeast => order(left, right).is_ge(),
        }
    }
}

fn is_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => left == right,
        _ => match numbers(left, right) {
            Some((left, right)) => left == right,
            None => text(left) == text(right),
        },
    }
}

fn order(left: &Value, right: &Value) -> Ordering {
    match numbers(left, right) {
        Some((left, right)) => left.total_cmp(&right),
        None => natural::order(&text(left), &text(right)),
    }
}

/// Both as numbers, if one is written as a number and the other can be one.
fn numbers(left: &Value, right: &Value) -> Option<(f64, f64)> {
    let is_number = |value: &Value| matches!(value, Value::Integer(_) | Value::Float(_));
    let both = left.number().zip(right.number());
    both.filter(|_| is_number(left) || is_number(right))
}

fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Text(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::inventory::Format;

    const HOSTS: &str = "
        [group.presses]
        hosts = ['press-[1-3]']
        vars = { site = 'berlin', limit = 4, fw = '2.10', tags = { rack = 'b7' }, retired = false }
        [group.old]
        hosts = ['press-3']
        protocol = 'zpl'
        port = 9100
        vars = { fw = '2.9', retired = true }
        [host.gate]
        address = '10.4.0.7'
    ";

    fn which(condition: &str) -> String {
        let inventory = Inventory::parse(HOSTS, Format::Toml, Path::new("hosts.toml")).unwrap();
        match Condition::parse(condition, &inventory) {
            Ok(condition) => {
                let names = ["press-1", "press-3", "gate"];
                let holds = names.into_iter().filter(|name| condition.holds(&inventory.host(name)));
                holds.collect::<Vec<_>>().join(" ")
            }
            Err(TargetError { at, message, help }) => format!("{at:?}: {message} ({})", help.unwrap_or_default()),
        }
    }

    #[test]
    fn conditions_hold_for_hosts() {
        for (condition, expected) in [
            ("site == \"berlin\"", "press-1 press-3"),
            ("site != 'berlin'", "gate"),
            ("fw < '2.10'", "press-3"),
            ("fw >= '2.10'", "press-1"),
            ("limit == 4 && fw > '2.9'", "press-1"),
            ("limit >= 4.0", "press-1 press-3"),
            ("limit < 4 || name == 'gate'", "gate"),
            ("limit == '4'", "press-1 press-3"),
            ("retired", "press-3"),
            ("!retired", "press-1 gate"),
            ("!(retired || site == 'berlin')", "gate"),
            ("name =~ '-[13]$'", "press-1 press-3"),
            ("name !~ '^press'", "gate"),
            ("group == 'old'", "press-3"),
            ("group != 'old'", "press-1 gate"),
            ("group =~ '^pres'", "press-1 press-3"),
            ("protocol == 'zpl' && port == 9100", "press-3"),
            ("address == '10.4.0.7'", "gate"),
            ("tags.rack == 'b7'", "press-1 press-3"),
            ("'berlin' == site", "press-1 press-3"),
            ("true == retired || 1 == 2", "press-3"),
            ("name == 'gate' || site == 'berlin' && retired", "press-3 gate"),
        ] {
            assert_eq!(which(condition), expected, "{condition}");
        }
    }

    #[test]
    fn every_error_has_its_place() {
        for (condition, expected) in [
            ("", "0..0: a condition is missing here ()"),
            ("sit == 'berlin'", "0..3: no host has a variable `sit` (did you mean `site`?)"),
            ("site = 'berlin'", "5..6: `=` alone compares nothing (write ==)"),
            ("site == ", "8..8: a value is missing here ()"),
            ("site == berlin", "8..14: no host has a variable `berlin` (a text needs quotes: \"berlin\")"),
            ("site == 'berlin", "8..15: this quote is never closed ()"),
            ("(site == 'berlin'", "0..1: this bracket is never closed ()"),
            ("site == 'berlin' fw < 2", "17..19: `&&` or `||` is missing before this ()"),
            ("site =~ '['", "8..11: this is no regular expression: found unclosed character class ()"),
            ("site =~ fw", "8..10: a regular expression stands in quotes ()"),
            ("site & fw", "5..6: `&` alone means nothing (write &&)"),
            ("site == 'berlin' and retired", "17..20: `and` is written && ()"),
            ("site == #", "8..9: `#` means nothing here ()"),
        ] {
            assert_eq!(which(condition), expected, "{condition}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = format!("{}site{}", "(".repeat(10_000), ")".repeat(10_000));
        assert!(which(&deep).contains("nested too deep"), "{}", which(&deep));
        assert!(which(&format!("{}site", "!".repeat(10_000))).contains("nested too deep"));
    }
}
