//! Which parameters a command has, and what holds of them.

use std::sync::Arc;

use super::{At, Fault, Result, value};
use crate::layout::{Fields, Layout, Parameter};
use crate::protocol::file::raw::{CommandTable, File, Ordered, ParamTable};
use crate::protocol::{Case, Command, Form, Param, ParamRule};

/// The layouts of a request: its body's, and its frame's.
pub(super) struct Parts<'c> {
    send: &'c Layout,
    cases: Vec<&'c Case>,
}

impl<'c> Parts<'c> {
    pub(super) fn new(send: &'c Layout, frame: Option<&'c Form>) -> Self {
        Self { send, cases: frame.map_or(Vec::new(), |form| form.cases.iter().collect()) }
    }

    /// Leaves out the cases that are not meant for what is set. The error says that this leaves none.
    pub(super) fn settle(&mut self, set: &Fields) -> std::result::Result<(), &'static str> {
        let had_cases = !self.cases.is_empty();
        let is_meant = |case: &&Case| {
            let holds = case.when.as_ref().and_then(|when| when.holds(|part| set.get(part).cloned()));
            holds != Some(false)
        };
        self.cases.retain(is_meant);
        match had_cases && self.cases.is_empty() {
            true => Err("no case of the request is meant for what this command sets"),
            false => Ok(()),
        }
    }

    fn frames(&self) -> impl Iterator<Item = &'c Layout> {
        self.cases.iter().map(|case| &case.layout)
    }

    /// The part of this name, wherever it stands. What stands in the frame's `body` is the command's to say.
    fn part(&self, name: &str) -> Option<Part<'c>> {
        let frames = self.frames().filter(|_| name != "body");
        let layout = std::iter::once(self.send).chain(frames).find(|layout| layout.parameter(name).is_some())?;
        Some(Part { takes: layout.takes(name), parameter: layout.parameter(name)? })
    }

    /// The names of all parts that can be given a value, each once: those that need one, then those that have one anyway.
    fn names(&self) -> Vec<&'c str> {
        let wanted = self.send.wanted().chain(self.frames().flat_map(Layout::wanted).filter(|name| *name != "body"));
        let all = self.send.names().chain(self.frames().flat_map(Layout::names).filter(|name| *name != "body"));
        let optional = all.filter(|name| self.part(name).is_some_and(|part| part.is_optional()));
        let mut names = Vec::new();
        for name in wanted.chain(optional) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Whether nothing can be sent unless this part is given.
    fn is_wanted(&self, name: &str) -> bool {
        let is_wanted = |layout: &Layout| layout.wanted().any(|wanted| wanted == name);
        let in_frame = name != "body" && !self.cases.is_empty() && self.frames().all(is_wanted);
        is_wanted(self.send) || in_frame
    }
}

struct Part<'l> {
    /// Whether it can be given a value.
    takes: bool,
    parameter: Parameter<'l>,
}

impl Part<'_> {
    /// Whether it could be left to itself.
    fn is_optional(&self) -> bool {
        self.takes && !self.parameter.is_implied()
    }
}

/// What the command's parts say that are no parameters.
pub(super) fn set(command: &At<String>, table: &CommandTable, parts: &Parts<'_>) -> Result<Fields> {
    let mut set = Fields::new();
    for (name, written) in table.set.iter() {
        let part = parts.part(&name.value).ok_or_else(|| {
            name.fault(format!("the request of `{}` has no part `{}`", command.value, name.value))
                .suggesting(&name.value, parts.names())
        })?;
        if !part.takes {
            return Err(name.fault(format!("`{}` has a value of its own", name.value)));
        }
        set.set(name.value.as_str(), value::value(&part.parameter, &name.value, written)?);
    }
    Ok(set)
}

/// The parameters of the command, in the order of its layouts.
pub(super) fn params(
    file: &File,
    command: &At<String>,
    table: &CommandTable,
    parts: &Parts<'_>,
    set: &Fields,
) -> Result<Vec<Param>> {
    let names: Vec<&str> = parts.names().into_iter().filter(|name| set.get(name).is_none()).collect();
    for (name, _) in table.params.iter() {
        if set.get(&name.value).is_some() {
            return Err(name.fault(format!("`{}` is set, so it is no parameter", name.value)));
        }
        if !names.contains(&name.value.as_str()) {
            return Err(name
                .fault(format!("`{}` has no parameter `{}`", command.value, name.value))
                .suggesting(&name.value, names.iter().copied()));
        }
    }
    let param = |name: &&str| {
        let rule = match parts.part(name) {
            Some(part) => rule(name, &part, rule_for(&table.params, name), rule_for(&file.params, name))?,
            None => ParamRule::default(),
        };
        let required = parts.is_wanted(name) && rule.default.is_none();
        Ok(Param { name: Arc::from(*name), rule, required })
    };
    names.iter().map(param).collect()
}

fn rule_for<'r>(rules: &'r Ordered<At<ParamTable>>, param: &str) -> Option<&'r ParamTable> {
    rules.iter().find(|(name, _)| name.value == param).map(|(_, rule)| &rule.value)
}

/// What the command says of a parameter, else what the file says of it.
fn rule(name: &str, part: &Part<'_>, own: Option<&ParamTable>, shared: Option<&ParamTable>) -> Result<ParamRule> {
    let tables = || own.into_iter().chain(shared);
    let (min, max) = (tables().find_map(|table| table.min.as_ref()), tables().find_map(|table| table.max.as_ref()));
    if let Some(limit) = min.or(max)
        && !part.parameter.is_number()
    {
        let takes = part.parameter.describe();
        return Err(limit.fault(format!("only a number has limits, and `{name}` takes {takes}")));
    }
    if let (Some(min), Some(max)) = (min, max)
        && min.value > max.value
    {
        return Err(min.fault(format!("from {} to {} there is nothing", min.value, max.value)));
    }
    // What all commands share may be wider than what one of them can write.
    let own_limits = own.into_iter().flat_map(|table| [table.min.as_ref(), table.max.as_ref()]).flatten();
    if let Some((least, most)) = part.parameter.range()
        && let Some(limit) = own_limits.into_iter().find(|limit| !(least as f64..=most as f64).contains(&limit.value))
    {
        return Err(limit.fault(format!("`{name}` can only be written from {least} to {most}")));
    }
    let mut rule = ParamRule {
        about: tables().find_map(|table| table.about.clone()),
        min: min.map(|min| min.value),
        max: max.map(|max| max.value),
        default: None,
        secret: tables().find_map(|table| table.secret).unwrap_or(false),
    };
    if let Some(default) = tables().find_map(|table| table.default.as_ref()) {
        let value = value::value(&part.parameter, name, default)?;
        rule.check_limits(&value).map_err(|problem| default.fault(format!("`{name}`: {problem}")))?;
        rule.default = Some(value);
    }
    Ok(rule)
}

/// What the file says of parameters in all commands is said of a part that some command has.
pub(super) fn check_shared(file: &File, commands: &[Command]) -> Result<()> {
    let params = || commands.iter().flat_map(|command| &command.params).map(|param| &*param.name);
    for (name, _) in file.params.iter() {
        let is_set = commands.iter().any(|command| command.set.get(&name.value).is_some());
        if !is_set && !params().any(|param| param == name.value) {
            let fault: Fault = name.fault(format!("no command has a parameter `{}`", name.value));
            return Err(fault.suggesting(&name.value, params()));
        }
    }
    Ok(())
}
