//! The types that a field can have, by their names: a derive sees no more of them.

use syn::{GenericArgument, PathArguments, Type};

/// What a field's type means.
pub(super) struct Asked<'a> {
    /// The type without `Option`.
    pub(super) ty: &'a Type,
    pub(super) optional: bool,
    pub(super) sort: Sort,
}

/// What can be answered.
pub(super) enum Sort {
    Flag,
    /// An integer, with the range that every NAS has for it and the form can hold.
    Number {
        name: String,
        min: i64,
        max: i64,
    },
    Text,
    /// Any other name: an enum, or the compiler says so.
    Choice,
}

impl Sort {
    /// What it is, for messages.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Self::Flag => "a `bool`",
            Self::Number { .. } => "a whole number",
            Self::Text => "a text",
            Self::Choice => "a choice",
        }
    }
}

const UNSUPPORTED: &str = "cannot be a setting; settings are `bool`, integers, `String`, enums with `#[derive(Wizard)]`, and `Option` of these";

/// What the type of a field means, or why it means nothing.
pub(super) fn read(ty: &Type) -> Result<Asked<'_>, String> {
    match option(ty) {
        None => Ok(Asked { ty, optional: false, sort: sort(ty)? }),
        Some(ty) if option(ty).is_some() => Err(format!("an `Option` of an `Option` {UNSUPPORTED}")),
        Some(ty) => match sort(ty)? {
            Sort::Flag => Err("a checkbox is always answered: write `bool`".to_owned()),
            sort => Ok(Asked { ty, optional: true, sort }),
        },
    }
}

/// The type in an `Option`.
fn option(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = plain(ty) else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
            Some(GenericArgument::Type(ty)) if arguments.args.len() == 1 => Some(ty),
            _ => None,
        },
        _ => None,
    }
}

fn sort(ty: &Type) -> Result<Sort, String> {
    let Type::Path(path) = plain(ty) else { return Err(format!("this type {UNSUPPORTED}")) };
    let Some(last) = path.path.segments.last() else { return Err(format!("this type {UNSUPPORTED}")) };
    let name = last.ident.to_string();
    if !last.arguments.is_none() {
        return Err(format!("`{name}<…>` {UNSUPPORTED}"));
    }
    let integer = |min: i64, max: i64| Sort::Number { name: name.clone(), min, max };
    Ok(match name.as_str() {
        "bool" => Sort::Flag,
        "String" => Sort::Text,
        "u8" => integer(0, u8::MAX.into()),
        "u16" => integer(0, u16::MAX.into()),
        // On the smaller NAS systems these have 32 bits, and the wizard asks the same on all.
        "u32" | "usize" => integer(0, u32::MAX.into()),
        "u64" | "u128" => integer(0, i64::MAX),
        "i8" => integer(i8::MIN.into(), i8::MAX.into()),
        "i16" => integer(i16::MIN.into(), i16::MAX.into()),
        "i32" | "isize" => integer(i32::MIN.into(), i32::MAX.into()),
        "i64" | "i128" => integer(i64::MIN, i64::MAX),
        "f32" | "f64" | "char" | "str" | "PathBuf" => return Err(format!("`{name}` {UNSUPPORTED}")),
        _ => Sort::Choice,
    })
}

/// The type without what macros and parentheses put around it.
fn plain(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => plain(&group.elem),
        Type::Paren(paren) => plain(&paren.elem),
        ty => ty,
    }
}
