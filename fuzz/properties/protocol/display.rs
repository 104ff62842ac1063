//! Foreign bytes on a screen.

use wigwag_protocol::bytes::display::{Escaped, escape, escape_text};

/// One byte is shown in as many as these at most: `<0xE9>`.
const MOST_A_BYTE: usize = 6;

/// `... (12345 bytes in all)`
const MOST_BEHIND: usize = 48;

/// The fuzz target `display`: how many bytes are shown, and the bytes.
///
/// No control character is shown but LF and TAB where lines are live, nothing that hides or turns, and never more than a
/// few bytes for each; what is cut off only shortens.
pub fn display(data: &[u8]) {
    let [max, bytes @ ..] = data else { return };
    let (whole, live) = (escape(bytes), escape_text(bytes));
    is_harmless(&shown(whole, bytes.len()), &[]);
    is_harmless(&shown(live, bytes.len()), &['\n', '\t']);
    let cut = whole.truncated((*max).into());
    let (all, cut) = (whole.to_string(), shown(cut, bytes.len().min((*max).into())));
    let start = cut.rfind("... (").filter(|_| cut != all).map_or(&*cut, |end| &cut[..end]);
    assert!(all.starts_with(start), "{cut:?} does not begin as {all:?} does");
    is_harmless(&shown(live.truncated((*max).into()), bytes.len().min((*max).into())), &['\n', '\t']);
    if bytes.iter().all(|byte| (0x20..0x7F).contains(byte)) {
        assert_eq!(whole.to_string().as_bytes(), bytes, "printable ASCII is itself");
    }
}

fn shown(escaped: Escaped<'_>, bytes: usize) -> String {
    let shown = escaped.to_string();
    assert!(shown.len() <= bytes * MOST_A_BYTE + MOST_BEHIND, "{bytes} bytes are shown in {}", shown.len());
    shown
}

fn is_harmless(shown: &str, allowed: &[char]) {
    let found = shown.chars().find(|c| is_dangerous(*c) && !allowed.contains(c));
    assert_eq!(found, None, "in {shown:?}");
}

/// Control characters, and what turns, hides or tags.
fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xAD | 0x61C | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xFE00..=0xFE0F
            | 0xFFF0..=0xFFFB | 0xE0000..=0xE0FFF)
}
