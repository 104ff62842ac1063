//! Values for parameters of which no example tells one.

use std::sync::Arc;

use wigwag_protocol::layout::{Fields, Parameter, Value};
use wigwag_protocol::protocol::{Call, Command, ParamRule, Protocol};

/// The most values that are tried of each parameter.
const MOST: usize = 4;

/// The longest raw part that is filled.
const LONGEST: usize = 32;

/// This command with one set of values after the other; none where nothing is known that it takes.
pub(super) fn calls(protocol: &Protocol, command: &Arc<Command>) -> Vec<Arc<Call>> {
    let values: Vec<(&str, Vec<Value>)> = command
        .params
        .iter()
        .filter_map(|param| {
            let part = command.layout_of(&param.name)?.parameter(&param.name)?;
            Some((&*param.name, of_part(&part, Some(&param.rule))))
        })
        .collect();
    let rounds = values.iter().map(|(_, values)| values.len()).max().unwrap_or(1).max(1);
    let call = |round: usize| {
        let mut fields = Fields::new();
        for (name, values) in &values {
            if let Some(value) = values.get(round % values.len().max(1)) {
                fields.set(*name, value.clone());
            }
        }
        protocol.call_command(command, fields).ok().map(Arc::new)
    };
    (0..rounds).filter_map(call).collect()
}

/// Values that a part takes, within its limits: the least and the most first.
pub(super) fn of_part(part: &Parameter<'_>, rule: Option<&ParamRule>) -> Vec<Value> {
    let choices: Vec<Value> = part.choices().into_iter().filter_map(|word| part.read(word).ok()).collect();
    if !choices.is_empty() {
        return choices.into_iter().take(MOST).collect();
    }
    let limits = rule.map(|rule| [rule.min, rule.max]).into_iter().flatten().flatten();
    let limits = limits.map(|limit| Value::Integer(limit as i128));
    let of_type = part.range().into_iter().flat_map(|(least, most)| [least, most]).map(Value::Integer);
    let single: Vec<Value> = limits.chain(of_type).chain(usual()).collect();
    let lists = single.iter().flat_map(|value| (1..=3).map(|count| Value::List(vec![value.clone(); count])));
    let fits = |value: &&Value| {
        let is_within = rule.is_none_or(|rule| rule.check_limits(value).is_ok());
        is_within && part.check(value).is_ok()
    };
    let lists: Vec<Value> = lists.collect();
    let mut fitting: Vec<Value> = Vec::new();
    for value in single.iter().chain(&lists).filter(fits) {
        if !fitting.contains(value) {
            fitting.push(value.clone());
        }
    }
    fitting.truncate(MOST);
    fitting
}

/// What most parts take one of.
fn usual() -> impl Iterator<Item = Value> {
    let numbers = [1, 0, 12].map(Value::Integer);
    let words = ["A", "1", "sample"].map(|text| Value::Text(text.to_owned()));
    let raw = (1..=LONGEST).map(|size| Value::Bytes(vec![b'1'; size]));
    numbers.into_iter().chain([Value::Float(1.5)]).chain(words).chain(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(file: &str) -> Vec<Vec<u8>> {
        let protocol = Protocol::parse(&format!(
            "name = 'x'\n[request]\nlayout = 'body <CR>'\n[response]\nlayout = 'body <CR>'\n[command.c]\n{file}"
        ))
        .unwrap();
        let calls = calls(&protocol, protocol.command("c").unwrap());
        calls.iter().map(|call| call.encode(&wigwag_protocol::layout::Context::default(), &[]).unwrap().bytes).collect()
    }

    #[test]
    fn each_parameter_gets_what_it_takes() {
        assert_eq!(of("send = \"'X'\""), [b"X\r"]);
        assert_eq!(of("send = 'n:dec'\nparams = { n = { min = 3, max = 12 } }"), [&b"3\r"[..], b"12\r"]);
        assert_eq!(of("send = 'on:dec1(off=0, on=1)'"), [b"0\r", b"1\r"]);
        assert_eq!(of("send = \"<'ON'|'OFF'>\""), [b"ON\r"]);
        assert_eq!(of("send = 'raw:3'"), [b"111\r"]);
        assert!(of("send = 'name:text'").contains(&b"A\r".to_vec()));
        assert!(of("send = 'list:u8[2]'").iter().all(|frame| frame.len() == 3));
    }
}
