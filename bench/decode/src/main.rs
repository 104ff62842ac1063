//! What decoding costs, beside `memchr` and beside hand-written Rust for the one frame. See `bench/README.md`.

mod by_hand;
mod measure;

use std::hint::black_box;

use by_hand::Read;
use measure::{Competitor, compare};
use wigwag_protocol::layout::{Closing, Decoder, Layout, MAX_LIMIT, Options, Step};

const KIB: usize = 1024;
const BODY: usize = KIB * KIB;
const FRAME: usize = 64;
const FRAMES: usize = 1024;

fn main() {
    println!("{:<44} {:>12} {:>12} {:>7}  goal", "", "wigwag", "floor", "ratio");
    body_to_terminator();
    frames("64-byte frame, terminator", "body <CR>", &terminated(), by_hand::terminator);
    frames(
        "64-byte frame, length",
        "tid:u16 pid:u16=0 len:u16=len(unit..) unit:u8 fc:u8 body",
        &measured(),
        by_hand::length,
    );
    frames(
        "64-byte frame, checksum",
        "unit:u8 fc:u8 n:u8=len(body) body crc:u16le=crc16_modbus(unit..)",
        &summed(),
        by_hand::checksum,
    );
    byte_by_byte();
}

fn layout(source: &str) -> Layout {
    let options = Options { max: MAX_LIMIT, ..Options::default() };
    Layout::frame(source, &options).unwrap_or_else(|error| panic!("{source}: {error}"))
}

/// A 1 MiB body to a terminator, beside a search for that byte.
fn body_to_terminator() {
    let mut wire = vec![b'x'; BODY];
    wire.push(0);
    let mut decoder = layout("body <NUL>").decoder();
    let wigwag = || {
        decoder.reset();
        assert_eq!(decoder.advance(black_box(&wire), Closing::Open), Ok(Step::Frame(wire.len())));
        black_box(decoder.frame(&wire));
    };
    let memchr = || assert_eq!(black_box(memchr::memchr(0, black_box(&wire))), Some(BODY));
    let [ours, floor] = compare(32, [Competitor::new(wigwag), Competitor::new(memchr)]);
    let rate = |nanoseconds: f64| format!("{:.1} GB/s", BODY as f64 / nanoseconds);
    row("1 MiB body to a terminator, beside memchr", &rate(ours), &rate(floor), ours / floor, 1.5);
}

/// Many frames in one buffer, one after the other, beside a function written for just that frame.
fn frames(name: &str, source: &str, frame: &[u8], by_hand: fn(&[u8]) -> Read) {
    assert_eq!(frame.len(), FRAME, "{name}");
    let wire = frame.repeat(FRAMES);
    let mut decoder = layout(source).decoder();
    let wigwag = || read_all(&mut decoder, black_box(&wire));
    let hand = || {
        let mut rest = black_box(wire.as_slice());
        let error = loop {
            match by_hand(rest) {
                Read::Frame { size, body } => {
                    black_box(&rest[body]);
                    rest = &rest[size..];
                }
                Read::NeedMore => break None,
                Read::Wrong { offset, expected } => break Some((offset, expected)),
            }
        };
        assert!(rest.is_empty() && error.is_none(), "{error:?}");
    };
    let [ours, floor] = compare(16, [Competitor::new(wigwag), Competitor::new(hand)]);
    let each = |nanoseconds: f64| format!("{:.1} ns", nanoseconds / FRAMES as f64);
    row(name, &each(ours), &each(floor), ours / floor, 2.0);
}

fn read_all(decoder: &mut Decoder, wire: &[u8]) {
    let mut rest = wire;
    while let Ok(Step::Frame(size)) = decoder.advance(rest, Closing::Open) {
        black_box(decoder.frame(rest));
        decoder.reset();
        rest = &rest[size..];
    }
    assert!(rest.is_empty());
}

/// Fed byte by byte, a byte must cost the same whatever came before it.
fn byte_by_byte() {
    println!("\n{:<44} {:>12} {:>12} {:>12}", "ns per byte, fed byte by byte", "16 KiB", "64 KiB", "256 KiB");
    let sizes = [16 * KIB, 64 * KIB, 256 * KIB];
    for source in ["body <CR LF>", "n:u32=len(body) body", "v:u16[] <0xFF>", "items:{ v <LF> }[] <CR>"] {
        let costs = compare(1, sizes.map(|size| Competitor::new(feeding(source, size))));
        let mut costs = costs.into_iter().zip(sizes).map(|(cost, size)| cost / size as f64);
        let [small, medium, large] = std::array::from_fn(|_| costs.next().unwrap_or_default());
        let verdict = if large < 1.3 * small { "flat: met" } else { "flat: MISSED" };
        println!("{source:<44} {small:>12.2} {medium:>12.2} {large:>12.2}  {verdict}");
    }
}

/// Feeds a body of this size that never ends.
fn feeding(source: &str, size: usize) -> impl FnMut() {
    let mut wire = vec![b'x'; size];
    if source.starts_with("n:") {
        wire[..4].copy_from_slice(&(size as u32).to_be_bytes());
    }
    let mut decoder = layout(source).decoder();
    move || {
        decoder.reset();
        for end in 0..=wire.len() {
            assert_eq!(decoder.advance(black_box(&wire[..end]), Closing::Open), Ok(Step::NeedMore));
        }
    }
}

fn row(name: &str, ours: &str, floor: &str, ratio: f64, goal: f64) {
    let verdict = if ratio <= goal { "met" } else { "MISSED" };
    println!("{name:<44} {ours:>12} {floor:>12} {ratio:>6.2}x  {goal}x: {verdict}");
}

fn terminated() -> Vec<u8> {
    [vec![b'x'; FRAME - 1], vec![b'\r']].concat()
}

fn measured() -> Vec<u8> {
    let body = [0x5A; FRAME - 8];
    [&[0x12, 0x34, 0, 0, 0, body.len() as u8 + 2, 0x11, 0x03], body.as_slice()].concat()
}

fn summed() -> Vec<u8> {
    let body = [0x5A; FRAME - 5];
    let mut frame = [&[0x11, 0x03, body.len() as u8], body.as_slice()].concat();
    frame.extend(by_hand::MODBUS.checksum(&frame).to_le_bytes());
    frame
}
