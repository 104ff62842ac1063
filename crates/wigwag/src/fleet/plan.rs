//! `--dry-run`: what would be sent, to whom, how long it could take. Nothing is resolved, connected or written down.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use wigwag_fleet::pace::Pause;
use wigwag_fleet::{Ended, Event, Target, Task};
use wigwag_protocol::bytes::display::{escape, escape_str};
use wigwag_protocol::bytes::hex;
use wigwag_protocol::exchange::Evidence;
use wigwag_protocol::layout::{Context, Layout};
use wigwag_protocol::outcome::{Outcome, Skipped};
use wigwag_protocol::units::show_duration;

use super::choice::Choice;
use super::kept::Kept;
use super::survey::Survey;
use super::ways::Ways;
use crate::exit::Exit;
use crate::problem::Problem;
use crate::report::{Begun, Form, Look, Progress, Readers, folded, unless_closed};

/// Prints the plan: for people in text, for programs as one event for each target, `skipped (dry-run)`.
pub(super) fn show(
    choice: &Choice,
    ways: &mut Ways,
    survey: &Survey,
    kept: &Kept,
    form: Option<Form>,
) -> Result<Exit, Problem> {
    match form {
        Some(form @ (Form::Json | Form::Ndjson | Form::Csv)) => {
            as_events(choice, ways, survey, Look::of_several(form, true))
        }
        Some(Form::Text | Form::Table | Form::Grouped | Form::Raw | Form::Hex) | None => {
            let plan = Plan::of(choice, ways)?;
            plan.print(survey, kept, &mut io::stdout().lock()).or_else(unless_closed)
        }
    }?;
    Ok(Exit::Ok)
}

fn as_events(choice: &Choice, ways: &mut Ways, survey: &Survey, look: Look) -> Result<(), Problem> {
    let mut readers = Readers::new(look, Progress::none(), io::stdout(), io::sink());
    let (targets, command) = (Some(survey.census.targets), survey.command.as_deref());
    readers.begin(&Begun { run: None, command, targets, longest_name: None, time: super::now() })?;
    for (number, host) in (0..).zip(choice.hosts()) {
        let order = ways.told(&host)?.order;
        let evidence = Box::new(Evidence { request: bytes(&order.task).into(), ..Evidence::default() });
        let target = Target { number, name: host.name().into(), tried: 0, order: Ok(order) };
        let outcome = Outcome::Skipped(Skipped::DryRun);
        let ended = Ended { target, attempt: 0, outcome, evidence, time: super::now() };
        readers.events(&[Event::Ended(ended)])?;
    }
    readers.finish().map(drop)
}

/// The command's bytes; none where they hang on what a device says, or hold a secret.
fn bytes(task: &Task) -> Vec<u8> {
    let command = task.call.command().into_iter().map(|command| &command.send);
    let learns = command.chain(task.call.request().layouts()).flat_map(Layout::learned).next().is_some();
    if learns || task.call.secrets().next().is_some() || task.protocol.session.auth.is_some() {
        return Vec::new();
    }
    task.call.encode(&Context::default(), &[]).map(|encoded| encoded.bytes).unwrap_or_default()
}

/// What would be sent to whom.
struct Plan {
    /// The names of those that are told the same, by what that is.
    told: Vec<(Arc<Task>, Vec<String>)>,
    /// The names of those that are at one place and are told the same there, by place.
    doubled: BTreeMap<String, Vec<String>>,
}

impl Plan {
    fn of(choice: &Choice, ways: &mut Ways) -> Result<Self, Problem> {
        let mut told: Vec<(Arc<Task>, Vec<String>)> = Vec::new();
        let mut known: HashMap<(u64, u32), usize> = HashMap::new();
        let mut places: HashMap<(String, u64), Vec<String>> = HashMap::new();
        for host in choice.hosts() {
            let order = ways.told(&host)?.order;
            let name = host.name().to_owned();
            let told_at = *known.entry((order.task.fingerprint(), order.task.profile)).or_insert_with(|| {
                told.push((order.task.clone(), Vec::new()));
                told.len() - 1
            });
            if let Some((_, names)) = told.get_mut(told_at) {
                names.push(name.clone());
            }
            places.entry((order.endpoint.to_string(), order.task.fingerprint())).or_default().push(name);
        }
        let doubled = places.into_iter().filter(|(_, names)| names.len() > 1);
        Ok(Self { told, doubled: doubled.map(|((place, _), names)| (place, names)).collect() })
    }

    fn print(&self, survey: &Survey, kept: &Kept, out: &mut impl Write) -> io::Result<()> {
        for (task, names) in &self.told {
            writeln!(out, "{} ({}):", folded(names), names.len())?;
            let command = task.command.as_deref().map(|command| format!(" {}", escape_str(command)));
            let effect = task.call.effect().word();
            writeln!(out, "  command  {}{}, effect {effect}", task.protocol.name, command.unwrap_or_default())?;
            match bytes(task).as_slice() {
                [] => writeln!(out, "  bytes    not known before the device has spoken, or made of a secret")?,
                bytes => writeln!(out, "  bytes    {}  {}", hex::encode_spaced(bytes), escape(bytes))?,
            }
            if let Some(hazard) = task.call.command().and_then(|command| command.hazard.as_deref()) {
                writeln!(out, "  hazard   {}", escape_str(hazard))?;
            }
        }
        for (place, names) in &self.doubled {
            let (first, others) =
                names.split_first().map_or(("", &names[..]), |(first, others)| (first.as_str(), others));
            let others = folded(others);
            writeln!(
                out,
                "duplicate: {} is the same device as {} ({place}) and is skipped",
                others,
                escape_str(first)
            )?;
        }
        writeln!(
            out,
            "{} in all, {} at a time, {} at the longest; nothing was sent",
            targets(survey.census.targets),
            kept.fanout,
            longest(survey, kept)
        )
    }
}

/// The longest that the run could take, where every device is as slow as it may be.
fn longest(survey: &Survey, kept: &Kept) -> String {
    let Ok(pace) = kept.pace() else { return "unknown".to_owned() };
    let attempts = 1 + u32::from(kept.retry_connect) + u32::from(kept.retry_response);
    let one =
        survey.longest.saturating_mul(attempts).saturating_add(pace.retries.backoff.most.saturating_mul(attempts - 1));
    let rounds =
        survey.census.targets.div_ceil(kept.fanout.max(1)).max(u32::try_from(kept.waves.len()).unwrap_or(u32::MAX));
    let paced = pace.rate.map_or(Duration::ZERO, |rate| rate.gap().saturating_mul(survey.census.targets));
    let pauses = u32::try_from(kept.waves.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let all = match pace.pause {
        Pause::For(pause) => {
            one.saturating_mul(rounds).max(paced.saturating_add(one)).saturating_add(pause.saturating_mul(pauses))
        }
        Pause::Ask => one.saturating_mul(rounds).max(paced.saturating_add(one)),
    };
    let all = pace.deadline.map_or(all, |deadline| all.min(deadline.saturating_add(survey.longest)));
    match pace.pause {
        Pause::Ask if pauses > 0 => format!("{} and the time that people take", show_duration(all)),
        Pause::Ask | Pause::For(_) => show_duration(all),
    }
}

fn targets(count: u32) -> String {
    if count == 1 { "1 target".to_owned() } else { format!("{count} targets") }
}
