//! What a layout means, and whether it can be cut safely.
//!
//! First the tree becomes a flat list of nodes; then names are looked up; then each scope is lowered to the steps that
//! decode it. A variable part that nothing ends is found there.

use std::ops::Range;
use std::sync::Arc;

use super::checksum::{Checksum, CrcParameters};
use super::coding::{Coding, Region, RegionEnd};
use super::error::LayoutError;
use super::literals::{Choice, Group};
use super::syntax::{self, Extra, Kind, Last, Name, What};
use super::types::{Names, TYPE_WORDS, Type};
use super::value::{Encoding, Value};
use super::{
    Count, Extent, Field, Length, Literal, MAX_LIMIT, Node, NodeKind, Op, Options, Origin, Program, Repeat, Stop, Sum,
};

/// More choices than any manual lists for one place.
const MAX_CHOICES: usize = 64;

type Result<T> = std::result::Result<T, LayoutError>;

pub(super) fn compile(source: &str, options: &Options, extent: Extent) -> Result<Program> {
    let parts = syntax::parse(source)?;
    if parts.is_empty() && extent == Extent::Stream {
        return Err(LayoutError::new(0..source.len(), "an empty layout has no frame"));
    }
    let mut compiler = Compiler::new(options, extent);
    let root = compiler.flatten(&parts, None)?;
    compiler.resolve()?;
    compiler.place_region(options.coding.as_ref(), &root)?;
    compiler.lower(&root, true)?;
    Ok(compiler.finish(source))
}

/// The parts of one record, or of the layout itself.
struct Scope {
    /// Its nodes, without those inside further records.
    nodes: Vec<usize>,
    outer: Option<usize>,
}

/// A value whose names are looked up once all parts are known.
struct Unresolved<'p> {
    node: usize,
    scope: usize,
    value: &'p syntax::Value,
}

struct Compiler<'p> {
    encoding: Encoding,
    max: usize,
    extent: Extent,
    nodes: Vec<Node>,
    /// Where each node stands in the layout's text.
    places: Vec<Range<usize>>,
    scopes: Vec<Scope>,
    values: Vec<Unresolved<'p>>,
    lengths: Vec<Length>,
    sums: Vec<Sum>,
    groups: Vec<Group>,
    ops: Vec<Op>,
    region: Option<Region>,
    /// The length spans that are open while a scope is lowered, innermost last.
    open: Vec<usize>,
}

impl<'p> Compiler<'p> {
    fn new(options: &Options, extent: Extent) -> Self {
        Self {
            encoding: options.encoding,
            max: options.max.clamp(1, MAX_LIMIT),
            extent,
            nodes: Vec::new(),
            places: Vec::new(),
            scopes: Vec::new(),
            values: Vec::new(),
            lengths: Vec::new(),
            sums: Vec::new(),
            groups: Vec::new(),
            ops: Vec::new(),
            region: None,
            open: Vec::new(),
        }
    }

    fn finish(self, source: &str) -> Program {
        let size = |node: &Node| match &node.kind {
            NodeKind::Literal(literal) => literal.alternatives.iter().map(Vec::len).max().unwrap_or(0),
            NodeKind::Field(field) => field.kind.fixed_size().unwrap_or(0),
            NodeKind::Repeat(_) => 0,
        };
        let overhead = self.nodes.iter().map(size).sum();
        let stuffed_at_start = self.region.as_ref().is_some_and(|region| region.first == 0);
        let leading = match self.ops.first() {
            Some(Op::Literals { group }) if !stuffed_at_start => Some(*group),
            _ => None,
        };
        Program {
            source: source.to_owned(),
            extent: self.extent,
            max: self.max,
            overhead,
            encoding: self.encoding,
            nodes: self.nodes,
            lengths: self.lengths,
            sums: self.sums,
            groups: self.groups,
            ops: self.ops,
            region: self.region,
            leading,
        }
    }

    // ---- the tree becomes a list ----

    fn flatten(&mut self, parts: &'p [syntax::Part], outer: Option<usize>) -> Result<Vec<usize>> {
        let scope = self.scopes.len();
        self.scopes.push(Scope {
            nodes: Vec::new(),
            outer,
        });
        for part in parts {
            if let Some(name) = &part.name
                && self.named(scope, &name.text).is_some()
            {
                return Err(LayoutError::new(
                    name.at.clone(),
                    format!("there are two parts called `{}`", name.text),
                ));
            }
            let node = self.nodes.len();
            if let Some(scope) = self.scopes.get_mut(scope) {
                scope.nodes.push(node);
            }
            self.part(part, node, scope)?;
        }
        Ok(self
            .scopes
            .get(scope)
            .map(|scope| scope.nodes.clone())
            .unwrap_or_default())
    }

    fn part(&mut self, part: &'p syntax::Part, node: usize, scope: usize) -> Result<()> {
        let name = part.name.as_ref().map(|name| Arc::from(name.text.as_str()));
        match &part.what {
            What::Literal(literal) => self.push(name, literal_kind(literal), part.at.clone()),
            What::Field {
                kind: kind @ (Kind::Untyped | Kind::Raw(_)),
                value: Some(syntax::Value::Bytes(bytes, at)),
            } => {
                match kind {
                    Kind::Raw(size) if *size != bytes.len() => {
                        return Err(LayoutError::new(
                            at.clone(),
                            format!("these are {} bytes, not {size}", bytes.len()),
                        ));
                    }
                    _ => {}
                }
                let literal = Literal {
                    alternatives: vec![bytes.clone()],
                    eof: false,
                    idle: None,
                };
                self.push(name, NodeKind::Literal(literal), part.at.clone());
            }
            What::Field { kind, value } => {
                let field = self.field(kind, scope)?;
                self.push(name, NodeKind::Field(field), part.at.clone());
                self.values
                    .extend(value.as_ref().map(|value| Unresolved { node, scope, value }));
            }
            What::Repeat { element, count } => {
                let count = match count {
                    syntax::Count::ToEnd => Count::ToEnd,
                    syntax::Count::Number(number) => Count::Number(*number),
                    syntax::Count::Field(field) => Count::Field(self.earlier_number(scope, field, node)?),
                };
                let record = matches!(element, syntax::Element::Record(_));
                self.push(name, NodeKind::Repeat(Repeat { count, record }), part.at.clone());
                match element {
                    syntax::Element::Record(parts) => {
                        self.flatten(parts, Some(scope))?;
                    }
                    syntax::Element::Field(kind) => {
                        self.scopes.push(Scope {
                            nodes: vec![node + 1],
                            outer: Some(scope),
                        });
                        let field = self.field(kind, scope)?;
                        self.push(None, NodeKind::Field(field), part.at.clone());
                    }
                }
                let next = self.nodes.len();
                if let Some(node) = self.nodes.get_mut(node) {
                    node.next = next;
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, name: Option<Arc<str>>, kind: NodeKind, at: Range<usize>) {
        self.nodes.push(Node {
            name,
            kind,
            next: self.nodes.len() + 1,
        });
        self.places.push(at);
    }

    fn field(&mut self, kind: &Kind, scope: usize) -> Result<Field> {
        let (kind, names) = match kind {
            Kind::Untyped => (
                if self.encoding == Encoding::Bytes {
                    Type::Bytes
                } else {
                    Type::Text
                },
                Names::None,
            ),
            Kind::Raw(size) => (Type::Raw(*size), Names::None),
            Kind::Word {
                word,
                extra: Extra::Width(width),
            } => {
                if word.text != "dec" {
                    return Err(LayoutError::new(
                        word.at.clone(),
                        format!("only `dec` takes its width from a field, not `{}`", word.text),
                    ));
                }
                let width_node = self.earlier_number(scope, width, self.nodes.len())?;
                (Type::DecOf(width_node), Names::None)
            }
            Kind::Word { word, extra } => {
                let kind = Type::from_word(&word.text).map_err(|message| {
                    LayoutError::new(word.at.clone(), message).suggesting(&word.text, TYPE_WORDS.iter().copied())
                })?;
                (kind, names(kind, extra, word)?)
            }
        };
        Ok(Field {
            kind,
            names,
            origin: Origin::Given,
            measures: None,
        })
    }

    /// An earlier whole-number field that counts `node` or gives its width.
    fn earlier_number(&mut self, scope: usize, name: &Name, node: usize) -> Result<usize> {
        let mut search = Some(scope);
        while let Some(scope) = search {
            if let Some(found) = self.named(scope, &name.text) {
                if let Some(Node {
                    kind: NodeKind::Field(field),
                    ..
                }) = self.nodes.get_mut(found)
                    && field.kind.is_whole()
                {
                    field.measures = Some(node);
                    return Ok(found);
                }
                return Err(LayoutError::new(
                    name.at.clone(),
                    format!("`{}` is not a whole number", name.text),
                ));
            }
            search = self.scopes.get(scope).and_then(|scope| scope.outer);
        }
        Err(LayoutError::new(
            name.at.clone(),
            format!("there is no part `{}` before this one", name.text),
        )
        .suggesting(&name.text, self.nodes.iter().filter_map(Node::name)))
    }

    fn named(&self, scope: usize, name: &str) -> Option<usize> {
        let nodes = &self.scopes.get(scope)?.nodes;
        nodes
            .iter()
            .copied()
            .find(|node| self.nodes.get(*node).is_some_and(|node| node.name() == Some(name)))
    }

    // ---- names are looked up ----

    fn resolve(&mut self) -> Result<()> {
        for Unresolved { node, scope, value } in std::mem::take(&mut self.values) {
            let origin = match value {
                syntax::Value::Seq => self.seq(node)?,
                syntax::Value::Learned { scope, part } => learned(scope, part)?,
                syntax::Value::Len { span, offset, at } => self.length(node, scope, span, *offset, at)?,
                syntax::Value::Checksum {
                    kind,
                    span,
                    arguments,
                    modulus,
                    at,
                } => {
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
            if let Some(Node {
                kind: NodeKind::Field(field),
                ..
            }) = self.nodes.get_mut(node)
            {
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

    fn place_of(&self, node: usize) -> Range<usize> {
        self.places.get(node).cloned().unwrap_or(0..0)
    }

    fn seq(&self, node: usize) -> Result<Origin> {
        if self.kind_of(node).is_whole() && self.kind_of(node).fixed_size().is_some() {
            return Ok(Origin::Seq);
        }
        Err(LayoutError::new(
            self.place_of(node),
            "`seq` needs a number of fixed size, such as `u16` or `dec4`",
        ))
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
            return Err(LayoutError::new(
                at.clone(),
                "a length is a whole number, such as `u16` or `dec`",
            ));
        }
        let last_of_scope = self
            .scopes
            .get(scope)
            .and_then(|scope| scope.nodes.last().copied())
            .unwrap_or(node);
        let (first, last) = self.span(scope, span, last_of_scope)?;
        self.lengths.push(Length {
            node,
            first,
            last,
            offset,
        });
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
                format!(
                    "{} has {} bits, which do not fit here",
                    checksum.name(),
                    checksum.width()
                ),
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
        self.sums.push(Sum {
            node,
            first,
            last,
            checksum,
            modulus,
        });
        Ok(Origin::Sum)
    }

    /// The first and the last node of a span, in one scope.
    fn span(&self, scope: usize, span: &syntax::Span, open_end: usize) -> Result<(usize, usize)> {
        let find = |name: &Name| {
            self.named(scope, &name.text).ok_or_else(|| {
                LayoutError::new(name.at.clone(), format!("there is no part `{}` here", name.text))
                    .suggesting(&name.text, self.nodes.iter().filter_map(Node::name))
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
        let Some(Node {
            kind: NodeKind::Field(field),
            ..
        }) = self.nodes.get(node)
        else {
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
                    self.sums
                        .get(other)
                        .is_some_and(|other| (sum.first..=sum.last).contains(&other.node))
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
        self.sums = ordered
            .iter()
            .filter_map(|index| sums.get_mut(*index).and_then(Option::take))
            .collect();
        Ok(())
    }

    // ---- byte stuffing ----

    fn place_region(&mut self, coding: Option<&Coding>, root: &[usize]) -> Result<()> {
        let Some(coding) = coding else { return Ok(()) };
        let named = match coding {
            Coding::Escape(escape) => Some(escape.span.as_str()),
            Coding::Codec { span, .. } => span.as_deref(),
        };
        let (Some(&root_first), Some(&root_last)) = (root.first(), root.last()) else {
            return Ok(());
        };
        let (first, last) = match named {
            None => (root_first, root_last),
            Some(span) => {
                let (a, b) = span.split_once("..").map_or((span, span), |(a, b)| (a, b));
                let find = |name: &str| {
                    self.named(0, name.trim()).ok_or_else(|| {
                        LayoutError::new(
                            0..0,
                            format!(
                                "the stuffed span names `{}`, which is no part of the layout",
                                name.trim()
                            ),
                        )
                        .suggesting(name, self.nodes.iter().filter_map(Node::name))
                    })
                };
                (find(a)?, if b.trim().is_empty() { root_last } else { find(b)? })
            }
        };
        if last < first {
            return Err(LayoutError::new(0..0, "the stuffed span starts behind its end"));
        }
        let behind = root.iter().position(|node| *node == last).unwrap_or(0) + 1;
        let open = match root
            .get(behind)
            .and_then(|node| self.nodes.get(*node))
            .map(|node| &node.kind)
        {
            Some(NodeKind::Literal(_)) => RegionEnd::Literals(self.group(root, behind)?.0),
            None if self.extent == Extent::Whole => RegionEnd::Given,
            Some(NodeKind::Field(_) | NodeKind::Repeat(_)) | None => RegionEnd::Parts,
        };
        self.region = Some(Region::new(coding, first, last, open));
        Ok(())
    }

    fn region_starts(&self, node: usize) -> bool {
        self.region.as_ref().is_some_and(|region| region.first == node)
    }

    fn region_ends(&self, node: usize) -> bool {
        self.region.as_ref().is_some_and(|region| region.last == node)
    }

    // ---- scopes become steps ----

    fn lower(&mut self, siblings: &[usize], is_root: bool) -> Result<()> {
        let mut index = 0;
        while let Some(&node) = siblings.get(index) {
            if is_root && self.region_starts(node) {
                self.ops.push(Op::Enter);
            }
            self.open_spans_before(node);
            let taken = self.step(siblings, index, is_root)?;
            let last = siblings.get(index + taken - 1).copied().unwrap_or(node);
            self.open_spans_after(last);
            self.close_spans(last)?;
            if is_root && self.region_ends(last) {
                self.ops.push(Op::Leave);
            }
            index += taken;
        }
        for (index, sum) in self.sums.iter().enumerate() {
            if siblings.contains(&sum.node) {
                self.ops.push(Op::Check { sum: index });
            }
        }
        Ok(())
    }

    /// Opens the spans that start at this node and whose length has been read before it, wide ones first.
    fn open_spans_before(&mut self, node: usize) {
        let mut starting: Vec<usize> = (0..self.lengths.len())
            .filter(|index| {
                self.lengths
                    .get(*index)
                    .is_some_and(|length| length.first == node && length.node < node)
            })
            .collect();
        starting.sort_by_key(|index| std::cmp::Reverse(self.lengths.get(*index).map_or(0, |length| length.last)));
        for length in starting {
            self.ops.push(Op::Open { length });
            self.open.push(length);
        }
    }

    /// Once a length is read: opens its span if that has begun, compares if that has passed.
    fn open_spans_after(&mut self, node: usize) {
        for (index, length) in self
            .lengths
            .iter()
            .enumerate()
            .filter(|(_, length)| length.node == node)
        {
            if length.last < node {
                self.ops.push(Op::Verify { length: index });
            } else if length.first <= node {
                self.ops.push(Op::Open { length: index });
                self.open.push(index);
            }
        }
    }

    fn close_spans(&mut self, node: usize) -> Result<()> {
        while let Some(&innermost) = self.open.last() {
            if self.lengths.get(innermost).is_none_or(|length| length.last != node) {
                break;
            }
            self.ops.push(Op::Close { length: innermost });
            self.open.pop();
        }
        let crossing = self
            .open
            .iter()
            .find_map(|index| self.lengths.get(*index).filter(|length| length.last == node));
        match crossing {
            Some(length) => Err(LayoutError::new(
                self.place_of(length.node),
                "the spans of two lengths cross; one must hold the other",
            )),
            None => Ok(()),
        }
    }

    /// Lowers the part at `index`, literals side by side together; tells how many parts that were.
    fn step(&mut self, siblings: &[usize], index: usize, is_root: bool) -> Result<usize> {
        let node = siblings.get(index).copied().unwrap_or(0);
        let Some(what) = self.nodes.get(node) else { return Ok(1) };
        match &what.kind {
            NodeKind::Literal(literal) => {
                if literal.ends_by_closing() && (!is_root || index + 1 < siblings.len() || self.extent == Extent::Whole)
                {
                    return Err(LayoutError::new(
                        self.place_of(node),
                        "EOF and IDLE can only end a whole frame",
                    ));
                }
                let (group, count) = self.group(siblings, index)?;
                self.ops.push(Op::Literals { group });
                Ok(count)
            }
            NodeKind::Field(field) => {
                let op = match (field.kind, field.kind.fixed_size()) {
                    (_, Some(size)) => Op::Fixed { node, size },
                    (Type::DecOf(width), None) => Op::DecOf { node, width },
                    (Type::Number(number), None) => {
                        self.check_behind_number(siblings, index, is_root, |byte| number.takes(byte))?;
                        Op::Number { node }
                    }
                    (_, None) => match self.ending(siblings, index, is_root)? {
                        Ending::Literals { group, back } => Op::Until { node, group, back },
                        Ending::Limit { back } => Op::ToLimit { node, back },
                    },
                };
                self.ops.push(op);
                Ok(1)
            }
            NodeKind::Repeat(repeat) => {
                let count = repeat.count;
                self.lower_repeat(siblings, index, is_root, count)?;
                Ok(1)
            }
        }
    }

    fn lower_repeat(&mut self, siblings: &[usize], index: usize, is_root: bool, count: Count) -> Result<()> {
        let node = siblings.get(index).copied().unwrap_or(0);
        let children = self.children(node);
        let smallest: usize = children.iter().map(|child| self.smallest(*child)).sum();
        if smallest == 0 {
            return Err(LayoutError::new(
                self.place_of(node),
                "an element that can be empty cannot be repeated",
            ));
        }
        if let Count::Number(number) = count
            && number.saturating_mul(smallest) > self.max
        {
            return Err(LayoutError::new(
                self.place_of(node),
                format!("{number} elements are more than `max`, {} bytes", self.max),
            ));
        }
        let stop = match count {
            Count::Number(_) | Count::Field(_) => Stop::Count,
            Count::ToEnd => match self.ending(siblings, index, is_root)? {
                Ending::Literals { group, back: 0 } => Stop::Literals(group),
                Ending::Literals { .. } => {
                    return Err(LayoutError::new(
                        self.place_of(node),
                        "the literal that ends a repeat must stand right behind it",
                    ));
                }
                Ending::Limit { back } => Stop::Limit { back },
            },
        };
        let head = self.ops.len();
        self.ops.push(Op::Repeat {
            node,
            exit: 0,
            stop,
            smallest,
        });
        let open = std::mem::take(&mut self.open);
        self.lower(&children, false)?;
        self.open = open;
        self.ops.push(Op::Again { head });
        let behind = self.ops.len();
        if let Some(Op::Repeat { exit, .. }) = self.ops.get_mut(head) {
            *exit = behind;
        }
        Ok(())
    }

    fn children(&self, node: usize) -> Vec<usize> {
        let behind = self.nodes.get(node).map_or(node, |node| node.next);
        let mut children = Vec::new();
        let mut child = node + 1;
        while child < behind {
            children.push(child);
            child = self.nodes.get(child).map_or(behind, |node| node.next);
        }
        children
    }

    /// The least number of bytes a node takes.
    fn smallest(&self, node: usize) -> usize {
        match self.nodes.get(node).map(|node| &node.kind) {
            Some(NodeKind::Literal(literal)) => literal.alternatives.iter().map(Vec::len).min().unwrap_or(0),
            Some(NodeKind::Field(field)) => match field.kind {
                Type::Number(_) => 1,
                Type::DecOf(_) | Type::Bytes | Type::Text => 0,
                fixed => fixed.fixed_size().unwrap_or(0),
            },
            Some(NodeKind::Repeat(Repeat {
                count: Count::Number(number),
                ..
            })) => number.saturating_mul(self.children(node).iter().map(|child| self.smallest(*child)).sum()),
            Some(NodeKind::Repeat(_)) | None => 0,
        }
    }

    /// The number of bytes a node always takes, if it is always the same.
    fn fixed_size(&self, node: usize) -> Option<usize> {
        match &self.nodes.get(node)?.kind {
            NodeKind::Literal(literal) => literal.fixed_size(),
            NodeKind::Field(field) => field.kind.fixed_size(),
            NodeKind::Repeat(Repeat {
                count: Count::Number(number),
                ..
            }) => {
                let element = self
                    .children(node)
                    .iter()
                    .map(|child| self.fixed_size(*child))
                    .sum::<Option<usize>>()?;
                number.checked_mul(element)
            }
            NodeKind::Repeat(_) => None,
        }
    }

    /// The size of the parts behind `index` up to and with the node `last`, if all of them are of fixed size.
    fn back(&self, siblings: &[usize], index: usize, last: usize) -> Option<usize> {
        siblings
            .iter()
            .skip(index + 1)
            .take_while(|node| **node <= last)
            .map(|node| self.fixed_size(*node))
            .sum()
    }

    /// What ends the variable part at `index`.
    fn ending(&mut self, siblings: &[usize], index: usize, is_root: bool) -> Result<Ending> {
        let node = siblings.get(index).copied().unwrap_or(0);
        let end_of_scope = siblings.last().copied().unwrap_or(node);
        if let Some(length) = self.open.last().and_then(|innermost| self.lengths.get(*innermost))
            && let Some(back) = self.back(siblings, index, length.last)
        {
            return Ok(Ending::Limit { back });
        }
        let inside = |region: &&Region| {
            is_root && (region.first..=region.last).contains(&node) && region.end != RegionEnd::Parts
        };
        if let Some(region) = self.region.as_ref().filter(inside)
            && let Some(back) = self.back(siblings, index, region.last)
        {
            return Ok(Ending::Limit { back });
        }
        let mut back = 0;
        for (offset, &behind) in siblings.iter().enumerate().skip(index + 1) {
            match self.nodes.get(behind).map(|node| &node.kind) {
                Some(NodeKind::Literal(_)) => {
                    let (group, _) = self.group(siblings, offset)?;
                    return Ok(Ending::Literals { group, back });
                }
                _ => match self.fixed_size(behind) {
                    Some(size) => back += size,
                    None => return Err(self.side_by_side(node, behind)),
                },
            }
        }
        let stuffed = self.region.is_some();
        if is_root && self.extent == Extent::Whole && !stuffed {
            return self
                .back(siblings, index, end_of_scope)
                .map(|back| Ending::Limit { back })
                .ok_or_else(|| self.never_ends(node, is_root));
        }
        Err(self.never_ends(node, is_root))
    }

    fn side_by_side(&self, node: usize, behind: usize) -> LayoutError {
        let name = |node: usize| {
            self.nodes
                .get(node)
                .and_then(Node::name)
                .unwrap_or("this part")
                .to_owned()
        };
        let at = self.place_of(node).start..self.place_of(behind).end;
        LayoutError::new(
            at,
            format!(
                "nothing tells where `{}` ends and `{}` starts",
                name(node),
                name(behind)
            ),
        )
        .with_help("put a literal between them, or give one of them a length: `n:u8=len(body)`")
    }

    fn never_ends(&self, node: usize, is_root: bool) -> LayoutError {
        let name = self
            .nodes
            .get(node)
            .and_then(Node::name)
            .unwrap_or("this part")
            .to_owned();
        let help = if is_root {
            "end it by a terminator (`<CR>`), a length (`n:u16=len(body)`), `<EOF>` or `<IDLE 200ms>`"
        } else {
            "inside a record it needs a terminator or a length of its own"
        };
        LayoutError::new(self.place_of(node), format!("`{name}` can never end")).with_help(help)
    }

    /// What stands behind a number of any width must not be able to belong to it.
    fn check_behind_number(
        &mut self,
        siblings: &[usize],
        index: usize,
        is_root: bool,
        takes: impl Fn(u8) -> bool,
    ) -> Result<()> {
        let node = siblings.get(index).copied().unwrap_or(0);
        let held = self
            .open
            .last()
            .and_then(|open| self.lengths.get(*open))
            .is_some_and(|length| length.last == node);
        let region = is_root
            && self.region_ends(node)
            && self
                .region
                .as_ref()
                .is_some_and(|region| region.end != RegionEnd::Parts);
        let Some(&behind) = siblings.get(index + 1) else {
            let whole = is_root && self.extent == Extent::Whole && self.region.is_none();
            // Inside a record, the next element or whatever stands behind the repeat ends it.
            return if whole || held || region || !is_root {
                Ok(())
            } else {
                Err(self.never_ends(node, is_root))
            };
        };
        if held || region {
            return Ok(());
        }
        match self.nodes.get(behind).map(|node| &node.kind) {
            Some(NodeKind::Literal(literal)) => {
                let swallowed = literal
                    .alternatives
                    .iter()
                    .filter_map(|bytes| bytes.first())
                    .any(|byte| takes(*byte));
                if swallowed {
                    let name = self
                        .nodes
                        .get(node)
                        .and_then(Node::name)
                        .unwrap_or("this part")
                        .to_owned();
                    return Err(LayoutError::new(
                        self.place_of(behind),
                        format!("`{name}` would take this too: it can belong to a number"),
                    )
                    .with_help("give the number a fixed width, as in `dec3`"));
                }
                Ok(())
            }
            _ => Err(self.side_by_side(node, behind)),
        }
    }

    /// The group of literals that starts at `index`, and how many literals it joins.
    fn group(&mut self, siblings: &[usize], index: usize) -> Result<(usize, usize)> {
        let first = siblings.get(index).copied().unwrap_or(0);
        if let Some(known) = self.groups.iter().position(|group| group.first == first) {
            return Ok((known, self.groups.get(known).map_or(1, |group| group.count)));
        }
        let mut choices = vec![Choice {
            bytes: Vec::new(),
            sizes: Vec::new(),
        }];
        let (mut eof, mut idle, mut count) = (false, None, 0);
        for &node in siblings.iter().skip(index) {
            let Some(Node {
                kind: NodeKind::Literal(literal),
                ..
            }) = self.nodes.get(node)
            else {
                break;
            };
            if count > 0 && (literal.ends_by_closing() || self.boundary_before(node)) {
                break;
            }
            count += 1;
            (eof, idle) = (literal.eof, literal.idle);
            choices = choices
                .iter()
                .flat_map(|choice| literal.alternatives.iter().map(|alternative| choice.then(alternative)))
                .collect();
            if choices.len() > MAX_CHOICES {
                return Err(LayoutError::new(
                    self.place_of(node),
                    format!("more than {MAX_CHOICES} alternatives at one place"),
                ));
            }
            if literal.ends_by_closing() {
                break;
            }
        }
        for (index, choice) in choices.iter().enumerate() {
            let hidden = choices
                .iter()
                .take(index)
                .any(|earlier| choice.bytes.starts_with(&earlier.bytes));
            if hidden {
                let shown = crate::bytes::display::escape(&choice.bytes).to_string();
                return Err(LayoutError::new(
                    self.place_of(first),
                    format!("the alternative {shown} is never reached: one before it is its start"),
                )
                .with_help("put the longer alternative first"));
            }
        }
        self.groups.push(Group::new(first, count, choices, eof, idle));
        Ok((self.groups.len() - 1, count))
    }

    /// Whether a length span or the stuffed region starts at this literal or ends right before it.
    fn boundary_before(&self, node: usize) -> bool {
        let spans = self.lengths.iter().map(|length| (length.first, length.last));
        let region = self.region.as_ref().map(|region| (region.first, region.last));
        spans
            .chain(region)
            .any(|(first, last)| first == node || last + 1 == node)
    }
}

/// What ends a variable part.
enum Ending {
    Literals { group: usize, back: usize },
    Limit { back: usize },
}

impl Choice {
    fn then(&self, more: &[u8]) -> Self {
        let mut sizes = self.sizes.clone();
        sizes.push(more.len());
        Self {
            bytes: [self.bytes.as_slice(), more].concat(),
            sizes,
        }
    }
}

impl Literal {
    fn ends_by_closing(&self) -> bool {
        self.eof || self.idle.is_some()
    }

    fn fixed_size(&self) -> Option<usize> {
        let size = self.alternatives.first()?.len();
        (!self.ends_by_closing() && self.alternatives.iter().all(|bytes| bytes.len() == size)).then_some(size)
    }
}

fn literal_kind(literal: &syntax::Literal) -> NodeKind {
    NodeKind::Literal(Literal {
        alternatives: literal.alternatives.clone(),
        eof: literal.eof,
        idle: literal.idle,
    })
}

fn names(kind: Type, extra: &Extra, word: &Name) -> Result<Names> {
    let named = |list: &[(String, i128)]| {
        list.iter()
            .map(|(name, number)| (Arc::from(name.as_str()), *number))
            .collect::<Vec<_>>()
    };
    match extra {
        Extra::None | Extra::Width(_) => Ok(Names::None),
        Extra::Values(_) | Extra::Bits(_) if !kind.is_whole() => Err(LayoutError::new(
            word.at.clone(),
            format!("only whole numbers have named values, not `{}`", word.text),
        )),
        Extra::Values(list) => {
            let (least, most) = kind.range();
            match list.iter().find(|(_, number)| !(least..=most).contains(number)) {
                Some((name, number)) => Err(LayoutError::new(
                    word.at.clone(),
                    format!("`{name}={number}` does not fit `{}`", word.text),
                )),
                None => Ok(Names::Values(named(list))),
            }
        }
        Extra::Bits(list) => {
            let Type::Integer {
                size, signed: false, ..
            } = kind
            else {
                return Err(LayoutError::new(
                    word.at.clone(),
                    "named bits stand in `u8`, `u16`, `u32` and the like",
                ));
            };
            let bits = list.iter().map(|(name, bit)| match u32::try_from(*bit) {
                Ok(bit) if (bit as usize) < 8 * size => Ok((Arc::from(name.as_str()), bit)),
                _ => Err(LayoutError::new(
                    word.at.clone(),
                    format!("`{}` has no bit {bit}, which `{name}` names", word.text),
                )),
            });
            Ok(Names::Bits(bits.collect::<Result<_>>()?))
        }
    }
}

fn learned(scope: &Name, part: &Name) -> Result<Origin> {
    const SCOPES: [&str; 3] = ["greeting", "login", "secret"];
    if SCOPES.contains(&scope.text.as_str()) {
        return Ok(Origin::Learned(Arc::from(format!("{}.{}", scope.text, part.text))));
    }
    Err(LayoutError::new(
        scope.at.clone(),
        format!(
            "values are learned from `greeting`, `login` or `secret`, not from `{}`",
            scope.text
        ),
    )
    .suggesting(&scope.text, SCOPES))
}

fn checksum(kind: &Name, arguments: &[syntax::Argument]) -> Result<Checksum> {
    let (all, seed) = match arguments {
        _ if kind.text == "crc" => return custom_crc(kind, arguments),
        [] => (kind.at.clone(), None),
        [
            syntax::Argument {
                name: None,
                value: Some(seed),
                at,
            },
        ] => (at.clone(), Some(*seed)),
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
        Some(seed) => checksum
            .with_seed(seed)
            .map_err(|error| LayoutError::new(all, error.to_string())),
    }
}

/// `crc(a..b, width=16, poly=0x8005, init=0xFFFF, refin, refout, xorout=0)`
fn custom_crc(kind: &Name, arguments: &[syntax::Argument]) -> Result<Checksum> {
    let mut parameters = CrcParameters {
        width: 0,
        poly: 0,
        init: 0,
        refin: false,
        refout: false,
        xorout: 0,
    };
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
