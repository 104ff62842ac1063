//! Scopes become the steps that decode them. A part that nothing ends is found here.

use std::ops::RangeInclusive;

use super::super::coding::{Region, RegionEnd};
use super::super::error::LayoutError;
use super::super::literals::{Choice, Group};
use super::super::types::Type;
use super::super::{Count, Extent, Field, Length, Literal, Node, NodeKind, Op, Repeat, Stop};
use super::{Compiler, Result};

/// More choices than any manual lists for one place.
const MAX_CHOICES: usize = 64;

impl Compiler<'_> {
    pub(super) fn lower(&mut self, siblings: &[usize], is_root: bool) -> Result<()> {
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
            .filter(|index| self.lengths.get(*index).is_some_and(|length| length.first == node && length.node < node))
            .collect();
        starting.sort_by_key(|index| std::cmp::Reverse(self.lengths.get(*index).map_or(0, |length| length.last)));
        for length in starting {
            self.ops.push(Op::Open { length, inside: 0 });
            self.open.push(length);
        }
    }

    /// Once a length is read: opens its span if that has begun, compares if that has passed.
    fn open_spans_after(&mut self, node: usize) {
        for (index, length) in self.lengths.iter().enumerate().filter(|(_, length)| length.node == node) {
            if length.last < node {
                self.ops.push(Op::Verify { length: index });
            } else if length.first <= node {
                let inside = self.open_inside(length);
                self.ops.push(Op::Open { length: index, inside });
                self.open.insert(self.open.len() - inside, index);
            }
        }
    }

    /// How many of the open spans lie inside that of a length, though it is read behind theirs.
    fn open_inside(&self, outer: &Length) -> usize {
        let lies_inside = |inner: &Length| outer.first <= inner.first && inner.last < outer.last;
        let innermost_first = self.open.iter().rev();
        innermost_first.take_while(|open| self.lengths.get(**open).is_some_and(lies_inside)).count()
    }

    fn close_spans(&mut self, node: usize) -> Result<()> {
        while let Some(&innermost) = self.open.last() {
            if self.lengths.get(innermost).is_none_or(|length| length.last != node) {
                break;
            }
            self.ops.push(Op::Close { length: innermost });
            self.open.pop();
        }
        let crossing = self.open.iter().find_map(|index| self.lengths.get(*index).filter(|length| length.last == node));
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
                    return Err(LayoutError::new(self.place_of(node), "EOF and IDLE can only end a whole frame"));
                }
                let (group, count) = self.group(siblings, index)?;
                self.ops.push(Op::Literals { group });
                Ok(count)
            }
            NodeKind::Field(field) => {
                let op = match (field.kind, field.kind.fixed_size()) {
                    (_, Some(size)) => Op::Fixed { node, size },
                    (Type::DecOf(width), None) => Op::DecOf { node, width },
                    (Type::Number(_), None) => {
                        Op::Number { node, behind: self.behind_number(node, siblings, index, is_root)? }
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
        let smallest = self.smallest_of(&children);
        if smallest == 0 {
            return Err(LayoutError::new(self.place_of(node), "an element that can be empty cannot be repeated"));
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
            Count::Number(_) => Stop::Count { by_field: false },
            Count::Field(_) => Stop::Count { by_field: true },
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
        self.ops.push(Op::Repeat { node, exit: 0, stop, smallest });
        let open = std::mem::take(&mut self.open);
        self.lower(&children, false)?;
        self.open = open;
        self.ops.push(Op::Again { head });
        let behind = self.ops.len();
        if let Some(Op::Repeat { exit, .. }) = self.ops.get_mut(head) {
            *exit = behind;
        }
        self.check_last_number(siblings, index, is_root)
    }

    /// A number of any width at the end of an element must end before the next element, and before what stands behind
    /// the repeat.
    fn check_last_number(&mut self, siblings: &[usize], index: usize, is_root: bool) -> Result<()> {
        let repeat = siblings.get(index).copied().unwrap_or(0);
        let Some(last) = self.last_number(repeat) else { return Ok(()) };
        let children = self.children(repeat);
        let is_record = matches!(
            self.nodes.get(repeat).map(|node| &node.kind),
            Some(NodeKind::Repeat(Repeat { record: true, .. }))
        );
        // Numbers that are repeated by themselves are told apart by blanks.
        if is_record && let Some(&first) = children.first() {
            self.check_not_swallowed(last, first)?;
        }
        let group = self.behind_number(last, siblings, index, is_root)?;
        for op in &mut self.ops {
            if let Op::Number { node, behind } = op
                && *node == last
            {
                *behind = group;
            }
        }
        Ok(())
    }

    /// The number of any width that ends a part, if one does.
    fn last_number(&self, node: usize) -> Option<usize> {
        match &self.nodes.get(node)?.kind {
            NodeKind::Field(field) => matches!(field.kind, Type::Number(_)).then_some(node),
            NodeKind::Repeat(_) => self.last_number(*self.children(node).last()?),
            NodeKind::Literal(_) => None,
        }
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

    /// How many bytes a frame of these parts can have on the wire, as far as its parts of fixed size tell.
    pub(super) fn sizes(&self, root: &[usize]) -> RangeInclusive<usize> {
        if self.region.is_some() {
            return 0..=usize::MAX;
        }
        self.smallest_of(root)..=self.fixed_size_of(root.iter().copied()).unwrap_or(usize::MAX)
    }

    /// The least number of bytes a node takes.
    fn smallest(&self, node: usize) -> usize {
        match self.nodes.get(node).map(|node| &node.kind) {
            Some(NodeKind::Literal(literal)) if literal.ends_by_closing() => 0,
            Some(NodeKind::Literal(literal)) => literal.alternatives.iter().map(Vec::len).min().unwrap_or(0),
            Some(NodeKind::Field(field)) => match field.kind {
                Type::Number(_) => 1,
                Type::DecOf(_) | Type::Bytes | Type::Text => 0,
                Type::Integer { .. }
                | Type::Float { .. }
                | Type::Dec(_)
                | Type::Hex(_)
                | Type::Bcd(_)
                | Type::Raw(_)
                | Type::Chars(_) => field.kind.fixed_size().unwrap_or(0),
            },
            Some(NodeKind::Repeat(Repeat { count: Count::Number(number), .. })) => {
                number.saturating_mul(self.smallest_of(&self.children(node)))
            }
            Some(NodeKind::Repeat(_)) | None => 0,
        }
    }

    fn smallest_of(&self, nodes: &[usize]) -> usize {
        nodes.iter().fold(0, |sum: usize, node| sum.saturating_add(self.smallest(*node)))
    }

    /// The number of bytes a node always takes, if it is always the same.
    fn fixed_size(&self, node: usize) -> Option<usize> {
        match &self.nodes.get(node)?.kind {
            NodeKind::Literal(literal) => literal.fixed_size(),
            NodeKind::Field(field) => field.kind.fixed_size(),
            NodeKind::Repeat(Repeat { count: Count::Number(number), .. }) => {
                number.checked_mul(self.fixed_size_of(self.children(node))?)
            }
            NodeKind::Repeat(_) => None,
        }
    }

    fn fixed_size_of(&self, nodes: impl IntoIterator<Item = usize>) -> Option<usize> {
        nodes.into_iter().try_fold(0_usize, |sum, node| sum.checked_add(self.fixed_size(node)?))
    }

    /// The size of the parts behind `index` up to and with the node `last`, if all of them are of fixed size.
    fn back(&self, siblings: &[usize], index: usize, last: usize) -> Option<usize> {
        self.fixed_size_of(siblings.iter().copied().skip(index + 1).take_while(|node| *node <= last))
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
        let mut back = 0_usize;
        for (offset, &behind) in siblings.iter().enumerate().skip(index + 1) {
            match self.nodes.get(behind).map(|node| &node.kind) {
                Some(NodeKind::Literal(_)) => {
                    let (group, _) = self.group(siblings, offset)?;
                    return Ok(Ending::Literals { group, back });
                }
                _ => match self.fixed_size(behind) {
                    Some(size) => back = back.saturating_add(size),
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
        let (one, other) = (self.place_of(node), self.place_of(behind));
        let at = one.start.min(other.start)..one.end.max(other.end);
        let (one, other) = (self.name_of(node), self.name_of(behind));
        LayoutError::new(at, format!("nothing tells where `{one}` ends and `{other}` starts"))
            .with_help("put a literal between them, or give one of them a length: `n:u8=len(body)`")
    }

    fn never_ends(&self, node: usize, is_root: bool) -> LayoutError {
        let help = if is_root {
            "end it by a terminator (`<CR>`), a length (`n:u16=len(body)`), `<EOF>` or `<IDLE 200ms>`"
        } else {
            "inside a record it needs a terminator or a length of its own"
        };
        LayoutError::new(self.place_of(node), format!("`{}` can never end", self.name_of(node))).with_help(help)
    }

    /// What ends the number of any width at the end of the part at `index`: the literals behind it, if not a limit.
    fn behind_number(
        &mut self,
        number: usize,
        siblings: &[usize],
        index: usize,
        is_root: bool,
    ) -> Result<Option<usize>> {
        let part = siblings.get(index).copied().unwrap_or(0);
        let held = self.open.last().and_then(|open| self.lengths.get(*open)).is_some_and(|length| length.last == part);
        let region = is_root
            && self.region_ends(part)
            && self.region.as_ref().is_some_and(|region| !region.ends_with_its_parts());
        if held || region {
            return Ok(None);
        }
        let Some(&behind) = siblings.get(index + 1) else {
            let whole = self.extent == Extent::Whole && self.region.is_none();
            // At the end of a record, the repeat looks at what stands behind it.
            return if whole || !is_root { Ok(None) } else { Err(self.never_ends(number, is_root)) };
        };
        self.check_not_swallowed(number, behind)?;
        self.group(siblings, index + 1).map(|(group, _)| Some(group))
    }

    /// What stands behind a number of any width must be literals that cannot belong to it.
    fn check_not_swallowed(&self, number: usize, behind: usize) -> Result<()> {
        let Some(NodeKind::Literal(literal)) = self.nodes.get(behind).map(|node| &node.kind) else {
            return Err(self.side_by_side(number, behind));
        };
        let takes = |byte: &u8| match self.nodes.get(number).map(|node| &node.kind) {
            Some(NodeKind::Field(Field { kind: Type::Number(number), .. })) => number.takes(*byte),
            _ => false,
        };
        if !literal.alternatives.iter().filter_map(|bytes| bytes.first()).any(takes) {
            return Ok(());
        }
        Err(LayoutError::new(
            self.place_of(behind),
            format!("`{}` would take this too: it can belong to a number", self.name_of(number)),
        )
        .with_help("give the number a fixed width, as in `dec3`"))
    }

    /// How an error calls a part; a single value in a repeat goes by the name of the repeat.
    fn name_of(&self, node: usize) -> &str {
        let name = |node: usize| self.nodes.get(node).and_then(Node::called).map(|name| &**name);
        let is_single = |repeat: &usize| {
            matches!(
                self.nodes.get(*repeat).map(|node| &node.kind),
                Some(NodeKind::Repeat(Repeat { record: false, .. }))
            )
        };
        name(node).or_else(|| name(node.checked_sub(1).filter(is_single)?)).unwrap_or("this part")
    }

    /// The group of literals that starts at `index`, and how many literals it joins.
    pub(super) fn group(&mut self, siblings: &[usize], index: usize) -> Result<(usize, usize)> {
        let first = siblings.get(index).copied().unwrap_or(0);
        if let Some(known) = self.groups.iter().position(|group| group.first == first) {
            return Ok((known, self.groups.get(known).map_or(1, |group| group.count)));
        }
        let mut choices = vec![Choice { bytes: Vec::new(), sizes: Vec::new() }];
        let (mut eof, mut idle, mut count) = (false, None, 0);
        for &node in siblings.iter().skip(index) {
            let Some(Node { kind: NodeKind::Literal(literal), .. }) = self.nodes.get(node) else {
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
            let hidden = choices.iter().take(index).any(|earlier| choice.bytes.starts_with(&earlier.bytes));
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
        spans.chain(region).any(|(first, last)| first == node || last + 1 == node)
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
        Self { bytes: [self.bytes.as_slice(), more].concat(), sizes }
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
