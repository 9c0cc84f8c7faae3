//! Which keys the readers ask for, and what each takes, while a test listens.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::hooks::Event;
use crate::model::{Arch, Language};

/// Paths, and the words of messages for what is expected there.
pub(crate) type Asked = BTreeMap<String, BTreeSet<String>>;

thread_local! {
    static ASKED: RefCell<Option<Asked>> = const { RefCell::new(None) };
}

/// Runs something and gives back the keys that it asked for.
pub(crate) fn recording(run: impl FnOnce()) -> Asked {
    ASKED.set(Some(Asked::new()));
    run();
    ASKED.take().unwrap_or_default()
}

/// Takes note of a key. Names that are one of many become the word for all of them.
pub(crate) fn record(path: &str, expected: &str) {
    ASKED.with_borrow_mut(|asked| {
        let Some(asked) = asked else { return };
        let kind = |part: &str| {
            let kinds = [
                (Arch::ALL.iter().any(|arch| arch.name() == part), "ARCH"),
                (Language::ALL.iter().any(|language| language.tag() == part), "LANGUAGE"),
                (Event::ALL.iter().any(|event| event.name() == part), "EVENT"),
            ];
            kinds.iter().find(|(is, _)| *is).map_or_else(|| part.to_owned(), |(_, kind)| (*kind).to_owned())
        };
        let path = path.split('.').map(kind).collect::<Vec<_>>().join(".");
        let words = asked.entry(path).or_default();
        if !expected.is_empty() {
            words.insert(expected.to_owned());
        }
    });
}
