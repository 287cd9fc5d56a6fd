//! Literals and names: what their text stands for, and what is wrong with it.

use super::build::{Builder, span_of};
use super::{Pair, Rule};
use crate::ast::{Duration, DurationUnit, Literal};
use crate::calendar::{CalendarSpan, CalendarUnit, Zone};
use crate::limits::{CALENDAR_UNITS_MAX, STRING_BYTES_MAX};
use crate::time::{parse_date, parse_timestamp};
use crate::{Code, Diagnostic, Span};

const VARYING: &str = "their length varies; write days, such as `30 DAYS`, or after WITHIN LAST \
                       `3 CALENDAR MONTHS`";

impl Builder<'_> {
    /// `number`, or a duration, with the sign that stands at byte `sign`; and its span.
    pub(super) fn number(&mut self, pair: Pair, sign: Option<usize>) -> Option<(Literal, Span)> {
        let span = span_of(&pair);
        let mut parts = pair.into_inner();
        let text = parts.next()?.as_str();
        if let Some(unit) = parts.next() {
            let literal = self.spelled_duration(text, &unit, span);
            return Some((literal, span));
        }
        let signed = span.to(sign.map_or(span, |start| Span::new(start, start)));
        if text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_')
        {
            return Some((self.int(text, sign.is_some(), signed), signed));
        }
        if is_float(text) {
            return Some((self.float(text, sign.is_some(), signed), signed));
        }
        Some((self.short_duration(text, span), span))
    }

    fn int(&mut self, text: &str, negative: bool, span: Span) -> Literal {
        let digits = text.replace('_', "");
        let signed = if negative {
            format!("-{digits}")
        } else {
            digits
        };
        if let Ok(int) = signed.parse() {
            return Literal::Int(int);
        }
        let float = self.float(text, negative, span);
        if let Literal::Float(near) = float
            && format!("{near:.0}") != signed
        {
            let message =
                format!("`{signed}` does not fit 64 bits, and no float is exactly that number");
            let error = Diagnostic::error(Code::BadLiteral, span, message);
            let help = format!("write `{near:?}` if that is near enough");
            self.errors.push(error.with_help(help));
        }
        float
    }

    fn float(&mut self, text: &str, negative: bool, span: Span) -> Literal {
        let float: f64 = text.replace('_', "").parse().unwrap_or(f64::INFINITY);
        if float.is_finite() {
            return Literal::Float(if negative { -float } else { float });
        }
        let message = format!("`{text}` is out of range; numbers go up to about 1.8e308");
        self.error(Code::BadLiteral, span, message);
        Literal::Null
    }

    /// `30d` and the like; or else what this is not.
    fn short_duration(&mut self, text: &str, span: Span) -> Literal {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let suffix = text.get(digits.len()..).unwrap_or("");
        let unit = match suffix.to_ascii_lowercase().as_str() {
            "ms" => Some(DurationUnit::Milliseconds),
            "s" => Some(DurationUnit::Seconds),
            "min" => Some(DurationUnit::Minutes),
            "h" => Some(DurationUnit::Hours),
            "d" => Some(DurationUnit::Days),
            "w" => Some(DurationUnit::Weeks),
            word => spelled_unit(word),
        };
        if let Some(unit) = unit {
            return self.count(digits, unit, span);
        }
        let error = |message: String| Diagnostic::error(Code::BadLiteral, span, message);
        self.errors.push(if suffix == "m" {
            error(format!("`{text}` could be minutes or months"))
                .with_help("write minutes as `min`; months exist only as calendar windows")
                .with_fix(span, format!("{digits}min"))
        } else if matches!(suffix, "M" | "mo" | "y") || calendar_word(suffix) {
            error(format!("`{text}`: months and years are no durations")).with_help(VARYING)
        } else {
            error(format!("`{text}` is neither a number nor a duration"))
                .with_help("numbers are `12`, `1_000`, `1.5`, `1e6`; durations `45s`, `15min`, `12h`, `30d`, `2w`")
        });
        Literal::Null
    }

    /// `30 DAYS` and the like.
    fn spelled_duration(&mut self, digits: &str, unit: &Pair, span: Span) -> Literal {
        if unit.as_rule() == Rule::calendar {
            let error = Diagnostic::error(Code::Syntax, span, "calendar units are no durations");
            let help = "they stand after WITHIN LAST, as in `WITHIN LAST 30 CALENDAR DAYS`";
            self.errors.push(error.with_help(help));
            return Literal::Null;
        }
        let word = unit.as_str().to_ascii_lowercase();
        if let Some(unit) = spelled_unit(&word) {
            return self.count(digits, unit, span);
        }
        let error = Diagnostic::error(Code::Syntax, span, "months and years are no durations");
        self.errors.push(error.with_help(VARYING));
        Literal::Null
    }

    fn count(&mut self, digits: &str, unit: DurationUnit, span: Span) -> Literal {
        let is_whole = digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_');
        let count = digits.replace('_', "").parse().ok();
        let duration = count.map(|count| Duration { count, unit });
        match duration.filter(|duration| duration.milliseconds().is_some()) {
            Some(duration) => Literal::Duration(duration),
            None if is_whole => {
                let message = "the duration is out of range";
                self.error(Code::BadLiteral, span, message);
                Literal::Null
            }
            None => {
                let message = format!("a duration is a whole number of a unit, not `{digits}`");
                let help = "write it in a smaller unit: `36h` for a day and a half";
                self.errors
                    .push(Diagnostic::error(Code::BadLiteral, span, message).with_help(help));
                Literal::Null
            }
        }
    }

    /// `30 CALENDAR DAYS IN 'Europe/Berlin'`
    pub(super) fn calendar(&mut self, number: Pair) -> Option<CalendarSpan> {
        let span = span_of(&number);
        let mut parts = number.into_inner();
        let digits = parts.next()?.as_str().replace('_', "");
        let mut words = parts.next()?.into_inner();
        let unit = words.nth(1)?;
        let zone = words.nth(1);
        let count = digits.parse().ok();
        let count = count.filter(|count| (1..=CALENDAR_UNITS_MAX as u32).contains(count));
        if count.is_none() {
            let message = format!(
                "how many is a whole number from 1 to {CALENDAR_UNITS_MAX}, the limit (calendar units)"
            );
            self.error(Code::BadLiteral, span, message);
        }
        let found = calendar_unit(unit.as_str());
        if found.is_none() {
            let message = format!("calendars have no unit `{}`", unit.as_str());
            let error = Diagnostic::error(Code::Syntax, span_of(&unit), message);
            self.errors
                .push(error.with_help("write `DAYS`, `WEEKS`, `MONTHS` or `YEARS`"));
        }
        Some(CalendarSpan {
            count: count.unwrap_or(1),
            unit: found.unwrap_or(CalendarUnit::Days),
            zone: zone.map_or_else(Zone::utc, |zone| self.zone(&zone)),
        })
    }

    pub(super) fn zone(&mut self, pair: &Pair) -> Zone {
        let name = self.string(pair);
        if let Some(zone) = Zone::named(&name) {
            return zone;
        }
        let message = format!("there is no time zone `{name}`");
        let mut error = Diagnostic::error(Code::BadLiteral, span_of(pair), message);
        error = match crate::nearest(&name, Zone::names()) {
            Some(nearest) => error.with_help(format!("did you mean `{nearest}`?")),
            None => error.with_help("zones have names such as `Europe/Berlin`"),
        };
        self.errors.push(error);
        Zone::utc()
    }

    /// `number` where only a duration can stand.
    pub(super) fn duration(&mut self, pair: Pair) -> Option<Duration> {
        let errors = self.errors.len();
        let (literal, span) = self.number(pair, None)?;
        if let Literal::Duration(duration) = literal {
            return Some(duration);
        }
        if self.errors.len() == errors {
            let text = span.text(self.source);
            let error = Diagnostic::error(
                Code::Syntax,
                span,
                format!("expected a duration, found the number `{text}`"),
            );
            self.errors
                .push(error.with_help(format!("write its unit, such as `{text} DAYS`")));
        }
        Some(Duration {
            count: 0,
            unit: DurationUnit::Days,
        })
    }

    /// `TIMESTAMP '…'` or `DATE '…'`.
    pub(super) fn dated(&mut self, pair: Pair) -> Option<Literal> {
        let mut parts = pair.into_inner();
        let is_date = parts.next()?.as_str().eq_ignore_ascii_case("date");
        let quoted = parts.next()?;
        let text = self.string(&quoted);
        let literal = if is_date {
            parse_date(&text).map(Literal::Date)
        } else {
            parse_timestamp(&text).map(Literal::Timestamp)
        };
        if literal.is_none() {
            let (message, help) = if is_date {
                (
                    format!("`{text}` is not a date"),
                    "write `DATE '2026-01-31'`",
                )
            } else {
                (
                    format!("`{text}` is not a timestamp"),
                    "write `TIMESTAMP '2026-01-31T10:00:00Z'`, with `Z` or an offset",
                )
            };
            let error = Diagnostic::error(Code::BadLiteral, span_of(&quoted), message);
            self.errors.push(error.with_help(help));
        }
        Some(literal.unwrap_or(Literal::Null))
    }

    /// `string`: its text, escapes resolved.
    pub(super) fn string(&mut self, pair: &Pair) -> String {
        let span = span_of(pair);
        let quoted = pair.as_str();
        let start = span.start as usize + 1;
        let body = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or("");
        let is_single = quoted.starts_with('\'');
        let mut text = String::with_capacity(body.len());
        let mut rest = body;
        while let Some(at) = rest.find(|c| c == '\\' || (is_single && c == '\'')) {
            text.push_str(rest.get(..at).unwrap_or(""));
            let from = rest.get(at..).unwrap_or("");
            let offset = start + body.len() - from.len();
            let used = if from.starts_with('\\') {
                self.escape_sequence(from, offset, &mut text)
            } else {
                text.push('\'');
                "''".len()
            };
            rest = from.get(used..).unwrap_or("");
        }
        text.push_str(rest);
        if text.len() > STRING_BYTES_MAX {
            let message = format!(
                "the string has {} bytes; the limit (string literal) is {STRING_BYTES_MAX}",
                text.len()
            );
            self.error(Code::TooLarge, span, message);
        }
        text
    }

    /// Appends what the escape at the start of `from` stands for; answers the bytes it takes.
    fn escape_sequence(&mut self, from: &str, offset: usize, text: &mut String) -> usize {
        let escaped = from.chars().nth(1).unwrap_or('\\');
        let length = 1 + escaped.len_utf8();
        match escaped {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            '\\' | '\'' | '"' => text.push(escaped),
            'u' => {
                if let Some((character, length)) = unicode_escape(from) {
                    text.push(character);
                    return length;
                }
                let span = Span::new(offset, offset + length);
                let error = Diagnostic::error(Code::BadLiteral, span, "malformed escape `\\u`");
                let help = "write four hexadecimal digits, such as `\\u00E9`; \
                            beyond U+FFFF a surrogate pair";
                self.errors.push(error.with_help(help));
            }
            _ => {
                let span = Span::new(offset, offset + length);
                let message = format!("unknown escape `\\{escaped}`");
                let error = Diagnostic::error(Code::BadLiteral, span, message)
                    .with_help(format!(
                        "write `\\\\{escaped}` for a backslash and `{escaped}`"
                    ))
                    .with_fix(span, format!("\\\\{escaped}"));
                self.errors.push(error);
            }
        }
        length
    }

    /// The name that a path stands for: backticks resolved.
    pub(super) fn path(&mut self, path: &str, span: Span) -> String {
        if !path.contains('`') {
            return path.to_owned();
        }
        let mut name = String::with_capacity(path.len());
        let mut rest = path;
        while let Some((bare, quoted)) = rest.split_once('`') {
            name.push_str(bare);
            let before = name.len();
            rest = unquote(quoted, &mut name);
            if name.len() == before {
                self.error(Code::BadLiteral, span, "a name cannot be empty");
            }
        }
        name.push_str(rest);
        name
    }
}

/// Appends the name up to its closing backtick, a doubled one being part of it; answers the rest.
fn unquote<'s>(mut quoted: &'s str, name: &mut String) -> &'s str {
    while let Some((part, after)) = quoted.split_once('`') {
        name.push_str(part);
        let Some(doubled) = after.strip_prefix('`') else {
            return after;
        };
        name.push('`');
        quoted = doubled;
    }
    quoted
}

/// Reads `\uXXXX`, or two of them that are a surrogate pair; answers the bytes it takes, too.
fn unicode_escape(from: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = from.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)
    };
    let first = unit(0)?;
    if let Some(character) = char::from_u32(u32::from(first)) {
        return Some((character, 6));
    }
    let mut decoded = char::decode_utf16([first, unit(6)?]);
    Some((decoded.next()?.ok()?, 12))
}

/// Whether `text` is `1.5`, `1e6`, `1.5e-3`; underscores allowed among the digits.
fn is_float(text: &str) -> bool {
    let is_digits = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_digit())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'_')
    };
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    is_digits(whole) && is_digits(fraction) && is_digits(exponent)
}

fn spelled_unit(word: &str) -> Option<DurationUnit> {
    Some(match word.strip_suffix('s').unwrap_or(word) {
        "millisecond" => DurationUnit::Milliseconds,
        "second" => DurationUnit::Seconds,
        "minute" | "min" => DurationUnit::Minutes,
        "hour" => DurationUnit::Hours,
        "day" => DurationUnit::Days,
        "week" => DurationUnit::Weeks,
        _ => return None,
    })
}

fn calendar_unit(word: &str) -> Option<CalendarUnit> {
    let word = word.to_ascii_lowercase();
    Some(match word.strip_suffix('s').unwrap_or(&word) {
        "day" => CalendarUnit::Days,
        "week" => CalendarUnit::Weeks,
        "month" => CalendarUnit::Months,
        "year" => CalendarUnit::Years,
        _ => return None,
    })
}

fn calendar_word(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    matches!(word.strip_suffix('s').unwrap_or(&word), "month" | "year")
}
