//! `[session]` and `[time]`.

use wigwag_protocol::protocol::{AfterSend, Finish, Form, Times};
use wigwag_protocol::units::show_duration;

use super::{Finding, Subject};

pub(super) fn all(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = fin_but_keep(subject).into_iter().chain(no_greeting(subject)).collect();
    found.extend(waits(subject));
    found
}

fn fin_but_keep(subject: &Subject<'_>) -> Option<Finding> {
    let session = &subject.protocol.session;
    (session.after_send == AfterSend::Fin && session.finish == Finish::Keep).then(|| {
        Finding::warning("fin-but-keep", "a connection whose sending side is closed can carry no other command")
            .with_help("`finish = \"keep\"` needs `after_send = \"open\"`")
            .at(subject.at(&["session", "finish"]))
    })
}

/// A greeting that nobody has shown may be another one.
fn no_greeting(subject: &Subject<'_>) -> Option<Finding> {
    let greeting = subject.protocol.session.greeting.as_ref()?;
    let speaks = |form: &Form| form.layouts().any(|layout| layout.ends_by_closing().1.is_none());
    let shown = subject.protocol.examples.iter().any(|example| !example.greeting.is_empty());
    (speaks(greeting) && !shown).then(|| {
        Finding::note("no-greeting-example", "no example shows a `greeting`").at(subject.at(&["session", "greeting"]))
    })
}

/// A wait that is longer than the whole attempt never ends by itself.
fn waits(subject: &Subject<'_>) -> Vec<Finding> {
    let shared = &subject.protocol.times;
    let of_file = too_long(shared).map(|message| (vec!["time"], message));
    let own = subject.protocol.commands.iter().filter(|command| command.times != *shared);
    let own = own.filter_map(|command| Some((vec!["command", &*command.name, "time"], too_long(&command.times)?)));
    let found = of_file.into_iter().chain(own).map(|(path, message)| {
        Finding::warning("first-exceeds-total", message).with_help("raise `total` as well").at(subject.at(&path))
    });
    found.collect()
}

fn too_long(times: &Times) -> Option<String> {
    let waits = [("first", times.first), ("idle", times.idle), ("connect", times.connect)];
    let (name, wait) = waits.into_iter().find(|(_, wait)| *wait > times.total)?;
    let (wait, total) = (show_duration(wait), show_duration(times.total));
    Some(format!("`{name}` is {wait}, but all of it may take no longer than `total`, {total}"))
}
