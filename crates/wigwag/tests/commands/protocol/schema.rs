//! `wigwag protocol schema`

use super::Home;

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../protocols/schema.json");

#[test]
fn what_is_shipped_is_what_the_program_says() {
    let said = Home::new(&[]).told(&["schema"]);
    let shipped = std::fs::read_to_string(SHIPPED).unwrap_or_default();
    assert!(shipped == said, "bring it up to date: wigwag protocol schema > protocols/schema.json");
}

#[test]
fn it_knows_every_table_of_a_file_with_a_bit_of_everything() {
    let schema: serde_json::Value = serde_json::from_str(&Home::new(&[]).told(&["schema"])).unwrap();
    let keys = schema["properties"].as_object().unwrap();
    let tables = super::SCALE.lines().filter_map(|line| line.strip_prefix('['));
    for table in tables.map(|line| line.trim_matches(['[', ']']).split('.').next().unwrap()) {
        assert!(keys.contains_key(table), "{table}");
    }
}
