use toml_writer::{ToTomlKey, ToTomlValue as _, TomlStringBuilder};

use super::{Kind, Table, Value};

/// The longest line on which a table is written as a value.
const LINE: usize = 100;

/// Where a key belongs among those of its table, by its path below the header; keys without a place come last.
type Rank<'r> = &'r dyn Fn(&[&str]) -> Option<usize>;

/// Writes a table as a person would below a header: small tables as values, large ones with headers of their own. TOML 1.0, which old
/// cargos read, too.
///
/// The layout is our own because `toml` writes every table in one form, and keys in the order that it finds; `toml_writer` knows
/// how keys and texts are quoted.
pub(crate) fn write_toml(table: &Table, header: &[&str], rank: Rank<'_>) -> String {
    let mut writer = Writer { out: String::new(), header, rank };
    writer.out = format!("[{}]\n", keys(header));
    writer.section(table, &mut Vec::new());
    writer.out
}

struct Writer<'w> {
    out: String,
    header: &'w [&'w str],
    rank: Rank<'w>,
}

impl<'w> Writer<'w> {
    /// What stands below a table's header.
    fn section(&mut self, table: &'w Table, path: &mut Vec<&'w str>) {
        let mut blocks = Vec::new();
        for (key, value) in self.sorted(table, path) {
            path.push(key);
            match self.value(value, path) {
                Some(text) => self.out.push_str(&format!("{} = {text}\n", keys(&[key]))),
                None => blocks.push((key, value)),
            }
            path.pop();
        }
        for (key, value) in blocks {
            path.push(key);
            self.block(value, path);
            path.pop();
        }
    }

    /// A table, or a list of tables, with headers of its own.
    fn block(&mut self, value: &'w Value, path: &mut Vec<&'w str>) {
        let whole = [self.header, path].concat();
        match &value.kind {
            Kind::Table(table) => {
                let has_values = table.is_empty()
                    || self.sorted(table, path).into_iter().any(|(key, value)| {
                        let path = [path.as_slice(), &[key]].concat();
                        self.value(value, &path).is_some()
                    });
                // A header without lines says nothing that those below it do not say.
                if has_values {
                    self.out.push_str(&format!("\n[{}]\n", keys(&whole)));
                }
                self.section(table, path);
            }
            Kind::List(items) => {
                for item in items {
                    if let Kind::Table(table) = &item.kind {
                        self.out.push_str(&format!("\n[[{}]]\n", keys(&whole)));
                        self.section(table, path);
                    }
                }
            }
            _ => {}
        }
    }

    /// What stands behind `=`, unless it is a table, or a list of tables, that is better written with headers.
    fn value(&self, value: &'w Value, path: &[&'w str]) -> Option<String> {
        let is_top = path.len() == 1;
        match &value.kind {
            Kind::Table(table) => {
                let text = (!is_top && is_flat(table)).then(|| self.inline(value, path))?;
                (text.len() <= LINE && !text.contains('\n')).then_some(text)
            }
            Kind::List(items) if !items.is_empty() => {
                let tables = items.iter().all(|item| matches!(item.kind, Kind::Table(_)));
                let flat = || items.iter().all(|item| matches!(&item.kind, Kind::Table(table) if is_flat(table)));
                if tables && (is_top || !flat()) {
                    return None;
                }
                let text = self.inline(value, path);
                if !tables && text.len() <= LINE {
                    return Some(text);
                }
                let items = items.iter().map(|item| format!("    {},\n", self.inline(item, path)));
                Some(format!("[\n{}]", items.collect::<String>()))
            }
            _ => Some(self.inline(value, path)),
        }
    }

    fn inline(&self, value: &'w Value, path: &[&'w str]) -> String {
        match &value.kind {
            Kind::Bool(flag) => flag.to_string(),
            Kind::Int(number) => number.to_string(),
            Kind::Str(text) => string(text),
            Kind::List(items) => {
                let items = items.iter().map(|item| self.inline(item, path)).collect::<Vec<_>>();
                format!("[{}]", items.join(", "))
            }
            Kind::Table(table) if table.is_empty() => "{}".to_owned(),
            Kind::Table(table) => {
                let member = |(key, value): (&'w str, &'w Value)| {
                    format!("{} = {}", keys(&[key]), self.inline(value, &[path, &[key]].concat()))
                };
                let members = self.sorted(table, path).into_iter().map(member).collect::<Vec<_>>();
                format!("{{ {} }}", members.join(", "))
            }
            // What it was is not kept. Another of its kind is refused in the same words.
            Kind::Other("a fraction") => "0.5".to_owned(),
            Kind::Other("a date") => "1970-01-01".to_owned(),
            Kind::Other(_) => "9223372036854775808".to_owned(),
        }
    }

    fn sorted(&self, table: &'w Table, path: &[&'w str]) -> Vec<(&'w str, &'w Value)> {
        let mut entries: Vec<_> = table.iter().map(|(key, entry)| (key, &entry.value)).collect();
        entries.sort_by_key(|(key, _)| (self.rank)(&[path, &[*key]].concat()).unwrap_or(usize::MAX));
        entries
    }
}

/// Whether there are no tables in it.
fn is_flat(table: &Table) -> bool {
    fn has_table(value: &Value) -> bool {
        match &value.kind {
            Kind::Table(_) => true,
            Kind::List(items) => items.iter().any(has_table),
            _ => false,
        }
    }
    !table.iter().any(|(_, entry)| has_table(&entry.value))
}

fn keys(path: &[&str]) -> String {
    path.iter().map(ToTomlKey::to_toml_key).collect::<Vec<_>>().join(".")
}

/// A text; one with line ends on lines of its own.
fn string(text: &str) -> String {
    TomlStringBuilder::new(text).as_default().to_toml_value()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::layer::recipe::tests::value;
    use crate::layer::{Origin, Source, read_toml};

    fn read(text: &str) -> Table {
        read_toml(&Arc::new(Source { path: PathBuf::new(), text: text.to_owned() })).unwrap()
    }

    /// Keys and texts with all that TOML has a meaning for.
    fn nasty() -> impl Strategy<Value = String> {
        prop_oneof!["[a-z_-]{0,3}", "[\"'\\\\\n\r\t#=.\\[\\]{} ,a\u{0}\u{7f}\u{85}ä]{0,8}", any::<String>()]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(value in value(nasty), key in nasty(), other in value(nasty)) {
            let mut table = Table::new();
            table.set(key, value);
            table.set("other", other);
            let text = write_toml(&table, &["package", "metadata", "nas"], &|path| path.last().map(|key| key.len()));
            let whole = read(&text);
            let Kind::Table(again) = &whole.find("package.metadata.nas").unwrap().value.kind else { panic!("{text}") };
            prop_assert!(again.same_as(&table), "{}", text);
        }
    }

    #[test]
    fn what_no_key_takes_is_refused_in_the_same_words() {
        let table = read("a = 0.25\nb = 2020-02-02\nc = 99999999999999999999\n");
        let text = write_toml(&table, &["x"], &|_| None);
        let whole = read(&text);
        assert!(whole.get("x").unwrap().same_as(&Value { kind: table.into(), origin: Origin::Default }), "{text}");
    }
}
