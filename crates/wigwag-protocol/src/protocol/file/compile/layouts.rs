//! How a layout is compiled: with which options, as a frame or as a body.

use std::ops::Range;

use super::{At, Fault, Result, has_part};
use crate::layout::{Layout, LayoutError, Options};
use crate::protocol::{Form, Protocol};

/// Compiles the layouts of one direction.
#[derive(Debug, Clone)]
pub(super) struct Layouts<'f> {
    /// Of frames.
    pub(super) options: Options,
    /// Where the byte stuffing is declared.
    pub(super) coding: Option<Range<usize>>,
    pub(super) learnable: &'f Learnable,
}

/// What a connection can learn before its first command.
#[derive(Debug, Default)]
pub(super) struct Learnable {
    greeting: Vec<Layout>,
    login: Vec<Layout>,
}

impl Layouts<'_> {
    /// A frame that ends by itself.
    pub(super) fn frame(&self, source: &At<String>) -> Result<Layout> {
        let layout = Layout::frame(&source.value, &self.options);
        self.checked(source, layout.map_err(|error| self.fault(source, error)))
    }

    /// A frame that ends by itself because the file says nothing of what is around it.
    pub(super) fn whole_frame(&self, source: &At<String>, key: &str, table: &str) -> Result<Layout> {
        let layout = Layout::frame(&source.value, &self.options).map_err(|error| {
            // Only the end is wrong with it.
            match !source.value.trim().is_empty() && Layout::body(&source.value, &self.options).is_ok() {
                true => source.layout_fault(error).with_help(format!(
                    "the file has no [{table}] layout, so this `{key}` is a whole frame and must end by itself"
                )),
                false => self.fault(source, error),
            }
        });
        self.checked(source, layout)
    }

    /// A request's frame, which may be one that can only be written.
    pub(super) fn request(&self, source: &At<String>) -> Result<Layout> {
        let layout = Protocol::request_layout(&source.value, &self.options);
        self.checked(source, layout.map_err(|error| self.fault(source, error)))
    }

    /// What stands in a frame. The stuffing is the frame's.
    pub(super) fn body(&self, source: &At<String>) -> Result<Layout> {
        let options = Options { coding: None, ..self.options.clone() };
        let layout = Layout::body(&source.value, &options).map_err(|error| source.layout_fault(error));
        self.checked(source, layout)
    }

    /// A body of which nothing is said: an empty one.
    pub(super) fn nothing(&self) -> Result<Layout> {
        unwritten("", &Options { coding: None, ..self.options.clone() })
    }

    /// A request of which nothing is said: whatever is sent.
    pub(super) fn anything(&self) -> Result<Layout> {
        unwritten("body", &self.options)
    }

    /// A body that is text.
    pub(super) fn text(&self) -> Result<Layout> {
        unwritten("body:text", &Options { coding: None, ..self.options.clone() })
    }

    /// What is wrong with a layout, or with the stuffing of its parts, which is declared elsewhere.
    fn fault(&self, source: &At<String>, error: LayoutError) -> Fault {
        match &self.coding {
            Some(coding) if error.at == (0..0) && !source.value.is_empty() => {
                Fault::at(coding, error.message).with_help_if(error.help)
            }
            _ => source.layout_fault(error),
        }
    }

    fn checked(&self, source: &At<String>, layout: Result<Layout>) -> Result<Layout> {
        let layout = layout?;
        self.learnable.check(source, &layout)?;
        Ok(layout)
    }
}

/// A layout that the file does not spell out.
fn unwritten(source: &str, options: &Options) -> Result<Layout> {
    Layout::body(source, options).map_err(|error| Fault::missing(error.message))
}

impl Learnable {
    pub(super) fn of(greeting: Option<&Form>, login: &[Layout]) -> Self {
        let greeting = greeting.into_iter().flat_map(Form::layouts).cloned().collect();
        Self { greeting, login: login.to_vec() }
    }

    /// Whether all that the layout learns can be learned; a secret always can.
    pub(super) fn check(&self, source: &At<String>, layout: &Layout) -> Result<()> {
        for name in layout.learned() {
            let (scope, part) = name.split_once('.').unwrap_or((name, ""));
            let (said, layouts) = match scope {
                "greeting" => ("greeting", &self.greeting),
                "login" => ("`expect` of the login", &self.login),
                _ => continue,
            };
            if !layouts.iter().any(|layout| has_part(layout, part)) {
                let parts = layouts.iter().flat_map(Layout::names);
                let problem = match layouts.is_empty() {
                    true => format!("there is no {said} from which `{part}` could be learned"),
                    false => format!("no {said} has a part `{part}`"),
                };
                let fault = source.fault_at_part(name, problem);
                return Err(fault.suggesting(part, parts));
            }
        }
        Ok(())
    }
}
