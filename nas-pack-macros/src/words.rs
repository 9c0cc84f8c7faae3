//! What all macros say in the same words.

use quote::ToTokens;
use syn::{Error, LitInt};

/// What a mode is, for messages.
pub(crate) const A_MODE: &str = "a mode is an octal number, such as `0o750`";

/// The end of a message about an unknown name: the nearest of those that exist, or all of them.
pub(crate) fn instead(name: &str, kind: &str, names: &[&str], quote: impl Fn(&str) -> String) -> String {
    // A third of the letters may differ: enough for a slip, too little for another word.
    let reach = name.chars().count().div_ceil(3);
    let name = name.to_lowercase();
    let nearest = names
        .iter()
        .map(|known| (strsim::osa_distance(&name, known), known))
        .filter(|&(distance, _)| distance <= reach)
        .min_by_key(|&(distance, _)| distance);
    match nearest {
        Some((_, known)) => format!(", did you mean {}?", quote(known)),
        None => format!("; {kind} are {}", names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ")),
    }
}

/// Permission bits are octal: `mode = 750` would be 0o1356.
pub(crate) fn check_mode(int: &LitInt) -> Result<(), String> {
    let source = int.to_token_stream().to_string();
    let digits = source.trim_start_matches('0');
    if !source.starts_with("0o") && matches!(digits.len(), 1..=4) && digits.chars().all(|c| c.is_digit(8)) {
        return Err(format!("a mode is an octal number: write `0o{digits}`"));
    }
    if !source.starts_with("0o") || !int.suffix().is_empty() {
        return Err(A_MODE.to_owned());
    }
    match int.base10_parse::<u32>() {
        Ok(0..=0o7777) => Ok(()),
        _ => Err(format!("`{source}` is no mode: the highest is `0o7777`")),
    }
}

/// Messages in the order of the places that they point at.
pub(crate) fn in_order(mut errors: Vec<Error>) -> Vec<Error> {
    errors.sort_by_key(|error| {
        let place = error.span().unwrap();
        (place.line(), place.column())
    });
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_their_name_and_other_words_the_list() {
        let instead = |name| instead(name, "the steps", &["mkdir", "chown"], |name| format!("`{name}`"));
        assert_eq!(instead("mkdri"), ", did you mean `mkdir`?");
        assert_eq!(instead("mk_dir"), ", did you mean `mkdir`?");
        assert_eq!(instead("chmod"), "; the steps are `mkdir`, `chown`");
    }
}
