//! The encodings of text, by name.

use super::*;
use wigwag_protocol::layout::Encoding;

fn encoding(name: &str) -> Encoding {
    Encoding::named(name).unwrap_or_else(|| panic!("no {name}"))
}

fn text_in(encoding: Encoding) -> Layout {
    Layout::body("t:text", &Options { encoding, ..Options::default() }).unwrap()
}

fn written(encoding: Encoding, words: &str) -> Result<Vec<u8>, String> {
    let fields = Fields::from([("t", text(words))]);
    let encoded = text_in(encoding).encode(&fields, &Context::default());
    encoded.map(|encoded| encoded.bytes).map_err(|error| error.to_string())
}

fn read(encoding: Encoding, wire: &[u8]) -> Result<Value, usize> {
    let value = text_in(encoding).decode(wire, |frame| frame.value("t"));
    value.map(Option::unwrap).map_err(|error| error.offset)
}

#[track_caller]
fn assert_vectors(vectors: &[(&str, &str, &[u8])]) {
    for (name, words, wire) in vectors {
        assert_eq!(written(encoding(name), words), Ok(wire.to_vec()), "{name}");
        assert_eq!(read(encoding(name), wire), Ok(text(words)), "{name}");
    }
}

#[test]
fn every_name_leads_to_an_encoding_and_is_told_once() {
    let names: Vec<&str> = Encoding::names().collect();
    for (index, name) in names.iter().enumerate() {
        let shown = encoding(name).to_string();
        assert_eq!(encoding(&shown), encoding(name), "{name} is shown as {shown}");
        assert_eq!(encoding(&name.to_uppercase()), encoding(name));
        assert!(!names[..index].contains(name), "{name} twice");
        assert!(!Encoding::is_left_out(name));
    }
    for name in ["bytes", "ascii", "utf-8", "latin-1", "iso-8859-1", "cp437", "cp850", "cp858", "cp866", "windows-1252"]
    {
        assert!(names.contains(&name), "{name}");
    }
    assert_eq!(encoding("iso-8859-1").to_string(), "latin-1");
    assert_eq!(Encoding::named("cp438"), None);
    assert_eq!(Encoding::named(""), None);
}

/// In these most bytes are halves of characters, and some characters stand in two places.
const MULTIBYTE: [&str; 7] = ["utf-8", "shift_jis", "euc-jp", "gbk", "gb18030", "big5", "euc-kr"];

#[test]
fn every_byte_is_read_and_written_back_or_is_no_text() {
    for name in Encoding::names() {
        let encoding = encoding(name);
        let is_multibyte = MULTIBYTE.contains(&encoding.to_string().as_str());
        let mut gaps = Vec::new();
        for byte in 0..=0xFF {
            match read(encoding, &[byte]) {
                Ok(Value::Text(words)) if is_multibyte => {
                    let wire = written(encoding, &words).unwrap();
                    assert_eq!(read(encoding, &wire), Ok(text(&words)), "{name} {byte:#X}");
                }
                Ok(Value::Text(words)) => assert_eq!(written(encoding, &words), Ok(vec![byte]), "{name} {byte:#X}"),
                Ok(other) => panic!("{name} {byte:#X}: {other:?}"),
                Err(offset) => {
                    assert_eq!(offset, 0);
                    gaps.push(byte);
                }
            }
        }
        assert!(gaps.iter().all(|byte| *byte >= 0x80), "{name}: {gaps:02X?}");
        assert!(is_multibyte || name == "ascii" || gaps.len() < 50, "{name}: {gaps:02X?}");
    }
}

#[test]
fn code_pages_as_their_vendors_print_them() {
    assert_vectors(&[
        ("cp437", "é█π", b"\x82\xDB\xE3"),
        ("cp737", "ΑΒΓ", b"\x80\x81\x82"),
        ("cp850", "øÐ", b"\x9B\xD1"),
        ("cp852", "łŁ", b"\x88\x9D"),
        ("cp858", "€", b"\xD5"),
        ("cp866", "Жж", b"\x86\xA6"),
        ("cp874", "ก", b"\xA1"),
        ("windows-1252", "€œ\u{81}ÿ", b"\x80\x9C\x81\xFF"),
        ("iso-8859-9", "ığ", b"\xFD\xF0"),
        ("iso-8859-15", "€", b"\xA4"),
        ("latin-1", "½", b"\xBD"),
    ]);
}

#[test]
fn a_character_that_a_page_does_not_have_is_refused_with_its_place() {
    let refused = |name: &str, words: &str| written(encoding(name), words).unwrap_err();
    assert_eq!(refused("cp437", "aé€"), "`t`: the character at 3 is not in cp437");
    assert_eq!(refused("iso-8859-15", "½"), "`t`: the character at 0 is not in iso-8859-15");
    assert_eq!(refused("windows-1252", "ab\u{80}"), "`t`: the character at 2 is not in windows-1252");
    assert_eq!(read(encoding("cp857"), b"ab\xD5"), Err(2));
}

#[test]
fn where_an_encoding_is_declared_a_part_without_a_type_is_text() {
    let layout = frame_with("t <CR>", &Options { encoding: encoding("cp437"), ..Options::default() });
    assert_both(&layout, b"\x82\r", [("t", text("é"))]);
    let error =
        decode_error(&frame_with("t <CR>", &Options { encoding: encoding("cp857"), ..Options::default() }), b"\xD5\r");
    assert_eq!(error.expected, "cp857 text");
}

#[cfg(not(feature = "multibyte"))]
#[test]
fn an_encoding_that_was_left_out_is_told_from_one_that_does_not_exist() {
    assert_eq!(Encoding::named("Shift_JIS"), None);
    assert!(Encoding::is_left_out("Shift_JIS") && Encoding::is_left_out("cp1251"));
    assert!(!Encoding::is_left_out("shift_jiss"));
}

#[cfg(feature = "multibyte")]
mod multibyte {
    use super::*;

    #[test]
    fn east_asian_and_other_pages() {
        assert_vectors(&[
            ("windows-1251", "Жж", b"\xC6\xE6"),
            ("iso-8859-2", "łŁ", b"\xB3\xA3"),
            ("koi8-r", "Ж", b"\xF6"),
            ("shift_jis", "日本ｱ", b"\x93\xFA\x96\x7B\xB1"),
            ("euc-jp", "日本", b"\xC6\xFC\xCB\xDC"),
            ("gbk", "中文", b"\xD6\xD0\xCE\xC4"),
            ("gb18030", "中😀", b"\xD6\xD0\x94\x39\xFC\x36"),
            ("big5", "中文", b"\xA4\xA4\xA4\xE5"),
            ("euc-kr", "한글", b"\xC7\xD1\xB1\xDB"),
        ]);
    }

    #[test]
    fn halves_of_characters_are_refused_with_their_place() {
        assert_eq!(read(encoding("shift_jis"), b"a\x93"), Err(1));
        assert_eq!(read(encoding("gbk"), b"\xD6\xD0\xCE"), Err(2));
        assert_eq!(read(encoding("euc-kr"), b"ab\xC7\x20"), Err(2));
        assert_eq!(read(encoding("gb18030"), b"x\x94\x39\xFC"), Err(1));
    }

    #[test]
    fn a_character_that_would_be_read_as_another_is_refused() {
        let refused = |name: &str, words: &str| written(encoding(name), words).unwrap_err();
        assert_eq!(refused("shift_jis", "a¥"), "`t`: the character at 1 is not in shift_jis");
        assert_eq!(refused("gbk", "中😀"), "`t`: the character at 3 is not in gbk");
        assert_eq!(written(encoding("shift_jis"), "a\\"), Ok(b"a\\".to_vec()));
    }

    #[test]
    fn every_character_of_two_bytes_is_written_as_one_that_reads_the_same() {
        for name in ["shift_jis", "euc-jp", "gbk", "big5", "euc-kr"] {
            let layout = text_in(encoding(name));
            let read = |wire: &[u8]| layout.decode(wire, |frame| frame.value("t")).ok().flatten();
            let mut characters = 0;
            for pair in 0x8140_u16..=0xFEFE {
                let Some(value) = read(&pair.to_be_bytes()) else { continue };
                // Where it is written at all: some characters are there only to be read.
                let fields = Fields::from([("t", value.clone())]);
                if let Ok(encoded) = layout.encode(&fields, &Context::default()) {
                    assert_eq!(read(&encoded.bytes), Some(value), "{name} {pair:#X}");
                    characters += 1;
                }
            }
            assert!(characters > 6000, "{name}: {characters}");
        }
    }

    #[test]
    fn a_terminator_that_is_half_of_a_character_is_refused() {
        let options = Options { encoding: encoding("shift_jis"), ..Options::default() };
        let layout = frame_with("t '|'", &options);
        let error = layout.encode(&Fields::from([("t", text("\u{30DD}"))]), &Context::default()).unwrap_err();
        assert_eq!(error.to_string(), "`t` contains | at byte 1, which would end it there");
    }
}
