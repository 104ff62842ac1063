//! Inventories of every format.

use std::io::Write as _;
use std::net::IpAddr;
use std::path::Path;

use serde_json::{Map, Value as Json, json};
use wigwag_fleet::inventory::{Format, Host, Inventory, InventoryError, Selector, World};

use super::targets::is_the_same_folded;

const FORMATS: [Format; 9] = [
    Format::Toml,
    Format::AnsibleIni,
    Format::AnsibleYaml,
    Format::List,
    Format::FileSdJson,
    Format::FileSdYaml,
    Format::Csv,
    Format::Ndjson,
    Format::Lines,
];

/// Of more hosts only the first are looked at.
const MOST: usize = 30;

/// The fuzz target `inventory`: a file, which is read in every format, and in the one that it seems to have.
///
/// What is refused is refused at a place in the text, or for what is missing in it. Of what is taken all hosts can be named
/// as targets, folded, checked, and listed as the JSON of an inventory program, which reads back as the same hosts.
pub fn inventory(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for format in FORMATS {
        let read = Inventory::parse(text, format, Path::new("hosts"));
        is_taken_or_refused(read, text, &format!("{format:?}"));
    }
    is_taken_or_refused(as_it_seems(text), text, "as it seems");
}

/// Reads a file without an extension.
fn as_it_seems(text: &str) -> Result<Inventory, InventoryError> {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(text.as_bytes()).expect("room for it");
    Inventory::read(&[file.path()])
}

fn is_taken_or_refused(read: Result<Inventory, InventoryError>, text: &str, format: &str) {
    match read {
        Ok(inventory) => is_listed_and_read_back(&inventory, format),
        Err(InventoryError { error, text: told, .. }) => {
            // Behind a mark that an editor put there.
            let text = if told.is_empty() { text } else { &told };
            let is_inside = error.at.clone().is_none_or(|at| text.get(at).is_some());
            assert!(is_inside, "{format}: {:?} is no place in {text:?}: {error}", error.at);
            assert!(!error.message.is_empty());
        }
    }
}

fn is_listed_and_read_back(inventory: &Inventory, format: &str) {
    let Ok(selection) = inventory.select(&Selector::default()) else { return };
    let hosts: Vec<Host> = selection.hosts().take(MOST).collect();
    for host in &hosts {
        let itself = Selector { targets: Some(host.name().to_owned()), ..Selector::default() };
        let found = inventory.select(&itself).map(|selection| selection.count());
        assert_eq!(found, Ok(1), "{format}: {:?} is a target", host.name());
        assert!(selection.contains(host.name()) && inventory.knows(host.name()), "{format}: {:?}", host.name());
    }
    let names: Vec<String> = hosts.iter().map(|host| host.name().to_owned()).collect();
    is_the_same_folded(&names);
    if hosts.len() < MOST {
        inventory.check(&selection, &Nowhere);
    }
    let listed = listed(&hosts);
    let again = Inventory::parse(&listed, Format::List, Path::new("hosts"));
    let again = again.unwrap_or_else(|error| panic!("{format}: {error} in {listed}"));
    let read: Vec<Host> = again.select(&Selector::default()).expect("hosts").hosts().collect();
    let (said, meant): (Vec<String>, Vec<String>) = (read.iter().map(told).collect(), hosts.iter().map(told).collect());
    assert_eq!(said, meant, "{format}: {listed}");
}

/// What an inventory program prints for `--list`, as `wigwag inventory --list` does.
fn listed(hosts: &[Host]) -> String {
    let vars: Map<String, Json> = hosts.iter().map(|host| (host.name().to_owned(), variables(host))).collect();
    let names: Vec<&str> = hosts.iter().map(Host::name).collect();
    json!({ "all": { "hosts": names }, "_meta": { "hostvars": vars } }).to_string()
}

/// Variables, and settings as variables.
fn variables(host: &Host) -> Json {
    let vars = host.vars().into_iter().map(|(name, value)| (name.to_owned(), value.json()));
    let settings = host.explained_settings().into_iter().map(|setting| {
        let name = format!("wigwag_{}", setting.key.replacen("secret.", "secret_", 1));
        let value = setting.value.parse::<u16>().map_or_else(|_| json!(setting.value), |number| json!(number));
        (name, value)
    });
    Json::Object(vars.chain(settings).collect())
}

/// All that is known of a host, but for who says so.
fn told(host: &Host) -> String {
    let settings = host.explained_settings().into_iter().map(|setting| (setting.key, setting.value));
    format!("{:?} {:?} {:?}", host.name(), settings.collect::<Vec<_>>(), host.vars())
}

/// A world in which nothing is found.
struct Nowhere;

impl World for Nowhere {
    fn protocol(&self, name: &str) -> Result<Option<u16>, String> {
        Err(format!("there is no protocol {name}"))
    }

    fn addresses(&self, _name: &str) -> Result<Vec<IpAddr>, String> {
        Ok(Vec::new())
    }
}
