//! Operators and characters that people bring along from elsewhere, and what to write instead.

use super::lexer::{Token, TokenKind};
use crate::{Code, Diagnostic, Span};

/// What the language has instead of a foreign operator.
enum Instead {
    /// A drop-in replacement.
    Write(&'static str),
    /// Advice.
    Help(&'static str),
}

use Instead::{Help, Write};

const FOREIGN: &[(&str, Instead)] = &[
    ("===", Write("==")),
    ("!==", Write("!=")),
    (
        "<=>",
        Help("write `IS NOT DISTINCT FROM` for an equality that takes NULL for a value"),
    ),
    ("=>", Write(">=")),
    ("=<", Write("<=")),
    ("=~", Write("MATCHES")),
    ("~=", Write("!=")),
    ("!~", Write("NOT MATCHES")),
    ("~*", Help("write `MATCHES '(?i)…'`")),
    ("~", Write("MATCHES")),
    ("**", Help("write `POWER(x, y)`")),
    ("^", Help("write `POWER(x, y)`")),
    ("??", Help("write `COALESCE(x, y)`")),
    ("->", Help("write `a.b`")),
    (":=", Write("==")),
    ("<<", Help("there are no bit operators")),
    (">>", Help("there are no bit operators")),
    ("&", Write("AND")),
    ("|", Write("OR")),
    ("?", Help("write `IF(condition, x, y)`")),
    ("≠", Write("!=")),
    ("≤", Write("<=")),
    ("≥", Write(">=")),
    ("×", Write("*")),
    ("÷", Write("/")),
    ("−", Write("-")),
    ("–", Write("-")),
    ("—", Write("-")),
    ("∧", Write("AND")),
    ("∨", Write("OR")),
    ("¬", Write("NOT ")),
];

/// Words that people try as operators, and the operator that they mean.
const FOREIGN_WORDS: &[(&str, &str)] = &[
    ("equals", "=="),
    ("eq", "=="),
    ("ne", "!="),
    ("neq", "!="),
    ("gt", ">"),
    ("gte", ">="),
    ("lt", "<"),
    ("lte", "<="),
    ("includes", "CONTAINS"),
    ("has", "CONTAINS"),
    ("regexp", "MATCHES"),
    ("rlike", "MATCHES"),
    ("mod", "%"),
    ("startswith", "STARTS WITH"),
    ("starts_with", "STARTS WITH"),
    ("beginswith", "STARTS WITH"),
    ("endswith", "ENDS WITH"),
    ("ends_with", "ENDS WITH"),
    ("since", "AFTER"),
    ("until", "BEFORE"),
];

/// The words that are operators after an operand.
const WORDS: &[&str] = &[
    "AND",
    "OR",
    "NOT",
    "IN",
    "IS",
    "DIV",
    "BETWEEN",
    "LIKE",
    "ILIKE",
    "MATCHES",
    "CONTAINS",
    "STARTS WITH",
    "ENDS WITH",
    "WITHIN LAST",
    "OLDER THAN",
    "DURING",
    "BEFORE",
    "AFTER",
];

/// The error for a symbol or character that the language does not have.
pub(super) fn unknown(source: &str, token: &Token, last: Option<&Token>) -> Option<Diagnostic> {
    if let Some((_, instead)) = FOREIGN.iter().find(|(symbol, _)| *symbol == token.text) {
        let message = format!("there is no operator `{}`", token.text);
        let error = Diagnostic::error(Code::UnknownOperator, token.span, message);
        let is_of_bits = matches!(token.text, "&" | "|") && is_beside_number(source, token, last);
        return Some(match instead {
            Write(_) if is_of_bits => error.with_help("there are no bit operators"),
            Write(operator) => error
                .with_help(format!("did you mean `{}`?", operator.trim()))
                .with_fix(token.span, apart(source, token.span, operator)),
            Help(text) => error.with_help(*text),
        });
    }
    (token.kind == TokenKind::Stray).then(|| stray(source, token, last))
}

fn is_beside_number(source: &str, token: &Token, last: Option<&Token>) -> bool {
    let rest = source.get(token.span.end as usize..).unwrap_or("");
    let is_before = last.is_some_and(|last| last.kind == TokenKind::Number);
    is_before
        || rest
            .trim_start()
            .starts_with(|first: char| first.is_ascii_digit())
}

/// The error for `->` where an item has been named.
pub(super) fn thin_arrow(token: &Token) -> Diagnostic {
    Diagnostic::error(
        Code::UnknownOperator,
        token.span,
        "there is no operator `->`",
    )
    .with_help("did you mean `=>`?")
    .with_fix(token.span, "=>")
}

/// `operator` with blanks where a word would otherwise grow together with what stands beside it.
fn apart(source: &str, span: Span, operator: &str) -> String {
    if !operator.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return operator.to_owned();
    }
    let before = source.get(..span.start as usize).unwrap_or("");
    let after = source.get(span.end as usize..).unwrap_or("");
    let glues = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace());
    let left = if glues(before.chars().next_back()) {
        " "
    } else {
        ""
    };
    let right = if glues(after.chars().next()) { " " } else { "" };
    format!("{left}{}{right}", operator.trim())
}

fn stray(source: &str, token: &Token, last: Option<&Token>) -> Diagnostic {
    let span = token.span;
    let character = token.text.chars().next().unwrap_or_default();
    let error = |message: String| Diagnostic::error(Code::Syntax, span, message);
    let plain = || error(format!("unexpected character `{}`", token.text));
    match character {
        ':' => plain().with_help("a parameter is written `:name`, without a blank"),
        '{' | '}' => plain().with_help("lists are written `[1, 2, 3]`, fields `a.b`"),
        ';' => plain().with_help("a rule is one expression and needs no `;`"),
        '.' => dot(source, span, last),
        _ if character.is_whitespace() || matches!(character, '\u{feff}' | '\u{200b}') => error(
            format!("invisible character U+{:04X}", u32::from(character)),
        )
        .with_help("replace it by a space")
        .with_fix(span, " "),
        _ if character.is_control() => {
            error(format!("control character U+{:04X}", u32::from(character)))
        }
        _ if character.is_alphabetic() || character == '@' || character == '#' => {
            plain().with_help("write a name with such characters in backticks: `` `straße` ``")
        }
        _ => plain(),
    }
}

fn dot(source: &str, span: Span, last: Option<&Token>) -> Diagnostic {
    let after = source.get(span.end as usize..).unwrap_or("");
    let apart = last.is_none_or(|last| last.span.end < span.start);
    let adjacent_symbol = last.is_some_and(|last| last.kind == TokenKind::Symbol);
    if after.starts_with(|c: char| c.is_ascii_digit()) && (apart || adjacent_symbol) {
        return Diagnostic::error(Code::BadLiteral, span, "a number starts with a digit")
            .with_help("write `0.5`, not `.5`")
            .with_fix(span, "0.");
    }
    Diagnostic::error(Code::Syntax, span, "unexpected `.`")
        .with_help("a path is written `address.city`, without spaces")
}

/// One error for a whole quotation in curly quotes, which the fix writes in straight ones.
pub(super) fn curly_quotes(token: &Token) -> Diagnostic {
    let inner = token.text.trim_matches(is_curly);
    let mut straight = String::from("'");
    for character in inner.chars() {
        if matches!(character, '\'' | '\\') {
            straight.push('\\');
        }
        straight.push(character);
    }
    straight.push('\'');
    let message = "curly quotes; strings are written in straight ones";
    let error = Diagnostic::error(Code::CurlyQuotes, token.span, message);
    if inner.is_empty() {
        return error.with_help("write `'` or `\"`");
    }
    error
        .with_help(format!("write `{straight}`"))
        .with_fix(token.span, straight)
}

/// Whether `character` is a quote that typography has in place of a straight one.
pub(super) fn is_curly(character: char) -> bool {
    "“”„‟«»‘’‚‛".contains(character)
}

/// The error for a word that stands where an operator must.
pub(super) fn unknown_word(token: &Token) -> Option<Diagnostic> {
    let lower = token.text.to_ascii_lowercase();
    let foreign = FOREIGN_WORDS
        .iter()
        .find(|(word, _)| *word == lower)
        .map(|(_, operator)| *operator);
    let near = || misspelled(token, WORDS.iter().copied());
    let operator = foreign.or_else(near)?;
    let message = format!("there is no operator `{}`", token.text);
    Some(
        Diagnostic::error(Code::UnknownOperator, token.span, message)
            .with_help(format!("did you mean `{operator}`?"))
            .with_fix(token.span, operator),
    )
}

/// The word of the language that `token` is a slip of, if it is of one of `words`.
pub(super) fn misspelled(
    token: &Token,
    mut words: impl Iterator<Item = &'static str>,
) -> Option<&'static str> {
    let upper = token.text.to_ascii_uppercase();
    words.find(|word| {
        let slips_max = if word.len() < 6 { 1 } else { 2 };
        word.len() > 3 && strsim::damerau_levenshtein(word, &upper) <= slips_max
    })
}
