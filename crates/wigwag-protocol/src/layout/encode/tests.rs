//! Whether what is not read back is what it would be read back as.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::{Encoding, Options};
use super::*;

/// Parts of which layouts are made that cannot be misread; `@` makes their names unique.
const UNMISTAKABLE: &[&str] = &[
    "v@:u8",
    "v@:i24le",
    "v@:hex3",
    "v@:dec2",
    "v@:bcd3",
    "v@:f32",
    "v@:3",
    "v@:text4",
    "v@:u8(low=0, high=9)",
    "v@:u16{first=0, last=15}",
    "v@:u16=seq",
    "v@:u8=secret.code",
    "v@:u16=258",
    "<STX> 'x'",
    "n@:u8=len(v@) v@",
    "n@:u8=len(n@..m@)+2 v@ m@:u16",
    "n@:dec2=len(v@) v@:text",
    "n@:u8 v@:u16le[n@]",
    "v@:u8[3]",
    "n@:i8=len(v@) v@:u16[]",
    "n@:u8=len(v@) v@:{ k:u8 n:u8=len(w) w s:u8=xor(k..w) }[]",
    "m@:u8 v@:u8=sum8(m@)",
    "v@:u8 n@:u8=len(v@)",
    "v@ ',' m@:u8",
    "<STX> v@:text <ETX> m@:u8",
    "n@:u8=len(v@..m@) v@ ';' m@",
];

fn layouts() -> impl Strategy<Value = (Layout, Vec<String>)> {
    let parts = vec(prop::sample::select(UNMISTAKABLE), 1..5);
    (parts, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(parts, is_ended, is_held, is_checked)| {
        let numbered = |(place, part): (usize, &&str)| part.replace('@', &place.to_string());
        let mut source = parts.iter().enumerate().map(numbered).collect::<Vec<_>>().join(" ");
        source = if is_ended { format!("{source} more:u8 last <CR>") } else { source };
        source = if is_held { format!("all:u8=len(first..) first:u8 {source}") } else { source };
        source = if is_checked { format!("{source} crc:u16=crc16_modbus(..)") } else { source };
        let source = source.replace("(..)", if is_held { "(all..)" } else { "(begin..)" });
        let source = if is_checked && !is_held { format!("begin:u8 {source}") } else { source };
        let options = Options { max: 40, encoding: Encoding::Latin1, ..Options::default() };
        let layout = Layout::body(&source, &options).unwrap_or_else(|error| panic!("{source}: {error}"));
        let names = layout.names().map(str::to_owned).collect();
        (layout, names)
    })
}

fn values() -> impl Strategy<Value = Value> {
    let number = || prop_oneof![0..4_i128, -300..70_000_i128].prop_map(Value::Integer);
    let bytes = || vec(any::<u8>(), 0..30).prop_map(Value::Bytes);
    let record = (number(), bytes()).prop_map(|(k, w)| Value::Record(Fields::from([("k", k), ("w", w)])));
    prop_oneof![
        4 => number(),
        4 => bytes(),
        1 => "\\PC{0,5}".prop_map(Value::Text),
        1 => Just(Value::Name("high".into())),
        1 => any::<f64>().prop_map(Value::Float),
        2 => vec(number(), 0..6).prop_map(Value::List),
        2 => vec(record, 0..6).prop_map(Value::List),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_not_read_back_would_be_read_as_what_it_is(
        (layout, names) in layouts(),
        pool in vec(values(), 60),
        misfits in vec(prop::bool::weighted(0.05), 20),
        seq in any::<u64>(),
    ) {
        prop_assert!(layout.program().unmistakable, "{}", layout.source());
        let mut fields = Fields::new();
        for (index, (name, misfit)) in names.iter().zip(misfits).enumerate() {
            let fits = |value: &&Value| misfit || layout.parameter(name).is_some_and(|part| part.check(value).is_ok());
            let value = pool.iter().cycle().skip(index * 7).take(pool.len()).find(fits);
            value.into_iter().for_each(|value| fields.set(name.as_str(), value.clone()));
        }
        let context = Context { seq, ..Context::default() };
        let forced = layout.encode_and_read_back(&fields, &context);
        prop_assert_eq!(layout.encode(&fields, &context), forced, "{}", layout.source());
    }

    #[test]
    fn what_one_byte_or_the_connection_ends_is_read_back_as_what_it_is(body in vec(any::<u8>(), 0..40)) {
        for source in ["<ESC> body <NUL|EOF>", "body <CR|IDLE 50ms>"] {
            let layout = frame(source);
            let fields = Fields::from([("body", Value::Bytes(body.clone()))]);
            let context = Context::default();
            let forced = layout.encode_and_read_back(&fields, &context);
            prop_assert_eq!(layout.encode(&fields, &context), forced, "{}", source);
        }
    }
}

fn frame(source: &str) -> Layout {
    let options = Options { max: 30, ..Options::default() };
    Layout::frame(source, &options).unwrap_or_else(|error| panic!("{source}: {error}"))
}

#[test]
fn what_could_be_taken_for_something_else_is_read_back() {
    let could_be = [
        "body <CR LF>",
        "body <CR|LF>",
        "body end:<NUL|EOF>",
        "n:u8 v:{ w <HT> }[n] <CR>",
        "body:text <CR> 'x'",
        "n:dec <CR>",
    ];
    for source in could_be {
        assert!(!frame(source).program().unmistakable, "{source}");
    }
    for source in ["body <CR>", "<ESC> body <NUL|EOF>", "body <CR|IDLE 50ms>"] {
        assert!(frame(source).program().unmistakable, "{source}");
    }
}
