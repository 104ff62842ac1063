//! `[command.NAME]`.

use wigwag_protocol::protocol::{Command, Effect};

use super::{Finding, Subject};

/// Words of commands that ask.
const ASKING: [&str; 7] = ["get", "status", "state", "query", "read", "show", "list"];

/// Words with which the description of a question begins.
const ASKED: [&str; 10] = ["get", "gets", "read", "reads", "query", "queries", "show", "shows", "whether", "which"];

/// First words of commands that change something.
const CHANGING: [&str; 9] = ["set", "reset", "reboot", "restart", "clear", "erase", "delete", "write", "switch"];

/// Words of commands that interrupt or destroy something.
const DANGEROUS: [&str; 9] = ["reset", "reboot", "restart", "shutdown", "factory", "erase", "delete", "wipe", "format"];

/// Words of parameters that nobody should see.
const SECRET: [&str; 6] = ["password", "passwd", "passcode", "passphrase", "secret", "token"];

pub(super) fn all(subject: &Subject<'_>) -> Vec<Finding> {
    let lints = [hazard_without_effect, hazard_on_read, looks_like_read, looks_like_write, no_hazard, not_secret];
    let commands = subject.protocol.commands.iter();
    commands
        .flat_map(|command| {
            let found = lints.into_iter().filter_map(move |lint| lint(subject, command));
            found.map(|finding| finding.of(&command.name))
        })
        .collect()
}

/// Whether a dangerous command may be sent again must have been thought about.
fn hazard_without_effect(subject: &Subject<'_>, command: &Command) -> Option<Finding> {
    (command.hazard.is_some() && !command.declares_effect).then(|| {
        let message = "a hazard, and nothing says what sending it again would do";
        Finding::fault("hazard-without-effect", message)
            .with_help("say `effect = \"idempotent\"` if twice is as good as once, else `effect = \"once\"`")
            .at(subject.at_command(&command.name, "hazard"))
    })
}

fn hazard_on_read(subject: &Subject<'_>, command: &Command) -> Option<Finding> {
    (command.hazard.is_some() && command.effect == Effect::Read).then(|| {
        let message = "a hazard on a command that only reads";
        Finding::warning("hazard-on-read", message)
            .with_help("what reads is repeated without asking; if it does something, it is no `read`")
            .at(subject.at_command(&command.name, "hazard"))
    })
}

/// What nothing is said of is never sent twice, which is a pity for a question.
fn looks_like_read(subject: &Subject<'_>, command: &Command) -> Option<Finding> {
    let asks = words(&command.name).any(|word| ASKING.contains(&&*word));
    let asked = || command.about.as_deref().and_then(|about| words(about).next());
    let is_asked = || asked().is_some_and(|word| ASKED.contains(&&*word));
    (!command.declares_effect && (asks || is_asked())).then(|| {
        let message = "it looks like a question, and nothing says that it changes nothing";
        Finding::warning("looks-like-read", message)
            .with_help("say `effect = \"read\"` if that is so, else `effect = \"once\"`")
            .at(subject.at(&["command", &command.name]))
    })
}

/// What reads is repeated without asking.
fn looks_like_write(subject: &Subject<'_>, command: &Command) -> Option<Finding> {
    let changes = words(&command.name).next().is_some_and(|word| CHANGING.contains(&&*word));
    (command.effect == Effect::Read && changes).then(|| {
        let message = "is it really `read`? Its name says that it changes something";
        Finding::warning("looks-like-write", message)
            .with_help("what reads is repeated without asking")
            .at(subject.at_command(&command.name, "effect"))
    })
}

fn no_hazard(subject: &Subject<'_>, command: &Command) -> Option<Finding> {
    let word = words(&command.name).find(|word| DANGEROUS.contains(&&**word))?;
    (command.hazard.is_none() && command.effect != Effect::Read).then(|| {
        let message = format!("nobody is asked before this `{word}`");
        Finding::note("no-hazard", message)
            .with_help("say what it does to people or things: `hazard = \"...\"`")
            .at(subject.at(&["command", &command.name]))
    })
}

fn not_secret(subject: &Subject<'_>, command: &Command) -> Option<Finding> {
    let shown = command.params.iter().filter(|param| !param.rule.secret);
    let param = shown.filter(|param| words(&param.name).any(|word| SECRET.contains(&&*word))).map(|param| &*param.name);
    let name = param.into_iter().next()?;
    let message = format!("the parameter `{name}` would be shown and kept");
    Some(
        Finding::warning("not-secret", message)
            .with_help(format!("params = {{ {name} = {{ secret = true }} }}"))
            .at(subject.at_command(&command.name, "params")),
    )
}

/// The words of a name or of a sentence, in lower case.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}
