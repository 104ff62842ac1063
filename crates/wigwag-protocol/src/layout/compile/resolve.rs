//! Names are looked up: spans of lengths and checksums, constants, learned values.

use std::ops::Range;
use std::sync::Arc;

use super::super::checksum::{Checksum, CrcParameters};
use super::super::error::LayoutError;
use super::super::syntax::{self, Last, Name};
use super::super::types::{Names, Type};
use super::super::value::Value;
use super::super::{Length, Node, NodeKind, Origin, Sum};
use super::{Compiler, Result, Unresolved};

impl Compiler<'_> {
    pub(super) fn resolve(&mut self) -> Result<()> {
        for Unresolved { node, scope, value } in std::mem::take(&mut self.values) {
            let origin = match value {
                syntax::Value::Seq => self.seq(node)?,
                syntax::Value::Learned { scope, part } => learned(scope, part)?,
                syntax::Value::Len { span, offset, at } => self.length(node, scope, span, *offset, at)?,
                syntax::Value::Checksum { kind, span, arguments, modulus, at } => {
                    let checksum = checksum(kind, arguments)?;
                    self.sum(node, scope, span, checksum, *modulus, at)?
                }
                syntax::Value::Number(number, at) => self.constant(node, Value::Integer(*number), at)?,
                syntax::Value::Float(number, at) => self.constant(node, Value::Float(*number), at)?,
                syntax::Value::Bytes(bytes, at) => self.constant(node, Value::Bytes(bytes.clone()), at)?,
                syntax::Value::Name(name) => {
                    let value = Value::Name(Arc::from(name.text.as_str()));
                    self.constant(node, value, &name.at)?
                }
            };
            if let Some(Node { kind: NodeKind::Field(field), .. }) = self.nodes.get_mut(node) {
                field.origin = origin;
            }
        }
        self.order_sums()
    }

    fn kind_of(&self, node: usize) -> Type {
        match self.nodes.get(node).map(|node| &node.kind) {
            Some(NodeKind::Field(field)) => field.kind,
            _ => Type::Bytes,
        }
    }

    pub(super) fn place_of(&self, node: usize) -> Range<usize> {
        self.places.get(node).cloned().unwrap_or(0..0)
    }

    fn seq(&self, node: usize) -> Result<Origin> {
        if self.kind_of(node).is_whole() && self.kind_of(node).fixed_size().is_some() {
            return Ok(Origin::Seq);
        }
        Err(LayoutError::new(self.place_of(node), "`seq` needs a number of fixed size, such as `u16` or `dec4`"))
    }

    fn length(
        &mut self,
        node: usize,
        scope: usize,
        span: &syntax::Span,
        offset: i64,
        at: &Range<usize>,
    ) -> Result<Origin> {
        if !self.kind_of(node).is_whole() {
            return Err(LayoutError::new(at.clone(), "a length is a whole number, such as `u16` or `dec`"));
        }
        let last_of_scope = self.scopes.get(scope).and_then(|scope| scope.nodes.last().copied()).unwrap_or(node);
        let (first, last) = self.span(scope, span, last_of_scope)?;
        self.lengths.push(Length { node, first, last, offset });
        Ok(Origin::Length(self.lengths.len() - 1))
    }

    fn sum(
        &mut self,
        node: usize,
        scope: usize,
        span: &syntax::Span,
        checksum: Checksum,
        modulus: Option<u64>,
        at: &Range<usize>,
    ) -> Result<Origin> {
        let kind = self.kind_of(node);
        let signed = matches!(kind, Type::Integer { signed: true, .. });
        if !kind.is_whole() || signed || kind.fixed_size().is_none() {
            return Err(LayoutError::new(
                at.clone(),
                "a checksum is written as `u8`, `u16le`, `hex4`, `dec2` or the like",
            ));
        }
        let largest = match modulus {
            Some(modulus) => i128::from(modulus - 1),
            None => (1_i128 << checksum.width()) - 1,
        };
        if largest > kind.range().1 {
            return Err(LayoutError::new(
                self.place_of(node),
                format!("{} has {} bits, which do not fit here", checksum.name(), checksum.width()),
            )
            .with_help("a wider type, or `% 100` where the manual says so"));
        }
        let before = self
            .scopes
            .get(scope)
            .and_then(|scope| scope.nodes.iter().copied().take_while(|other| *other < node).last());
        let (first, last) = self.span(scope, span, before.unwrap_or(node))?;
        if (first..=last).contains(&node) {
            return Err(LayoutError::new(at.clone(), "a checksum cannot cover itself")
                .with_help("name the last part that it covers: `sum8(first..last)`"));
        }
        self.sums.push(Sum { node, first, last, checksum, modulus });
        Ok(Origin::Sum)
    }

    /// The first and the last node of a span, in one scope.
    fn span(&self, scope: usize, span: &syntax::Span, open_end: usize) -> Result<(usize, usize)> {
        let find = |name: &Name| {
            self.named(scope, &name.text).ok_or_else(|| {
                let here = self.scopes.get(scope).into_iter().flat_map(|scope| &scope.nodes);
                let names = here.filter_map(|node| self.nodes.get(*node)?.name());
                LayoutError::new(name.at.clone(), format!("there is no part `{}` here", name.text))
                    .suggesting(&name.text, names)
            })
        };
        let first = find(&span.first)?;
        let last = match &span.last {
            Last::Same => first,
            Last::Open => open_end,
            Last::Part(name) => find(name)?,
        };
        if last < first {
            return Err(LayoutError::new(
                span.first.at.clone(),
                format!("the span starts at `{}`, behind its end", span.first.text),
            ));
        }
        Ok((first, last))
    }

    fn constant(&self, node: usize, value: Value, at: &Range<usize>) -> Result<Origin> {
        let Some(Node { kind: NodeKind::Field(field), .. }) = self.nodes.get(node) else {
            return Err(LayoutError::new(at.clone(), "only a single value can be a constant"));
        };
        if matches!(field.kind, Type::Bytes | Type::Text | Type::DecOf(_)) {
            return Err(LayoutError::new(
                at.clone(),
                "a constant needs a type of its own, such as `u8=3`, or a literal: `name:'text'`",
            ));
        }
        if let (Value::Name(name), Names::None) = (&value, &field.names) {
            return Err(LayoutError::new(at.clone(), format!("`{name}` is not a value"))
                .suggesting(name, ["seq"])
                .with_help(
                    "a constant, `seq`, `len(...)`, a checksum such as `sum8(...)`, or one of the type's named values",
                ));
        }
        let bytes = field.kind.bytes(&value, &field.names, self.encoding, None);
        let bytes = bytes.map_err(|problem| LayoutError::new(at.clone(), problem))?;
        Ok(Origin::Constant(bytes))
    }

    /// Puts checksums in the order in which they can be computed: one that another covers comes first.
    fn order_sums(&mut self) -> Result<()> {
        let mut ordered: Vec<usize> = Vec::new();
        while ordered.len() < self.sums.len() {
            let ready = self.sums.iter().enumerate().find(|(index, sum)| {
                let covers = |other: usize| {
                    self.sums.get(other).is_some_and(|other| (sum.first..=sum.last).contains(&other.node))
                };
                !ordered.contains(index)
                    && (0..self.sums.len()).all(|other| other == *index || ordered.contains(&other) || !covers(other))
            });
            match ready {
                Some((index, _)) => ordered.push(index),
                None => {
                    let first = self
                        .sums
                        .iter()
                        .enumerate()
                        .find(|(index, _)| !ordered.contains(index))
                        .map_or(0, |(_, sum)| sum.node);
                    return Err(LayoutError::new(
                        self.place_of(first),
                        "checksums that cover each other cannot be computed",
                    ));
                }
            }
        }
        let mut sums: Vec<Option<Sum>> = std::mem::take(&mut self.sums).into_iter().map(Some).collect();
        self.sums = ordered.iter().filter_map(|index| sums.get_mut(*index).and_then(Option::take)).collect();
        Ok(())
    }
}

fn learned(scope: &Name, part: &Name) -> Result<Origin> {
    const SCOPES: [&str; 3] = ["greeting", "login", "secret"];
    if SCOPES.contains(&scope.text.as_str()) {
        return Ok(Origin::Learned(Arc::from(format!("{}.{}", scope.text, part.text))));
    }
    Err(LayoutError::new(
        scope.at.clone(),
        format!("values are learned from `greeting`, `login` or `secret`, not from `{}`", scope.text),
    )
    .suggesting(&scope.text, SCOPES))
}

fn checksum(kind: &Name, arguments: &[syntax::Argument]) -> Result<Checksum> {
    let (all, seed) = match arguments {
        _ if kind.text == "crc" => return custom_crc(kind, arguments),
        [] => (kind.at.clone(), None),
        [syntax::Argument { name: None, value: Some(seed), at }] => (at.clone(), Some(*seed)),
        [argument, ..] => {
            return Err(LayoutError::new(
                argument.at.clone(),
                "a checksum takes a span and perhaps a seed: `xor(a..b, 0x7F)`",
            ));
        }
    };
    let checksum = Checksum::named(&kind.text).ok_or_else(|| {
        LayoutError::new(kind.at.clone(), format!("there is no checksum `{}`", kind.text))
            .suggesting(&kind.text, Checksum::names())
    })?;
    match seed {
        None => Ok(checksum),
        Some(seed) => checksum.with_seed(seed).map_err(|error| LayoutError::new(all, error.to_string())),
    }
}

/// `crc(a..b, width=16, poly=0x8005, init=0xFFFF, refin, refout, xorout=0)`
fn custom_crc(kind: &Name, arguments: &[syntax::Argument]) -> Result<Checksum> {
    let mut parameters = CrcParameters { width: 0, poly: 0, init: 0, refin: false, refout: false, xorout: 0 };
    for argument in arguments {
        match (argument.name.as_deref(), argument.value) {
            (Some("width"), Some(value)) => parameters.width = u32::try_from(value).unwrap_or(u32::MAX),
            (Some("poly"), Some(value)) => parameters.poly = value,
            (Some("init"), Some(value)) => parameters.init = value,
            (Some("xorout"), Some(value)) => parameters.xorout = value,
            (Some("refin"), None) => parameters.refin = true,
            (Some("refout"), None) => parameters.refout = true,
            _ => {
                return Err(LayoutError::new(
                    argument.at.clone(),
                    "`crc` takes width=, poly=, init=, refin, refout and xorout=",
                ));
            }
        }
    }
    Checksum::custom(parameters).map_err(|error| LayoutError::new(kind.at.clone(), error.to_string()))
}
