//! What a layout means, and whether it can be cut safely.
//!
//! First the tree becomes a flat list of nodes; then names are looked up; then each scope is lowered to the steps that
//! decode it. A variable part that nothing ends is found there.

mod head;
mod lower;
mod region;
mod resolve;
mod unmistakable;

use std::ops::Range;
use std::sync::Arc;

pub(super) use head::{Body, Head, MOST, Opening};

use super::encoding::Encoding;
use super::error::LayoutError;
use super::literals::Group;
use super::syntax::{self, Extra, Kind, Name, What};
use super::types::{Names, TYPE_WORDS, Type};
use super::{
    Count, Extent, Field, Length, Literal, MAX_LIMIT, Node, NodeKind, Op, Options, Origin, Program, Region, Repeat, Sum,
};

/// More parts than any manual puts into one frame. It bounds what compiling costs, which is not linear in them.
const MAX_PARTS: usize = 1024;

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
    Ok(compiler.finish(source, &root))
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

    fn finish(self, source: &str, root: &[usize]) -> Program {
        let size = |node: &Node| match &node.kind {
            NodeKind::Literal(literal) => literal.alternatives.iter().map(Vec::len).max().unwrap_or(0),
            NodeKind::Field(field) => field.kind.fixed_size().unwrap_or(0),
            NodeKind::Repeat(_) => 0,
        };
        let overhead = self.nodes.iter().map(size).fold(0, usize::saturating_add);
        let stuffed_at_start = self.region.as_ref().is_some_and(|region| region.first == 0);
        let leading = match self.ops.first() {
            Some(Op::Literals { group }) if !stuffed_at_start => Some(*group),
            _ => None,
        };
        Program {
            placed_by: self.placed_by(),
            head: self.head(),
            sizes: self.sizes(root),
            unmistakable: self.is_unmistakable(),
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

    /// By node: how many steps have been taken once all of it is in its place.
    fn placed_by(&self) -> Box<[usize]> {
        let mut placed_by = vec![usize::MAX; self.nodes.len()].into_boxed_slice();
        for (step, op) in self.ops.iter().enumerate() {
            let (nodes, behind) = match op {
                Op::Literals { group } => {
                    let Some(group) = self.groups.get(*group) else { continue };
                    (group.first..group.first + group.count, step + 1)
                }
                Op::Fixed { node, .. }
                | Op::Until { node, .. }
                | Op::ToLimit { node, .. }
                | Op::Number { node, .. }
                | Op::DecOf { node, .. } => (*node..*node + 1, step + 1),
                Op::Repeat { node, exit, .. } => (*node..*node + 1, *exit),
                Op::Open { .. }
                | Op::Close { .. }
                | Op::Verify { .. }
                | Op::Check { .. }
                | Op::Enter
                | Op::Leave
                | Op::Again { .. } => continue,
            };
            if let Some(places) = placed_by.get_mut(nodes) {
                places.fill(behind);
            }
        }
        placed_by
    }

    fn flatten(&mut self, parts: &'p [syntax::Part], outer: Option<usize>) -> Result<Vec<usize>> {
        let scope = self.scopes.len();
        self.scopes.push(Scope { nodes: Vec::new(), outer });
        for part in parts {
            if let Some(name) = &part.name
                && self.named(scope, &name.text).is_some()
            {
                return Err(LayoutError::new(name.at.clone(), format!("there are two parts called `{}`", name.text)));
            }
            let node = self.nodes.len();
            if node >= MAX_PARTS {
                return Err(LayoutError::new(part.at.clone(), format!("a layout has {MAX_PARTS} parts at most")));
            }
            if let Some(scope) = self.scopes.get_mut(scope) {
                scope.nodes.push(node);
            }
            self.part(part, node, scope)?;
        }
        Ok(self.scopes.get(scope).map(|scope| scope.nodes.clone()).unwrap_or_default())
    }

    fn part(&mut self, part: &'p syntax::Part, node: usize, scope: usize) -> Result<()> {
        let name = part.name.as_ref().map(|name| Arc::from(name.text.as_str()));
        match &part.what {
            What::Literal(literal) => self.push(name, literal_kind(literal), part.at.clone()),
            What::Field {
                kind: kind @ (Kind::Untyped | Kind::Raw(_)),
                value: Some(syntax::Value::Bytes(bytes, at)),
            } => {
                if let Kind::Raw(size) = kind
                    && *size != bytes.len()
                {
                    let problem = format!("these are {} bytes, not {size}", bytes.len());
                    return Err(LayoutError::new(at.clone(), problem));
                }
                let literal = Literal { alternatives: vec![bytes.clone()], eof: false, idle: None };
                self.push(name, NodeKind::Literal(literal), part.at.clone());
            }
            What::Field { kind, value } => {
                let field = self.field(kind, scope)?;
                self.push(name, NodeKind::Field(field), part.at.clone());
                self.values.extend(value.as_ref().map(|value| Unresolved { node, scope, value }));
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
                        self.scopes.push(Scope { nodes: vec![node + 1], outer: Some(scope) });
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
        self.nodes.push(Node { name, kind, next: self.nodes.len() + 1 });
        self.places.push(at);
    }

    fn field(&mut self, kind: &Kind, scope: usize) -> Result<Field> {
        let (kind, names) = match kind {
            Kind::Untyped => (if self.encoding == Encoding::Bytes { Type::Bytes } else { Type::Text }, Names::None),
            Kind::Raw(size) => (Type::Raw(*size), Names::None),
            Kind::Word { word, extra: Extra::Width(width) } => {
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
        Ok(Field { kind, names, origin: Origin::Given, measures: None })
    }

    /// An earlier whole-number field that counts `node` or gives its width.
    fn earlier_number(&mut self, scope: usize, name: &Name, node: usize) -> Result<usize> {
        let mut search = Some(scope);
        while let Some(place) = search {
            if let Some(found) = self.named(place, &name.text) {
                if let Some(Node { kind: NodeKind::Field(field), .. }) = self.nodes.get_mut(found)
                    && field.kind.is_whole()
                {
                    // What it counts in a record may differ from element to element, so there it has to be given.
                    field.measures = field.measures.or(Some(node).filter(|_| place == scope));
                    return Ok(found);
                }
                return Err(LayoutError::new(name.at.clone(), format!("`{}` is not a whole number", name.text)));
            }
            search = self.scopes.get(place).and_then(|scope| scope.outer);
        }
        Err(LayoutError::new(name.at.clone(), format!("there is no part `{}` before this one", name.text))
            .suggesting(&name.text, self.nodes.iter().filter_map(Node::name)))
    }

    fn named(&self, scope: usize, name: &str) -> Option<usize> {
        let nodes = &self.scopes.get(scope)?.nodes;
        nodes.iter().copied().find(|node| self.nodes.get(*node).is_some_and(|node| node.name() == Some(name)))
    }
}

fn literal_kind(literal: &syntax::Literal) -> NodeKind {
    NodeKind::Literal(Literal { alternatives: literal.alternatives.clone(), eof: literal.eof, idle: literal.idle })
}

fn names(kind: Type, extra: &Extra, word: &Name) -> Result<Names> {
    let named = |list: &[(String, i128)]| {
        list.iter().map(|(name, number)| (Arc::from(name.as_str()), *number)).collect::<Vec<_>>()
    };
    match extra {
        Extra::None | Extra::Width(_) => Ok(Names::None),
        Extra::Values(_) | Extra::Bits(_) if !kind.is_whole() => {
            Err(LayoutError::new(word.at.clone(), format!("only whole numbers have named values, not `{}`", word.text)))
        }
        Extra::Values(list) => {
            let (least, most) = kind.range();
            match list.iter().find(|(_, number)| !(least..=most).contains(number)) {
                Some((name, number)) => {
                    Err(LayoutError::new(word.at.clone(), format!("`{name}={number}` does not fit `{}`", word.text)))
                }
                None => Ok(Names::Values(named(list))),
            }
        }
        Extra::Bits(list) => {
            let Type::Integer { size, signed: false, .. } = kind else {
                return Err(LayoutError::new(word.at.clone(), "named bits stand in `u8`, `u16`, `u32` and the like"));
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
