//! Name, port, encoding: what stands at the top of a file.

use wigwag_protocol::layout::{Encoding, Layout};

use super::{Finding, Subject};
use crate::protocols::Origin;

pub(super) fn all(subject: &Subject<'_>) -> Vec<Finding> {
    [file_name, no_port, text_without_encoding].into_iter().filter_map(|lint| lint(subject)).collect()
}

/// A name finds its file, so a file bears its name.
fn file_name(subject: &Subject<'_>) -> Option<Finding> {
    let name = &subject.protocol.name;
    let stem = match &subject.found.origin {
        Origin::BuiltIn => subject.found.name.clone(),
        Origin::File(path) => path.file_stem()?.to_str()?.to_owned(),
    };
    (stem != *name).then(|| {
        Finding::warning("file-name", format!("the protocol is called `{name}`, and its file is not"))
            .with_help(format!("`--protocol {stem}` finds it; call the file {name}.toml"))
            .at(subject.at(&["name"]))
    })
}

fn no_port(subject: &Subject<'_>) -> Option<Finding> {
    subject.protocol.port.is_none().then(|| {
        Finding::note("no-port", "there is no `port`, so each device has to be given with one")
            .at(subject.at(&["name"]))
    })
}

/// Nobody means ISO 8859-1 without a word.
fn text_without_encoding(subject: &Subject<'_>) -> Option<Finding> {
    if subject.protocol.encoding != Encoding::Bytes || subject.places.has(&["encoding"]) {
        return None;
    }
    let protocol = subject.protocol;
    let of_commands = protocol.commands.iter().flat_map(|command| {
        std::iter::once(&command.send).chain(command.reply.layouts()).map(move |layout| (Some(command), layout))
    });
    let of_frames = protocol.request.layouts().chain(protocol.response.layouts()).map(|layout| (None, layout));
    let text = |layout: &Layout| {
        let is_text = |name: &&str| layout.parameter(name).is_some_and(|part| part.describe() == "text");
        layout.names().find(is_text).map(str::to_owned)
    };
    let (command, part) = of_commands.chain(of_frames).find_map(|(command, layout)| Some((command, text(layout)?)))?;
    let at = command.and_then(|command| subject.at(&["command", &command.name])).or_else(|| subject.at(&["name"]));
    Some(
        Finding::note("text-without-encoding", format!("`{part}` is text, and nothing says in which encoding"))
            .with_help("it is read byte by byte, as ISO 8859-1; say `encoding = \"ascii\"` or what the manual says")
            .at(at),
    )
}
