//! Which parts are stuffed, and what ends them.

use super::super::coding::{Coding, Region, RegionEnd};
use super::super::error::LayoutError;
use super::super::{Extent, NodeKind};
use super::{Compiler, Result};

impl Compiler<'_> {
    pub(super) fn place_region(&mut self, coding: Option<&Coding>, root: &[usize]) -> Result<()> {
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
                let find =
                    |name: &str| self.named(0, name.trim()).ok_or_else(|| self.no_such_end(coding, name.trim(), root));
                (find(a)?, if b.trim().is_empty() { root_last } else { find(b)? })
            }
        };
        if last < first {
            return Err(LayoutError::new(0..0, "the stuffed span starts behind its end"));
        }
        let behind = root.iter().position(|node| *node == last).unwrap_or(0) + 1;
        let open = match root.get(behind).and_then(|node| self.nodes.get(*node)).map(|node| &node.kind) {
            Some(NodeKind::Literal(_)) => RegionEnd::Literals(self.group(root, behind)?.0),
            None if self.extent == Extent::Whole => RegionEnd::Given,
            Some(NodeKind::Field(_) | NodeKind::Repeat(_)) | None => RegionEnd::Parts,
        };
        self.region = Some(Region::new(coding, first, last, open));
        Ok(())
    }

    /// The span of a coding starts or ends at a part that the layout does not have.
    fn no_such_end(&self, coding: &Coding, name: &str, root: &[usize]) -> LayoutError {
        let coding = match coding {
            Coding::Escape(_) => "escape",
            Coding::Codec { .. } => "codec",
        };
        let parts: Vec<&str> = root.iter().filter_map(|node| self.nodes.get(*node)?.name()).collect();
        let error =
            LayoutError::new(0..0, format!("the span of the {coding} names `{name}`, which is no part of the layout"));
        match parts.is_empty() {
            true => error.with_help("give the part a name: `name:type` or `name:<STX>`"),
            false => error.with_help(format!("its parts are {}", parts.join(", "))).suggesting(name, parts),
        }
    }

    pub(super) fn region_starts(&self, node: usize) -> bool {
        self.region.as_ref().is_some_and(|region| region.first == node)
    }

    pub(super) fn region_ends(&self, node: usize) -> bool {
        self.region.as_ref().is_some_and(|region| region.last == node)
    }
}
