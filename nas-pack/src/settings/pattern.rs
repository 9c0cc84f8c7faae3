//! What a text must look like: a small part of JavaScript's regular expressions, with the same meaning.
//!
//! The same pattern is checked by the compiler, by the vendor's wizard, which is JavaScript, and by the daemon. So it has only what
//! all can do alike, and needs nothing but std. Every pattern is matched in time proportional to its size and to the text's length:
//! all ways through it are followed at once.
//!
//! nas-pack and nas-pack-macros have the same copy of this file; a test compares them.

use std::fmt;

/// A pattern that a whole text must match, from its first character to its last.
///
/// | written | matches |
/// |---|---|
/// | `a`, `ä`, `-` | itself: every character but those of `\ ^ $ . \| ? * + ( ) [ ] { }` |
/// | `\.`, `\\`, `\/` | one of these characters, or `/`, itself |
/// | `.` | any character |
/// | `\d`, `\w`, `\s` | a digit `0` to `9`; a letter `A` to `Z` in either case, a digit or `_`; white space |
/// | `\D`, `\W`, `\S` | any other character |
/// | `[a-z_]`, `[^0-9]` | one of these characters; any other. `\d` and the like can stand inside, `\-` is a hyphen |
/// | `ab`, `a\|b` | one after the other; one or the other |
/// | `(ab)`, `(?:ab)` | a group, for what follows it to repeat |
/// | `?`, `*`, `+` | what precedes at most once; any number of times; at least once |
/// | `{3}`, `{3,}`, `{3,8}` | what precedes that many times, at most 1000 |
///
/// There is no `^`, no `$` and nothing that looks around or remembers. As in JavaScript, a character beyond U+FFFF, such as an
/// emoji, counts as two; it cannot stand in a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    program: Vec<Step>,
    sets: Vec<Set>,
}

/// What is wrong with a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// The character at which it was found, from 1.
    position: usize,
    problem: String,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}: {}", self.position, self.problem)
    }
}

impl std::error::Error for PatternError {}

impl Pattern {
    /// The highest number that can stand in braces.
    pub const MOST_REPEATS: u32 = 1000;
    /// How many steps a pattern has at most when what repeats is written out.
    const LARGEST: usize = 20_000;
    /// How deep groups nest at most.
    const DEEPEST: usize = 50;

    /// Reads a pattern.
    pub fn parse(source: &str) -> Result<Self, PatternError> {
        let chars: Vec<char> = source.chars().collect();
        let mut parser = Parser { chars: &chars, at: 0, depth: 0, sets: Vec::new() };
        if chars.is_empty() {
            return Err(parser.error(0, "an empty pattern matches no text"));
        }
        let node = parser.either()?;
        if parser.peek().is_some() {
            return Err(parser.error(parser.at, "`)` has no opening `(`; write `\\)` for the character"));
        }
        let mut pattern = Self { program: Vec::new(), sets: std::mem::take(&mut parser.sets) };
        if pattern.emit(&node, &mut 0).is_none() {
            return Err(parser.error(chars.len() - 1, "the pattern is too large with its repetitions written out"));
        }
        pattern.program.push(Step::End);
        Ok(pattern)
    }

    /// Whether the whole text is what the pattern says.
    pub fn matches(&self, text: &str) -> bool {
        let mut now = Ways::new(self.program.len());
        let mut next = Ways::new(self.program.len());
        now.follow(&self.program, 0);
        for unit in text.encode_utf16() {
            for &at in &now.steps {
                if matches!(self.program[at], Step::One(set) if self.sets[set].contains(unit)) {
                    next.follow(&self.program, at + 1);
                }
            }
            std::mem::swap(&mut now, &mut next);
            next.clear();
        }
        now.steps.iter().any(|&at| self.program[at] == Step::End)
    }

    /// Appends the steps of a node, unless there are too many. Nodes are counted as well, for empty ones have no steps.
    fn emit(&mut self, node: &Node, nodes: &mut usize) -> Option<()> {
        *nodes += 1;
        if self.program.len().max(*nodes) > Self::LARGEST {
            return None;
        }
        match node {
            Node::One(set) => self.program.push(Step::One(*set)),
            Node::All(parts) => parts.iter().try_for_each(|part| self.emit(part, nodes))?,
            Node::Either(ways) => {
                let mut ends = Vec::new();
                for (number, way) in ways.iter().enumerate() {
                    if number + 1 == ways.len() {
                        self.emit(way, nodes)?;
                        continue;
                    }
                    let fork = self.hole();
                    self.emit(way, nodes)?;
                    ends.push(self.hole());
                    self.program[fork] = Step::Fork(fork + 1, self.program.len());
                }
                for end in ends {
                    self.program[end] = Step::Jump(self.program.len());
                }
            }
            Node::Repeat(node, least, most) => {
                for _ in 0..*least {
                    self.emit(node, nodes)?;
                }
                match most {
                    None => {
                        let fork = self.hole();
                        self.emit(node, nodes)?;
                        self.program.push(Step::Jump(fork));
                        self.program[fork] = Step::Fork(fork + 1, self.program.len());
                    }
                    Some(most) => {
                        let mut forks = Vec::new();
                        for _ in *least..*most {
                            forks.push(self.hole());
                            self.emit(node, nodes)?;
                        }
                        for fork in forks {
                            self.program[fork] = Step::Fork(fork + 1, self.program.len());
                        }
                    }
                }
            }
        }
        Some(())
    }

    /// The place of a step that is known later.
    fn hole(&mut self) -> usize {
        self.program.push(Step::End);
        self.program.len() - 1
    }
}

/// A step of the machine that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// One unit of this set, then the next step.
    One(usize),
    /// Both steps are ways to go on.
    Fork(usize, usize),
    /// On at this step.
    Jump(usize),
    /// The text should be over.
    End,
}

/// The steps that are waiting for the next unit, each once.
struct Ways {
    steps: Vec<usize>,
    seen: Vec<bool>,
    /// Kept between calls only to save making it anew.
    todo: Vec<usize>,
}

impl Ways {
    fn new(steps: usize) -> Self {
        Self { steps: Vec::new(), seen: vec![false; steps], todo: Vec::new() }
    }

    fn clear(&mut self) {
        self.steps.clear();
        self.seen.fill(false);
    }

    fn follow(&mut self, program: &[Step], from: usize) {
        self.todo.push(from);
        while let Some(at) = self.todo.pop() {
            if std::mem::replace(&mut self.seen[at], true) {
                continue;
            }
            match program[at] {
                Step::One(_) | Step::End => self.steps.push(at),
                Step::Fork(one, other) => self.todo.extend([one, other]),
                Step::Jump(to) => self.todo.push(to),
            }
        }
    }
}

/// What was written.
enum Node {
    One(usize),
    All(Vec<Node>),
    Either(Vec<Node>),
    Repeat(Box<Node>, u32, Option<u32>),
}

/// Units of UTF-16, which is what JavaScript matches, as ranges with both ends.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Set(Vec<(u16, u16)>);

impl Set {
    fn contains(&self, unit: u16) -> bool {
        self.0.iter().any(|&(first, last)| (first..=last).contains(&unit))
    }

    /// Every unit that is not in it.
    fn others(mut self) -> Self {
        self.0.sort_unstable();
        let mut others = Vec::new();
        let mut next = Some(0_u16);
        for (first, last) in self.0 {
            let Some(from) = next else { break };
            if from < first {
                others.push((from, first - 1));
            }
            next = last.checked_add(1).map(|after| after.max(from));
        }
        others.extend(next.map(|from| (from, u16::MAX)));
        Self(others)
    }

    /// The set behind a backslash; see ECMA-262, section `CharacterClassEscape`.
    fn named(name: char) -> Option<Self> {
        let set = match name.to_ascii_lowercase() {
            'd' => vec![(0x30, 0x39)],
            'w' => vec![(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)],
            's' => vec![
                (0x09, 0x0D),
                (0x20, 0x20),
                (0xA0, 0xA0),
                (0x1680, 0x1680),
                (0x2000, 0x200A),
                (0x2028, 0x2029),
                (0x202F, 0x202F),
                (0x205F, 0x205F),
                (0x3000, 0x3000),
                (0xFEFF, 0xFEFF),
            ],
            _ => return None,
        };
        Some(if name.is_ascii_uppercase() { Self(set).others() } else { Self(set) })
    }

    /// What `.` matches: all but the ends of lines.
    fn any() -> Self {
        Self(vec![(0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029)]).others()
    }
}

struct Parser<'a> {
    chars: &'a [char],
    at: usize,
    depth: usize,
    sets: Vec<Set>,
}

impl Parser<'_> {
    fn error(&self, at: usize, problem: impl Into<String>) -> PatternError {
        PatternError { position: at.min(self.chars.len()) + 1, problem: problem.into() }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn one(&mut self, set: Set) -> Node {
        self.sets.push(set);
        Node::One(self.sets.len() - 1)
    }

    fn either(&mut self) -> Result<Node, PatternError> {
        let mut ways = vec![self.all()?];
        while self.eat('|') {
            ways.push(self.all()?);
        }
        Ok(Node::Either(ways))
    }

    fn all(&mut self) -> Result<Node, PatternError> {
        let mut parts = Vec::new();
        while let Some(c) = self.peek().filter(|c| !"|)".contains(*c)) {
            let part = self.part(c)?;
            parts.push(self.repeated(part)?);
        }
        Ok(Node::All(parts))
    }

    fn part(&mut self, c: char) -> Result<Node, PatternError> {
        let start = self.at;
        self.at += 1;
        match c {
            '.' => Ok(self.one(Set::any())),
            '(' => {
                if self.eat('?') && !self.eat(':') {
                    return Err(self.error(start, "`(?` can only be followed by `:`"));
                }
                self.depth += 1;
                if self.depth > Pattern::DEEPEST {
                    return Err(self.error(start, format!("`(` is nested deeper than {} groups", Pattern::DEEPEST)));
                }
                let node = self.either()?;
                self.depth -= 1;
                if self.eat(')') { Ok(node) } else { Err(self.error(start, "`(` is never closed")) }
            }
            '[' => self.class(start),
            '\\' => {
                let set = self.escape(start, false)?;
                Ok(self.one(set))
            }
            '^' | '$' => {
                let problem =
                    format!("`{c}` is not needed: a pattern is for the whole text; write `\\{c}` for the character");
                Err(self.error(start, problem))
            }
            '*' | '+' | '?' | '{' => {
                Err(self.error(start, format!("`{c}` has nothing to repeat; write `\\{c}` for the character")))
            }
            ']' | '}' => Err(self.error(start, format!("`{c}` closes nothing; write `\\{c}` for the character"))),
            c => {
                let unit = self.unit(start, c)?;
                Ok(self.one(Set(vec![(unit, unit)])))
            }
        }
    }

    fn unit(&self, at: usize, c: char) -> Result<u16, PatternError> {
        if c.is_control() {
            return Err(self.error(at, format!("`{}` cannot be in a line of text", c.escape_default())));
        }
        let two = |_| self.error(at, format!("`{c}` is two characters for JavaScript, and cannot stand in a pattern"));
        u16::try_from(u32::from(c)).map_err(two)
    }

    /// What a backslash at `start` begins.
    fn escape(&mut self, start: usize, in_class: bool) -> Result<Set, PatternError> {
        let Some(c) = self.peek() else {
            return Err(self.error(start, "`\\` is the end; write `\\\\` for the character"));
        };
        self.at += 1;
        if let Some(set) = Set::named(c) {
            return Ok(set);
        }
        if "\\^$.|?*+()[]{}/".contains(c) || (in_class && c == '-') {
            let unit = self.unit(start, c)?;
            return Ok(Set(vec![(unit, unit)]));
        }
        Err(self.error(start, format!("`\\{}` means nothing here", c.escape_default())))
    }

    fn class(&mut self, start: usize) -> Result<Node, PatternError> {
        let negated = self.eat('^');
        let mut ranges: Vec<(u16, u16)> = Vec::new();
        // Where a range could go on: the member just read, if it is one unit.
        let mut open: Option<u16> = None;
        loop {
            let at = self.at;
            let Some(c) = self.peek() else { return Err(self.error(start, "`[` is never closed")) };
            self.at += 1;
            let last = self.peek() == Some(']');
            match c {
                ']' if ranges.is_empty() => return Err(self.error(start, "`[` has nothing between it and `]`")),
                ']' => break,
                '[' => return Err(self.error(at, "`[` stands in another `[`; write `\\[` for the character")),
                '-' if !ranges.is_empty() && !last => {
                    let Some(first) = open.take() else {
                        return Err(self.error(at, "`-` has no character before it; write `\\-` for the character"));
                    };
                    let unit = self.member()?;
                    let Some(unit) = unit.single() else {
                        return Err(self.error(at, "`-` has no single character behind it"));
                    };
                    if unit < first {
                        return Err(self.error(at, "`-` has the higher character before it"));
                    }
                    ranges.push((first, unit));
                }
                _ => {
                    self.at = at;
                    let set = self.member()?;
                    open = set.single();
                    ranges.extend(set.0);
                }
            }
        }
        let set = Set(ranges);
        Ok(self.one(if negated { set.others() } else { set }))
    }

    /// One character of a class, or a set by its name.
    fn member(&mut self) -> Result<Set, PatternError> {
        let at = self.at;
        let Some(c) = self.peek() else { return Err(self.error(at, "`[` is never closed")) };
        self.at += 1;
        if c == '\\' {
            return self.escape(at, true);
        }
        if c == '[' {
            return Err(self.error(at, "`[` stands in another `[`; write `\\[` for the character"));
        }
        let unit = self.unit(at, c)?;
        Ok(Set(vec![(unit, unit)]))
    }

    fn repeated(&mut self, node: Node) -> Result<Node, PatternError> {
        let start = self.at;
        let (least, most) = match self.peek() {
            Some('?') => (0, Some(1)),
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('{') => {
                self.at += 1;
                self.braces(start)?
            }
            _ => return Ok(node),
        };
        self.at += 1;
        if let Some(c) = self.peek().filter(|c| "?*+{".contains(*c)) {
            let problem = format!("`{c}` follows a repetition; put what repeats into a group, or write `\\{c}`");
            return Err(self.error(self.at, problem));
        }
        Ok(Node::Repeat(Box::new(node), least, most))
    }

    /// The numbers between braces, up to the closing one.
    fn braces(&mut self, start: usize) -> Result<(u32, Option<u32>), PatternError> {
        let least = self.number();
        let most = if self.eat(',') { self.number() } else { least };
        let open = self.at > 0 && self.chars[self.at - 1] == ',';
        if self.peek() != Some('}') || least.is_none() || (most.is_none() && !open) {
            let problem = "`{` has to begin `{3}`, `{3,}` or `{3,8}`; write `\\{` for the character";
            return Err(self.error(start, problem));
        }
        let least = least.unwrap_or_default();
        let highest = most.unwrap_or(least);
        if highest < least || highest > Pattern::MOST_REPEATS {
            let problem = format!("`{{` has numbers that are not in order, or above {}", Pattern::MOST_REPEATS);
            return Err(self.error(start, problem));
        }
        Ok((least, most))
    }

    /// The number that comes next. One that is too large is the largest, which no check passes.
    fn number(&mut self) -> Option<u32> {
        let mut number = None::<u32>;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            number = Some(number.unwrap_or_default().saturating_mul(10).saturating_add(digit));
            self.at += 1;
        }
        number
    }
}

impl Set {
    /// Its unit, if it is one alone.
    fn single(&self) -> Option<u16> {
        match self.0[..] {
            [(first, last)] if first == last => Some(first),
            _ => None,
        }
    }
}
