//! What a hook can say, as tables. nas-pack has the same as types, which a procedural macro can neither export nor, without
//! making every build script compile it, import; the tests below compare the two.

/// The events, in the order of a package's life.
pub(crate) const EVENTS: [&str; 13] = [
    "pre_install",
    "post_install",
    "pre_upgrade",
    "post_upgrade",
    "pre_uninstall",
    "post_uninstall",
    "pre_start",
    "post_start",
    "pre_stop",
    "post_stop",
    "boot",
    "pre_snapshot_restore",
    "post_snapshot_restore",
];

/// The variables that a text can have.
pub(crate) const VARS: [&str; 13] = [
    "app_dir",
    "data_dir",
    "config_dir",
    "log_dir",
    "log_file",
    "temp_dir",
    "pid_file",
    "port",
    "user",
    "group",
    "package",
    "version",
    "vendor",
];

/// The steps. Each is a function of `nas_pack::dsl::Step`, each option a method of it.
pub(crate) const STEPS: [Step; 7] = [
    Step { name: "mkdir", form: "mkdir FOLDER", operands: Operands::One("the folder"), options: &[MODE] },
    Step {
        name: "install_if_missing",
        form: "install_if_missing FILE => PLACE",
        operands: Operands::Pair("the file that came with the app", "the place where it is wanted"),
        options: &[MODE],
    },
    Step {
        name: "chown",
        form: "chown PATH => USER:GROUP",
        operands: Operands::Pair("the file or folder", "the owner"),
        options: &[RECURSIVE],
    },
    Step {
        name: "symlink",
        form: "symlink TARGET => LINK",
        operands: Operands::Pair("what the link points at", "the place of the link"),
        options: &[],
    },
    Step { name: "backup", form: "backup PATH", operands: Operands::One("the file or folder"), options: &[] },
    Step { name: "run", form: "run PROGRAM ARGUMENT…", operands: Operands::Words("the program"), options: &[] },
    Step { name: "sh", form: "sh SCRIPT", operands: Operands::Script("the script"), options: &[] },
];

const MODE: Opt = Opt { name: "mode", value: OptValue::Mode };
const RECURSIVE: Opt = Opt { name: "recursive", value: OptValue::None };

/// A step's grammar.
pub(crate) struct Step {
    /// The word it begins with.
    pub(crate) name: &'static str,
    /// How it is written, for messages.
    pub(crate) form: &'static str,
    /// What stands behind the word.
    pub(crate) operands: Operands,
    /// What may follow after a comma.
    pub(crate) options: &'static [Opt],
}

/// What a step works on, with what each operand means.
#[derive(Clone, Copy)]
pub(crate) enum Operands {
    /// One text.
    One(&'static str),
    /// Two texts with `=>` between them.
    Pair(&'static str, &'static str),
    /// A text and any number of others.
    Words(&'static str),
    /// A string literal whose braces mean nothing.
    Script(&'static str),
}

/// An option's grammar.
pub(crate) struct Opt {
    /// Its name.
    pub(crate) name: &'static str,
    /// What stands behind `=`.
    pub(crate) value: OptValue,
}

/// What an option is set to.
#[derive(Clone, Copy)]
pub(crate) enum OptValue {
    /// Nothing: to name it is to set it.
    None,
    /// Permission bits.
    Mode,
}

#[cfg(test)]
mod tests {
    use nas_pack::hooks::{Event, Step, Var};

    use super::*;

    #[test]
    fn the_tables_are_those_of_nas_pack() {
        assert_eq!(EVENTS.map(str::to_owned), Event::ALL.map(|event| event.name().replace('-', "_")));
        assert_eq!(STEPS.map(|step| step.name.to_owned()), Step::NAMES.map(|name| name.replace('-', "_")));
        assert_eq!(VARS, Var::ALL.map(Var::name));
    }

    #[test]
    fn forms_begin_with_the_step_and_show_its_operands() {
        for step in &STEPS {
            let (name, operands) = step.form.split_once(' ').unwrap();
            assert_eq!(name, step.name);
            assert_eq!(operands.contains("=>"), matches!(step.operands, Operands::Pair(..)));
        }
    }
}
