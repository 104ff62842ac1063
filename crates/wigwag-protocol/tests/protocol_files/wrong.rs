//! Files that are wrong, and what is said of them.

use serde::Deserialize;
use wigwag_protocol::protocol::Protocol;

use super::marked;

#[derive(Deserialize)]
struct Table {
    wrong: Vec<Wrong>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrong {
    because: String,
    file: String,
    message: String,
    help: Option<String>,
    /// The text that is marked.
    at: Option<String>,
}

#[test]
fn each_is_refused_with_its_reason_at_its_place() {
    let table: Table = toml::from_str(include_str!("wrong.toml")).unwrap();
    let mut failures = Vec::new();
    for Wrong { because, file, message, help, at } in &table.wrong {
        match Protocol::parse(file) {
            Ok(_) => failures.push(format!("{because}: it is taken")),
            Err(error) => {
                let said = (error.message.as_str(), error.help.as_deref(), marked(file, &error));
                let expected = (message.as_str(), help.as_deref(), at.as_deref());
                if said != expected {
                    failures.push(format!("{because}:\n  {said:?}\nis not\n  {expected:?}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(table.wrong.len() > 130);
}

#[test]
fn the_place_is_the_very_one_where_a_word_is_there_twice() {
    let file = "name = \"x\"\n[response]\nlayout = \"'bodi' bodi:txt <CR>\" # txt\n";
    let error = Protocol::parse(file).unwrap_err();
    assert_eq!(error.at, file.find("txt").map(|at| at..at + 3));

    let file =
        "name = \"x\"\n[response]\nlayout = \"body <CR>\"\n[session]\nauth = \"md5('greeting.salt' greeting.salt)\"\n";
    let error = Protocol::parse(file).unwrap_err();
    assert_eq!(error.at, file.rfind("greeting.salt").map(|at| at..at + 13));
}

#[test]
fn an_error_is_said_in_the_order_of_the_file() {
    let file =
        "name = \"x\"\nresponse.layout = \"body <CR>\"\n[command.z]\nsend = \"a:u7\"\n[command.a]\nsend = \"b:u7\"\n";
    let error = Protocol::parse(file).unwrap_err();
    assert_eq!(error.at, file.find("u7").map(|at| at..at + 2));
}
