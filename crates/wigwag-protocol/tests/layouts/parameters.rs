//! What a part takes, and what a word that was typed means there.

use super::*;
use wigwag_protocol::layout::{Encoding, Parameter};

fn read(kind: &str, word: &str) -> Result<Value, String> {
    let layout = body(&format!("v:{kind}"));
    layout.parameter("v").unwrap().read(word)
}

#[track_caller]
fn assert_reads(kind: &str, word: &str, value: Value) {
    assert_eq!(read(kind, word), Ok(value), "{kind}: {word}");
}

#[track_caller]
fn assert_refuses(kind: &str, word: &str, problem: &str) {
    assert_eq!(read(kind, word), Err(problem.to_owned()), "{kind}: {word}");
}

fn bits(number: u64, named: [(&str, bool); 2]) -> Value {
    Value::Bits(number, named.map(|(name, set)| (name.into(), set)).to_vec())
}

#[test]
fn a_part_is_described_as_a_manual_would() {
    let vectors = [
        ("u8", "whole number from 0 to 255"),
        ("i16le", "whole number from -32768 to 32767"),
        ("dec3", "whole number from 0 to 999"),
        ("bcd2", "whole number from 0 to 99"),
        ("hex2", "whole number from 0 to 255"),
        ("dec", "whole number"),
        ("float", "number"),
        ("f32", "number"),
        ("text", "text"),
        ("bytes", "bytes"),
        ("1", "1 byte"),
        ("3", "3 bytes"),
        ("u8(off=0, on=1)", "off or on"),
        ("dec1(off=0, on=1, auto=2)", "off, on or auto"),
        ("u8(only=3)", "only"),
        ("u8{drawer=2, offline=3}", "bits: drawer, offline"),
        ("u16[]", "list of whole numbers from 0 to 65535"),
        ("u16[4]", "list of 4 whole numbers from 0 to 65535"),
        ("float[]", "list of numbers"),
        ("2[]", "list of 2 bytes each"),
        ("u8(off=0, on=1)[]", "list of off or on"),
        ("{ id:u8 '=' size:u16 }[]", "list of records: id, size"),
        ("<'+'|'-'>", "+ or -"),
        ("<ACK|NAK|CR LF>", "ACK, NAK or <CR><LF>"),
    ];
    for (kind, words) in vectors {
        let layout = body(&format!("v:{kind}"));
        assert_eq!(layout.parameter("v").unwrap().describe(), words, "{kind}");
    }
    assert_eq!(frame("v:<NUL|EOF>").parameter("v").unwrap().describe(), "NUL or nothing");
}

#[test]
fn ranges_choices_and_lists_are_told() {
    let layout = body("n:u8 v:i8[n] on:u8(off=0, on=1) bits:u8{a=0, b=7} sign:<'+'|'-'> x:float ';' r:{ a:u8 }[]");
    let told = |name| {
        let parameter: Parameter<'_> = layout.parameter(name).unwrap();
        (parameter.range(), parameter.choices(), parameter.is_list())
    };
    assert_eq!(told("n"), (Some((0, 255)), vec![], false));
    assert_eq!(told("v"), (Some((-128, 127)), vec![], true));
    assert_eq!(told("on"), (None, vec!["off", "on"], false));
    assert_eq!(told("bits"), (None, vec!["a", "b"], false));
    assert_eq!(told("sign"), (None, vec!["+", "-"], false));
    assert_eq!(told("x"), (None, vec![], false));
    assert_eq!(told("r"), (None, vec![], true));
    assert!(layout.parameter("a").is_none(), "it stands in a record");
    assert!(layout.parameter("nothing").is_none());
}

#[test]
fn whole_numbers_are_decimal_or_hex() {
    for (word, number) in [("42", 42), (" 42 ", 42), ("+7", 7), ("007", 7), ("0x1F", 31), ("0Xff", 255)] {
        assert_reads("u16", word, int(number));
    }
    assert_reads("i8", "-0x80", int(-128));
    assert_reads("dec", "18446744073709551615", int(u64::MAX.into()));
    assert_refuses("u8", "300", "300 is not from 0 to 255");
    assert_refuses("u8", "-1", "-1 is not from 0 to 255");
    assert_refuses("dec2", "100", "100 is not from 0 to 99");
    assert_refuses("u64", "18446744073709551616", "18446744073709551616 is not from 0 to 18446744073709551615");
    for word in ["", "x", "1.5", "--1", "+-1", "0x", "0x-1", "1 2", "१"] {
        assert!(read("u8", word).unwrap_err().ends_with("is not a whole number"), "{word}");
    }
}

#[test]
fn named_values_are_typed_by_name_or_number() {
    for (word, value) in [("on", "on"), ("1", "on"), ("0x00", "off")] {
        assert_reads("u8(off=0, on=1)", word, name(value));
    }
    for word in ["On", "2", "", "on,off"] {
        assert_refuses("u8(off=0, on=1)", word, "it takes one of off, on");
    }
}

#[test]
fn bits_are_joined_by_plus() {
    let kind = "u8{drawer=2, offline=3}";
    assert_reads(kind, "drawer+offline", bits(12, [("drawer", true), ("offline", true)]));
    assert_reads(kind, "offline + offline", bits(8, [("drawer", false), ("offline", true)]));
    assert_reads(kind, "", bits(0, [("drawer", false), ("offline", false)]));
    assert_reads(kind, "0x84", bits(0x84, [("drawer", true), ("offline", false)]));
    assert_refuses(kind, "drawer+door", "it takes one of drawer, offline, or several joined by `+`");
    assert_refuses(kind, "256", "256 is not from 0 to 255");
}

#[test]
fn other_numbers_text_and_bytes() {
    assert_reads("float", "-1.5e3", Value::Float(-1500.0));
    assert_reads("f32", "7", Value::Float(7.0));
    assert_refuses("float", "1,5", "`1,5` is not a number");
    assert_refuses("f64", "inf", "`inf` is not a number");
    assert!(read("f32", "1e39").unwrap_err().contains("too large for 32 bits"));
    assert_reads("text", " as typed ", text(" as typed "));
    assert_reads("bytes", "AB", bytes(b"AB"));
    assert_reads("2", "AB", bytes(b"AB"));
    assert_refuses("2", "ABC", "it takes 2 bytes, not 3");
}

#[test]
fn text_is_checked_against_the_encoding_and_max() {
    let options = Options { encoding: Encoding::Ascii, max: 4, ..Options::default() };
    let layout = frame_with("t <CR> b:bytes <LF>", &options);
    let read = |name: &str, word| layout.parameter(name).unwrap().read(word);
    assert_eq!(read("t", "aé"), Err("the character at 1 is not in ascii".to_owned()));
    assert_eq!(read("b", "aé"), Err("the character at 1 is not in ascii".to_owned()));
    assert_eq!(read("t", "abcde"), Err("it is longer than 4 bytes".to_owned()));
    assert_eq!(read("t", "abcd"), Ok(text("abcd")));
}

#[test]
fn lists_are_separated_by_commas() {
    assert_reads("u16[]", "1,2, 0x10", list([int(1), int(2), int(16)]));
    assert_reads("u16[]", "", list([]));
    assert_reads("u8(off=0, on=1)[2]", "on,0", list([name("on"), name("off")]));
    assert_reads("2[]", "ab,cd", list([bytes(b"ab"), bytes(b"cd")]));
    assert_reads("text3[]", "abc,def", list([text("abc"), text("def")]));
    assert_refuses("text3", "abcd", "it takes 3 bytes, not 4");
    assert_refuses("u8[]", "1,300", "element 2: 300 is not from 0 to 255");
    assert_refuses("u8[]", "1,", "element 2: `` is not a whole number");
    assert_refuses("u8[3]", "1,2", "it takes 3 elements, not 2");
    assert_refuses("{ a:u8 }[]", "1", "a list of records cannot be typed as a word");
}

#[test]
fn alternatives_are_typed_as_they_are_or_by_their_names() {
    assert_reads("<'+'|'-'>", "-", text("-"));
    assert_reads("<ACK|NAK>", "NAK", bytes(b"\x15"));
    assert_reads("<ACK|CR LF>", "<CR LF>", bytes(b"\r\n"));
    assert_reads("<'A'|0xFF>", "<0xFF>", bytes(b"\xFF"));
    assert_refuses("<ACK|NAK>", "ESC", "it takes one of ACK, NAK");
    let layout = frame("body:2 end:<NUL|EOF>");
    assert_eq!(layout.parameter("end").unwrap().read(""), Ok(bytes(b"")));
}

#[test]
fn what_is_read_can_be_written() {
    let words = [
        ("u8", "0x1F"),
        ("dec1(off=0, on=1)", "on"),
        ("u8{a=0, b=7}", "a+b"),
        ("float", "2.5"),
        ("3", "abc"),
        ("text", "x y"),
        ("hex2[]", "1,0xFF"),
        ("<ACK|NAK>", "NAK"),
    ];
    for (kind, word) in words {
        let layout = body(&format!("v:{kind}"));
        let value = layout.parameter("v").unwrap().read(word).unwrap();
        let encoded = layout.encode(&Fields::from([("v", value.clone())]), &Context::default()).unwrap();
        assert_eq!(layout.decode(&encoded.bytes, |frame| frame.value("v")), Ok(Some(value)), "{kind}");
    }
}

#[test]
fn typed_values_are_checked() {
    let check = |kind: &str, value: Value| body(&format!("v:{kind}")).parameter("v").unwrap().check(&value);
    assert_eq!(check("u8", int(255)), Ok(()));
    assert_eq!(check("u8", int(256)), Err("256 is not from 0 to 255".to_owned()));
    assert_eq!(check("u8", text("7")), Err("it takes a whole number".to_owned()));
    assert_eq!(check("u8(off=0, on=1)", text("on")), Ok(()));
    assert_eq!(check("u8(off=0, on=1)", text("up")), Err("there is no `up` here; it takes one of off, on".to_owned()));
    assert_eq!(check("float", int(3)), Ok(()));
    assert_eq!(check("text", int(3)), Err("it takes bytes or text".to_owned()));
    assert_eq!(check("u8[]", int(3)), Err("it takes a list".to_owned()));
    assert_eq!(check("u8[]", list([int(3), int(-1)])), Err("element 2: -1 is not from 0 to 255".to_owned()));
    assert_eq!(check("u8[2]", list([int(3)])), Err("it takes 2 elements, not 1".to_owned()));
    assert_eq!(check("<'+'|'-'>", text("-")), Ok(()));
    assert_eq!(check("<'+'|'-'>", text("*")), Err("it is none of the alternatives".to_owned()));
}

#[test]
fn records_are_checked_part_by_part() {
    let layout = body("r:{ id:u8 n:u8=len(name) name v:dec[2] ';' }[]");
    let check = |element| layout.parameter("r").unwrap().check(&list([element]));
    let good = [("id", int(1)), ("name", bytes(b"a")), ("v", list([int(1), int(2)]))];
    assert_eq!(check(record(good.clone())), Ok(()));
    assert_eq!(check(int(1)), Err("element 1: each element is a record of its parts".to_owned()));
    assert_eq!(check(record([("id", int(1))])), Err("element 1: `name` has no value".to_owned()));
    let with = |name: &str, value| {
        let mut fields = Fields::from(good.clone());
        fields.set(name, value);
        check(Value::Record(fields))
    };
    assert_eq!(with("id", int(999)), Err("element 1: `id`: 999 is not from 0 to 255".to_owned()));
    assert_eq!(with("v", list([])), Err("element 1: `v`: it takes 2 elements, not 0".to_owned()));
    assert_eq!(with("n", int(1)), Err("element 1: `n` has a value of its own".to_owned()));
    assert_eq!(with("idd", int(1)), Err("element 1: there is no part `idd` in it".to_owned()));
}

#[test]
fn a_layout_takes_what_writing_uses() {
    let layout = frame(
        "stx:<STX> a:u8=7 tid:u16=seq n:u8=len(body) salt:4=greeting.salt sign:<'+'|'-'> count:u8 list:u8[count] body \
         r:{ inner:u8 }[count] s:u8=sum8(body) end:<CR|EOF>",
    );
    let taken = ["sign", "count", "list", "body", "r", "end"];
    for name in layout.names() {
        assert_eq!(layout.takes(name), taken.contains(&name), "{name}");
    }
    assert!(!layout.takes("nothing"));
}
