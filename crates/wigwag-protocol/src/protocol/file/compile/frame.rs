//! `[request]` and `[response]`: the frames of one direction.

use std::ops::Range;
use std::sync::Arc;

use super::layouts::{Layouts, Learnable};
use super::{At, Fault, Result, bytes, condition};
use crate::layout::{Codec, Coding, Encoding, Escape, Layout, Options};
use crate::protocol::file::raw::{CaseTable, CodecKey, EscapeTable, File, ResponseTable, Size, TextOr};
use crate::protocol::{Case, Form};

/// One direction: how its layouts are compiled, and what surrounds every body.
#[derive(Debug)]
pub(super) struct Half<'f> {
    pub(super) layouts: Layouts<'f>,
    /// The frames; none where each command has its own.
    pub(super) form: Option<Arc<Form>>,
    /// What holds of the frames, whatever their layouts are: a form without cases.
    manners: Form,
}

impl<'f> Half<'f> {
    pub(super) fn of_requests(file: &File, encoding: Encoding, learnable: &'f Learnable) -> Result<Self> {
        let table = &file.request;
        let (coding, at) = coding(table.escape.as_ref(), table.codec.as_ref())?;
        let options = options(encoding, table.max, coding);
        let layouts = Layouts { options, coding: at, learnable };
        let manners = Form { skip: skip(table.skip.as_ref())?, ..Form::of_cases(Vec::new()) };
        let cases = cases(table.layout.as_ref(), table.case.as_deref(), |source| layouts.request(source))?;
        Ok(Self::new(layouts, manners, cases))
    }

    pub(super) fn of_responses(table: &ResponseTable, encoding: Encoding, learnable: &'f Learnable) -> Result<Self> {
        let (coding, at) = coding(table.escape.as_ref(), table.codec.as_ref())?;
        let options = options(encoding, table.max, coding);
        let layouts = Layouts { options, coding: at, learnable };
        let manners = Form {
            skip: skip(table.skip.as_ref())?,
            trim: table.trim.unwrap_or(false),
            echo: table.echo.unwrap_or(false),
            matches: table.matches.iter().flatten().map(|part| Arc::from(part.value.as_str())).collect(),
            unsolicited: table.unsolicited.unwrap_or(false),
            ..Form::of_cases(Vec::new())
        };
        let cases = cases(table.layout.as_ref(), table.case.as_deref(), |source| layouts.frame(source))?;
        Ok(Self::new(layouts, manners, cases))
    }

    fn new(layouts: Layouts<'f>, manners: Form, cases: Vec<Case>) -> Self {
        let form = (!cases.is_empty()).then(|| Arc::new(Form { cases, ..manners.clone() }));
        Self { layouts, form, manners }
    }

    /// Frames of these layouts with the manners of this direction.
    pub(super) fn form_of(&self, cases: Vec<Case>) -> Form {
        Form { cases, ..self.manners.clone() }
    }
}

/// What is said here, else what is said there; of layouts and of byte stuffing all or nothing.
pub(super) fn inherited(own: &ResponseTable, file: &ResponseTable) -> ResponseTable {
    let has_layouts = own.layout.is_some() || own.case.is_some();
    let layouts = if has_layouts { own } else { file };
    let has_coding = own.escape.is_some() || own.codec.is_some();
    let coding = if has_coding { own } else { file };
    ResponseTable {
        layout: layouts.layout.clone(),
        case: layouts.case.clone(),
        escape: coding.escape.clone(),
        codec: coding.codec.clone(),
        max: own.max.or(file.max),
        skip: own.skip.clone().or_else(|| file.skip.clone()),
        trim: own.trim.or(file.trim),
        echo: own.echo.or(file.echo),
        matches: own.matches.clone().or_else(|| file.matches.clone()),
        unsolicited: own.unsolicited.or(file.unsolicited),
    }
}

/// What layouts are compiled with.
pub(super) fn options(encoding: Encoding, max: Option<Size>, coding: Option<Coding>) -> Options {
    let otherwise = Options::default();
    Options { max: max.map_or(otherwise.max, |Size(max)| max), encoding, coding }
}

fn cases(
    layout: Option<&At<String>>,
    cases: Option<&[CaseTable]>,
    compile: impl Fn(&At<String>) -> Result<Layout>,
) -> Result<Vec<Case>> {
    let case = |case: &CaseTable| {
        let layout = compile(&case.layout)?;
        let when = case.when.as_ref().map(|when| condition::condition(when, &[&layout])).transpose()?;
        Ok(Case { layout, when })
    };
    match (layout, cases.unwrap_or_default()) {
        (Some(layout), []) => Ok(vec![Case { layout: compile(layout)?, when: None }]),
        (Some(layout), _) => Err(layout
            .fault("there are `layout` and `case`, and only one of them can say what a frame is")
            .with_help("make this the `layout` of one more case")),
        (None, cases) => cases.iter().map(case).collect(),
    }
}

fn skip(source: Option<&At<String>>) -> Result<Vec<u8>> {
    source.map_or(Ok(Vec::new()), bytes::literals)
}

/// The byte stuffing, and where it is declared.
fn coding(
    escape: Option<&At<EscapeTable>>,
    codec: Option<&CodecKey>,
) -> Result<(Option<Coding>, Option<Range<usize>>)> {
    let (coding, at) = match (escape, codec) {
        (None, None) => return Ok((None, None)),
        (Some(escape), Some(_)) => {
            return Err(escape.fault("there are `escape` and `codec`, and only one of them can be the byte stuffing"));
        }
        (Some(escape), None) => (Coding::Escape(escapes(escape)?), &escape.at),
        (None, Some(TextOr::Text(name))) => (Coding::Codec { codec: named(name)?, span: None }, &name.at),
        (None, Some(TextOr::Other(table))) => {
            (Coding::Codec { codec: named(&table.value.name)?, span: table.value.span.clone() }, &table.at)
        }
    };
    Ok((Some(coding), Some(at.clone())))
}

fn named(name: &At<String>) -> Result<Codec> {
    Codec::named(&name.value).ok_or_else(|| {
        name.fault(format!("there is no codec `{}`", name.value)).suggesting(&name.value, ["slip", "cobs", "hex"])
    })
}

fn escapes(table: &At<EscapeTable>) -> Result<Escape> {
    let EscapeTable { span, lead, bytes, by, map } = &table.value;
    // What is wrong with them is told at their places.
    bytes::literals(lead)?;
    let escape = match (bytes, by, map) {
        (Some(escaped), Some(by), None) => {
            bytes::literals(escaped)?;
            Escape::by_rule(span, &lead.value, &escaped.value, by)
        }
        (None, None, Some(map)) => Escape::by_map(span, &lead.value, map),
        _ => {
            return Err(Fault::at(&table.at, "an escape has either `bytes` and `by`, or `map`")
                .with_help("`bytes = \"<STX ETX ESC>\", by = \"+0x80\"`, or `map = \"0xC0=0xDC, 0xDB=0xDD\"`"));
        }
    };
    escape.map_err(|error| Fault::at(&table.at, error.message).with_help_if(error.help))
}
