//! What must hold of layouts for any bytes.

use std::sync::LazyLock;

use wigwag_protocol::layout::{
    Closing, Codec, Coding, Context, DecodeError, Decoder, EndReason, Escape, Fields, Layout, Options, Part, Step,
};

/// The lines of the frames that the suite checks byte by byte.
const VECTORS: &str = include_str!("../../../crates/wigwag-protocol/tests/vectors/frames.toml");

/// Layouts beside those, one for each way to cut a frame that no vector shows.
const LAYOUTS: [&str; 22] = [
    "body <CR LF|LF|CR>",
    "body <NUL|EOF>",
    "body <CR LF|EOF|IDLE 1s>",
    "a <',' CR|';'> b end:<CR LF|LF|EOF>",
    "<STX> body n:u16 <ETX> sum:hex2=sum8(body..n)",
    "v:dec ';' w:float <CR|EOF>",
    "v:hex[] <CR LF|LF>",
    "v:dec[] <EOF|IDLE 1s>",
    "n:u8 v:i16le[n] w:f32",
    "n:u16le=len(items) items:{ m:u8=len(v)+1 v k:bcd3 }[]",
    "rows:{ n:u8 cells:{ k:hex2 v ';' }[n] end:<','|'.'> }[] <CR>",
    "n:u8=len(type..crc) type:u8 m:u8=len(flag..cmd) flag:u16=1 cmd crc:u16=crc16_ibm_sdlc(n..cmd) <CR LF>",
    "<STX> body <ETX> n:dec3=len(body) sum:u8=xor(body..n, 0x7F)",
    "n:dec=len(n..body) ':' body",
    "outer:u8=sum8(body..inner) body:2 inner:u8=xor(body)",
    "s:u8(off=0, on=1) b:u16{x=0, y=15} d:dec4 <CR>",
    "v:u8[3] w:{ a:u8 b:2 }[2]",
    "n:u8 v:dec(n) ';'",
    "x:u8 <EOF>",
    "n:u8=len(a..b) m:u8=len(a) a b:text",
    "v:u16[] <0xFF 0xFF|EOF>",
    "t:text sum:dec2=sum8(t) % 100 <CR>",
];

/// Every layout that `layout_decode` chooses from.
static ALL: LazyLock<Vec<Layout>> = LazyLock::new(|| {
    let vectors = VECTORS.lines().filter_map(|line| line.strip_prefix("layout = \"")?.strip_suffix('"'));
    let plain = vectors.chain(LAYOUTS).map(|layout| compiled(layout, None));
    plain.chain(stuffed()).collect()
});

fn stuffed() -> [Layout; 8] {
    let codec = |layout, codec, span: Option<&str>| {
        compiled(layout, Some(Coding::Codec { codec, span: span.map(str::to_owned) }))
    };
    let escape = |layout, span, lead, bytes, by| {
        compiled(layout, Some(Coding::Escape(Escape::by_rule(span, lead, bytes, by).expect("a good escape"))))
    };
    [
        codec("n:u8=len(body) body sum:u8=sum8(body)", Codec::Slip, None),
        codec("a:u8 body", Codec::Cobs, None),
        codec("hdr:u8=1 body tail:u8", Codec::Cobs, Some("body")),
        codec("':' unit:u8 fc:u8 body sum:u8=neg8(unit..) <CR LF>", Codec::Hex, Some("unit..sum")),
        codec("<STX> a:u16 b:u8[2] c:u8", Codec::Hex, Some("a..b")),
        escape("<STX> body sum:u8=sum8(body) <ETX>", "body..sum", "<ESC>", "<STX ETX ESC>", "+0x80"),
        escape("<DLE STX> body <DLE ETX|EOF>", "body", "<DLE>", "<DLE>", "double"),
        escape("a:2 body <EOF>", "a", "<ESC>", "<ESC>", "xor 0x40"),
    ]
}

fn compiled(layout: &str, coding: Option<Coding>) -> Layout {
    let options = Options { max: 512, coding, ..Options::default() };
    Layout::frame(layout, &options).unwrap_or_else(|error| panic!("{layout}: {error}"))
}

/// The fuzz target `layout_decode`: which layout, where to cut, what comes.
///
/// ```text
/// layout  number of cuts (0 to 7)  that many cuts, one byte each  the wire
/// ```
pub fn layout_decode(data: &[u8]) {
    let [layout, count, rest @ ..] = data else { return };
    let layout = &ALL[usize::from(*layout) % ALL.len()];
    let Some((cuts, wire)) = rest.split_at_checked(usize::from(count % 8)) else { return };
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| usize::from(*cut).min(wire.len())).collect();
    cuts.sort_unstable();
    let whole = decodes_the_same_however_split(layout, wire, &cuts);
    let mut start = 0;
    for frame in &whole.frames {
        let bytes = &wire[start..start + frame.size];
        is_known_by_its_start(layout, bytes);
        reads_as_it_decodes(layout, bytes);
        means_the_same_written_again(layout, frame);
        start += frame.size;
    }
    reads_as_it_decodes(layout, wire);
}

/// The fuzz target `layout_compile`: a layout as text, and behind a NUL what comes.
pub fn layout_compile(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let (text, behind) = data.split_at(end);
    let (Ok(text), wire) = (std::str::from_utf8(text), behind.get(1..).unwrap_or_default()) else { return };
    let options = Options { max: 512, ..Options::default() };
    for compile in [Layout::frame, Layout::body] {
        match compile(text, &options) {
            Ok(layout) if layout.ends_by_itself() => {
                let whole = decodes_the_same_however_split(&layout, wire, &[]);
                for frame in &whole.frames {
                    // Whether it can be written again depends on the layout; it must not panic.
                    let _ = layout.encode(&frame.fields, &Context::default());
                }
            }
            Ok(layout) => reads_as_it_decodes(&layout, wire),
            Err(error) => assert!(text.get(error.at.clone()).is_some(), "{:?} is no place in {text}", error.at),
        }
    }
}

/// What a stream holds: its frames, what is left behind them, and what is wrong with that.
#[derive(Debug, PartialEq)]
pub struct Stream {
    pub frames: Vec<Read>,
    pub rest: usize,
    pub error: Option<DecodeError>,
}

/// One frame of a stream.
#[derive(Debug)]
pub struct Read {
    pub size: usize,
    pub fields: Fields,
    pub parts: Vec<Part>,
    pub reason: EndReason,
}

/// By what they look like: a float that is no number is not equal to itself.
impl PartialEq for Read {
    fn eq(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

/// The same frames whole, at the cuts and byte by byte; and no byte is lost or read twice.
pub fn decodes_the_same_however_split(layout: &Layout, wire: &[u8], cuts: &[usize]) -> Stream {
    let whole = read(layout, wire, &[]);
    assert_eq!(read(layout, wire, cuts), whole, "{} cut at {cuts:?}", layout.source());
    let each: Vec<usize> = (0..wire.len()).collect();
    assert_eq!(read(layout, wire, &each), whole, "{} byte by byte", layout.source());
    let consumed: usize = whole.frames.iter().map(|frame| frame.size).sum();
    assert_eq!(consumed + whole.rest, wire.len(), "{}: consumed + rest = input", layout.source());
    if let Some(error) = &whole.error {
        assert!(error.offset <= whole.rest, "{error} lies behind the {} bytes that came", whole.rest);
        assert!(error.frame.is_none_or(|size| (1..=whole.rest).contains(&size)), "{error:?}");
    }
    whole
}

/// No beginning of a frame is said to be none.
fn is_known_by_its_start(layout: &Layout, frame: &[u8]) {
    let starts = (0..=frame.len()).map(|end| &frame[..end]);
    let denied = starts.into_iter().find(|start| layout.can_start_with(start) == Some(false));
    assert_eq!(denied, None, "{} is the start of a frame", layout.source());
}

/// The short way to read bytes that are all there comes to the same as the long one.
fn reads_as_it_decodes(layout: &Layout, bytes: &[u8]) {
    let read = layout.read(bytes, |frame| format!("{:?} {:?}", frame.fields(), frame.parts()));
    let decoded = layout.decode(bytes, |frame| format!("{:?} {:?}", frame.fields(), frame.parts()));
    assert_eq!(read, decoded.ok(), "{}", layout.source());
}

/// Reads a stream to its end: ever more bytes up to the cuts and the end, then the end of the connection.
fn read(layout: &Layout, wire: &[u8], cuts: &[usize]) -> Stream {
    let mut decoder = layout.decoder();
    let (mut start, mut frames) = (0, Vec::new());
    let arrivals = cuts.iter().map(|cut| (*cut, Closing::Open));
    let ends = [Closing::Open, Closing::Eof, Closing::Silent].map(|closing| (wire.len(), closing));
    for (end, closing) in arrivals.chain(ends) {
        while start <= end {
            let input = &wire[start..end];
            match decoder.advance(input, closing) {
                Ok(Step::NeedMore) => break,
                Ok(Step::Frame(size)) => {
                    frames.push(look(&decoder, input, size));
                    start += size;
                    decoder.reset();
                }
                Err(error) => return Stream { frames, rest: wire.len() - start, error: Some(error) },
            }
        }
    }
    Stream { frames, rest: wire.len() - start, error: None }
}

fn look(decoder: &Decoder, input: &[u8], size: usize) -> Read {
    assert!(size > 0, "a frame has a byte at least");
    let frame = decoder.frame(input);
    let read = Read { size, fields: frame.fields(), parts: frame.parts(), reason: frame.reason() };
    for part in &read.parts {
        assert!(part.wire.start <= part.wire.end && part.wire.end <= size, "{part:?} lies outside of {size} bytes");
    }
    read
}

/// What was read can be written, perhaps in other bytes, and those are read as the same fields.
fn means_the_same_written_again(layout: &Layout, frame: &Read) {
    let Ok(encoded) = layout.encode(&frame.fields, &Context::default()) else {
        // Values without a name, endless numbers, and an empty body that only the end of the connection ends.
        return;
    };
    let again = layout.decode(&encoded.bytes, |frame| frame.fields());
    let again = again.unwrap_or_else(|error| panic!("{}: {error}", layout.source()));
    assert_eq!(format!("{again:?}"), format!("{:?}", frame.fields), "{}", layout.source());
}
