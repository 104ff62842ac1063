//! A table with a header: `name,address,port,protocol`, and a variable in each other column. Separated by commas,
//! semicolons or tabs, whichever the header has.

use csv::{ReaderBuilder, StringRecord, Trim};
use wigwag_protocol::layout::nearest;
use wigwag_protocol::protocol::FileError;

use super::setting_at;
use crate::inventory::Value;
use crate::inventory::builder::Builder;
use crate::inventory::error::{at, nowhere};

/// What a column holds.
enum Column {
    Name,
    Setting(&'static str),
    Variable(Box<str>),
}

pub(super) fn read(text: &str, builder: &mut Builder) -> Result<(), FileError> {
    let separator = separator(text);
    let mut reader =
        ReaderBuilder::new().delimiter(separator).comment(Some(b'#')).trim(Trim::All).from_reader(text.as_bytes());
    let columns = columns(reader.headers().map_err(|error| table_error(&error))?, text)?;
    builder.expect_hosts(text.lines().count());
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| table_error(&error))? {
        row(&record, &columns, text, builder)?;
    }
    Ok(())
}

fn separator(text: &str) -> u8 {
    let header = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')).unwrap_or_default();
    [b',', b';', b'\t'].into_iter().find(|separator| header.as_bytes().contains(separator)).unwrap_or(b',')
}

fn columns(header: &StringRecord, text: &str) -> Result<Vec<Column>, FileError> {
    let columns: Vec<Column> = header
        .iter()
        .map(|column| match column.to_ascii_lowercase().as_str() {
            "name" => Column::Name,
            "address" => Column::Setting("address"),
            "port" => Column::Setting("port"),
            "protocol" => Column::Setting("protocol"),
            _ => Column::Variable(column.into()),
        })
        .collect();
    let names = columns.iter().filter(|column| matches!(column, Column::Name)).count();
    match names {
        1 => Ok(columns),
        0 => {
            let near = nearest("name", header.iter()).map(|near| format!("is it the one called `{near}`?"));
            let place = 0..text.lines().next().unwrap_or_default().len();
            Err(FileError { help: near, ..at(place, "the header has no column `name`") })
        }
        _ => Err(nowhere("the header has several columns `name`")),
    }
}

fn row(record: &StringRecord, columns: &[Column], text: &str, builder: &mut Builder) -> Result<(), FileError> {
    let is_name = |(column, _): &(&Column, &str)| matches!(column, Column::Name);
    let Some((_, name)) = columns.iter().zip(record).find(is_name) else { return Ok(()) };
    let host = builder.host(name).map_err(|message| at(place(record, name, text), message))?;
    for (column, cell) in columns.iter().zip(record) {
        // An empty cell says nothing.
        if cell.is_empty() {
            continue;
        }
        let taken = match column {
            Column::Name => Ok(()),
            Column::Setting(key) => builder.set(host, key, &Value::text(cell)),
            Column::Variable(name) => builder.variable(host, name, Value::text(cell)),
        };
        taken.map_err(|error| setting_at(place(record, cell, text), error))?;
    }
    Ok(())
}

/// Where a cell of this record stands.
fn place(record: &StringRecord, cell: &str, text: &str) -> std::ops::Range<usize> {
    let start = record.position().and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or_default();
    let rest = text.get(start..).unwrap_or_default();
    // The reader may place a record at the line break before it.
    let start = start + rest.len() - rest.trim_start_matches(['\r', '\n']).len();
    let line = text.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
    match line.find(cell).filter(|_| !cell.is_empty()) {
        Some(within) => start + within..start + within + cell.len(),
        None => start..start + line.len(),
    }
}

fn table_error(error: &csv::Error) -> FileError {
    let position = error.position();
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("the header has {expected_len} columns, and this row {len}")
        }
        _ => error.to_string(),
    };
    match position.and_then(|position| usize::try_from(position.byte()).ok()) {
        Some(start) => at(start..start, message),
        None => nowhere(message),
    }
}
