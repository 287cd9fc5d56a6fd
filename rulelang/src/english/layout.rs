//! How conditions become sentences and lists.

/// A condition, told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// One statement.
    Plain(String),
    /// A statement with an "or" or a comma in it, which needs brackets within a sentence.
    Compound(String),
    /// Several conditions: all of them, or any.
    Group { is_all: bool, parts: Vec<Self> },
}

impl Told {
    /// All or any of these; a group of the same kind among them becomes a part of this one.
    pub(super) fn group(is_all: bool, told: impl IntoIterator<Item = Self>) -> Self {
        let mut parts = vec![];
        for one in told {
            match one {
                Self::Group {
                    is_all: same,
                    parts: inner,
                } if same == is_all => parts.extend(inner),
                other => parts.push(other),
            }
        }
        match parts.len() {
            0 => Self::constant(is_all),
            1 => parts.swap_remove(0),
            _ => Self::Group { is_all, parts },
        }
    }

    /// What is the same for everybody.
    pub(super) fn constant(holds: bool) -> Self {
        Self::Plain(String::from(if holds { "always" } else { "never" }))
    }

    /// As a text of its own: a sentence, or a list where there are more than two parts.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Plain(text) | Self::Compound(text) => text.clone(),
            Self::Group { is_all, parts } => {
                if let [Self::Plain(first), Self::Plain(second)] = parts.as_slice() {
                    return format!("{first}, {} {second}", word(*is_all));
                }
                let mut out = String::new();
                self.list(0, &mut out);
                out
            }
        }
    }

    /// Within a sentence, in brackets where it would run into its surroundings.
    pub(super) fn within(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Compound(text) => format!("({text})"),
            Self::Group { .. } => format!("({})", self.bare()),
        }
    }

    /// Within brackets that stand around it already.
    pub(super) fn bare(&self) -> String {
        match self {
            Self::Plain(text) | Self::Compound(text) => text.clone(),
            Self::Group { is_all, parts } => {
                let parts: Vec<String> = parts.iter().map(Self::within).collect();
                parts.join(&format!(" {} ", word(*is_all)))
            }
        }
    }

    fn list(&self, level: usize, out: &mut String) {
        match self {
            Self::Plain(text) | Self::Compound(text) => out.push_str(text),
            Self::Group { is_all, parts } => {
                out.push_str(if *is_all { "all of:" } else { "any of:" });
                for part in parts {
                    out.push('\n');
                    out.push_str(&"  ".repeat(level));
                    out.push_str("- ");
                    part.list(level + 1, out);
                }
            }
        }
    }
}

fn word(is_all: bool) -> &'static str {
    if is_all { "and" } else { "or" }
}
