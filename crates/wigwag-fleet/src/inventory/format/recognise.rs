//! Which format a file has: its extension says it, or its content does.

use std::path::Path;

use wigwag_protocol::protocol::FileError;

use super::super::error::nowhere;
use super::Format;

/// The format of a file that says this.
///
/// # Errors
///
/// Nothing fits.
pub(super) fn format(path: &Path, text: &str) -> Result<Format, FileError> {
    if text.starts_with("$ANSIBLE_VAULT;") {
        let help = Some("`ansible-inventory --list` prints what is in it".to_owned());
        return Err(FileError { help, ..nowhere("this is encrypted by ansible-vault") });
    }
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    Ok(match extension.to_ascii_lowercase().as_str() {
        "toml" => Format::Toml,
        "ini" | "cfg" => Format::AnsibleIni,
        "yml" | "yaml" => yaml(text),
        "json" => json(text),
        "csv" | "tsv" => Format::Csv,
        "ndjson" | "jsonl" => Format::Ndjson,
        _ => by_content(text)?,
    })
}

/// The lines that say something.
fn content(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';']))
}

fn json(text: &str) -> Format {
    let mut lines = content(text);
    match (lines.next(), lines.next()) {
        (Some(first), _) if first.starts_with('[') => Format::FileSdJson,
        (Some(first), Some(second)) if is_object(first) && second.starts_with('{') => Format::Ndjson,
        _ => Format::List,
    }
}

fn yaml(text: &str) -> Format {
    let first = content(text).find(|line| *line != "---");
    match first.is_some_and(|line| line.starts_with(['-', '['])) {
        true => Format::FileSdYaml,
        false => Format::AnsibleYaml,
    }
}

fn by_content(text: &str) -> Result<Format, FileError> {
    let Some(first) = content(text).next() else { return Ok(Format::Lines) };
    if text.contains('\0') {
        return Err(FileError {
            help: Some("an executable must be allowed to be run: chmod +x".to_owned()),
            ..nowhere("this is no text")
        });
    }
    if first.starts_with('{') {
        let is_host = is_object(first) && first.contains("\"name\"");
        return Ok(if is_host { Format::Ndjson } else { json(text) });
    }
    // A JSON list, which a line such as [::1] or [group] is not.
    if serde_json::from_str::<Vec<serde::de::IgnoredAny>>(text).is_ok() {
        return Ok(Format::FileSdJson);
    }
    if first == "---" || first.starts_with("- ") || content(text).any(|line| line == "hosts:" || line == "children:") {
        return Ok(yaml(text));
    }
    if is_header(first) {
        return Ok(Format::Csv);
    }
    if content(text).any(|line| line.starts_with("[group.") || line.starts_with("[host.") || line == "[defaults]") {
        return Ok(Format::Toml);
    }
    let has_assignment = |line: &str| line.split_whitespace().skip(1).any(|word| word.contains('='));
    if content(text).any(|line| is_section(line) || has_assignment(line)) {
        return Ok(Format::AnsibleIni);
    }
    match content(text).find(|line| line.contains(char::is_whitespace) && !line.contains(" #")) {
        None => Ok(Format::Lines),
        Some(_) => Err(FileError {
            help: Some(
                "there are: TOML, INI and YAML of Ansible, --list JSON, file_sd of Prometheus, CSV with a header, NDJSON, \
                 one target a line"
                    .to_owned(),
            ),
            ..nowhere("this is no inventory of a kind that is known")
        }),
    }
}

fn is_object(line: &str) -> bool {
    line.starts_with('{') && line.ends_with('}')
}

fn is_header(line: &str) -> bool {
    let mut columns = line.split([',', ';', '\t']);
    line.contains([',', ';', '\t'])
        && columns.any(|column| column.trim().trim_matches('"').eq_ignore_ascii_case("name"))
}

/// `[group]`, `[group:vars]`, `[group:children]`; not `[::1]` and not `[1-3]com`.
fn is_section(line: &str) -> bool {
    let inside = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    inside.is_some_and(|(name, behind)| {
        let behind = behind.trim();
        let is_last = behind.is_empty() || behind.starts_with(['#', ';']);
        is_last && name.matches(':').count() < 2 && !name.is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_and_contents_tell() {
        for (path, text, expected) in [
            ("a.toml", "", Format::Toml),
            ("a.ini", "", Format::AnsibleIni),
            ("a.yml", "all:\n  hosts:", Format::AnsibleYaml),
            ("a.yaml", "# x\n---\n- targets: [a:1]", Format::FileSdYaml),
            ("a.json", "{\"all\": {}}", Format::List),
            ("a.json", "[{\"targets\": []}]", Format::FileSdJson),
            ("a.json", "{\"name\": \"a\"}\n{\"name\": \"b\"}", Format::Ndjson),
            ("a.csv", "", Format::Csv),
            ("a.jsonl", "", Format::Ndjson),
            ("hosts", "[web]\na\nb", Format::AnsibleIni),
            ("hosts", "a x=1", Format::AnsibleIni),
            ("hosts", "a\n# c\nb:9100 # why\n[::1]:9100\n", Format::Lines),
            ("hosts", "[1-3]com\n", Format::Lines),
            ("hosts", "", Format::Lines),
            ("hosts", "name;port\na;1", Format::Csv),
            ("hosts", "{\"name\": \"a\"}", Format::Ndjson),
            ("hosts", "{\n\"a\": []}", Format::List),
            ("hosts", "[{\"targets\": []}]", Format::FileSdJson),
            ("hosts", "all:\n  hosts:\n    a:", Format::AnsibleYaml),
            ("hosts", "- targets: [a:1]\n  labels: {site: x}", Format::FileSdYaml),
            ("hosts.txt", "[group.a]\nhosts = ['b']", Format::Toml),
        ] {
            assert_eq!(format(Path::new(path), text), Ok(expected), "{path} {text}");
        }
    }

    #[test]
    fn what_fits_nothing_is_said_to() {
        for (text, message) in [
            ("Dear colleague,\nplease find attached", "this is no inventory of a kind that is known"),
            ("$ANSIBLE_VAULT;1.1;AES256\n6162", "this is encrypted by ansible-vault"),
            ("a\0b", "this is no text"),
        ] {
            assert_eq!(format(Path::new("x"), text).unwrap_err().message, message);
        }
    }
}
