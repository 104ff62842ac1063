//! Numbered values: registers, and whatever else is written and read by an address.
//!
//! A command whose parameters are called `address` and `value` or `values` writes them there, one behind the other; a
//! reply's `value` or `values` is read from there. The names may have something before them: `write_address` goes with
//! `write_values`. All other parameters but counts tell apart what has the same addresses: the `unit` behind a gateway.

use std::collections::BTreeMap;
use std::sync::Arc;

use wigwag_protocol::layout::{Fields, Value};

/// The most addresses that are remembered for one device. What is beyond is forgotten, the lowest address first.
const MOST: usize = 65_536;

/// The most groups of addresses that are told apart; the oldest is forgotten.
const MOST_GROUPS: usize = 64;

/// Two names that go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) address: Arc<str>,
    pub(super) values: Arc<str>,
}

impl Area {
    /// Those among these names.
    pub(super) fn among<'n>(names: impl Iterator<Item = &'n str> + Clone) -> Vec<Self> {
        let with_address = |values: &'n str| {
            let area = Self::of(values)?;
            names.clone().any(|name| *name == *area.address).then_some(area)
        };
        names.clone().filter_map(with_address).collect()
    }

    /// What goes with a part that would be called like values.
    pub(super) fn of(values: &str) -> Option<Self> {
        let before = values.strip_suffix("values").or_else(|| values.strip_suffix("value"))?;
        let is_prefix = before.is_empty() || before.ends_with('_');
        is_prefix.then(|| Self { address: format!("{before}address").into(), values: values.into() })
    }
}

/// Values by their addresses.
#[derive(Debug, Default)]
pub(super) struct Numbered {
    /// What tells them apart, and the values; the newest last.
    groups: Vec<(Fields, BTreeMap<i128, Value>)>,
}

impl Numbered {
    /// These parameters write their values.
    pub(super) fn write(&mut self, area: &Area, params: &Fields) {
        let (Some(Value::Integer(first)), Some(values)) = (params.get(&area.address), params.get(&area.values)) else {
            return;
        };
        let values = values.elements().unwrap_or(std::slice::from_ref(values));
        let first = *first;
        let group = self.group(params);
        for (offset, value) in values.iter().take(MOST).enumerate() {
            group.insert(first.saturating_add(offset as i128), value.clone());
        }
        while group.len() > MOST {
            group.pop_first();
        }
        let all =
            |groups: &[(Fields, BTreeMap<i128, Value>)]| groups.iter().map(|(_, values)| values.len()).sum::<usize>();
        while self.groups.len() > MOST_GROUPS || (self.groups.len() > 1 && all(&self.groups) > MOST) {
            self.groups.remove(0);
        }
    }

    fn group(&mut self, params: &Fields) -> &mut BTreeMap<i128, Value> {
        let mut apart = Fields::new();
        for (name, value) in params.iter().filter(|(name, _)| tells_apart(name)) {
            apart.set(name, value.clone());
        }
        let same = |known: &Fields| known.agree_with(&apart) && apart.agree_with(known);
        let group = match self.groups.iter().position(|(known, _)| same(known)) {
            Some(place) => self.groups.remove(place),
            None => (apart, BTreeMap::new()),
        };
        self.groups.push(group);
        let last = self.groups.len() - 1;
        &mut self.groups[last].1
    }

    /// What was written last at this address, as far as the request tells where.
    pub(super) fn read(&self, address: i128, asked: &Fields) -> Option<&Value> {
        let concerned = |apart: &Fields| {
            apart.iter().all(|(name, value)| asked.get(name).is_none_or(|asked| value.agrees_with(asked)))
        };
        self.groups.iter().rev().filter(|(apart, _)| concerned(apart)).find_map(|(_, values)| values.get(&address))
    }
}

fn tells_apart(name: &str) -> bool {
    !["address", "count", "value", "values"]
        .iter()
        .any(|ending| name.strip_suffix(ending).is_some_and(|before| before.is_empty() || before.ends_with('_')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: i128) -> Value {
        Value::Integer(number)
    }

    fn writing(unit: i128, address: i128, values: &[i128]) -> Fields {
        let values = Value::List(values.iter().copied().map(Value::Integer).collect());
        Fields::from([("unit", number(unit)), ("address", number(address)), ("values", values)])
    }

    #[test]
    fn names_that_go_together_are_found() {
        let of = |names: &[&'static str]| {
            let areas = Area::among(names.iter().copied());
            areas.iter().map(|area| (area.address.to_string(), area.values.to_string())).collect::<Vec<_>>()
        };
        let pair = |address: &str, values: &str| (address.to_owned(), values.to_owned());
        assert_eq!(of(&["unit", "address", "value"]), [pair("address", "value")]);
        assert_eq!(of(&["address", "write_address", "write_values"]), [pair("write_address", "write_values")]);
        assert_eq!(of(&["address", "count"]), []);
        assert_eq!(of(&["address", "intervalue"]), []);
    }

    #[test]
    fn what_was_written_last_is_read_address_by_address() {
        let area = Area::of("values").unwrap();
        let mut numbered = Numbered::default();
        numbered.write(&area, &writing(1, 10, &[5, 6, 7]));
        numbered.write(&area, &writing(1, 11, &[60]));
        numbered.write(&area, &writing(2, 10, &[500]));
        let read = |unit, address| numbered.read(address, &Fields::from([("unit", number(unit))])).cloned();
        assert_eq!([read(1, 10), read(1, 11), read(1, 12)], [5, 60, 7].map(|value| Some(number(value))));
        assert_eq!([read(1, 13), read(2, 10), read(2, 11)], [None, Some(number(500)), None]);
    }

    #[test]
    fn what_a_client_writes_is_remembered_within_bounds() {
        let area = Area::of("values").unwrap();
        let mut numbered = Numbered::default();
        numbered.write(&area, &writing(1, 0, &vec![1; MOST]));
        numbered.write(&area, &writing(1, MOST as i128, &[2, 2]));
        let unit = |unit| Fields::from([("unit", number(unit))]);
        assert_eq!(numbered.read(0, &unit(1)), None);
        assert_eq!(numbered.read(MOST as i128 + 1, &unit(1)), Some(&number(2)));
        for other in 2..=65 {
            numbered.write(&area, &writing(other, 0, &[other]));
        }
        assert_eq!(numbered.read(MOST as i128, &unit(1)), None);
        assert_eq!(numbered.read(0, &unit(65)), Some(&number(65)));
    }
}
