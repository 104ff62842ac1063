//! Random layouts with random fitting values: what is written is read as the same, however the bytes are split. Random
//! bytes and random layout texts do no harm.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::collection::vec;
use proptest::prelude::*;
use wigwag_protocol::layout::{Codec, Coding, Context, Fields, Layout, Options, Value};

#[path = "../../../fuzz/properties/protocol/mod.rs"]
#[expect(dead_code, unreachable_pub, reason = "the fuzz targets share it")]
mod properties;

use properties::layouts::decodes_the_same_however_split;

/// A layout and values that fit it.
#[derive(Debug, Clone)]
struct Case {
    layout: String,
    coding: Option<Coding>,
    fields: Fields,
}

impl Case {
    fn compile(&self) -> Layout {
        let options = Options { coding: self.coding.clone(), max: 4096, ..Options::default() };
        Layout::frame(&self.layout, &options)
            .unwrap_or_else(|error| panic!("{}: {error} at {:?}", self.layout, error.at))
    }
}

/// Some parts that belong together, with `@` where the number of their place makes their names unique.
#[derive(Debug, Clone)]
struct Parts {
    layout: String,
    values: Vec<(&'static str, Value)>,
}

fn parts<const N: usize>(layout: impl Into<String>, values: [(&'static str, Value); N]) -> Parts {
    Parts { layout: layout.into(), values: values.to_vec() }
}

/// Bytes without those from 0x80 on, which end variable parts here.
fn low_bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(0_u8..0x80, 0..12)
}

fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..12)
}

fn numbers() -> impl Strategy<Value = Parts> {
    let fixed = prop_oneof![
        (Just("u8"), 0..=0xFF_i128),
        (Just("u16"), 0..=0xFFFF_i128),
        (Just("u24le"), 0..=0xFF_FFFF_i128),
        (Just("u64"), 0..=i128::from(u64::MAX)),
        (Just("u64le"), 0..=i128::from(u64::MAX)),
        (Just("i8"), -128..=127_i128),
        (Just("i24"), -(1_i128 << 23)..=(1 << 23) - 1),
        (Just("i32le"), i128::from(i32::MIN)..=i128::from(i32::MAX)),
        (Just("i64"), i128::from(i64::MIN)..=i128::from(i64::MAX)),
        (Just("hex3"), 0..=0xFFF_i128),
        (Just("dec20"), 0..=99_999_999_999_999_999_999_i128),
        (Just("bcd5"), 0..=99_999_i128),
        (Just("u8(low=0, high=255)"), 1..=1_i128),
        (Just("u16{a=0, b=15}"), 0..=0xFFFF_i128),
    ];
    fixed.prop_map(|(kind, number)| {
        let value = match kind {
            "u8(low=0, high=255)" => Value::Name("high".into()),
            "u16{a=0, b=15}" => {
                let bits = vec![("a".into(), number & 1 == 1), ("b".into(), number >> 15 == 1)];
                Value::Bits(number as u64, bits)
            }
            _ => Value::Integer(number),
        };
        parts(format!("v@:{kind}"), [("v", value)])
    })
}

fn wide_numbers() -> impl Strategy<Value = Parts> {
    let list = |numbers: Vec<i64>| Value::List(numbers.into_iter().map(|n| Value::Integer(n.into())).collect());
    prop_oneof![
        any::<i64>().prop_map(|n| parts("v@:dec ';'", [("v", Value::Integer(n.into()))])),
        any::<u64>().prop_map(|n| parts("v@:hex ':'", [("v", Value::Integer(n.into()))])),
        any::<f64>().prop_map(|n| parts("v@:f64", [("v", Value::Float(n))])),
        any::<f32>().prop_map(|n| parts("v@:f32le", [("v", Value::Float(n.to_string().parse().unwrap()))])),
        any::<f64>()
            .prop_filter("ASCII has no other", |n| n.is_finite())
            .prop_map(|n| parts("v@:float ','", [("v", Value::Float(n))])),
        vec(any::<i64>(), 0..5).prop_map(move |n| parts("v@:dec[] ';'", [("v", list(n))])),
    ]
}

fn variable() -> impl Strategy<Value = Parts> {
    let bytes = |bytes| Value::Bytes(bytes);
    prop_oneof![
        low_bytes().prop_map(move |b| parts("b@ <0x80>", [("b", bytes(b))])),
        low_bytes().prop_map(move |b| parts("b@ <0x80 0x81|0x82>", [("b", bytes(b))])),
        (low_bytes(), 0..=99_i128)
            .prop_map(move |(b, n)| parts("b@ n@:dec2 <0x80>", [("b", bytes(b)), ("n", Value::Integer(n))])),
        any_bytes().prop_map(move |b| parts("n@:u16=len(b@) b@", [("b", bytes(b))])),
        any_bytes().prop_map(move |b| parts("n@:dec=len(n@..b@)+3 ':' b@", [("b", bytes(b))])),
        any_bytes().prop_map(move |b| parts("n@:u8=len(m@..b@) m@:bcd2=len(b@)-0 b@", [("b", bytes(b))])),
        any_bytes().prop_map(move |b| parts("s@:u8=sum8(n@..b@) n@:u8=len(b@) b@ x@:hex2=xor(b@)", [("b", bytes(b))])),
        vec(any::<u8>(), 4).prop_map(move |b| parts("b@:4", [("b", bytes(b))])),
        "[a-z]{0,9}".prop_map(|t| parts("t@:text <0x80>", [("t", Value::Text(t))])),
        (1..=9_i128).prop_map(|n| parts("w@:dec1 v@:dec(w@)", [("w", Value::Integer(n)), ("v", Value::Integer(n))])),
        Just(parts("<STX> 'x'", [])),
        Just(parts("c@:u16=258 d@:hex2=0xAB", [])),
    ]
}

fn repeated() -> impl Strategy<Value = Parts> {
    let list = |values: Vec<u16>| Value::List(values.into_iter().map(|v| Value::Integer(v.into())).collect());
    let record =
        |(k, v): (u8, Vec<u8>)| Value::Record(Fields::from([("k", Value::Integer(k.into())), ("v", Value::Bytes(v))]));
    let records = move || vec((0_u8..0x80, low_bytes()).prop_map(record), 0..4).prop_map(Value::List);
    prop_oneof![
        vec(any::<u16>(), 0..5).prop_map(move |v| {
            let count = Value::Integer(v.len() as i128);
            parts("n@:u8 v@:u16le[n@]", [("n", count), ("v", list(v))])
        }),
        vec(any::<u16>(), 3).prop_map(move |v| parts("v@:u16[3]", [("v", list(v))])),
        vec(any::<u16>(), 0..5).prop_map(move |v| parts("n@:u8=len(v@) v@:u16[]", [("v", list(v))])),
        vec(0..0x7FFF_u16, 0..5).prop_map(move |v| parts("v@:u16[] <0x90>", [("v", list(v))])),
        records().prop_map(|r| parts("r@:{ k:u8 v <0x80> }[] <0x90>", [("r", r)])),
        records().prop_map(|r| parts("n@:u16=len(r@) r@:{ k:u8 n:dec=len(v) ' ' v sum:u8=sum8(k..v) }[]", [("r", r)])),
    ]
}

/// A frame of parts, perhaps all within a length, a checksum, and a coding.
fn cases() -> impl Strategy<Value = Case> {
    let part = prop_oneof![numbers(), wide_numbers(), variable(), repeated()];
    let around = (any::<bool>(), any::<bool>(), 0..4_u8);
    (vec(part, 1..6), around).prop_map(|(parts, (length, sum, coding))| {
        let mut layout = String::from(if length { "total:u16=len(first..) " } else { "" });
        layout += "first:u8=7 ";
        let mut fields = Fields::new();
        for (place, part) in parts.iter().enumerate() {
            layout += &part.layout.replace('@', &place.to_string());
            layout.push(' ');
            for (name, value) in &part.values {
                fields.set(format!("{name}{place}"), value.clone());
            }
        }
        layout += if sum { "last:u16le=crc16_modbus(first..)" } else { "last:u8=8" };
        let codec = |codec, span: Option<&str>| Some(Coding::Codec { codec, span: span.map(str::to_owned) });
        let coding = match coding {
            0 => None,
            1 => codec(Codec::Slip, None),
            2 => codec(Codec::Cobs, None),
            _ => codec(Codec::Hex, Some("first..last")),
        };
        if length && matches!(coding, Some(Coding::Codec { codec: Codec::Hex, .. })) {
            // What the length counts ends with the coded span; the terminator stands behind both.
            layout = layout.replace("len(first..)", "len(first..last)") + " <CR LF>";
        }
        Case { layout, coding, fields }
    })
}

/// Words of the layout language, some of them cut short.
fn layout_texts() -> impl Strategy<Value = String> {
    let words = vec![
        "a",
        "b",
        "body",
        ":",
        "=",
        "u8",
        "u16le",
        "hex4",
        "dec",
        "float",
        "f32",
        "bcd3",
        "text",
        "bytes",
        "3",
        "0x10",
        "-1",
        "1.5",
        "[",
        "]",
        "[]",
        "[a]",
        "[2]",
        "{",
        "}",
        "(",
        ")",
        "(a)",
        "(on=1)",
        "{x=2}",
        "<",
        ">",
        "|",
        "<CR>",
        "<CR LF|LF>",
        "<EOF>",
        "<IDLE 2s>",
        "'",
        "'x'",
        "\"",
        "len(a..)",
        "len(b)",
        "sum8(a..b)",
        "crc(a, width=8",
        "seq",
        "greeting.x",
        "..",
        "+2",
        "% 100",
        ",",
        " ",
        "é",
        "\t",
    ];
    prop_oneof![3 => vec(prop::sample::select(words), 0..16).prop_map(|words| words.concat()), 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_as_the_same(case in cases(), cuts in vec(0_usize..80, 0..4)) {
        let layout = case.compile();
        let encoded = layout.encode(&case.fields, &Context::default());
        let encoded = encoded.unwrap_or_else(|error| panic!("{}: {error}", case.layout)).bytes;
        let twice = encoded.repeat(2);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(twice.len())).collect();
        cuts.sort_unstable();

        let stream = decodes_the_same_however_split(&layout, &twice, &cuts);
        prop_assert_eq!((stream.frames.len(), stream.rest, stream.error), (2, 0, None), "{}", case.layout);
        for frame in &stream.frames {
            for (name, value) in case.fields.iter() {
                let read = frame.fields.get(name);
                prop_assert_eq!(format!("{read:?}"), format!("{:?}", Some(value)), "{}: {}", case.layout, name);
            }
            prop_assert_eq!(frame.fields.iter().count(), case.fields.iter().count());
        }
    }

    #[test]
    fn any_bytes_give_the_same_frames_and_the_same_error_at_every_split(
        case in cases(),
        wire in vec(any::<u8>(), 0..60),
        good in 0_usize..40,
        cuts in vec(0_usize..60, 0..4),
    ) {
        // The start of a good frame leads further in than chance would.
        let layout = case.compile();
        let mut bytes = layout.encode(&case.fields, &Context::default()).map(|encoded| encoded.bytes).unwrap_or_default();
        bytes.truncate(good);
        bytes.extend(wire);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.sort_unstable();
        decodes_the_same_however_split(&layout, &bytes, &cuts);
    }

    #[test]
    fn any_text_is_a_layout_or_an_error_with_a_place(text in layout_texts(), wire in vec(any::<u8>(), 0..40)) {
        properties::layouts::layout_compile(&[text.replace('\0', "").as_bytes(), b"\0", &wire].concat());
    }
}
