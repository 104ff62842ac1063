//! Names with ranges: `press-[001-117,119].plant`, `10.[0-3].1.[1-20]`.

use std::fmt;

use wigwag_net::{Endpoint, EndpointError};

use super::numbers::too_many;
use super::{MOST_NAMES, Numbers, TargetError};

/// Names with ranges of numbers in them, or a single name. `[v6]` and `[v6]:port` are single names: an IPv6 literal in
/// brackets is no range.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    /// Between two ranges stands a text with something in it that is no digit, so that a name can be cut in one way only.
    parts: Box<[Part]>,
    count: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Text(Box<str>),
    Numbers(Numbers),
}

/// The longest text that can be a name: a DNS name in brackets with a port has less.
const LONGEST: usize = 1024;

impl Pattern {
    /// Reads names with ranges.
    ///
    /// # Errors
    ///
    /// A range that is none, brackets that do not match, more names than one word may stand for.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        if text.len() > LONGEST && !text.contains('[') {
            return Err(TargetError::new(0..text.len(), format!("a name has at most {LONGEST} bytes")));
        }
        if is_ipv6(text) {
            return Self::ipv6(text);
        }
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let (part, size) = match rest.strip_prefix('[') {
                None => literal(rest, at)?,
                Some(inside) => range(inside, at, &parts)?,
            };
            parts.push(part);
            at += size;
        }
        Self::of(parts).ok_or_else(|| too_many(0..text.len()))
    }

    fn ipv6(text: &str) -> Result<Self, TargetError> {
        // The brackets around an address are no range; all others would be one.
        let own = text.starts_with('[').then(|| text.find(']')).flatten();
        let foreign = text.char_indices().find(|(at, c)| match c {
            '[' => *at > 0,
            ']' => Some(*at) != own,
            _ => false,
        });
        match foreign {
            None if text.starts_with('[') && own.is_none() => {
                Err(TargetError::new(0..1, "this bracket is never closed"))
            }
            None => Ok(Self::name(text)),
            Some((at, _)) => Err(TargetError::new(at..text.len(), "an IPv6 address has no ranges")
                .with_help("ranges count in decimal and IPv6 addresses in hex; write a network: 2001:db8::/120")),
        }
    }

    /// One name, whatever characters it has.
    pub(crate) fn name(name: &str) -> Self {
        Self { parts: Box::new([Part::Text(name.into())]), count: 1 }
    }

    /// These parts in a row; `None` if they make more names than one word may stand for.
    pub(super) fn of(parts: Vec<Part>) -> Option<Self> {
        let counts = parts.iter().map(|part| match part {
            Part::Text(_) => 1,
            Part::Numbers(numbers) => numbers.count(),
        });
        let count = counts.into_iter().try_fold(1_u64, u64::checked_mul).filter(|count| *count <= MOST_NAMES)?;
        Some(Self { parts: parts.into_boxed_slice(), count })
    }

    /// How many names there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The name, if it is only one and has no brackets around its number.
    pub fn as_name(&self) -> Option<&str> {
        match &*self.parts {
            [Part::Text(name)] => Some(name),
            _ => None,
        }
    }

    /// Whether this is one of the names.
    pub fn contains(&self, name: &str) -> bool {
        let mut rest = name;
        let mut parts = self.parts.iter().peekable();
        while let Some(part) = parts.next() {
            let behind = match part {
                Part::Text(text) => rest.strip_prefix(&**text),
                Part::Numbers(numbers) => {
                    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                    // The digits at the start of the next text are not the range's.
                    let foreign = match parts.peek() {
                        Some(Part::Text(text)) => text.bytes().take_while(u8::is_ascii_digit).count(),
                        Some(Part::Numbers(_)) | None => 0,
                    };
                    let own = digits.checked_sub(foreign).and_then(|own| rest.split_at_checked(own));
                    own.filter(|(own, _)| numbers.contains(own)).map(|(_, behind)| behind)
                }
            };
            match behind {
                Some(behind) => rest = behind,
                None => return false,
            }
        }
        rest.is_empty()
    }

    /// Adds the name at this place to `out`: the last range runs fastest, as ClusterShell has it.
    pub fn write(&self, place: u64, out: &mut String) {
        let mut left = self.count;
        let mut place = place;
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Numbers(numbers) => {
                    left /= numbers.count().max(1);
                    numbers.write(place / left, out);
                    place %= left;
                }
            }
        }
    }

    /// What all names begin with.
    pub(super) fn prefix(&self) -> &str {
        match self.parts.first() {
            Some(Part::Text(text)) => text,
            Some(Part::Numbers(_)) | None => "",
        }
    }

    /// Whether all names are addresses, or hosts with a port: names that need no inventory to be known.
    pub fn stands_for_itself(&self) -> bool {
        let has_port = match self.parts.last() {
            Some(Part::Text(text)) => is_ipv6(text) || text.rsplit_once(':').is_some(),
            Some(Part::Numbers(_)) | None => {
                self.parts.iter().any(|part| matches!(part, Part::Text(t) if t.contains(':')))
            }
        };
        has_port || self.is_ipv4()
    }

    fn is_ipv4(&self) -> bool {
        let dots = |part: &Part| match part {
            Part::Text(text) => text.bytes().filter(|byte| *byte == b'.').count(),
            Part::Numbers(_) => 0,
        };
        let numeric = |part: &Part| match part {
            Part::Text(text) => text.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit()),
            Part::Numbers(_) => true,
        };
        self.parts.iter().all(numeric) && self.parts.iter().map(dots).sum::<usize>() == 3
    }

    /// Whether every name can be a host, with a port or without.
    ///
    /// # Errors
    ///
    /// What is wrong with the first that cannot.
    pub fn check_hosts(&self) -> Result<(), EndpointError> {
        // Names of one pattern differ in numbers only, and numbers only matter to IPv4 addresses and ports: for their
        // size and for the padding, which are largest at the ends of each span.
        let mut name = String::new();
        self.write(0, &mut name);
        host(&name)?;
        for (index, part) in self.parts.iter().enumerate() {
            let Part::Numbers(numbers) = part else { continue };
            let ends = numbers.spans().iter().flat_map(|span| [(span.width, span.first), (span.width, span.last)]);
            for (width, value) in ends {
                let width = usize::from(width);
                host(&self.first_name_with(index, &format!("{value:0width$}")))?;
            }
        }
        Ok(())
    }

    /// The first name, with these digits for the part at `index`.
    fn first_name_with(&self, index: usize, digits: &str) -> String {
        let mut name = String::new();
        for (at, part) in self.parts.iter().enumerate() {
            match part {
                Part::Text(text) => name.push_str(text),
                Part::Numbers(_) if at == index => name.push_str(digits),
                Part::Numbers(numbers) => numbers.write(0, &mut name),
            }
        }
        name
    }
}

fn host(name: &str) -> Result<(), EndpointError> {
    // Any port will do: only what is written is looked at.
    const SOME: Option<u16> = Some(1);
    Endpoint::parse(name, SOME).map(|_| ())
}

/// Whether this is written as IPv6 addresses are: several colons, or brackets around colons.
pub(super) fn is_ipv6(text: &str) -> bool {
    match text.strip_prefix('[') {
        Some(inside) => inside.split(']').next().is_some_and(|inside| inside.contains(':')),
        None => text.split('[').next().is_some_and(|start| start.matches(':').count() > 1),
    }
}

fn literal(rest: &str, at: usize) -> Result<(Part, usize), TargetError> {
    let size = rest.find('[').unwrap_or(rest.len());
    let text = rest.get(..size).unwrap_or(rest);
    match text.find(']') {
        Some(close) => Err(TargetError::new(at + close..at + close + 1, "this bracket closes nothing")),
        None => Ok((Part::Text(text.into()), size)),
    }
}

/// A range and its brackets, behind these parts.
fn range(inside: &str, at: usize, before: &[Part]) -> Result<(Part, usize), TargetError> {
    let Some(close) = inside.find(']') else {
        return Err(TargetError::new(at..at + 1, "this bracket is never closed"));
    };
    let follows_a_range = match before {
        [.., Part::Numbers(_)] => true,
        [.., Part::Numbers(_), Part::Text(text)] => text.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    if follows_a_range {
        let help = "it would not be clear which digit belongs to which range";
        return Err(
            TargetError::new(at..at + 1, "between two ranges there must be something that is no digit").with_help(help)
        );
    }
    let numbers = Numbers::parse(inside.get(..close).unwrap_or_default()).map_err(|error| error.moved(at + 1))?;
    Ok((Part::Numbers(numbers), close + 2))
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                Part::Text(text) => f.write_str(text)?,
                Part::Numbers(numbers) => write!(f, "[{numbers}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let pattern = Pattern::parse(text).unwrap();
        (0..pattern.count())
            .map(|place| {
                let mut name = String::new();
                pattern.write(place, &mut name);
                assert!(pattern.contains(&name), "{name}");
                name
            })
            .collect()
    }

    #[test]
    fn ranges_make_names() {
        assert_eq!(names("dev[001-003]"), ["dev001", "dev002", "dev003"]);
        assert_eq!(names("r[1-2]-u[09-10].plant"), ["r1-u09.plant", "r1-u10.plant", "r2-u09.plant", "r2-u10.plant"]);
        assert_eq!(names("10.[0-1].1.[9-10]"), ["10.0.1.9", "10.0.1.10", "10.1.1.9", "10.1.1.10"]);
        assert_eq!(names("a[1-2]4"), ["a14", "a24"]);
        assert_eq!(names("a4[1-2]"), ["a41", "a42"]);
        assert_eq!(names("[1-2]com:91[00-01]"), ["1com:9100", "1com:9101", "2com:9100", "2com:9101"]);
        assert_eq!(names("press"), ["press"]);
        assert_eq!(names("[::1]:9100"), ["[::1]:9100"]);
        assert_eq!(names("2001:db8::1"), ["2001:db8::1"]);
    }

    #[test]
    fn a_name_is_recognised_without_a_list() {
        let pattern = Pattern::parse("a[1-20]4-u[01-10].x").unwrap();
        for (name, expected) in [
            ("a14-u01.x", true),
            ("a204-u10.x", true),
            ("a214-u10.x", false),
            ("a4-u10.x", false),
            ("a14-u1.x", false),
            ("a14-u01.xy", false),
            ("a14-u01", false),
            ("", false),
        ] {
            assert_eq!(pattern.contains(name), expected, "{name}");
        }
    }

    #[test]
    fn every_error_has_its_place() {
        for (text, at, message) in [
            ("dev[1-", 3..4, "this bracket is never closed"),
            ("dev]1", 3..4, "this bracket closes nothing"),
            ("a[1-2][3-4]", 6..7, "between two ranges there must be something that is no digit"),
            ("a[1-2]1[3-4]", 7..8, "between two ranges there must be something that is no digit"),
            ("a[1-2,x]", 6..7, "`x` is not a number"),
            ("a[1-2000]b[1-2000]", 0..18, "this stands for more than 1048576 targets"),
            ("2001:db8::[1-5]", 10..15, "an IPv6 address has no ranges"),
            ("[\u{e9}[:", 3..5, "an IPv6 address has no ranges"),
            ("[::1", 0..1, "this bracket is never closed"),
        ] {
            let error = Pattern::parse(text).unwrap_err();
            assert_eq!((error.at, error.message.as_str()), (at, message), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_a_host_is_found_without_trying_each() {
        for (text, expected) in [
            ("10.0.0.[1-255]", None),
            ("10.0.0.[1-256]", Some("10.0.0.256")),
            ("10.0.0.[5,01,100]", Some("10.0.0.01")),
            ("10.0.[1-20].[001-100]", Some("10.0.1.001")),
            ("press-[1-5000]", None),
        ] {
            let checked = Pattern::parse(text).unwrap().check_hosts();
            let wrong = expected.map(|host| EndpointError::NotIpv4 { host: host.to_owned() });
            assert_eq!(checked.err(), wrong, "{text}");
        }
    }

    #[test]
    fn addresses_and_ports_need_no_inventory() {
        for (text, expected) in [
            ("10.0.0.[1-5]", true),
            ("10.0.0.1", true),
            ("press:9100", true),
            ("press[1-2]:9100", true),
            ("::1", true),
            ("[::1]", true),
            ("press", false),
            ("press[1-2]", false),
            ("10.0.0", false),
        ] {
            assert_eq!(Pattern::parse(text).unwrap().stands_for_itself(), expected, "{text}");
        }
    }
}
