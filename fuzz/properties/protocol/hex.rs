//! Pasted hex.

use wigwag_protocol::bytes::hex;

/// The fuzz target `pasted_hex`: what was pasted.
///
/// What is read is never more than was pasted, and reads as the same bytes in every form in which it can be written; what
/// is refused is refused at a place in the text, in one line that can be shown.
pub fn pasted_hex(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match hex::parse(text) {
        Ok(bytes) => {
            assert!(bytes.len() <= text.len(), "{} bytes out of {}", bytes.len(), text.len());
            for written in written(&bytes) {
                assert_eq!(hex::parse(&written).as_ref(), Ok(&bytes), "{text:?} written as {written:?}");
            }
        }
        Err(error) => {
            assert!(text.get(error.at.clone()).is_some(), "{:?} is no place in {text:?}", error.at);
            assert!(!error.message.chars().any(char::is_control), "{:?}", error.message);
        }
    }
}

/// The bytes in the forms that programs print.
fn written(bytes: &[u8]) -> Vec<String> {
    let each = |form: fn(&u8) -> String| bytes.iter().map(form).collect::<Vec<_>>();
    let mut forms = vec![
        hex::encode(bytes),
        hex::encode_spaced(bytes),
        format!("{{{}}}", each(|byte| format!("0x{byte:02X}")).join(", ")),
        format!("b'{}'", each(|byte| format!("\\x{byte:02x}")).concat()),
    ];
    if !bytes.is_empty() {
        forms.extend([xxd(bytes), hexdump(bytes)]);
    }
    forms
}

fn xxd(bytes: &[u8]) -> String {
    let line = |(number, line): (usize, &[u8])| {
        let pairs: Vec<String> = line.chunks(2).map(hex::encode).collect();
        format!("{:08x}: {}  {}\n", 16 * number, pairs.join(" "), column(line))
    };
    bytes.chunks(16).enumerate().map(line).collect()
}

fn hexdump(bytes: &[u8]) -> String {
    let line = |(number, line): (usize, &[u8])| {
        format!("{:08x}  {}  |{}|\n", 16 * number, hex::encode_spaced(line), column(line))
    };
    let lines: String = bytes.chunks(16).enumerate().map(line).collect();
    format!("{lines}{:08x}\n", bytes.len())
}

fn column(line: &[u8]) -> String {
    line.iter().map(|byte| if (0x20..0x7F).contains(byte) { char::from(*byte) } else { '.' }).collect()
}
