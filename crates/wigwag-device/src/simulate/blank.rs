//! A part of a reply that needs a value, and where it comes from.
//!
//! In this order: the request's own value of that name; what was written at the address asked for; what was told last;
//! the example of the command that was asked the same; what any example shows at the address; the command's first example;
//! any example's value of that name; the plainest value that the part takes. A list whose request has a `count` has so many elements; where the examples pack what is
//! counted into bytes, eight to one, so many bytes as that takes.

use std::sync::Arc;

use wigwag_protocol::layout::{Fields, Layout, Parameter, Value};
use wigwag_protocol::protocol::Command;

use super::examples::{Shown, Verdict};
use super::memory::Memory;
use super::numbered::{Area, Numbered};

/// The most elements of a list, however many a request counts.
const MOST_ELEMENTS: i128 = 65_536;

/// A part of a reply that needs a value.
#[derive(Debug)]
pub(super) struct Blank {
    name: Arc<str>,
    /// Where it stands.
    layout: Layout,
    /// What it says if nothing else is known; none, where it may be left out.
    otherwise: Option<Value>,
    /// What it says element by element if nothing else is known.
    element: Value,
    is_list: bool,
    /// The address at which its values are.
    address: Option<Arc<str>>,
    /// What the `count` of a request means for it.
    counting: Counting,
}

/// What a request counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counting {
    /// The elements of a list.
    Elements,
    /// Bits, eight of which are an element.
    Bits,
    /// Something else.
    Others,
}

/// What a blank is filled from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sources<'a> {
    pub(super) command: &'a Command,
    /// What the request says.
    pub(super) asked: &'a Fields,
    pub(super) memory: Option<&'a Memory>,
    /// What the examples say is written where.
    pub(super) numbered: &'a Numbered,
    /// What the frame says in the example that was asked the same.
    pub(super) example: Option<&'a Fields>,
}

impl Blank {
    /// The blanks of a reply's frame number `index`.
    pub(super) fn of(
        requested: &[&str],
        command: &Command,
        place: usize,
        index: usize,
        examples: &[Shown],
    ) -> Vec<Self> {
        let layouts = command.reply.layouts();
        let body = layouts.get(index).or(layouts.last());
        let frames = || command.response(index).into_iter().flat_map(|form| form.layouts());
        let wanted = command.answer_parts(index);
        let chosen =
            body.into_iter().chain(frames()).flat_map(|layout| layout.names().filter(|name| is_choice(layout, name)));
        let mut blanks: Vec<Self> = Vec::new();
        for name in wanted.iter().copied().chain(chosen) {
            let of_body = body.filter(|layout| layout.takes(name));
            // An answer copies the parts of its frame from those of the request.
            let is_copied = of_body.is_none() && wanted.contains(&name) && name != "body" && requested.contains(&name);
            let layout = of_body.or_else(|| frames().find(|layout| layout.takes(name)));
            let Some(layout) = layout.filter(|_| !is_copied && !blanks.iter().any(|blank| *blank.name == *name)) else {
                continue;
            };
            let Some(part) = layout.parameter(name) else { continue };
            let area = Area::of(name).filter(|area| command.param(&area.address).is_some());
            let shown =
                shown_first(name, &part, place, index, examples).or_else(|| shown_anywhere(name, &part, examples));
            blanks.push(Self {
                name: name.into(),
                layout: layout.clone(),
                otherwise: shown.cloned().or_else(|| plainest(&part).filter(|_| wanted.contains(&name))),
                element: plainest_element(&part),
                is_list: part.is_list(),
                address: area.map(|area| area.address),
                counting: Counting::of(name, &part, place, index, examples),
            });
        }
        blanks
    }

    pub(super) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Whether it could say this.
    pub(super) fn takes(&self, value: &Value) -> bool {
        self.layout.parameter(&self.name).is_some_and(|part| fits(&part, value))
    }

    /// Values that it could have, to find one that something hangs on.
    pub(super) fn candidates(&self) -> Vec<Value> {
        let Some(part) = self.layout.parameter(&self.name) else { return Vec::new() };
        let named = part.choices().into_iter().map(|word| Value::Name(word.into()));
        let (least, most) = part.range().unwrap_or((0, 0));
        let numbers = [0, 1, least, most].into_iter().map(Value::Integer);
        named.chain(numbers).filter(|value| fits(&part, value)).collect()
    }

    /// Its value; nothing if it may be left out.
    pub(super) fn filled<'a>(&'a self, from: &Sources<'a>) -> Option<Value> {
        let count = match from.asked.get("count") {
            Some(Value::Integer(count)) => self.counting.elements((*count).clamp(0, MOST_ELEMENTS) as usize),
            _ => None,
        };
        if let Some(written) = self.written(from, count) {
            return Some(written);
        }
        // What the example of the same command says is of the right type; what clients say may be of another one.
        let fitting = |value: Option<&'a Value>| value.filter(|value| self.takes(value));
        let told = || from.memory.and_then(|memory| memory.recall(&self.name, from.asked, from.command));
        let shown = || from.example.and_then(|example| example.get(&self.name));
        let found = fitting(from.asked.get(&self.name)).or_else(|| fitting(told())).or_else(shown);
        let value = found.or(self.otherwise.as_ref())?;
        let known = shown().or(self.otherwise.as_ref());
        Some(match (count, value) {
            (_, Value::Record(bits)) => known.and_then(|known| self.laid_over(bits, known)).unwrap_or(value.clone()),
            (Some(count), Value::List(elements)) => Value::List(self.of_length(elements, count)),
            _ => value.clone(),
        })
    }

    /// What is written at the address asked for; of a list that has no count only what was asked for.
    fn written(&self, from: &Sources<'_>, count: Option<usize>) -> Option<Value> {
        let Some(Value::Integer(first)) = from.asked.get(self.address.as_deref()?) else { return None };
        if from.asked.get(&self.name).is_some() {
            return None;
        }
        let mut is_of_others = false;
        let shown = from.example.and_then(|example| example.get(&self.name));
        let shown = shown.map_or(&[][..], |shown| shown.elements().unwrap_or(std::slice::from_ref(shown)));
        let mut at = |offset: usize| {
            let address = first.saturating_add(offset as i128);
            let told = from.memory.and_then(|memory| memory.numbered().read(address, from.asked));
            match told {
                None if shown.get(offset).is_some() => shown.get(offset),
                _ => {
                    is_of_others = true;
                    told.or_else(|| from.numbered.read(address, from.asked))
                }
            }
        };
        let value = match (self.is_list, count) {
            (false, _) => at(0)?.clone(),
            (true, None) => return None,
            (true, Some(count)) => {
                let element = |offset: usize| at(offset).unwrap_or(&self.element).clone();
                Value::List((0..count).map(element).collect())
            }
        };
        (!is_of_others || self.takes(&value)).then_some(value)
    }

    /// Named bits that were told, and the others as they are known: some are always set, and have no name.
    fn laid_over(&self, told: &Fields, known: &Value) -> Option<Value> {
        let part = self.layout.parameter(&self.name)?;
        let all_set = told.iter().fold(Fields::new(), |mut all, (name, _)| {
            all.set(name, Value::Integer(1));
            all
        });
        let number = |value: &Value| match part.as_decoded(value) {
            Value::Bits(number, _) => Some(number),
            _ => None,
        };
        let (concerned, told) = (number(&Value::Record(all_set))?, number(&Value::Record(told.clone()))?);
        Some(part.as_decoded(&Value::Integer((number(known)? & !concerned | told).into())))
    }

    /// So many elements: cut, or said again from the first on.
    fn of_length(&self, elements: &[Value], count: usize) -> Vec<Value> {
        match elements.is_empty() {
            true => vec![self.element.clone(); count],
            false => elements.iter().cycle().take(count).cloned().collect(),
        }
    }
}

impl Counting {
    /// What the examples of a command count.
    fn of(name: &str, part: &Parameter<'_>, place: usize, index: usize, examples: &[Shown]) -> Self {
        if !part.is_list() {
            return Self::Others;
        }
        let sizes = said_by(place, index, examples).filter_map(|(asked, said)| {
            let Some(Value::Integer(count)) = asked.get("count") else { return None };
            Some((usize::try_from(*count).ok()?, said.get(name)?.elements()?.len()))
        });
        let sizes: Vec<(usize, usize)> = sizes.collect();
        let all_are = |counting: &Self| sizes.iter().all(|(count, size)| counting.elements(*count) == Some(*size));
        [Self::Elements, Self::Bits].into_iter().find(all_are).unwrap_or(Self::Others)
    }

    fn elements(self, count: usize) -> Option<usize> {
        match self {
            Self::Elements => Some(count),
            Self::Bits => Some(count.div_ceil(8)),
            Self::Others => None,
        }
    }
}

/// What the examples of a command ask, and what frame number `index` of their answers says.
fn said_by(place: usize, index: usize, examples: &[Shown]) -> impl Iterator<Item = (&Fields, &Fields)> {
    let of_command = examples.iter().filter(move |shown| shown.command == Some(place) && shown.verdict == Verdict::Yes);
    of_command.filter_map(move |shown| Some((&shown.asked, &shown.frames.get(index).or(shown.frames.last())?.parts)))
}

/// A literal with a name and several alternatives: it is written without a value, too, but then always as the first.
fn is_choice(layout: &Layout, name: &str) -> bool {
    let part = layout.parameter(name).filter(|_| layout.takes(name) && !layout.wanted().any(|wanted| wanted == name));
    part.is_some_and(|part| part.range().is_none() && !part.choices().is_empty())
}

fn fits(part: &Parameter<'_>, value: &Value) -> bool {
    part.check(value).is_ok()
}

/// What the command's first example says here.
fn shown_first<'e>(
    name: &str,
    part: &Parameter<'_>,
    place: usize,
    index: usize,
    examples: &'e [Shown],
) -> Option<&'e Value> {
    said_by(place, index, examples).filter_map(|(_, said)| said.get(name)).find(|value| fits(part, value))
}

/// What any example says under this name: an answer rather than a question.
fn shown_anywhere<'e>(name: &str, part: &Parameter<'_>, examples: &'e [Shown]) -> Option<&'e Value> {
    let answers = examples.iter().filter(|shown| shown.verdict == Verdict::Yes).flat_map(|shown| &shown.frames);
    let answered = answers.filter_map(|frame| frame.parts.get(name));
    let asked = examples.iter().filter_map(|shown| shown.asked.get(name));
    // A body says something only to its own command.
    answered.chain(asked).find(|value| name != "body" && fits(part, value))
}

/// The plainest value that a part takes: its first name, zero, nothing.
pub(super) fn plainest(part: &Parameter<'_>) -> Option<Value> {
    /// The widest part of raw bytes that is tried.
    const WIDEST: usize = 256;
    let named = part.choices().into_iter().map(|word| Value::Name(word.into()));
    let plain =
        [zero(part), Value::Float(0.0), Value::Text(String::new()), Value::Bytes(Vec::new()), Value::List(Vec::new())];
    let filled = (1..=WIDEST).map(|size| Value::Bytes(vec![0; size]));
    let lists = (1..=WIDEST).map(|count| Value::List(vec![plainest_element(part); count]));
    named.chain(plain).chain(filled).chain(lists).find(|value| fits(part, value))
}

/// The plainest value of one element of a list.
fn plainest_element(part: &Parameter<'_>) -> Value {
    let named = part.choices().into_iter().map(|word| Value::Name(word.into()));
    let plain = [zero(part), Value::Float(0.0), Value::Text(String::new()), Value::Bytes(vec![0])];
    let is_element = |value: &Value| fits(part, &Value::List(vec![value.clone()]));
    named.chain(plain).find(is_element).unwrap_or(Value::Integer(0))
}

fn zero(part: &Parameter<'_>) -> Value {
    let (least, most) = part.range().unwrap_or((0, 0));
    Value::Integer(0.clamp(least, most))
}
