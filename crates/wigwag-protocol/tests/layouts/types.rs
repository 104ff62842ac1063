//! Every type, in both directions.

use super::*;
use wigwag_protocol::layout::Encoding;

#[test]
fn unsigned_integers_are_big_endian_unless_le() {
    let vectors: [(&str, &[u8], i128); 10] = [
        ("u8", &[0xFE], 0xFE),
        ("u16", &[0x01, 0xFE], 0x01FE),
        ("u16le", &[0xFE, 0x01], 0x01FE),
        ("u24", &[1, 2, 3], 0x01_0203),
        ("u24le", &[3, 2, 1], 0x01_0203),
        ("u32", &[1, 2, 3, 4], 0x0102_0304),
        ("u32le", &[4, 3, 2, 1], 0x0102_0304),
        ("u64", &[0xFF, 2, 3, 4, 5, 6, 7, 8], 0xFF02_0304_0506_0708),
        ("u64le", &[8, 7, 6, 5, 4, 3, 2, 0xFF], 0xFF02_0304_0506_0708),
        ("u64", &[0xFF; 8], u64::MAX as i128),
    ];
    for (kind, wire, number) in vectors {
        assert_both(&frame(&format!("v:{kind}")), wire, [("v", int(number))]);
    }
}

#[test]
fn signed_integers_are_in_twos_complement() {
    let vectors: [(&str, &[u8], i128); 9] = [
        ("i8", &[0x80], -128),
        ("i16", &[0xFF, 0xFE], -2),
        ("i16le", &[0xFE, 0xFF], -2),
        ("i24", &[0x80, 0, 0], -8_388_608),
        ("i24le", &[0xFF, 0xFF, 0x7F], 8_388_607),
        ("i32", &[0xFF, 0xFF, 0xFF, 0xFF], -1),
        ("i32le", &[0, 0, 0, 0x80], i32::MIN as i128),
        ("i64", &[0x80, 0, 0, 0, 0, 0, 0, 0], i64::MIN as i128),
        ("i64le", &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], i64::MAX as i128),
    ];
    for (kind, wire, number) in vectors {
        assert_both(&frame(&format!("v:{kind}")), wire, [("v", int(number))]);
    }
}

#[test]
fn floating_point_numbers_are_ieee_754() {
    assert_both(&frame("v:f32"), &[0x3F, 0x80, 0, 0], [("v", Value::Float(1.0))]);
    assert_both(&frame("v:f32le"), &[0xCD, 0xCC, 0xCC, 0x3D], [("v", Value::Float(0.1))]);
    assert_both(&frame("v:f64"), &0.1_f64.to_be_bytes(), [("v", Value::Float(0.1))]);
    assert_both(&frame("v:f64le"), &(-2.5_f64).to_le_bytes(), [("v", Value::Float(-2.5))]);
    assert_both(&frame("v:f32"), &f32::INFINITY.to_be_bytes(), [("v", Value::Float(f64::INFINITY))]);
    assert!(encode_error(&frame("v:f32"), [("v", Value::Float(1e39))]).to_string().contains("too large for 32 bits"));
}

#[test]
fn digits_of_fixed_width() {
    assert_both(&frame("v:dec4"), b"0042", [("v", int(42))]);
    assert_both(&frame("v:hex4"), b"00FE", [("v", int(0xFE))]);
    assert_both(&frame("v:hex16"), b"FFFFFFFFFFFFFFFF", [("v", int(u64::MAX as i128))]);
    assert_decodes(&frame("v:hex2"), b"fe", [("v", int(0xFE))]);
    assert_both(&frame("v:bcd4"), &[0x12, 0x34], [("v", int(1234))]);
    assert_both(&frame("v:bcd3"), &[0x01, 0x23], [("v", int(123))]);
    assert_eq!(decode_error(&frame("v:dec4"), b"12 4").offset, 2);
    assert_eq!(decode_error(&frame("v:hex2"), b"1G").offset, 1);
    assert_eq!(decode_error(&frame("v:bcd2"), &[0x1A]).offset, 0);
    assert_eq!(decode_error(&frame("v:bcd3"), &[0x11, 0x23]).offset, 0);
}

#[test]
fn a_number_too_wide_for_its_type_is_refused() {
    let vectors = [
        ("u8", 256),
        ("u8", -1),
        ("i8", 128),
        ("u24", 1 << 24),
        ("i64", 1 << 63),
        ("dec2", 100),
        ("hex2", 256),
        ("bcd2", 100),
        ("bcd3", 1000),
    ];
    for (kind, number) in vectors {
        let error = encode_error(&frame(&format!("v:{kind}")), [("v", int(number))]);
        assert!(error.to_string().contains(&format!("{number} is not from")), "{kind}: {error}");
    }
    let error = encode_error(&frame("n:dec1 v:dec(n) <CR>"), [("n", int(1)), ("v", int(10))]);
    assert_eq!(error.to_string(), "`v`: 10 has more than 1 digits");
}

#[test]
fn ascii_numbers_of_any_width_skip_blanks_and_take_a_sign() {
    for (wire, number) in [("42;", 42), ("  42;", 42), ("\t+42;", 42), (" -42;", -42), ("000042;", 42), ("0;", 0)] {
        assert_decodes(&frame("v:dec ';'"), wire.as_bytes(), [("v", int(number))]);
    }
    for (wire, number) in [("ff;", 255), (" 0FF;", 255), ("FFFFFFFFFFFFFFFF;", u64::MAX as i128)] {
        assert_decodes(&frame("v:hex ';'"), wire.as_bytes(), [("v", int(number))]);
    }
    for (wire, number) in [(" -1.5;", -1.5), ("+.5;", 0.5), ("5.;", 5.0), ("1E3;", 1000.0), ("2.5e-3;", 0.0025)] {
        assert_decodes(&frame("v:float ';'"), wire.as_bytes(), [("v", Value::Float(number))]);
    }
}

#[test]
fn ascii_numbers_end_at_the_first_byte_that_cannot_belong_to_them() {
    assert_decodes(&frame("a:dec '-' b:dec ';'"), b"12-5;", [("a", int(12)), ("b", int(5))]);
    assert_decodes(&frame("a:float 'V' <CR>"), b"1.50V\r", [("a", Value::Float(1.5))]);
    assert_eq!(decode_error(&frame("a:dec ';'"), b" x;").offset, 1);
    assert_eq!(decode_error(&frame("a:dec ';'"), b"-;").offset, 1);
    assert_eq!(decode_error(&frame("a:float ';'"), b".;").offset, 1);
}

#[test]
fn numbers_have_at_most_64_bits() {
    let error = decode_error(&frame("v:dec ';'"), b"18446744073709551616;");
    assert_eq!(error.expected, "a number of at most 64 bits");
    assert_decodes(&frame("v:dec ';'"), b"-9223372036854775808;", [("v", int(i64::MIN as i128))]);
    let long = [b"0".repeat(65), b";".to_vec()].concat();
    assert_eq!(decode_error(&frame("v:dec ';'"), &long).kind, wigwag_protocol::layout::DecodeErrorKind::TooLong);
}

#[test]
fn dec_and_hex_are_written_shortest_and_hex_in_upper_case() {
    assert_both(&frame("v:dec ';'"), b"-7;", [("v", int(-7))]);
    assert_both(&frame("v:hex ';'"), b"AB;", [("v", int(0xAB))]);
}

#[test]
fn float_is_written_shortest_that_reads_back_the_same() {
    for (number, wire) in [(0.1, "0.1;"), (1.0, "1;"), (-2.5, "-2.5;"), (1e300, "1E300;"), (5e-324, "5E-324;")] {
        assert_both(&frame("v:float ';'"), wire.as_bytes(), [("v", Value::Float(number))]);
    }
    assert!(encode_error(&frame("v:float ';'"), [("v", Value::Float(f64::NAN))]).to_string().contains("finite"));
}

#[test]
fn dec_of_has_as_many_digits_as_an_earlier_field_says() {
    let layout = frame("'#' nd:dec1 n:dec(nd)=len(body) body <LF>");
    assert_both(&layout, b"#15hello\n", [("nd", int(1)), ("body", bytes(b"hello"))]);
    assert_decodes(&layout, b"#3005hello\n", [("nd", int(3)), ("body", bytes(b"hello"))]);
    let encoded = layout.encode(&Fields::from([("body", bytes(&[b'x'; 12]))]), &Context::default()).unwrap();
    assert!(encoded.bytes.starts_with(b"#212xxx"), "the width is filled in");
    let error = decode_error(&frame("n:u8 v:dec(n) <CR>"), b"\x1500000\r");
    assert_eq!((error.offset, error.found.as_str(), error.part.as_deref()), (0, "21", Some("n")));
}

#[test]
fn n_raw_bytes() {
    assert_both(&frame("a:3 b:2"), b"abcde", [("a", bytes(b"abc")), ("b", bytes(b"de"))]);
    let error = encode_error(&frame("a:3"), [("a", bytes(b"ab"))]);
    assert_eq!(error.to_string(), "`a`: it takes 3 bytes, not 2");
}

#[test]
fn text_uses_the_files_encoding() {
    let encodings: [(Encoding, &[u8]); 3] =
        [(Encoding::Utf8, "grün\r".as_bytes()), (Encoding::Latin1, b"gr\xFCn\r"), (Encoding::Bytes, b"gr\xFCn\r")];
    for (encoding, wire) in encodings {
        let layout = frame_with("t:text <CR>", &Options { encoding, ..Options::default() });
        assert_both(&layout, wire, [("t", text("grün"))]);
    }
}

#[test]
fn text_of_fixed_size_is_so_many_bytes_of_text() {
    let layout = frame_with("id:text3 n:u8", &Options { encoding: Encoding::Ascii, ..Options::default() });
    assert_both(&layout, b"ab \x07", [("id", text("ab ")), ("n", int(7))]);
    assert_eq!(decode_error(&layout, b"a\xFFb\x07").offset, 1);
    assert_eq!(encode_error(&layout, [("id", text("ab")), ("n", int(7))]).to_string(), "`id`: it takes 3 bytes, not 2");
}

#[test]
fn no_type_means_a_variable_part_of_text_where_an_encoding_is_declared() {
    let layout = frame_with("t <CR>", &Options { encoding: Encoding::Utf8, ..Options::default() });
    assert_both(&layout, "ß\r".as_bytes(), [("t", text("ß"))]);
    assert_both(&frame("t <CR>"), b"\xDF\r", [("t", bytes(b"\xDF"))]);
}

#[test]
fn text_outside_the_encoding_is_refused_in_both_directions() {
    let ascii = frame_with("t:text <CR>", &Options { encoding: Encoding::Ascii, ..Options::default() });
    assert_eq!(encode_error(&ascii, [("t", text("aß"))]).to_string(), "`t`: the character at 1 is not in ascii");
    let error = decode_error(&ascii, b"ab\xFC\r");
    assert_eq!((error.offset, error.kind), (2, wigwag_protocol::layout::DecodeErrorKind::Text));

    let utf8 = frame_with("<STX> t:text <CR>", &Options { encoding: Encoding::Utf8, ..Options::default() });
    assert_eq!(decode_error(&utf8, b"\x02ab\xFFc\r").offset, 3);
    let latin1 = frame_with("t:text <CR>", &Options { encoding: Encoding::Latin1, ..Options::default() });
    assert!(encode_error(&latin1, [("t", text("€"))]).to_string().contains("not in latin-1"));
}

#[test]
fn named_values_are_read_and_written_by_name() {
    let layout = frame("power:u8(off=0, on=1) level:dec2(low=1, high=99)");
    assert_both(&layout, b"\x0199", [("power", name("on")), ("level", name("high"))]);
    assert_decodes(&layout, b"\x0742", [("power", int(7)), ("level", int(42))]);
    let error = encode_error(&layout, [("power", text("maybe")), ("level", name("low"))]);
    assert_eq!(error.to_string(), "`power`: there is no `maybe` here; it takes one of off, on");
}

#[test]
fn named_bits_stand_in_an_unsigned_integer() {
    let layout = frame("status:u8{drawer=2, offline=3}");
    let status = Value::Bits(0x16, vec![("drawer".into(), true), ("offline".into(), false)]);
    assert_both(&layout, b"\x16", [("status", status)]);
    let by_name = Fields::from([("status", record([("offline", int(1)), ("drawer", int(0))]))]);
    assert_eq!(layout.encode(&by_name, &Context::default()).unwrap().bytes, [0x08]);
}
