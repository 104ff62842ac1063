//! A frame as a manual draws it: a cell for each part.
//!
//! ```text
//! ┌──────┬─────┬─────┬───────────┬──────┬────────────┬───────┐
//! │      │ cmd │ id  │ len       │ body │ sum        │       │
//! │      │ u8  │ u8  │ u8        │ ...  │ u8         │       │
//! │ 0xAA │     │     │ len(body) │      │ sum8(cmd.) │ <ETX> │
//! └──────┴─────┴─────┴───────────┴──────┴────────────┴───────┘
//! ```

use wigwag_protocol::layout::{Layout, WrittenPart, one_line};

use super::page::wrapped;

/// How wide the text of a cell may be before it is broken.
const CELL: usize = 26;

/// The rows of a cell: name, type, value; each as many lines as it needs.
type Cell = [Vec<String>; 3];

/// The lines of the drawing, none of them wider than `width`: a frame that is wider goes on below.
pub(super) fn drawing(layout: &Layout, width: usize) -> Vec<String> {
    let written = layout.written();
    let cells: Vec<Cell> = written.iter().map(cell).collect();
    let mut lines = Vec::new();
    let mut row: Vec<Cell> = Vec::new();
    for cell in cells {
        let used: usize = row.iter().chain([&cell]).map(|cell| self::width(cell) + 3).sum();
        if used + 1 > width && !row.is_empty() {
            lines.extend(boxes(&row));
            row.clear();
        }
        row.push(cell);
    }
    lines.extend(boxes(&row));
    lines
}

fn cell(part: &WrittenPart<'_>) -> Cell {
    let lines = |text: &str| if text.is_empty() { Vec::new() } else { wrapped(&one_line(text), CELL) };
    let kind = match (part.kind, part.name, part.size) {
        (Some(kind), ..) => in_short(kind),
        (None, Some(_), None) if part.value.is_none() => "...".to_owned(),
        (None, _, Some(1)) => "1 byte".to_owned(),
        (None, _, Some(size)) => format!("{size} bytes"),
        (None, _, None) => String::new(),
    };
    let value = match (part.value, part.kind.and_then(names_of)) {
        (Some(value), Some(names)) => format!("{value} ({names})"),
        (Some(value), None) => value.to_owned(),
        (None, names) => names.unwrap_or_default().to_owned(),
    };
    [lines(part.name.unwrap_or_default()), lines(&kind), lines(&value)]
}

/// A type without its named values, which stand below.
fn in_short(kind: &str) -> String {
    match (kind.starts_with('{'), kind.find(['(', '{'])) {
        (false, Some(at)) if kind.get(at..).is_some_and(|extra| extra.contains('=')) => {
            let behind = kind.rfind([')', '}']).and_then(|end| kind.get(end + 1..)).unwrap_or_default();
            format!("{}{behind}", kind.get(..at).unwrap_or_default())
        }
        _ => kind.to_owned(),
    }
}

/// The named values of a type: `off=0, on=1`.
fn names_of(kind: &str) -> Option<&str> {
    let extra = kind.get(kind.find(['(', '{'])? + 1..kind.rfind([')', '}'])?)?;
    Some(extra).filter(|extra| extra.contains('=') && !kind.starts_with('{'))
}

fn width(cell: &Cell) -> usize {
    cell.iter().flatten().map(|line| line.chars().count()).max().unwrap_or_default().max(1)
}

fn boxes(cells: &[Cell]) -> Vec<String> {
    if cells.is_empty() {
        return Vec::new();
    }
    let widths: Vec<usize> = cells.iter().map(width).collect();
    let edge = |left: &str, between: &str, right: &str| {
        let spans: Vec<String> = widths.iter().map(|width| "─".repeat(width + 2)).collect();
        format!("{left}{}{right}", spans.join(between))
    };
    let mut lines = vec![edge("┌", "┬", "┐")];
    for row in 0..3 {
        let of_row = |cell: &Cell| cell.get(row).cloned().unwrap_or_default();
        let height = cells.iter().map(|cell| of_row(cell).len()).max().unwrap_or_default();
        for line in 0..height {
            let texts = cells.iter().zip(&widths).map(|(cell, width)| {
                let text = of_row(cell).get(line).cloned().unwrap_or_default();
                format!(" {text:<width$} ")
            });
            lines.push(format!("│{}│", texts.collect::<Vec<_>>().join("│")));
        }
    }
    lines.push(edge("└", "┴", "┘"));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use wigwag_protocol::layout::Options;

    fn drawn(layout: &str, width: usize) -> String {
        drawing(&Layout::body(layout, &Options::default()).unwrap(), width).join("\n")
    }

    #[test]
    fn a_part_is_a_cell() {
        insta::assert_snapshot!(drawn(
            "<STX> cmd:u8 on:u8(off=0, on=1)=on len:u8=len(body) body sum:hex2=xor(cmd..) <ETX>",
            100
        ));
    }

    #[test]
    fn a_wide_frame_goes_on_below() {
        insta::assert_snapshot!(drawn(
            "first:u32=len(second..third) second:{ id:u8 name:text ';' }[] third:8 <0x0D 0x0A>",
            60
        ));
    }
}
