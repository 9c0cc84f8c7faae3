use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::{Entry, Kind, Origin, Source, Table, Value};

/// A text is no TOML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TomlError {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub origin: Origin,
}

impl fmt::Display for TomlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: invalid TOML: {}", self.origin, self.message)
    }
}

impl std::error::Error for TomlError {}

/// Reads a TOML document into a table whose values know their places.
pub fn read_toml(source: &Arc<Source>) -> Result<Table, TomlError> {
    let document = DeTable::parse(&source.text).map_err(|error| TomlError {
        message: error.message().to_owned(),
        origin: at(source, error.span().unwrap_or(0..0)),
    })?;
    Ok(table(document.get_ref(), source))
}

fn table(toml: &DeTable<'_>, source: &Arc<Source>) -> Table {
    let mut table = Table::new();
    for (key, toml) in toml {
        let entry = Entry { key: at(source, key.span()), value: value(toml.get_ref(), toml.span(), source) };
        table.insert(key.get_ref().to_string(), entry);
    }
    table
}

fn value(toml: &DeValue<'_>, span: Range<usize>, source: &Arc<Source>) -> Value {
    let kind = match toml {
        DeValue::String(text) => Kind::Str(text.to_string()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Kind::Int(number),
            Err(_) => Kind::Other("a number beyond 64 bits"),
        },
        DeValue::Boolean(flag) => Kind::Bool(*flag),
        DeValue::Float(_) => Kind::Other("a fraction"),
        DeValue::Datetime(_) => Kind::Other("a date"),
        DeValue::Array(items) => {
            Kind::List(items.iter().map(|item| value(item.get_ref(), item.span(), source)).collect())
        }
        DeValue::Table(nested) => Kind::Table(table(nested, source)),
    };
    Value { kind, origin: at(source, span) }
}

fn at(source: &Arc<Source>, span: Range<usize>) -> Origin {
    Origin::File { source: Arc::clone(source), span }
}
