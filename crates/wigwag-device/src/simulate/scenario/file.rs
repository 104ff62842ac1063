//! Scenario files.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Spanned, Value as Toml};
use wigwag_protocol::layout::{Fields, Value, nearest};
use wigwag_protocol::protocol::{FileError, Protocol};
use wigwag_protocol::toml_file;
use wigwag_protocol::units::parse_duration;

use super::{Exception, From, Scenario, Step, Which};
use crate::simulate::faults::{Fault, FaultError, Faults, Kind};

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    seed: Option<Spanned<i64>>,
    devices: Option<Spanned<i64>>,
    #[serde(default)]
    fault: Vec<Spanned<String>>,
    #[serde(default)]
    device: BTreeMap<Spanned<String>, WrittenDevice>,
    #[serde(default)]
    step: Vec<Spanned<WrittenStep>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDevice {
    fault: Option<Vec<Spanned<String>>>,
    state: Option<Spanned<Toml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenStep {
    after: Option<Spanned<i64>>,
    at: Option<Spanned<String>>,
    fault: Vec<Spanned<String>>,
}

impl Scenario {
    /// Reads a scenario for devices that speak this protocol.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it, and where.
    pub fn parse(text: &str, protocol: &Protocol) -> Result<Self, FileError> {
        let written: Written = toml_file::read(text)?;
        let mut exceptions = Vec::new();
        // In the order of the file, so that the first thing that is wrong is told.
        let mut devices: Vec<_> = written.device.into_iter().collect();
        devices.sort_by_key(|(key, _)| key.span().start);
        for (key, device) in devices {
            exceptions.push(exception(&key, device, protocol, &exceptions)?);
        }
        Ok(Self {
            seed: written.seed.map(|seed| whole(&seed, "the seed", 0)).transpose()?,
            devices: written.devices.map(|count| device_count(&count)).transpose()?,
            faults: faults(&written.fault)?,
            exceptions,
            steps: written.step.iter().map(step).collect::<Result<_, _>>()?,
        })
    }
}

fn whole(number: &Spanned<i64>, what: &str, least: u64) -> Result<u64, FileError> {
    let value = u64::try_from(*number.get_ref()).ok().filter(|value| *value >= least);
    value.ok_or_else(|| wrong(number, format!("{what} is a whole number from {least} on"), None))
}

fn device_count(count: &Spanned<i64>) -> Result<u32, FileError> {
    let count_of = |count| u32::try_from(count).map_err(|_| ());
    let value = whole(count, "the number of devices", 1)?;
    count_of(value).map_err(|()| wrong(count, format!("{value} are more devices than there are addresses"), None))
}

fn exception(
    key: &Spanned<String>,
    device: WrittenDevice,
    protocol: &Protocol,
    earlier: &[Exception],
) -> Result<Exception, FileError> {
    let devices: Which = key.get_ref().parse().map_err(|problem: String| {
        wrong(key, problem, Some("say which: `[device.3]`, `[device.\"3-7\"]` or `[device.\"127.1.0.3\"]`".to_owned()))
    })?;
    if earlier.iter().any(|other| other.devices.overlaps(&devices)) {
        return Err(wrong(key, format!("an earlier entry speaks of device {} already", key.get_ref()), None));
    }
    Ok(Exception {
        devices,
        faults: device.fault.map(|texts| faults(&texts)).transpose()?,
        state: device.state.map(|state| records(&state, protocol)).transpose()?.unwrap_or_default(),
    })
}

impl std::str::FromStr for Which {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let none = || format!("`{text}` is no device");
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0).ok_or_else(none);
        let (first, last) = (number(first)?, number(last)?);
        if first > last {
            return Err(none());
        }
        Ok(Self::Numbers(first..=last))
    }
}

impl Which {
    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Numbers(a), Self::Numbers(b)) => a.start() <= b.end() && b.start() <= a.end(),
            (Self::Address(a), Self::Address(b)) => a == b,
            (Self::Numbers(_), Self::Address(_)) | (Self::Address(_), Self::Numbers(_)) => false,
        }
    }
}

fn faults(texts: &[Spanned<String>]) -> Result<Vec<Fault>, FileError> {
    let read = |text: &Spanned<String>| {
        text.get_ref().parse().map_err(|FaultError { message, help, .. }| wrong(text, message, help))
    };
    let faults = texts.iter().map(read).collect::<Result<Vec<Fault>, _>>()?;
    match (Faults::new(&faults), texts) {
        (Err(sum), [first, .., last]) => {
            let at = first.span().start..last.span().end;
            Err(FileError { message: sum.to_string(), help: None, at: Some(at) })
        }
        _ => Ok(faults),
    }
}

fn step(written: &Spanned<WrittenStep>) -> Result<Step, FileError> {
    let WrittenStep { after, at, fault } = written.get_ref();
    let from = match (after, at) {
        (Some(after), None) => From::Commands(whole(after, "the number of commands", 0)?),
        (None, Some(at)) => From::Time(parse_duration(at.get_ref()).map_err(|problem| wrong(at, problem, None))?),
        (None, None) | (Some(_), Some(_)) => {
            let help = "say `after = 3` (commands) or `at = \"10s\"`".to_owned();
            return Err(wrong(written, "a step begins after so many commands, or at a time".to_owned(), Some(help)));
        }
    };
    let faults = faults(fault)?;
    let for_good = faults.iter().position(|fault| fault.kind == Kind::Refuse);
    match for_good.and_then(|place| fault.get(place)) {
        Some(text) => Err(wrong(
            text,
            "a device refuses from the start or never".to_owned(),
            Some("put it above the steps".to_owned()),
        )),
        None => Ok(Step { from, faults }),
    }
}

/// What a device remembers at the start: parameters, or parts of replies.
fn records(state: &Spanned<Toml>, protocol: &Protocol) -> Result<Vec<Fields>, FileError> {
    let records = match state.get_ref() {
        Toml::Array(records) => records.as_slice(),
        record => std::slice::from_ref(record),
    };
    let known = || {
        protocol.commands.iter().flat_map(|command| {
            let params = command.params.iter().map(|param| &*param.name);
            let frames = 0..command.reply.layouts().len().max(1);
            params.chain(frames.flat_map(|index| command.answer_parts(index)))
        })
    };
    let mut all = Vec::new();
    for record in records {
        let Toml::Table(record) = record else {
            let help = "write `state = { n = 1, on = \"on\" }`, or a list of such tables".to_owned();
            return Err(wrong(state, "the state is a table of parameters".to_owned(), Some(help)));
        };
        for name in record.keys() {
            if !known().any(|part| part == name) {
                let message = format!("the protocol {} has no parameter `{name}`", protocol.name);
                let help = nearest(name, known()).map(|near| format!("did you mean `{near}`?"));
                return Err(wrong(state, message, help));
            }
        }
        let record = fields(record);
        for (name, value) in record.iter() {
            if let Err(problem) = check(protocol, name, value) {
                return Err(wrong(state, format!("`{name}`: {problem}"), None));
            }
        }
        all.push(record);
    }
    Ok(all)
}

/// Whether some command can be told this value, or some answer say it: it would never be heard of otherwise.
fn check(protocol: &Protocol, name: &str, value: &Value) -> Result<(), String> {
    let layouts = protocol.commands.iter().flat_map(|command| {
        let frames = command.responses.iter().flat_map(|form| form.layouts());
        command.layout_of(name).into_iter().chain(command.reply.layouts()).chain(frames)
    });
    let mut tried = layouts.filter_map(|layout| layout.parameter(name)).map(|part| part.check(value));
    match tried.next() {
        Some(Err(problem)) if !tried.any(|other| other.is_ok()) => Err(problem),
        Some(_) | None => Ok(()),
    }
}

fn fields(table: &toml::Table) -> Fields {
    table.iter().fold(Fields::new(), |mut fields, (name, said)| {
        fields.set(name.as_str(), value(said));
        fields
    })
}

fn value(written: &Toml) -> Value {
    match written {
        Toml::String(text) => Value::Text(text.clone()),
        Toml::Integer(number) => Value::Integer((*number).into()),
        Toml::Float(number) => Value::Float(*number),
        Toml::Boolean(is_so) => Value::Integer((*is_so).into()),
        Toml::Datetime(time) => Value::Text(time.to_string()),
        Toml::Array(elements) => Value::List(elements.iter().map(value).collect()),
        Toml::Table(table) => Value::Record(fields(table)),
    }
}

fn wrong<T>(place: &Spanned<T>, message: String, help: Option<String>) -> FileError {
    FileError { message, help, at: Some(place.span()) }
}
