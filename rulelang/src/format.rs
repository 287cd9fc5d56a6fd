//! Syntax tree to canonical text.
//!
//! Keywords in upper case, strings in single quotes, brackets only where precedence needs them,
//! backticks only where a name would not be read back as that name.
//! INVARIANT: `parse(format(x)) == x` for every tree that the parser makes.

mod events;
mod names;
mod sequences;

use self::names::{write_event, write_field, write_path, write_step, write_string};
use crate::ast::{
    ArithmeticOp, CompareOp, Expr, ExprKind, Literal, NamedList, Quantifier, Quantity, TextOp,
    TimeOp,
};
use crate::time::{format_date, format_timestamp};

/// Prints the canonical text of an expression: `parse(format(x)) == x`.
///
/// Trees that the parser makes are bounded in depth; the formatter recurses as deep as the tree.
pub fn format(expr: &Expr) -> String {
    let mut printer = Printer { out: String::new() };
    printer.expr(expr, Level::Or);
    printer.out
}

/// The text of a field where an operand stands: in backticks where it would not be one without.
pub fn format_field(name: &str) -> String {
    let mut out = String::new();
    write_field(&mut out, name);
    out
}

/// The text of an event type where an aggregate takes one.
pub fn format_event(name: &str) -> String {
    let mut out = String::new();
    write_step(&mut out, name);
    out
}

/// The text of an event type's property where an aggregate takes one.
pub fn format_property(event: &str, name: &str) -> String {
    let mut out = format_event(event);
    out.push('.');
    write_path(&mut out, name);
    out
}

/// The text of a string literal.
pub(crate) fn format_string(text: &str) -> String {
    let mut out = String::new();
    write_string(&mut out, text);
    out
}

/// How tightly a form binds, loose to tight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Test,
    Sum,
    Product,
    Sign,
    Primary,
}

fn level(expr: &Expr) -> Level {
    match &expr.kind {
        ExprKind::Or(_) => Level::Or,
        ExprKind::And(_) => Level::And,
        ExprKind::Not(_) => Level::Not,
        ExprKind::Arithmetic(ArithmeticOp::Add | ArithmeticOp::Subtract, ..) => Level::Sum,
        ExprKind::Arithmetic(..) => Level::Product,
        ExprKind::Negate(_) => Level::Sign,
        ExprKind::Literal(Literal::Int(int)) if *int < 0 => Level::Sign,
        ExprKind::Literal(Literal::Float(float)) if float.is_sign_negative() => Level::Sign,
        ExprKind::Literal(_)
        | ExprKind::Field(_)
        | ExprKind::Parameter(_)
        | ExprKind::Aggregate(_)
        | ExprKind::Call { .. }
        | ExprKind::List(_)
        | ExprKind::Sequence(_)
        | ExprKind::Quantified { .. }
        | ExprKind::Case { .. } => Level::Primary,
        _ => Level::Test,
    }
}

struct Printer {
    out: String,
}

impl Printer {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Prints `expr`, in brackets where it binds looser than `least`.
    fn expr(&mut self, expr: &Expr, least: Level) {
        if level(expr) < least {
            self.bracketed(expr);
        } else {
            self.kind(expr);
        }
    }

    fn bracketed(&mut self, expr: &Expr) {
        self.push("(");
        self.kind(expr);
        self.push(")");
    }

    fn kind(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Literal(literal) => self.literal(literal),
            ExprKind::Field(name) => write_field(&mut self.out, name),
            ExprKind::Negate(operand) => self.negate(operand),
            ExprKind::Arithmetic(op, left, right) => self.arithmetic(*op, left, right),
            ExprKind::Not(operand) => self.not(operand),
            ExprKind::And(operands) => self.joined(operands, " AND ", Level::Not),
            ExprKind::Or(operands) => self.joined(operands, " OR ", Level::And),
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate),
            ExprKind::Call {
                function,
                arguments,
            } => {
                self.push(&function.text.to_ascii_uppercase());
                self.list(arguments);
            }
            ExprKind::List(items) => {
                self.push("[");
                self.joined(items, ", ", Level::Or);
                self.push("]");
            }
            ExprKind::Case {
                branches,
                otherwise,
            } => self.case(branches, otherwise.as_deref()),
            ExprKind::Parameter(name) => self.parameter(name),
            ExprKind::Exists(operand) => {
                self.push("EXISTS ");
                match &operand.kind {
                    ExprKind::Field(name) => write_event(&mut self.out, name, true),
                    _ => self.bracketed(operand),
                }
            }
            ExprKind::InSegment { segment, negated } => {
                self.push(if *negated {
                    "NOT IN SEGMENT "
                } else {
                    "IN SEGMENT "
                });
                write_string(&mut self.out, &segment.text);
            }
            ExprKind::Did {
                event,
                window,
                filter,
                negated,
            } => self.did(event, window, filter.as_deref(), *negated),
            ExprKind::Sequence(sequence) => self.sequence(sequence),
            ExprKind::Quantified {
                quantity,
                list,
                item,
                condition,
            } => {
                self.push(quantity.keyword());
                self.push("(");
                self.kind(list);
                self.push(&format!(", {} => ", item.text));
                self.kind(condition);
                self.push(")");
            }
            test => self.test(test),
        }
    }

    fn parameter(&mut self, name: &str) {
        self.push(":");
        self.push(name);
    }

    fn negate(&mut self, operand: &Expr) {
        self.push("-");
        // `-5` is a literal: the negation of the literal 5 is `-(5)`.
        match &operand.kind {
            ExprKind::Literal(Literal::Int(_) | Literal::Float(_)) => self.bracketed(operand),
            _ => self.expr(operand, Level::Primary),
        }
    }

    fn arithmetic(&mut self, op: ArithmeticOp, left: &Expr, right: &Expr) {
        let (symbol, least, above) = match op {
            ArithmeticOp::Add => (" + ", Level::Sum, Level::Product),
            ArithmeticOp::Subtract => (" - ", Level::Sum, Level::Product),
            ArithmeticOp::Multiply => (" * ", Level::Product, Level::Sign),
            ArithmeticOp::Divide => (" / ", Level::Product, Level::Sign),
            ArithmeticOp::Remainder => (" % ", Level::Product, Level::Sign),
            ArithmeticOp::IntDivide => (" DIV ", Level::Product, Level::Sign),
        };
        self.expr(left, least);
        self.push(symbol);
        self.expr(right, above);
    }

    fn not(&mut self, operand: &Expr) {
        self.push("NOT ");
        // `NOT IN SEGMENT 's'` is one test.
        match &operand.kind {
            ExprKind::InSegment { negated: false, .. } => self.bracketed(operand),
            _ => self.expr(operand, Level::Not),
        }
    }

    fn joined(&mut self, operands: &[Expr], separator: &str, least: Level) {
        for (index, operand) in operands.iter().enumerate() {
            if index > 0 {
                self.push(separator);
            }
            self.expr(operand, least);
        }
    }

    fn list(&mut self, items: &[Expr]) {
        self.push("(");
        self.joined(items, ", ", Level::Or);
        self.push(")");
    }

    fn case(&mut self, branches: &[(Expr, Expr)], otherwise: Option<&Expr>) {
        self.push("CASE");
        for (condition, value) in branches {
            self.push(" WHEN ");
            self.kind(condition);
            self.push(" THEN ");
            self.kind(value);
        }
        if let Some(value) = otherwise {
            self.push(" ELSE ");
            self.kind(value);
        }
        self.push(" END");
    }

    /// The tests that follow their operand.
    fn test(&mut self, test: &ExprKind) {
        match test {
            ExprKind::Compare(op, left, right) => {
                self.expr(left, Level::Sum);
                self.push(compare_symbol(*op));
                self.expr(right, Level::Sum);
            }
            ExprKind::Distinct {
                left,
                right,
                negated,
            } => {
                self.is(left, *negated, "DISTINCT FROM ");
                self.expr(right, Level::Sum);
            }
            ExprKind::IsNull { operand, negated } => self.is(operand, *negated, "NULL"),
            ExprKind::IsEmpty { operand, negated } => self.is(operand, *negated, "EMPTY"),
            ExprKind::IsTruth {
                operand,
                truth,
                negated,
            } => self.is(operand, *negated, if *truth { "TRUE" } else { "FALSE" }),
            _ => self.worded_test(test),
        }
    }

    fn worded_test(&mut self, test: &ExprKind) {
        match test {
            ExprKind::In {
                operand,
                items,
                negated,
            } => {
                self.tested(operand, *negated, "IN ");
                self.list(items);
            }
            ExprKind::InNamed {
                operand,
                list,
                negated,
            } => {
                self.tested(operand, *negated, "IN ");
                self.named_list(list);
            }
            ExprKind::ContainsItems {
                quantifier,
                operand,
                items,
                negated,
            } => {
                self.tested(operand, *negated, quantifier_words(*quantifier));
                self.list(items);
            }
            ExprKind::Between {
                operand,
                low,
                high,
                negated,
            } => {
                self.tested(operand, *negated, "BETWEEN ");
                self.expr(low, Level::Sum);
                self.push(" AND ");
                self.expr(high, Level::Sum);
            }
            ExprKind::Text {
                test,
                operand,
                pattern,
                escape,
                negated,
            } => {
                self.tested(operand, *negated, text_words(*test));
                if *test == TextOp::Contains && starts_with_quantifier(pattern) {
                    self.bracketed(pattern);
                } else {
                    self.expr(pattern, Level::Sum);
                }
                if let Some(escape) = escape {
                    self.push(" ESCAPE ");
                    write_string(&mut self.out, escape.encode_utf8(&mut [0; 4]));
                }
            }
            ExprKind::Time {
                test,
                operand,
                negated,
            } => {
                match test {
                    TimeOp::Anniversary { .. } => self.anniversary_of(operand, *negated),
                    _ => self.tested(operand, *negated, ""),
                }
                self.time(test);
            }
            _ => debug_assert!(false, "every other kind is printed by `kind`"),
        }
    }

    fn named_list(&mut self, list: &NamedList) {
        match list {
            NamedList::Parameter(name) => self.parameter(&name.text),
            NamedList::Stored(name) => {
                self.push("LIST ");
                write_string(&mut self.out, &name.text);
            }
        }
    }

    fn tested(&mut self, operand: &Expr, negated: bool, words: &str) {
        self.expr(operand, Level::Sum);
        self.push(if negated { " NOT " } else { " " });
        self.push(words);
    }

    fn is(&mut self, operand: &Expr, negated: bool, what: &str) {
        self.expr(operand, Level::Sum);
        self.push(if negated { " IS NOT " } else { " IS " });
        self.push(what);
    }

    fn literal(&mut self, literal: &Literal) {
        match literal {
            Literal::Null => self.push("NULL"),
            Literal::Bool(true) => self.push("TRUE"),
            Literal::Bool(false) => self.push("FALSE"),
            Literal::Int(int) => self.push(&int.to_string()),
            // `{:?}` always has a point or an exponent, and is the shortest that reads back.
            Literal::Float(float) => self.push(&format!("{float:?}")),
            Literal::String(text) => write_string(&mut self.out, text),
            Literal::Timestamp(millis) => {
                self.push("TIMESTAMP ");
                write_string(&mut self.out, &format_timestamp(*millis));
            }
            Literal::Date(days) => {
                self.push("DATE ");
                write_string(&mut self.out, &format_date(*days));
            }
            Literal::Duration(duration) => self.duration(*duration),
        }
    }
}

fn compare_symbol(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Equal => " == ",
        CompareOp::NotEqual => " != ",
        CompareOp::Less => " < ",
        CompareOp::LessOrEqual => " <= ",
        CompareOp::Greater => " > ",
        CompareOp::GreaterOrEqual => " >= ",
    }
}

fn quantifier_words(quantifier: Quantifier) -> &'static str {
    match quantifier {
        Quantifier::Any => "CONTAINS ANY ",
        Quantifier::All => "CONTAINS ALL ",
        Quantifier::None => "CONTAINS NONE ",
    }
}

/// Whether a text begins with ANY, ALL or NONE and a bracket, which after CONTAINS is `CONTAINS ANY (…)`.
fn starts_with_quantifier(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Quantified { quantity, .. } => *quantity != Quantity::CountIf,
        ExprKind::Arithmetic(_, left, _) => starts_with_quantifier(left),
        _ => false,
    }
}

fn text_words(test: TextOp) -> &'static str {
    match test {
        TextOp::Like => "LIKE ",
        TextOp::ILike => "ILIKE ",
        TextOp::Matches => "MATCHES ",
        TextOp::Contains => "CONTAINS ",
        TextOp::StartsWith => "STARTS WITH ",
        TextOp::EndsWith => "ENDS WITH ",
    }
}
