//! What is refused when a layout is read, and where the arrow points: `bad-layouts.toml`, one layout a case.

use serde::Deserialize;
use wigwag_protocol::layout::{Codec, Coding, Escape, Layout, LayoutError, Options};

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    layout: String,
    /// Carets under the place that is wrong.
    place: String,
    message: String,
    help: Option<String>,
    /// A body rather than a frame.
    #[serde(default)]
    body: bool,
}

impl Case {
    fn compile(&self) -> Result<Layout, LayoutError> {
        let compile = if self.body { Layout::body } else { Layout::frame };
        compile(&self.layout, &Options::default())
    }
}

#[test]
fn every_bad_layout_is_refused_with_an_arrow_to_the_place() {
    let cases: Cases = toml::from_str(include_str!("bad-layouts.toml")).unwrap();
    let mut wrong = String::new();
    for case in cases.case {
        let problem = match case.compile() {
            Ok(_) => "it compiles".to_owned(),
            Err(error) if told(&case, &error) => continue,
            Err(error) => format!("{:?}\n{}", error, carets(&error)),
        };
        wrong += &format!("{}\n{}\n{problem}\n\n", case.layout, case.place);
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn told(case: &Case, error: &LayoutError) -> bool {
    let helps = match (&case.help, &error.help) {
        (None, None) => true,
        (Some(wanted), Some(help)) => help.contains(wanted),
        (None, Some(_)) | (Some(_), None) => false,
    };
    carets(error) == case.place && error.message.contains(&case.message) && helps
}

fn carets(error: &LayoutError) -> String {
    // The end of the layout is a place too, without a width.
    format!("{}{}", " ".repeat(error.at.start), "^".repeat(error.at.len().max(1)))
}

#[test]
fn a_stuffed_span_names_parts_of_the_layout() {
    let refused = |layout: &str, span: &str| {
        let coding = Some(Coding::Codec { codec: Codec::Hex, span: Some(span.to_owned()) });
        Layout::frame(layout, &Options { coding, ..Options::default() }).unwrap_err()
    };
    let error = refused("':' unit:u8 <CR>", "unlt");
    assert_eq!(error.message, "the span of the codec names `unlt`, which is no part of the layout");
    assert_eq!(error.help.as_deref(), Some("did you mean `unit`?"), "{error}");
    assert_eq!(refused("a:u8 b:u8 <CR>", "b..a").message, "the stuffed span starts behind its end");
}

#[test]
fn an_escaped_span_names_parts_of_the_layout() {
    let refused = |layout: &str, span: &str| {
        let coding = Some(Coding::Escape(Escape::by_rule(span, "<ESC>", "<ESC>", "double").unwrap()));
        let error = Layout::frame(layout, &Options { coding, ..Options::default() }).unwrap_err();
        (error.message, error.help.unwrap_or_default())
    };
    let no_part = |name: &str| format!("the span of the escape names `{name}`, which is no part of the layout");
    let layout = "<STX> body sum:u8=sum8(body) r:{ inner:u8 }[2] <ETX>";
    assert_eq!(refused(layout, "boby..sum"), (no_part("boby"), "did you mean `body`?".to_owned()));
    assert_eq!(refused(layout, "body .. summ"), (no_part("summ"), "did you mean `sum`?".to_owned()));
    assert_eq!(refused(layout, "xyz"), (no_part("xyz"), "its parts are body, sum, r".to_owned()));
    assert_eq!(refused(layout, "inner").0, no_part("inner"), "it stands in a record");
    assert_eq!(refused("<STX> <ETX>", "x").1, "give the part a name: `name:type` or `name:<STX>`");
}

#[test]
fn a_variable_part_of_a_stuffed_frame_needs_an_end_too() {
    let coding = Some(Coding::Codec { codec: Codec::Hex, span: None });
    let error = Layout::frame("a:u8 body", &Options { coding, ..Options::default() }).unwrap_err();
    assert!(error.message.contains("`body` can never end"), "{error}");
}

#[test]
fn layouts_have_bounds() {
    let many = "a".repeat(70_000);
    assert!(Layout::body(&many, &Options::default()).unwrap_err().message.contains("bytes long at most"));
    let many: String = (0..1100).map(|n| format!("p{n}:u8 ")).collect();
    assert!(Layout::body(&many, &Options::default()).unwrap_err().message.contains("1024 parts at most"));
    let deep = format!("{}a:u8{}", "r:{".repeat(20), "}[2]".repeat(20));
    assert!(Layout::frame(&deep, &Options::default()).unwrap_err().message.contains("nest 16 deep"));
    let huge = format!("{}a:u8{}", "r:{".repeat(5), "}[16777216]".repeat(5));
    assert!(Layout::frame(&huge, &Options::default()).unwrap_err().message.contains("more than `max`"));
    let huge = format!("body {}a:u8{}", "r:{".repeat(5), "}[16777216]".repeat(5));
    assert!(Layout::frame(&huge, &Options::default()).is_err());
}
