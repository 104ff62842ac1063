//! The JSON Schema of protocol files, for editors. The types of `raw/` are its source; here is what they cannot say by
//! themselves.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::place::At;
use super::raw::{Busy, ErrorKey, FieldsKey, File, NotOneReply, Ordered, Size, TextOr, Wait, Written};
use crate::layout::Encoding;

/// The JSON Schema of protocol files.
#[must_use]
pub fn schema() -> String {
    format!("{:#}\n", root().as_value())
}

fn root() -> Schema {
    // The draft that editors know best.
    let settings = SchemaSettings::draft07().with_transform(RecursiveTransform(as_toml));
    settings.into_generator().into_root_schema_for::<File>()
}

/// The names of the encodings.
pub(super) fn encodings() -> Vec<&'static str> {
    Encoding::names().collect()
}

/// TOML has no null: a key that may be absent is absent. And the lines of a comment are no lines of a description.
fn as_toml(schema: &mut Schema) {
    let Some(keys) = schema.as_object_mut() else { return };
    if let Some(Value::Array(types)) = keys.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            keys.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = keys.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
        if let [only] = choices.as_slice() {
            // Beside a reference nothing else would be read.
            let only = Value::Array(vec![only.clone()]);
            keys.remove("anyOf");
            keys.insert("allOf".to_owned(), only);
        }
    }
    if let Some(Value::String(description)) = keys.get_mut("description") {
        *description = description.replace('\n', " ");
    }
}

/// The place in the file is nothing that is written there.
impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<T: JsonSchema> JsonSchema for TextOr<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("TextOr{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": "string" }, generator.subschema_for::<T>()] })
    }
}

impl<T: JsonSchema> JsonSchema for Ordered<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("TableOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": generator.subschema_for::<T>() })
    }
}

/// Types and what may be written in their place.
macro_rules! inline_schemas {
    ($($kind:ty => |$generator:ident| $schema:expr;)*) => {$(
        impl JsonSchema for $kind {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($kind).into()
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    )*};
}

inline_schemas! {
    Wait => |_generator| json_schema!({ "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$" });
    Size => |_generator| json_schema!({
        "anyOf": [
            { "type": "integer", "minimum": 1, "maximum": crate::layout::MAX_LIMIT },
            { "type": "string", "pattern": "^[0-9]+ *(B|k|K|KiB|M|MiB)?$" },
        ],
    });
    Written => |_generator| json_schema!({ "type": ["number", "string", "boolean", "array", "object"] });
    Busy => |generator| json_schema!({
        "anyOf": [{ "type": "boolean" }, { "type": "array", "items": generator.subschema_for::<Written>() }],
    });
    NotOneReply => |_generator| json_schema!({
        "anyOf": [{ "const": false }, { "type": "array", "items": { "type": "string" } }],
    });
    ErrorKey => |_generator| json_schema!({
        "anyOf": [{ "type": "integer" }, { "type": "string" }, { "const": true }],
    });
    FieldsKey => |generator| {
        let fields = generator.subschema_for::<Ordered<Written>>();
        json_schema!({ "anyOf": [fields, { "type": "array", "items": fields }] })
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_refuses_other_keys_and_every_key_says_what_it_is() {
        let root = root();
        let tables = root.as_value()["definitions"].as_object().unwrap().iter();
        let mut keys = 0;
        for (name, table) in
            tables.filter(|(_, table)| table["type"] == "object").chain([(&"File".to_owned(), root.as_value())])
        {
            assert_eq!(table["additionalProperties"], false, "{name}");
            for (key, value) in table["properties"].as_object().unwrap() {
                let description = value["description"].as_str();
                assert!(description.is_some_and(|text| !text.contains('\n')), "{name}.{key}: {description:?}");
                keys += 1;
            }
        }
        assert!(keys > 70, "{keys} keys");
    }

    #[test]
    fn only_what_must_be_there_is_required_and_nothing_is_null() {
        let root = root();
        assert_eq!(root.as_value()["required"], Value::from(vec!["name"]));
        assert!(!schema().contains("null"), "{}", schema());
    }
}
