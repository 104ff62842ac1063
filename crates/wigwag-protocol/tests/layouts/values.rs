//! Constants, counters and learned values.

use super::*;

fn in_context(layout: &Layout, context: &Context) -> Vec<u8> {
    layout.encode(&Fields::new(), context).unwrap().bytes
}

#[test]
fn a_constant_is_written_and_checked() {
    let layout = frame("a:u16=7 b:hex2=0x1F c:3='xyz' d=<0x00> e:i8=-1 f:f32=1.5 g:u8(off=0, on=1)=on");
    assert_both(&layout, b"\x00\x071Fxyz\x00\xFF\x3F\xC0\x00\x00\x01", []);
    let error = decode_error(&layout, b"\x00\x081Fxyz\x00\xFF\x3F\xC0\x00\x00\x01");
    assert_eq!(error.to_string(), "expected 7, found 8 at byte 0 (part a)");
    let error = decode_error(&layout, b"\x00\x071Fxyq\x00\xFF\x3F\xC0\x00\x00\x01");
    assert_eq!((error.offset, error.part.as_deref()), (6, Some("c")));
}

#[test]
fn a_constant_number_may_be_written_another_way_by_the_peer() {
    assert_decodes(&frame("a:hex2=0xAB v:dec=5 ';'"), b"ab 005;", []);
}

#[test]
fn a_constant_may_have_an_exponent() {
    assert_both(&frame("v:f64=1e3"), &1000_f64.to_be_bytes(), []);
}

#[test]
fn seq_is_a_counter_cut_to_its_width() {
    let layout = frame("tid:u16=seq n:dec2=seq");
    assert_eq!(in_context(&layout, &Context { seq: 7, ..Context::default() }), b"\x00\x0707");
    assert_eq!(in_context(&layout, &Context { seq: 0x1_0002, ..Context::default() }), b"\x00\x0238");
    assert_decodes(&layout, b"\x12\x3499", []);
}

#[test]
fn learned_values_are_written_as_what_was_learned() {
    let layout = frame("salt:4=greeting.salt id:u16=login.id <SP> pass:text=secret.password <CR>");
    let learned =
        Fields::from([("greeting.salt", bytes(b"abcd")), ("login.id", int(0x0102)), ("secret.password", text("hush"))]);
    assert_eq!(in_context(&layout, &Context { seq: 0, learned }), b"abcd\x01\x02 hush\r");
}

#[test]
fn learned_values_are_empty_or_zero_while_unknown() {
    let layout = frame("salt:4=greeting.salt id:u16=login.id n:dec=login.n ',' x:float=login.x ',' p=secret.p <CR>");
    assert_eq!(in_context(&layout, &Context::default()), b"\0\0\0\0\0\x000,0,\r");
}

#[test]
fn learned_values_are_not_checked_when_decoding() {
    assert_decodes(&frame("id:u16=login.id"), b"\x12\x34", [("id", int(0x1234))]);
}

#[test]
fn a_learned_value_can_stand_for_itself() {
    let layout = frame("'LOGIN ' login.user ' ' secret.password <CR>");
    let learned = Fields::from([("login.user", text("bob")), ("secret.password", text("hush"))]);
    assert_eq!(in_context(&layout, &Context { seq: 0, learned }), b"LOGIN bob hush\r");
    assert_eq!(in_context(&layout, &Context::default()), b"LOGIN  \r", "empty while unknown");
    assert_eq!(layout.names().count() + layout.wanted().count(), 0);
    let decoded = decode(&layout, b"LOGIN eve guess\r");
    assert_eq!(decoded.fields, Fields::new(), "it is no field");
    let names: Vec<_> = decoded.parts.iter().map(|part| part.name.as_deref()).collect();
    assert_eq!(names, [None, Some("login.user"), None, Some("secret.password"), None]);
}

#[test]
fn what_came_in_the_place_of_a_learned_value_can_be_compared() {
    let layout = frame("user:u8 secret.password ',' salt:2=greeting.salt again:text=secret.password <CR>");
    assert_eq!(layout.learned().collect::<Vec<_>>(), ["secret.password", "greeting.salt"]);
    let came = |name| layout.decode(b"\x07hush,abhush2\r", |frame| frame.learned_bytes(name).map(<[u8]>::to_vec));
    assert_eq!(came("secret.password"), Ok(Some(b"hush".to_vec())), "the first of two");
    assert_eq!(came("greeting.salt"), Ok(Some(b"ab".to_vec())));
    assert_eq!(came("greeting.other"), Ok(None));
    assert_eq!(frame("a:u8 b <CR>").learned().count(), 0);
}

#[test]
fn a_learned_value_that_ends_itself_is_refused_by_its_full_name() {
    let layout = frame("secret.password <CR>");
    let context = Context { seq: 0, learned: Fields::from([("secret.password", text("a\rb"))]) };
    let error = layout.encode(&Fields::new(), &context).unwrap_err();
    assert_eq!(error.to_string(), "`secret.password` contains <CR> at byte 1, which would end it there");
}

#[test]
fn a_part_without_a_value_is_named() {
    assert_eq!(encode_error(&frame("a:u8 b:u8"), [("a", int(1))]).to_string(), "`b` has no value");
    let layout = frame("a:u8=1 n:u8=len(b) tid:u16=seq b l:u8=greeting.l <CR>");
    assert_eq!(layout.wanted().collect::<Vec<_>>(), ["b"]);
}
