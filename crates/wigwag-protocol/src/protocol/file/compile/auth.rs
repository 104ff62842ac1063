//! `auth = "md5(greeting.salt secret.password)"`

use std::ops::Range;

use super::{At, Context, Result};
use crate::layout::{Layout, LayoutError, Options};
use crate::protocol::{Auth, Digest};

const HELP: &str = "as in `md5(greeting.salt secret.password)`";

pub(super) fn auth(context: &Context<'_>, source: &At<String>) -> Result<Auth> {
    let text = source.value.as_str();
    let call = text.trim_end().strip_suffix(')').and_then(|call| call.split_once('('));
    let Some((name, of)) = call else {
        return Err(source.fault("this is not a digest of something").with_help(HELP));
    };
    let start = name.len() + 1;
    let digest = Digest::named(name.trim()).ok_or_else(|| {
        source
            .fault_within(0..name.len(), format!("there is no digest `{}`", name.trim()))
            .suggesting(name, ["md5", "sha256"])
    })?;
    let parts = parts(of).into_iter().map(|part| {
        let at = start + part.start..start + part.end;
        self::part(context, source, at)
    });
    let auth = Auth { digest, of: parts.collect::<Result<_>>()? };
    if auth.needs().next().is_none() {
        return Err(source.fault("a digest of nothing that is learned or secret proves nothing").with_help(HELP));
    }
    Ok(auth)
}

/// Each part is written by itself: nobody has to tell them apart again.
fn part(context: &Context<'_>, source: &At<String>, at: Range<usize>) -> Result<Layout> {
    let options = Options { encoding: context.encoding, ..Options::default() };
    let layout = Layout::body(source.value.get(at.clone()).unwrap_or_default(), &options).map_err(|error| {
        let within = at.start + error.at.start..at.start + error.at.end;
        source.layout_fault(LayoutError { at: within, ..error })
    })?;
    if layout.wanted().next().is_some() {
        return Err(source
            .fault_within(at, "nothing fills this")
            .with_help("a digest knows `greeting.PART`, `login.PART` and `secret.NAME`"));
    }
    context.learnable.check(source, &layout)?;
    Ok(layout)
}

/// Where the parts of a layout stand that are set off by blanks.
fn parts(layout: &str) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    // What closes the literal that we are in.
    let mut closing = None;
    let mut blank = true;
    for (at, c) in layout.char_indices() {
        let end = at + c.len_utf8();
        match closing {
            None if c.is_whitespace() => {
                blank = true;
                continue;
            }
            None => {
                closing = match c {
                    '\'' | '"' => Some(c),
                    '<' => Some('>'),
                    _ => None,
                }
            }
            Some(close) if close == c => closing = None,
            Some(_) => {}
        }
        match parts.last_mut() {
            Some(part) if !blank => part.end = end,
            _ => parts.push(at..end),
        }
        blank = false;
    }
    parts
}
