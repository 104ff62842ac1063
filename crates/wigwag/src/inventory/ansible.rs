//! The JSON that Ansible takes from an inventory program: groups with hosts and children, and `_meta.hostvars`.
//!
//! Settings are variables called `wigwag_...`, as they are read from Ansible's own inventories.

use serde_json::{Map, Value as Json, json};
use wigwag_fleet::inventory::{Group, Host, Inventory, Selector};

use crate::report::safe_json;

/// Everything, for `--list`.
pub(super) fn list(inventory: &Inventory) -> String {
    let hosts = inventory.select(&Selector::default()).map(|selection| selection.hosts());
    let vars: Map<String, Json> =
        hosts.into_iter().flatten().map(|host| (host.name().to_owned(), variables(&host))).collect();
    let mut groups = Map::new();
    groups.insert("_meta".to_owned(), json!({ "hostvars": vars }));
    let outermost = inventory.groups().filter(|group| group.is_outermost()).map(|group| group.name());
    let children: Vec<&str> = ["ungrouped"].into_iter().chain(outermost.filter(|name| *name != "ungrouped")).collect();
    groups.insert("all".to_owned(), json!({ "children": children }));
    groups.insert("ungrouped".to_owned(), json!({ "hosts": inventory.ungrouped() }));
    for group in inventory.groups() {
        let children: Vec<&str> = group.children().map(Group::name).collect();
        groups.insert(group.name().to_owned(), json!({ "hosts": group.own_hosts(), "children": children }));
    }
    safe_json(&Json::Object(groups).to_string())
}

/// One host, for `--host`.
pub(super) fn host(inventory: &Inventory, name: &str) -> String {
    safe_json(&variables(&inventory.host(name)).to_string())
}

fn variables(host: &Host) -> Json {
    let mut variables: Map<String, Json> =
        host.vars().into_iter().map(|(name, value)| (name.to_owned(), value.json())).collect();
    for setting in host.explained_settings() {
        // Names of variables have no dots.
        let name = format!("wigwag_{}", setting.key.replacen("secret.", "secret_", 1));
        let value = setting.value.parse::<u16>().map_or_else(|_| json!(setting.value), |number| json!(number));
        variables.insert(name, value);
    }
    Json::Object(variables)
}
