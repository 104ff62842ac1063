//! Holds events to `docs/schema/events.json`.
//!
//! It knows the keywords that the schema uses and no others, and is stricter than the schema: it takes no key that is not
//! described. Readers may meet new keys, but none that we have forgotten to write down.

use serde_json::Value as Json;

const SCHEMA: &str = include_str!("../../../../docs/schema/events.json");

/// What is wrong with an event; nothing if it is as the schema says.
pub(crate) fn faults_of_event(event: &Json) -> Vec<String> {
    let schema: Json = serde_json::from_str(SCHEMA).unwrap();
    // By its name, so that what is wrong is told of the one event that it should be.
    let kind = event["event"].as_str().unwrap_or("outcome");
    let mut faults = Vec::new();
    check(&schema, &schema["$defs"][kind], event, kind, &mut faults);
    faults
}

fn check(root: &Json, schema: &Json, value: &Json, place: &str, faults: &mut Vec<String>) {
    let keywords = schema.as_object().unwrap_or_else(|| panic!("{place}: the schema has nothing here"));
    for (keyword, says) in keywords {
        let holds = match keyword.as_str() {
            "description" | "title" | "properties" | "format" => true,
            "$ref" => {
                let name = says.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                check(root, &root["$defs"][name], value, place, faults);
                true
            }
            "const" => value == says,
            "enum" => says.as_array().unwrap().contains(value),
            "type" => is_of_type(value, says),
            "minimum" => value.as_i64() >= says.as_i64(),
            "pattern" => {
                assert_eq!(says, "^([0-9a-f]{2})*$", "the only pattern there is");
                let text = value.as_str().unwrap_or("?");
                text.len().is_multiple_of(2) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            }
            "anyOf" => says.as_array().unwrap().iter().any(|one| is_valid(root, one, value)),
            "items" => {
                for (index, element) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, says, element, &format!("{place}[{index}]"), faults);
                }
                true
            }
            "required" => says.as_array().unwrap().iter().all(|key| value.get(key.as_str().unwrap()).is_some()),
            "propertyNames" => keys(value).all(|key| is_valid(root, says, &Json::from(key))),
            "additionalProperties" => true,
            unknown => panic!("{place}: this test does not know the keyword `{unknown}`"),
        };
        if !holds {
            faults.push(format!("{place}: {value} is not as `{keyword}` says: {says}"));
        }
    }
    let describes_keys = ["properties", "additionalProperties"].iter().any(|key| schema.get(key).is_some());
    for key in keys(value).filter(|_| describes_keys) {
        match schema["properties"].get(key).or_else(|| schema.get("additionalProperties")) {
            Some(says) => check(root, says, &value[key], &format!("{place}.{key}"), faults),
            None => faults.push(format!("{place}: `{key}` is not in the schema")),
        }
    }
}

fn is_valid(root: &Json, schema: &Json, value: &Json) -> bool {
    let mut faults = Vec::new();
    check(root, schema, value, "", &mut faults);
    faults.is_empty()
}

fn keys(value: &Json) -> impl Iterator<Item = &str> {
    value.as_object().into_iter().flat_map(|object| object.keys().map(String::as_str))
}

fn is_of_type(value: &Json, types: &Json) -> bool {
    let is = |name: &Json| match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        unknown => panic!("no such type: {unknown}"),
    };
    match types {
        Json::Array(types) => types.iter().any(is),
        one => is(one),
    }
}
