//! What a protocol is, and what happens around its commands.

use std::time::Duration;

use wigwag_protocol::layout::{Layout, one_line};
use wigwag_protocol::protocol::{AfterSend, Auth, Digest, Finish, LoginStep, Protocol, Times, Transport};
use wigwag_protocol::units::show_duration;

use super::{Page, Shown, page};

pub(super) fn head(page: &mut Page, shown: &Shown) {
    let protocol = &shown.protocol;
    page.paragraph(&match &protocol.title {
        Some(title) => format!("{}: {title}", protocol.name),
        None => protocol.name.clone(),
    });
    page.blank();
    page.inside(|page| {
        if let Some(about) = &protocol.about {
            page.paragraph(about);
            page.blank();
        }
        let port = protocol.port.map_or("no usual one: HOST:PORT".to_owned(), |port| port.to_string());
        page.entry("port", &port);
        page.entry("encoding", &protocol.encoding.to_string());
        match protocol.transport {
            Transport::Plain => {}
            Transport::Telnet => page.entry("transport", "telnet: IAC is answered with refusals, 0xFF is doubled"),
        }
        page.entry_if("source", protocol.source.as_deref());
        page.entry("file", &shown.origin());
    });
}

pub(super) fn session(page: &mut Page, protocol: &Protocol) {
    let rules = &protocol.session;
    page.heading("SESSION");
    page.inside(|page| {
        let greetings = rules.greeting.iter().flat_map(|form| form.layouts());
        page.entries("greeting", &greetings.map(quoted).collect::<Vec<_>>());
        let steps: Vec<String> = rules.login.iter().map(step).collect();
        page.entries("login", &steps);
        page.entry_if("", needs(login_layouts(&rules.login)).as_deref());
        if let Some(auth) = &rules.auth {
            let digits = format!("{} in hex digits before the body of the first command", digest(auth));
            page.entry("auth", &digits);
            page.entry_if("", needs(auth.of.iter()).as_deref());
        }
        for auto in &rules.auto {
            page.entry("heartbeat", &format!("{} is answered with {}", quoted(&auto.on), quoted(&auto.send)));
        }
        page.entry(
            "after send",
            match rules.after_send {
                AfterSend::Open => "our sending side stays open",
                AfterSend::Fin => "our sending side is closed: the device sees an end of file, and may still answer",
            },
        );
        page.entry("connection", &connection(protocol));
    });
}

fn step(step: &LoginStep) -> String {
    match step {
        LoginStep::Command(name) => format!("{name}, which must be answered with yes"),
        LoginStep::Expect(layout) => format!("waits for {}", quoted(layout)),
        LoginStep::Send(layout) => format!("sends {}", quoted(layout)),
    }
}

fn login_layouts(steps: &[LoginStep]) -> impl Iterator<Item = &Layout> {
    steps.iter().filter_map(|step| match step {
        LoginStep::Command(_) => None,
        LoginStep::Expect(layout) | LoginStep::Send(layout) => Some(layout),
    })
}

/// What has to be configured.
fn needs<'l>(layouts: impl Iterator<Item = &'l Layout>) -> Option<String> {
    let mut options: Vec<String> = Vec::new();
    for name in layouts.flat_map(Layout::learned).filter_map(|name| name.strip_prefix("secret.")) {
        let option = format!("--secret {name}=...");
        if !options.contains(&option) {
            options.push(option);
        }
    }
    (!options.is_empty()).then(|| format!("only with {}", options.join(" ")))
}

/// `md5(greeting.salt secret.password)`
pub(super) fn digest(auth: &Auth) -> String {
    let of: Vec<String> = auth.of.iter().map(|layout| one_line(layout.source())).collect();
    let name = match auth.digest {
        Digest::Md5 => "md5",
        Digest::Sha256 => "sha256",
    };
    format!("{name}({})", of.join(" "))
}

fn connection(protocol: &Protocol) -> String {
    let rules = &protocol.session;
    let mut text = match rules.finish {
        Finish::Close => "closed after each command".to_owned(),
        Finish::Keep => "kept for the next command".to_owned(),
    };
    if rules.gap > Duration::ZERO {
        text += &format!("; at least {} between commands", show_duration(rules.gap));
    }
    if let Some(connections) = rules.connections {
        text += &format!("; a device takes {connections} at once");
    }
    text
}

/// Those that are not what they mostly are.
pub(super) fn times(page: &mut Page, protocol: &Protocol) {
    let told = differing(&protocol.times, &Times::default());
    if told.is_empty() {
        return;
    }
    page.heading("TIMES");
    page.inside(|page| {
        for (name, duration, what) in told {
            page.entry(name, &format!("{:<8}{what}", show_duration(duration)));
        }
    });
}

/// The times that differ: name, how long, what for.
pub(super) fn differing(times: &Times, others: &Times) -> Vec<(&'static str, Duration, &'static str)> {
    let all = [
        ("connect", times.connect, others.connect, "until the connection is ready"),
        ("first", times.first, others.first, "to the first byte of the answer"),
        ("idle", times.idle, others.idle, "between bytes"),
        ("total", times.total, others.total, "all of it"),
    ];
    let differing = all.into_iter().filter(|(_, time, other, _)| time != other);
    differing.map(|(name, time, _, what)| (name, time, what)).collect()
}

/// A layout between backticks.
pub(super) fn quoted(layout: &Layout) -> String {
    format!("`{}`", page::layout(layout))
}
