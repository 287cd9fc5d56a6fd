//! Every diagnostic code, once. Numbers are stable and never reused.
//!
//! `E00xx` syntax, `E01xx` names, `E02xx` types, `E03xx` limits, `E04xx` JSON form,
//! `E05xx` live evaluation, `W08xx` warnings.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])+ $name:ident = $text:literal,)+) => {
        /// What a diagnostic is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])+ $name,)+ }

        impl Code {
            /// All codes, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// `E0101` and the like.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// A page of Markdown: what the code is about, rules that have the mistake, the same
            /// rules mended.
            pub fn page(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("../codes/", $text, ".md")),)+
                }
            }

            /// The code of that name, in any letter case.
            pub fn find(name: &str) -> Option<Self> {
                let codes = Self::ALL.iter().copied();
                codes.into_iter().find(|code| code.as_str().eq_ignore_ascii_case(name))
            }
        }
    };
}

codes! {
    /// The text does not follow the grammar.
    Syntax = "E0001",
    /// Comparisons do not chain: `1 < x < 10`.
    ChainedComparison = "E0002",
    /// A string, comment, bracket or backtick that is never closed.
    Unclosed = "E0003",
    /// A literal that cannot be read: a number out of range, a bad escape, a bad timestamp.
    BadLiteral = "E0004",
    /// Curly quotes where straight ones are meant.
    CurlyQuotes = "E0005",
    /// `x == NULL`, or a literal NULL in a list.
    CompareWithNull = "E0006",
    /// An operator that the language does not have.
    UnknownOperator = "E0007",
    /// A field that a closed schema does not declare.
    UnknownField = "E0101",
    /// A function that does not exist.
    UnknownFunction = "E0102",
    /// A segment that does not exist.
    UnknownSegment = "E0103",
    /// A computed trait that is broken or refers to itself.
    BadTrait = "E0104",
    /// A parameter that has no value.
    UnboundParameter = "E0105",
    /// A list that does not exist.
    UnknownList = "E0106",
    /// Operands whose types do not fit the operator.
    TypeMismatch = "E0201",
    /// One field or property used as two types.
    ConflictingUses = "E0202",
    /// A field whose type nothing tells.
    UntypedField = "E0203",
    /// A condition, or the whole rule, that is not a boolean.
    NotBoolean = "E0204",
    /// A wrong number of arguments.
    WrongArguments = "E0205",
    /// A pattern, duration or instant that must be constant and is not, or is malformed.
    NotConstant = "E0206",
    /// Something that cannot stand where it does: an aggregate inside a WHERE, a window reversed.
    Misplaced = "E0207",
    /// The source is too long.
    SourceTooLong = "E0301",
    /// Brackets or operators nest too deeply.
    NestingTooDeep = "E0302",
    /// Too many nodes, list items, regular expressions or aggregates; or a literal too long.
    TooLarge = "E0303",
    /// The JSON form is not of the documented shape.
    JsonShape = "E0401",
    /// An operator that the JSON form does not know.
    JsonUnknownOperator = "E0402",
    /// A use of `NOW()` that cannot be evaluated live.
    NotLive = "E0501",
    /// A negative operator that leaves out users whose value is absent.
    AbsentExcluded = "W0801",
    /// A condition that is always or never true.
    ConstantCondition = "W0802",
    /// A condition that changes nothing beside the others of its AND or OR.
    SuperfluousCondition = "W0803",
    /// A field that is taken for a string, and may be a list.
    GuessedType = "W0804",
    /// A field that is nowhere declared, and another one but for letter case.
    LetterCase = "W0805",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
