//! Frames of the built-in protocols, cut out of a stream.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use wigwag_protocol::layout::{Closing, Context, DecodeError, EndReason, Fields, Layout, Part, Step};
use wigwag_protocol::protocol::{Cutter, Form, Protocol};

use super::PROTOCOLS;
use super::script::named;

/// The forms of each built-in protocol, by its name.
static FORMS: LazyLock<BTreeMap<&str, Vec<Arc<Form>>>> =
    LazyLock::new(|| PROTOCOLS.iter().map(|protocol| (protocol.name.as_str(), forms(protocol))).collect());

/// The forms of a protocol whose frames can be cut from a stream: requests, answers, the greeting. Each once.
pub fn forms(protocol: &Protocol) -> Vec<Arc<Form>> {
    let of_commands = protocol.commands.iter().flat_map(|command| command.request.iter().chain(&command.responses));
    let greeting = protocol.session.greeting.clone().map(Arc::new);
    let all = [&protocol.request, &protocol.response].into_iter().chain(of_commands).chain(&greeting);
    let mut forms: Vec<Arc<Form>> = Vec::new();
    for form in all.filter(|form| form.ends_by_itself()) {
        if !forms.iter().any(|known| Arc::ptr_eq(known, form)) {
            forms.push(form.clone());
        }
    }
    forms
}

/// The fuzz target `frames`: which form of which built-in protocol, where to cut, what comes.
///
/// ```text
/// protocol  LF  form  number of cuts  that many cuts, one byte each  the wire
/// ```
pub fn frames(data: &[u8]) {
    let Some((name, mut script)) = named(data) else { return };
    let Some(forms) = FORMS.get(name) else { return };
    let form = script.one(forms);
    let cuts = script.bytes().to_vec();
    are_the_same_however_cut(form, script.rest(), &cuts);
}

/// What a stream holds: its frames, what is left behind them, and what is wrong with that.
#[derive(Debug, PartialEq)]
pub struct Stream {
    pub frames: Vec<Cut>,
    /// Bytes that are dropped between frames.
    pub padding: usize,
    pub rest: usize,
    pub error: Option<DecodeError>,
}

/// One frame of a stream.
#[derive(Debug)]
pub struct Cut {
    pub size: usize,
    pub layout: Layout,
    pub fields: Fields,
    pub parts: Vec<Part>,
    pub reason: EndReason,
}

/// By what they look like: a float that is no number is not equal to itself.
impl PartialEq for Cut {
    fn eq(&self, other: &Self) -> bool {
        let said = |cut: &Self| format!("{} {:?} {:?} {:?}", cut.size, cut.fields, cut.parts, cut.reason);
        self.layout.source() == other.layout.source() && said(self) == said(other)
    }
}

/// The frames in a stream are the same whole, at the cuts and byte by byte; no byte is lost or read twice; an error has
/// its place in what came; and a frame that is written again reads as the same.
pub fn are_the_same_however_cut(form: &Arc<Form>, wire: &[u8], cuts: &[u8]) {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| usize::from(*cut).min(wire.len())).collect();
    cuts.sort_unstable();
    let whole = read(form, wire, &[]);
    assert_eq!(read(form, wire, &cuts), whole, "`{}` cut at {cuts:?}", form.source());
    let each: Vec<usize> = (0..wire.len()).collect();
    assert_eq!(read(form, wire, &each), whole, "`{}` byte by byte", form.source());

    let consumed: usize = whole.frames.iter().map(|frame| frame.size).sum();
    assert_eq!(consumed + whole.padding + whole.rest, wire.len(), "`{}`: consumed + rest = input", form.source());
    if let Some(error) = &whole.error {
        assert!(error.offset <= whole.rest, "{error} lies behind the {} bytes that came", whole.rest);
        assert!(error.frame.is_none_or(|size| (1..=whole.rest).contains(&size)), "{error:?}");
    }
    whole.frames.iter().for_each(means_the_same_written_again);
}

/// Reads a stream to its end: ever more bytes up to the cuts and the end, then the end of the connection.
fn read(form: &Arc<Form>, wire: &[u8], cuts: &[usize]) -> Stream {
    let mut cutter = Cutter::new(form.clone());
    let (mut start, mut padding, mut frames) = (0, 0, Vec::new());
    let arrivals = cuts.iter().map(|cut| (*cut, Closing::Open));
    let ends = [Closing::Open, Closing::Eof, Closing::Silent].map(|closing| (wire.len(), closing));
    for (end, closing) in arrivals.chain(ends) {
        while start <= end {
            let dropped = form.padding(&wire[start..end]);
            (start, padding) = (start + dropped, padding + dropped);
            let input = &wire[start..end];
            match cutter.advance(input, closing) {
                Ok(Step::NeedMore | Step::Frame(0)) => break,
                Ok(Step::Frame(size)) => {
                    frames.push(look(&cutter, input, size));
                    start += size;
                    cutter.reset();
                }
                Err(error) => return Stream { frames, padding, rest: wire.len() - start, error: Some(error) },
            }
        }
    }
    Stream { frames, padding, rest: wire.len() - start, error: None }
}

fn look(cutter: &Cutter, input: &[u8], size: usize) -> Cut {
    assert!(size <= input.len(), "a frame of {size} bytes out of {}", input.len());
    let (frame, layout) = (cutter.frame(input).expect("a frame"), cutter.layout().expect("its layout").clone());
    let cut = Cut { size, layout, fields: frame.fields(), parts: frame.parts(), reason: frame.reason() };
    for part in &cut.parts {
        assert!(part.wire.start <= part.wire.end && part.wire.end <= size, "{part:?} lies outside of {size} bytes");
    }
    cut
}

/// What was read can be written, perhaps in other bytes, and those are read as the same fields.
fn means_the_same_written_again(cut: &Cut) {
    // Values without a name, endless numbers, and an empty body that only the end of the connection ends.
    let Ok(encoded) = cut.layout.encode(&cut.fields, &Context::default()) else { return };
    let again = cut.layout.decode(&encoded.bytes, |frame| frame.fields());
    let again = again.unwrap_or_else(|error| panic!("{}: {error}", cut.layout.source()));
    assert_eq!(format!("{again:?}"), format!("{:?}", cut.fields), "{}", cut.layout.source());
}
