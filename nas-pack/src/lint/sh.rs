//! A shell script as its commands: enough of the grammar to tell words, quotes, comments, here-documents and redirections apart.
//!
//! Nothing is run or expanded. What a shell would refuse is read somehow; a real shell is asked for that.

/// How deep substitutions, quotes and groups are followed. A script that nests deeper is not read to its end.
const DEPTH: usize = 60;

/// A script.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// Its commands, also those in functions and substitutions; the inner ones come first.
    pub(super) commands: Vec<Command>,
    /// What is not of POSIX's language, or goes wrong in it, with its line.
    pub(super) oddities: Vec<(usize, Oddity)>,
}

/// Something in the grammar itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Oddity {
    /// `a=(…)`, `${a[…]}`.
    Array,
    /// `<(…)`, `>(…)`.
    ProcessSubstitution,
    /// `<<<`.
    HereString,
    /// `${!name}`.
    Indirection,
    /// `&>`.
    AndRedirect,
    /// `[[ … ]]`.
    DoubleBracket,
    /// `function name`.
    Function,
    /// `${name/…/…}`, `${name:1:2}`, `${name^^}`.
    Substitution,
    /// `command &2>&1`.
    Detached,
}

/// A simple command. A loop's or function's head and end count as one.
#[derive(Debug, Default)]
pub(super) struct Command {
    pub(super) line: usize,
    /// `NAME=value` in front of the words.
    pub(super) assigned: Vec<(String, Word)>,
    pub(super) words: Vec<Word>,
    pub(super) redirects: Vec<Redirect>,
    /// Whether it reads what the one before writes.
    pub(super) is_piped: bool,
    /// Whether another reads what it writes, or it is in a substitution.
    pub(super) is_read: bool,
    /// Whether it is in a function, where `$1` is another.
    pub(super) in_function: bool,
}

/// A redirection.
#[derive(Debug)]
pub(super) struct Redirect {
    /// The number in front.
    pub(super) fd: Option<u32>,
    pub(super) op: &'static str,
    pub(super) to: Word,
}

/// A word before expansion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text {
        text: String,
        quoted: bool,
    },
    /// `$name`, `${name}`; `${name:?}` and others with an operator are not plain.
    Variable {
        name: String,
        quoted: bool,
        plain: bool,
    },
    /// A substitution.
    Other {
        quoted: bool,
    },
}

impl Word {
    /// The text, if there is nothing to expand.
    pub(super) fn literal(&self) -> Option<String> {
        self.parts.iter().try_fold(String::new(), |literal, part| match part {
            Part::Text { text, .. } => Some(literal + text),
            _ => None,
        })
    }

    /// Whether it is this word without quotes, as reserved words must be.
    fn is_bare(&self, word: &str) -> bool {
        matches!(&self.parts[..], [Part::Text { text, quoted: false }] if text == word)
    }

    /// Whether it has an expansion that is split into several words, or none.
    pub(super) fn is_split(&self) -> bool {
        let split = |part: &Part| match part {
            Part::Text { .. } => false,
            Part::Variable { quoted, plain, .. } => !quoted && *plain,
            Part::Other { quoted } => !quoted,
        };
        self.parts.iter().any(split)
    }

    fn push(&mut self, c: char, quoted: bool) {
        match self.parts.last_mut() {
            Some(Part::Text { text, quoted: last }) if *last == quoted => text.push(c),
            _ => self.parts.push(Part::Text { text: c.into(), quoted }),
        }
    }

    /// The name and value, if it is an assignment.
    pub(super) fn assignment(&self) -> Option<(String, Self)> {
        let Some(Part::Text { text, quoted: false }) = self.parts.first() else { return None };
        let (name, value) = text.split_once('=')?;
        let name = name.strip_suffix('+').unwrap_or(name);
        if !is_name(name) {
            return None;
        }
        let mut parts = self.parts.clone();
        parts[0] = Part::Text { text: value.to_owned(), quoted: false };
        Some((name.to_owned(), Self { parts }))
    }
}

impl Command {
    /// The name, if it is written out.
    pub(super) fn name(&self) -> Option<String> {
        self.words.first()?.literal()
    }

    fn is_empty(&self) -> bool {
        self.words.is_empty() && self.assigned.is_empty() && self.redirects.is_empty()
    }
}

/// Whether it can be a variable's name.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
}

impl Script {
    /// Reads a script.
    pub(super) fn read(text: &str) -> Self {
        let mut reader = Reader { chars: text.chars().collect(), line: 1, ..Reader::default() };
        reader.commands(false);
        reader.script
    }
}

#[derive(Default)]
struct Reader {
    chars: Vec<char>,
    at: usize,
    line: usize,
    depth: usize,
    /// Whether what is read is in a substitution.
    substituted: bool,
    /// Here-documents whose bodies begin behind this line: their ends, and whether tabs are stripped.
    documents: Vec<(String, bool)>,
    script: Script,
}

/// Where in a `case` it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Pattern,
    Body,
}

/// What belongs to one list of commands while it is read.
#[derive(Default)]
struct List {
    command: Command,
    cases: Vec<Case>,
    /// The groups that are open: whether each is in a function.
    groups: Vec<bool>,
    /// Whether the next group is a function's body.
    function: bool,
    piped: bool,
}

impl Reader {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn starts(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(index, c)| self.peek(index) == Some(c))
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek(0)?;
        self.at += 1;
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    fn odd(&mut self, oddity: Oddity) {
        self.script.oddities.push((self.line, oddity));
    }

    /// Goes one level down, unless that is too deep; then the rest is left unread.
    fn nested<T: Default>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= DEPTH {
            self.at = self.chars.len();
            return T::default();
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    /// Reads commands to the end of the script or, in a substitution, to its parenthesis.
    fn commands(&mut self, until_parenthesis: bool) {
        let mut list = List::default();
        while let Some(c) = self.peek(0) {
            match c {
                ' ' | '\t' | '\r' => self.at += 1,
                '\\' if self.peek(1) == Some('\n') => {
                    self.at += 1;
                    self.next();
                }
                '\n' => {
                    self.next();
                    self.end(&mut list, false);
                    self.skip_documents();
                }
                '#' => {
                    while self.peek(0).is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                ';' | '|' => self.separator(&mut list, c),
                '&' if self.peek(1) == Some('>') => {
                    self.odd(Oddity::AndRedirect);
                    self.at += 1;
                    self.redirect(&mut list, None);
                }
                '&' => {
                    if self.peek(1).is_some_and(|c| c.is_ascii_digit()) && self.peek(2) == Some('>') {
                        self.odd(Oddity::Detached);
                    }
                    self.at += if self.peek(1) == Some('&') { 2 } else { 1 };
                    self.end(&mut list, false);
                }
                '(' => self.open(&mut list),
                ')' => {
                    self.at += 1;
                    if let Some(case @ Case::Pattern) = list.cases.last_mut() {
                        *case = Case::Body;
                        list.command = Command::default();
                    } else if list.groups.pop().is_some() {
                        self.end(&mut list, false);
                    } else {
                        self.end(&mut list, false);
                        if until_parenthesis {
                            return;
                        }
                    }
                }
                '<' | '>' if self.peek(1) == Some('(') => {
                    self.odd(Oddity::ProcessSubstitution);
                    self.at += 2;
                    self.substitution();
                    list.command.words.push(Word { parts: vec![Part::Other { quoted: true }] });
                }
                '<' | '>' => self.redirect(&mut list, None),
                _ => self.word_of(&mut list),
            }
        }
        self.end(&mut list, false);
    }

    /// Ends the command that is being read.
    fn end(&mut self, list: &mut List, pipes: bool) {
        let mut command = std::mem::take(&mut list.command);
        let is_piped = std::mem::replace(&mut list.piped, pipes);
        if list.cases.last() == Some(&Case::Pattern) {
            return;
        }
        if command.is_empty() {
            // A pipe goes on behind a line break.
            list.piped |= is_piped;
            return;
        }
        command.is_piped = is_piped;
        command.is_read = pipes || self.substituted;
        command.in_function = list.groups.last() == Some(&true);
        self.script.commands.push(command);
    }

    fn separator(&mut self, list: &mut List, c: char) {
        let double = self.peek(1) == Some(c);
        self.at += if double || self.starts(";&") || self.starts("|&") { 2 } else { 1 };
        if c == '|' && list.cases.last() == Some(&Case::Pattern) {
            return;
        }
        self.end(list, c == '|' && !double);
        if let Some(case) = list.cases.last_mut().filter(|_| c == ';' && double) {
            *case = Case::Pattern;
        }
    }

    /// A subshell, a function's parentheses, or those around a pattern.
    fn open(&mut self, list: &mut List) {
        self.at += 1;
        if list.cases.last() == Some(&Case::Pattern) {
            return;
        }
        let blanks = self.chars[self.at..].iter().take_while(|c| matches!(c, ' ' | '\t')).count();
        if list.command.words.len() == 1 && self.peek(blanks) == Some(')') {
            self.at += blanks + 1;
            list.command = Command::default();
            list.function = true;
            return;
        }
        self.end(list, false);
        list.groups.push(std::mem::take(&mut list.function) || list.groups.last() == Some(&true));
    }

    /// A word, with what it means where it stands.
    fn word_of(&mut self, list: &mut List) {
        let line = self.line;
        let digits = self.chars[self.at..].iter().take_while(|c| c.is_ascii_digit()).count();
        if digits > 0 && matches!(self.peek(digits), Some('<' | '>')) {
            let number: String = self.chars[self.at..self.at + digits].iter().collect();
            self.at += digits;
            return self.redirect(list, number.parse().ok());
        }
        let word = self.word();
        let command = &mut list.command;
        if command.is_empty() {
            command.line = line;
        }
        if list.cases.last() == Some(&Case::Pattern) {
            if word.is_bare("esac") {
                list.cases.pop();
            }
            return;
        }
        if !command.words.is_empty() {
            command.words.push(word);
            if command.words[0].is_bare("case") && command.words.len() == 3 && command.words[2].is_bare("in") {
                list.command = Command::default();
                list.cases.push(Case::Pattern);
            }
            return;
        }
        let reserved = |words: &[&str]| words.iter().any(|reserved| word.is_bare(reserved));
        if reserved(&["if", "then", "else", "elif", "do", "while", "until", "!", "time"]) {
            return;
        }
        if reserved(&["{"]) {
            list.groups.push(std::mem::take(&mut list.function) || list.groups.last() == Some(&true));
        } else if reserved(&["}"]) {
            self.end(list, false);
            list.groups.pop();
        } else if reserved(&["esac"]) && list.cases.pop().is_some() {
        } else if reserved(&["function"]) {
            self.odd(Oddity::Function);
            self.skip_blanks();
            self.word();
            self.skip_blanks();
            if self.starts("()") {
                self.at += 2;
            }
            list.function = true;
        } else if reserved(&["[["]) {
            self.odd(Oddity::DoubleBracket);
            command.words.push(word);
            self.condition(list);
        } else if let Some(assignment) = word.assignment() {
            if self.peek(0) == Some('(') && assignment.1.literal().as_deref() == Some("") {
                self.odd(Oddity::Array);
                self.skip_parentheses();
            }
            list.command.assigned.push(assignment);
        } else {
            command.words.push(word);
        }
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(0), Some(' ' | '\t')) {
            self.at += 1;
        }
    }

    /// What is between `[[` and `]]`, where most signs are words.
    fn condition(&mut self, list: &mut List) {
        while let Some(c) = self.peek(0) {
            match c {
                ' ' | '\t' | '<' | '>' | '(' | ')' | '&' | '|' => self.at += 1,
                '\n' | ';' => return,
                _ => {
                    let word = self.word();
                    let is_end = word.is_bare("]]");
                    list.command.words.push(word);
                    if is_end {
                        return;
                    }
                }
            }
        }
    }

    /// A redirection, at its sign.
    fn redirect(&mut self, list: &mut List, fd: Option<u32>) {
        const OPS: [&str; 10] = ["<<<", "<<-", "<<", "<&", "<>", "<", ">>", ">&", ">|", ">"];
        if list.command.is_empty() {
            list.command.line = self.line;
        }
        let Some(op) = OPS.into_iter().find(|op| self.starts(op)) else { return };
        self.at += op.len();
        self.skip_blanks();
        if matches!(self.peek(0), Some('<' | '>')) && self.peek(1) == Some('(') {
            // `< <(…)`: the process substitution is told when it is read.
            return;
        }
        let to = self.word();
        match op {
            "<<<" => self.odd(Oddity::HereString),
            "<<" | "<<-" => self.documents.push((to.literal().unwrap_or_default(), op == "<<-")),
            _ => {}
        }
        list.command.redirects.push(Redirect { fd, op, to });
    }

    /// Skips the here-documents that the line has announced.
    fn skip_documents(&mut self) {
        for (end, strips) in std::mem::take(&mut self.documents) {
            while self.at < self.chars.len() {
                let rest = &self.chars[self.at..];
                let length = rest.iter().position(|c| *c == '\n').unwrap_or(rest.len());
                let line: String = rest[..length].iter().collect();
                self.at += (length + 1).min(rest.len());
                self.line += 1;
                let line = if strips { line.trim_start_matches('\t') } else { &line };
                if line.trim_end_matches('\r') == end {
                    break;
                }
            }
        }
    }

    fn skip_parentheses(&mut self) {
        let mut open = 0_usize;
        while let Some(c) = self.peek(0) {
            match c {
                '(' => open += 1,
                ')' if open <= 1 => {
                    self.at += 1;
                    return;
                }
                ')' => open -= 1,
                '\'' | '"' | '$' | '`' | '\\' => {
                    let before = self.at;
                    self.word();
                    if self.at > before {
                        continue;
                    }
                }
                _ => {}
            }
            self.next();
        }
    }

    /// A word, up to what ends it.
    fn word(&mut self) -> Word {
        let mut word = Word::default();
        while let Some(c) = self.peek(0) {
            match c {
                ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')' => break,
                // Of a file with Windows' line ends.
                '\r' if matches!(self.peek(1), Some('\n') | None) => break,
                '\'' => {
                    self.at += 1;
                    self.single(&mut word);
                }
                '"' => {
                    self.at += 1;
                    self.nested(|reader| reader.double(&mut word));
                }
                '\\' => {
                    self.at += 1;
                    match self.next() {
                        Some('\n') | None => {}
                        Some(c) => word.push(c, true),
                    }
                }
                '$' | '`' => self.expansion(&mut word, false),
                _ => {
                    self.at += 1;
                    word.push(c, false);
                }
            }
        }
        word
    }

    fn single(&mut self, word: &mut Word) {
        // An empty pair is a word too.
        word.parts.push(Part::Text { text: String::new(), quoted: true });
        while let Some(c) = self.next().filter(|c| *c != '\'') {
            word.push(c, true);
        }
    }

    fn double(&mut self, word: &mut Word) {
        word.parts.push(Part::Text { text: String::new(), quoted: true });
        while let Some(c) = self.peek(0) {
            match c {
                '"' => {
                    self.at += 1;
                    return;
                }
                '\\' => {
                    self.at += 1;
                    match self.next() {
                        Some('\n') | None => {}
                        Some(c @ ('$' | '`' | '"' | '\\')) => word.push(c, true),
                        Some(c) => {
                            word.push('\\', true);
                            word.push(c, true);
                        }
                    }
                }
                '$' | '`' => self.expansion(word, true),
                _ => {
                    self.next();
                    word.push(c, true);
                }
            }
        }
    }

    /// What a `$` or a back quote begins.
    fn expansion(&mut self, word: &mut Word, quoted: bool) {
        if self.next() == Some('`') {
            return self.nested(|reader| reader.back_quoted(word, quoted));
        }
        match self.peek(0) {
            Some('(') if self.peek(1) == Some('(') => {
                self.skip_parentheses();
                word.parts.push(Part::Other { quoted });
            }
            Some('(') => {
                self.at += 1;
                self.substitution();
                word.parts.push(Part::Other { quoted });
            }
            Some('{') => {
                self.at += 1;
                let part = self.nested(|reader| Some(reader.parameter(quoted)));
                word.parts.extend(part);
            }
            Some('\'') if !quoted => {
                self.at += 1;
                self.single(word);
            }
            Some(c) if c == '_' || c.is_ascii_alphabetic() => {
                let rest = &self.chars[self.at..];
                let name: String = rest.iter().take_while(|c| **c == '_' || c.is_ascii_alphanumeric()).collect();
                self.at += name.len();
                word.parts.push(Part::Variable { name, quoted, plain: true });
            }
            Some(c) if c.is_ascii_digit() || "@*#?-$!".contains(c) => {
                self.at += 1;
                word.parts.push(Part::Variable { name: c.into(), quoted, plain: true });
            }
            _ => word.push('$', quoted),
        }
    }

    fn substitution(&mut self) {
        let outer = std::mem::replace(&mut self.substituted, true);
        self.nested(|reader| reader.commands(true));
        self.substituted = outer;
    }

    fn back_quoted(&mut self, word: &mut Word, quoted: bool) {
        let line = self.line;
        let mut inner = Vec::new();
        while let Some(c) = self.next().filter(|c| *c != '`') {
            match c {
                '\\' if matches!(self.peek(0), Some('`' | '$' | '\\')) => inner.extend(self.next()),
                c => inner.push(c),
            }
        }
        let mut reader = Self { chars: inner, line, depth: self.depth, substituted: true, ..Self::default() };
        reader.commands(false);
        self.script.commands.append(&mut reader.script.commands);
        self.script.oddities.append(&mut reader.script.oddities);
        word.parts.push(Part::Other { quoted });
    }

    /// What is in `${…}`.
    fn parameter(&mut self, quoted: bool) -> Part {
        match (self.peek(0), self.peek(1)) {
            (Some('!'), Some(c)) if c == '_' || c.is_ascii_alphabetic() => self.odd(Oddity::Indirection),
            (Some('#'), Some(c)) if c != '}' => self.at += 1,
            _ => {}
        }
        let rest = &self.chars[self.at..];
        let mut name: String = rest.iter().take_while(|c| **c == '_' || c.is_ascii_alphanumeric()).collect();
        if name.is_empty() {
            name.extend(self.peek(0).filter(|c| "@*#?-$!".contains(*c)));
        }
        self.at += name.chars().count();
        let plain = self.peek(0) == Some('}');
        match (self.peek(0), self.peek(1)) {
            (Some('['), _) => self.odd(Oddity::Array),
            (Some('/' | '^' | ','), _) => self.odd(Oddity::Substitution),
            (Some(':'), Some(c)) if c.is_ascii_digit() || matches!(c, ' ' | '$') => self.odd(Oddity::Substitution),
            _ => {}
        }
        let mut ignored = Word::default();
        while let Some(c) = self.peek(0) {
            match c {
                '}' => {
                    self.at += 1;
                    break;
                }
                '\\' => {
                    self.at += 1;
                    self.next();
                }
                '\'' if !quoted => {
                    self.at += 1;
                    self.single(&mut ignored);
                }
                '"' => {
                    self.at += 1;
                    self.nested(|reader| reader.double(&mut ignored));
                }
                '$' | '`' => self.expansion(&mut ignored, quoted),
                _ => drop(self.next()),
            }
        }
        Part::Variable { name, quoted, plain }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// A script's commands, one a line, with every word in brackets.
    fn shown(text: &str) -> String {
        let script = Script::read(text);
        let mut out = String::new();
        let word = |word: &Word| {
            word.parts.iter().fold(String::new(), |mut text, part| {
                match part {
                    Part::Text { text: part, .. } => text.push_str(part),
                    Part::Variable { name, quoted, .. } => {
                        write!(text, "{}{name}", if *quoted { "\"$" } else { "$" }).unwrap();
                    }
                    Part::Other { .. } => text.push('…'),
                }
                text
            })
        };
        for command in &script.commands {
            write!(out, "{}", command.line).unwrap();
            command.assigned.iter().for_each(|(name, value)| write!(out, " {name}={}", word(value)).unwrap());
            command.words.iter().for_each(|part| write!(out, " [{}]", word(part)).unwrap());
            for redirect in &command.redirects {
                let fd = redirect.fd.map_or_else(String::new, |fd| fd.to_string());
                write!(out, " {fd}{} {}", redirect.op, word(&redirect.to)).unwrap();
            }
            out.push_str(if command.is_piped { " (piped)\n" } else { "\n" });
        }
        for (line, oddity) in script.oddities {
            writeln!(out, "{line} {oddity:?}").unwrap();
        }
        out
    }

    #[test]
    fn quotes_comments_and_documents_are_told_apart() {
        let script = "#!/bin/sh\n\
                      echo \"a # b\" 'c; d' e\\ f # g; h\n\
                      cat <<-'END' >\"$x/y\" 2>&1\n\
                      \tif [[ a == b ]]; then\n\
                      \tEND\n\
                      A=1 B=\"$2\" run $* |\n  sed s/a/b/\n\
                      x=`echo \\`date\\``\n";
        insta::assert_snapshot!(shown(script), @r#"
        2 [echo] [a # b] [c; d] [e f]
        3 [cat] <<- END > "$x/y 2>& 1
        6 A=1 B="$2 [run] [$*]
        7 [sed] [s/a/b/] (piped)
        8 [date]
        8 [echo] […]
        8 x=…
        "#);
    }

    #[test]
    fn compounds_are_read_through() {
        let script = "f() {\n  case $1 in\n    a | b) echo one ;;\n    (c) two;;\n  esac\n}\n\
                      for i in 1 2; do three; done <list\n\
                      if ! four && (five); then six & fi\n\
                      y=$(case z in z) seven;; esac; eight)\n\
                      z=$((1 + (2 << 3)))\n";
        insta::assert_snapshot!(shown(script), @r"
        3 [echo] [one]
        4 [two]
        7 [for] [i] [in] [1] [2]
        7 [three]
        7 [done] < list
        8 [four]
        8 [five]
        8 [six]
        8 [fi]
        9 [seven]
        9 [eight]
        9 y=…
        10 z=…
        ");
        assert!(Script::read(script).commands[0].in_function);
    }

    #[test]
    fn what_is_not_posix() {
        let script = "function f { :; }\n[[ $a == b && -f c ]] && d\na=(1 2)\necho ${a[0]} ${b//x/y} ${c:-d} ${e:1:2} ${!g}\n\
                      diff <(a) <(b)\nread x <<<y\nz &> out\nw &2>&1\nv > out 2>&1 &\n";
        let oddities: Vec<_> = Script::read(script).oddities;
        assert_eq!(
            oddities,
            [
                (1, Oddity::Function),
                (2, Oddity::DoubleBracket),
                (3, Oddity::Array),
                (4, Oddity::Array),
                (4, Oddity::Substitution),
                (4, Oddity::Substitution),
                (4, Oddity::Indirection),
                (5, Oddity::ProcessSubstitution),
                (5, Oddity::ProcessSubstitution),
                (6, Oddity::HereString),
                (7, Oddity::AndRedirect),
                (8, Oddity::Detached),
            ]
        );
    }

    #[test]
    fn depth_is_bounded_and_nonsense_ends() {
        for part in ["$(", "\"$(", "`\\", "${a:-", "(", "case x in (", "a=(\"$(", "<(", "<<", "[[ "] {
            Script::read(&part.repeat(20_000));
        }
    }
}
