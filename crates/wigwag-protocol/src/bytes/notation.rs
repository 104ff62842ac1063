//! The names of the control characters as manuals print them: `STX`, `ESC`, `XON`.
//!
//! Source: RFC 20 (ASCII) for the 33 names, and habit for the five other ones people use as well.

/// The names of 0x00 to 0x1F, each at its own place.
const C0: [&str; 32] = [
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR", "SO", "SI", //
    "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US",
];

/// Names that are read but never printed, because [`control_name`] has another one for the byte, or shows it as it is.
const OTHER_NAMES: [(&str, u8); 5] = [("TAB", 0x09), ("NL", 0x0A), ("XON", 0x11), ("XOFF", 0x13), ("SP", b' ')];

const DELETE: (&str, u8) = ("DEL", 0x7F);

/// The name of a control character, upper case; `None` for printable ASCII, the blank, and everything from 0x80 up.
#[must_use]
pub fn control_name(byte: u8) -> Option<&'static str> {
    if byte == DELETE.1 { Some(DELETE.0) } else { C0.get(usize::from(byte)).copied() }
}

/// The byte of a control name, in any case: what [`control_name`] gives, and also `TAB`, `NL`, `XON`, `XOFF` and `SP`
/// (0x20).
#[must_use]
pub fn control_byte(name: &str) -> Option<u8> {
    named_bytes().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, byte)| byte)
}

/// Every name that [`control_byte`] knows, upper case, to suggest the nearest one.
pub fn control_names() -> impl Iterator<Item = &'static str> {
    named_bytes().map(|(name, _)| name)
}

fn named_bytes() -> impl Iterator<Item = (&'static str, u8)> {
    C0.into_iter().zip(0..).chain([DELETE]).chain(OTHER_NAMES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_control_character_has_a_name_that_leads_back() {
        for byte in (0x00..0x20).chain([0x7F]) {
            let name = control_name(byte).unwrap();
            assert_eq!(control_byte(name), Some(byte), "{name}");
            assert_eq!(control_byte(&name.to_lowercase()), Some(byte), "{name} in lower case");
        }
    }

    #[test]
    fn nothing_else_has_a_name() {
        for byte in (0x20..0x7F).chain(0x80..=0xFF) {
            assert_eq!(control_name(byte), None, "{byte:#04x}");
        }
    }

    #[test]
    fn names_stand_at_the_places_the_manuals_say() {
        let vectors =
            [("STX", 0x02), ("EOT", 0x04), ("LF", 0x0A), ("ff", 0x0C), ("DC1", 0x11), ("DC4", 0x14), ("US", 0x1F)];
        for (name, byte) in vectors {
            assert_eq!(control_byte(name), Some(byte), "{name}");
        }
    }

    #[test]
    fn the_usual_other_names_are_read() {
        for (name, byte) in [("TAB", 0x09), ("nl", 0x0A), ("XON", 0x11), ("Xoff", 0x13), ("SP", 0x20)] {
            assert_eq!(control_byte(name), Some(byte), "{name}");
        }
    }

    #[test]
    fn unknown_names_are_not_read() {
        for name in ["", "ESCAPE", "E", "ESC ", "0x1B", "EOF", "1B"] {
            assert_eq!(control_byte(name), None, "{name:?}");
        }
    }

    #[test]
    fn every_name_to_suggest_is_known_and_told_once() {
        let names: Vec<_> = control_names().collect();
        assert_eq!(names.len(), 38);
        for (at, name) in names.iter().enumerate() {
            assert!(control_byte(name).is_some(), "{name}");
            assert!(!names[..at].contains(name), "{name} twice");
        }
    }
}
