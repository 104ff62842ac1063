//! `[class]`.

use wigwag_protocol::protocol::Class;

use super::{Finding, Subject};

/// Answers that have nothing in common but that they are text.
const ANSWERS: [&[u8]; 6] = [b"0", b"OK", b"-12.5", b"a b", b"STATUS=1,2", b"?"];

pub(super) fn all(subject: &Subject<'_>) -> Vec<Finding> {
    let classes = &subject.protocol.classes;
    let errors: Vec<&Class> = classes.error.iter().map(|error| &error.class).collect();
    let of_kind = |kind, classes: Vec<&Class>| {
        let greedy = classes.into_iter().enumerate().filter(|(_, class)| is_greedy(class));
        greedy.map(|(index, class)| fits_everything(subject, kind, index, class)).collect::<Vec<_>>()
    };
    let mut found = of_kind("event", classes.event.iter().collect());
    found.extend(of_kind("progress", classes.progress.iter().collect()));
    found.extend(of_kind("error", errors));
    found
}

/// Whether any text fits it.
fn is_greedy(class: &Class) -> bool {
    class.when.is_none() && ANSWERS.iter().all(|body| class.fits(None, body).is_some())
}

fn fits_everything(subject: &Subject<'_>, kind: &str, index: usize, class: &Class) -> Finding {
    let body = class.body.as_ref().map_or("", |body| body.source());
    let message = format!("every answer fits the {kind} `{body}`, so none is ever a yes");
    Finding::fault("class-fits-everything", message)
        .with_help("put the literals around it that such a frame has, or a condition: `when = \"...\"`")
        .at(subject.at(&["class", kind, &index.to_string()]))
}
