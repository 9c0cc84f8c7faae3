//! A JSON document that keeps what a reader of plain values loses: keys that occur twice, and the line of each value.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A document and where its lines begin.
pub(super) struct Document {
    pub(super) root: Node,
    lines: Vec<usize>,
}

/// A value and where it stands.
pub(super) struct Node {
    at: usize,
    pub(super) kind: Json,
}

pub(super) enum Json {
    Null,
    Bool(bool),
    /// A number, as it is written.
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// In the order of the document, with whatever is there twice.
    Table(Vec<(String, Node)>),
}

impl Document {
    pub(super) fn read(text: &str) -> serde_json::Result<Self> {
        // It refuses what is nested too deeply for what follows.
        serde_json::from_str::<serde_json::Value>(text)?;
        let root = Node::read(text, serde_json::from_str(text)?)?;
        let lines = text.match_indices('\n').map(|(at, _)| at).collect();
        Ok(Self { root, lines })
    }

    /// The line of a value, from 1.
    pub(super) fn line(&self, node: &Node) -> usize {
        self.lines.partition_point(|&end| end < node.at) + 1
    }

    /// The value at a path of keys with dots between them.
    pub(super) fn get(&self, path: &str) -> Option<&Node> {
        path.split('.').try_fold(&self.root, |node, key| node.get(key))
    }
}

impl Node {
    fn read(whole: &str, raw: &RawValue) -> serde_json::Result<Self> {
        let text = raw.get();
        let kind = match text.as_bytes().first() {
            Some(b'{') => {
                let Members(members) = serde_json::from_str(text)?;
                let members = members.into_iter().map(|(key, raw)| Ok((key, Self::read(whole, raw)?)));
                Json::Table(members.collect::<serde_json::Result<_>>()?)
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text)?;
                Json::List(items.into_iter().map(|raw| Self::read(whole, raw)).collect::<serde_json::Result<_>>()?)
            }
            Some(b'"') => Json::Text(serde_json::from_str(text)?),
            Some(b't' | b'f') => Json::Bool(serde_json::from_str(text)?),
            Some(b'n') => Json::Null,
            _ => Json::Number(text.to_owned()),
        };
        // What is borrowed is a part of the whole.
        Ok(Self { at: text.as_ptr().addr() - whole.as_ptr().addr(), kind })
    }

    /// The value of a key. Of two the last counts, as with most readers.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match &self.kind {
            Json::Table(members) => members.iter().rev().find(|(name, _)| name == key).map(|(_, node)| node),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of a list; none of anything else.
    pub(super) fn items(&self) -> &[Self] {
        match &self.kind {
            Json::List(items) => items,
            _ => &[],
        }
    }

    /// What a plain value says, whether it is written as text or not.
    pub(super) fn plain(&self) -> Option<&str> {
        match &self.kind {
            Json::Text(text) | Json::Number(text) => Some(text),
            Json::Bool(true) => Some("true"),
            Json::Bool(false) => Some("false"),
            Json::Null | Json::List(_) | Json::Table(_) => None,
        }
    }

    /// What it is, for messages.
    pub(super) fn describe(&self) -> String {
        match &self.kind {
            Json::Null => "`null`".to_owned(),
            Json::Bool(_) => "`true` or `false`".to_owned(),
            Json::Number(text) if text.len() <= 20 => format!("the number {text}"),
            Json::Number(_) => "a number".to_owned(),
            Json::Text(text) if text.is_empty() => "empty".to_owned(),
            Json::Text(text) if text.chars().count() <= 60 => format!("the text `{}`", text.escape_debug()),
            Json::Text(_) => "a text".to_owned(),
            Json::List(_) => "a list".to_owned(),
            Json::Table(_) => "a table".to_owned(),
        }
    }
}

/// The members of an object, all of them.
struct Members<'t>(Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members<'de>, M::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_twins_and_lines() {
        let document = Document::read("{\n  \"a\": 1,\n  \"a\": {\"b\\u0063\": [true,\n    null]}}\n").unwrap();
        let Json::Table(members) = &document.root.kind else { panic!() };
        assert_eq!(members.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["a", "a"]);
        let list = document.get("a.bc").unwrap();
        let lines: Vec<_> = [&document.root, &members[0].1, list].into_iter().chain(list.items()).collect();
        assert_eq!(lines.iter().map(|node| document.line(node)).collect::<Vec<_>>(), [1, 2, 3, 3, 4]);
    }

    #[test]
    fn refuses_what_is_too_deep() {
        assert!(Document::read(&"[".repeat(100_000)).is_err());
        assert!(Document::read(&("[".repeat(1000) + &"]".repeat(1000))).is_err());
        assert!(Document::read(&("[".repeat(100) + &"]".repeat(100))).is_ok());
    }
}
