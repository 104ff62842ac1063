//! Targets as Prometheus reads them from files (`file_sd`): lists of targets, the labels of each as variables.

use serde::Deserialize;
use wigwag_protocol::protocol::FileError;

use super::{json_error, yaml_error, yaml_options};
use crate::inventory::Value;
use crate::inventory::builder::Builder;
use crate::inventory::error::nowhere;
use crate::inventory::setting::SettingError;

#[derive(Debug, Deserialize)]
struct TargetGroup {
    targets: Vec<String>,
    #[serde(default)]
    labels: Option<Value>,
}

pub(super) fn json(text: &str, builder: &mut Builder) -> Result<(), FileError> {
    let groups: Vec<TargetGroup> = serde_json::from_str(text).map_err(|error| json_error(text, &error))?;
    take(groups, builder)
}

pub(super) fn yaml(text: &str, builder: &mut Builder) -> Result<(), FileError> {
    let groups = serde_saphyr::from_str_with_options(text, yaml_options()).map_err(|error| yaml_error(&error))?;
    take(groups, builder)
}

fn take(groups: Vec<TargetGroup>, builder: &mut Builder) -> Result<(), FileError> {
    for group in groups {
        let labels = match group.labels {
            Some(Value::Table(labels)) => labels,
            None | Some(Value::Null) => Box::default(),
            Some(_) => return Err(nowhere("the `labels` of targets are names with values")),
        };
        for target in &group.targets {
            let host = builder.host(target).map_err(nowhere)?;
            for (label, value) in &labels {
                builder.variable(host, label, value.clone()).map_err(|error| match error {
                    SettingError::Key { message, help } | SettingError::Value { message, help } => {
                        FileError { help, ..nowhere(format!("the label `{label}` of `{target}`: {message}")) }
                    }
                })?;
            }
        }
    }
    Ok(())
}
