//! `wigwag send HOST --protocol P --help`: the commands of that protocol, or one of them.

use super::show::{self, Page, Shown};
use crate::cli::SendHelp;
use crate::problem::Problem;
use crate::profile;

pub(crate) fn help(asked: &SendHelp) -> Result<String, Problem> {
    let shown = Shown::named(&asked.protocol)?;
    if shown.protocol.commands.is_empty() {
        return Ok(of_bodies(&shown));
    }
    match &asked.command {
        None => Ok(of_commands(&shown)),
        Some(name) => {
            let mut help = show::one(&shown, profile::command(&shown.protocol, name)?);
            help.push_str("\n`wigwag send --help` tells the options.\n");
            Ok(help)
        }
    }
}

/// A line for each command, and what it does.
fn of_commands(shown: &Shown) -> String {
    let mut page = Page::default();
    title(&mut page, shown);
    page.heading("Commands:");
    page.inside(|page| {
        for command in &shown.protocol.commands {
            page.paragraph(&profile::usage(command));
            page.inside(|page| {
                page.inside(|page| {
                    page.inside(|page| {
                        if let Some(about) = &command.about {
                            page.paragraph(about);
                        }
                        if let Some(hazard) = &command.hazard {
                            page.paragraph(&format!("HAZARD: {hazard}"));
                        }
                    });
                });
            });
        }
    });
    page.blank();
    page.paragraph(&format!(
        "`wigwag send HOST --protocol {} COMMAND --help` tells all of a command, `wigwag send --help` the options.",
        shown.found.name
    ));
    page.into_text()
}

/// A protocol without commands: what is sent is what is typed.
fn of_bodies(shown: &Shown) -> String {
    let mut page = Page::default();
    title(&mut page, shown);
    page.blank();
    page.paragraph("It has no commands: what is typed is sent as it is, as one word, in this frame.");
    page.blank();
    page.inside(|page| {
        page.entry("request", &shown.protocol.request.source());
        page.entry("response", &shown.protocol.response.source());
    });
    page.blank();
    page.paragraph("`wigwag send --help` tells the options.");
    page.into_text()
}

fn title(page: &mut Page, shown: &Shown) {
    let port = match shown.protocol.port {
        Some(_) => "HOST",
        None => "HOST:PORT",
    };
    page.paragraph(&match &shown.protocol.title {
        Some(title) => format!("{}: {title}", shown.protocol.name),
        None => shown.protocol.name.clone(),
    });
    page.blank();
    page.paragraph(&format!(
        "Usage: wigwag send {port} --protocol {} COMMAND [NAME=VALUE]... [OPTIONS]",
        shown.found.name
    ));
}
