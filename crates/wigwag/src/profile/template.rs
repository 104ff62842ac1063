//! `{name}` in what is said: a host's variables.

use std::borrow::Cow;

use wigwag_protocol::layout::nearest;
use wigwag_protocol::template::{OpenBrace, Template};

use crate::problem::Problem;

/// What can stand in braces.
pub(crate) trait Variables {
    /// What a variable of this name says.
    fn variable(&self, name: &str) -> Option<String>;

    /// The names there are, for a message.
    fn names(&self) -> Vec<String>;
}

/// The variables that every target has.
#[derive(Debug, Clone)]
pub(crate) struct Device<'a> {
    pub(crate) name: &'a str,
}

impl Variables for Device<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        (name == "name").then(|| self.name.to_owned())
    }

    fn names(&self) -> Vec<String> {
        vec!["name".to_owned()]
    }
}

/// Whether a text holds a variable, or a brace that was doubled not to be one.
pub(super) fn is_template(text: &[u8]) -> bool {
    text.contains(&b'{') || text.windows(2).any(|pair| pair == b"}}")
}

/// The text with what the variables say.
pub(super) fn render(text: &[u8], variables: &dyn Variables) -> Result<Vec<u8>, Problem> {
    let template = Template::parse(text).map_err(|error| open(text, error))?;
    template.fill(|name| {
        let said = variables.variable(name).ok_or_else(|| unknown(name, variables))?;
        Ok(Cow::Owned(said.into_bytes()))
    })
}

fn open(text: &[u8], error: OpenBrace) -> Problem {
    Problem::usage(format!("`{}`: {error}", String::from_utf8_lossy(text)))
        .with_help("{name} is a host's variable; write {{ for a brace")
}

fn unknown(name: &str, variables: &dyn Variables) -> Problem {
    let names = variables.names();
    let problem = Problem::usage(format!("there is no variable `{name}`"));
    match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => problem.with_help(format!("did you mean {{{near}}}? write {{{{ for a brace")),
        None => problem.with_help(format!("there are {}; write {{{{ for a brace", names.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Site;

    impl Variables for Site {
        fn variable(&self, name: &str) -> Option<String> {
            match name {
                "site" => Some("berlin".to_owned()),
                "n" => Some("7".to_owned()),
                _ => None,
            }
        }

        fn names(&self) -> Vec<String> {
            vec!["site".to_owned(), "n".to_owned()]
        }
    }

    fn rendered(text: &str) -> String {
        match render(text.as_bytes(), &Site) {
            Ok(bytes) => String::from_utf8(bytes).unwrap(),
            Err(problem) => problem.to_string(),
        }
    }

    #[test]
    fn variables_stand_in_braces_and_doubled_braces_are_braces() {
        assert_eq!(rendered("name={site}-{n}"), "name=berlin-7");
        assert_eq!(rendered("{{\"a\":{n}}}"), "{\"a\":7}");
        assert_eq!(rendered("} is no {{"), "} is no {");
        assert!(!is_template(b"plain }") && is_template(b"{n}") && is_template(b"}}"));
    }

    #[test]
    fn what_is_no_variable_is_told() {
        assert_eq!(
            rendered("{sit}"),
            "error: there is no variable `sit`\nhint: did you mean {site}? write {{ for a brace\n"
        );
        assert_eq!(
            rendered("{x"),
            "error: `{x`: a brace is opened and not closed\nhint: {name} is a host's variable; write {{ for a brace\n"
        );
    }
}
