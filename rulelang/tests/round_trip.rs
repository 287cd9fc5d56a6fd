//! Properties: the parser never panics, and `parse(format(x)) == x` for every tree it can make.
use proptest::prelude::*;
use rulelang::ast::{
    Aggregate, AggregateFunction, ArithmeticOp, CompareOp, Duration, DurationUnit, EventSelector,
    Expr, ExprKind, Literal, Name, NamedList, Quantifier, Quantity, Sequence, SequenceStart,
    SequenceStep, TextOp, TimeOp, Window,
};
use rulelang::calendar::{CalendarSpan, CalendarUnit, Zone};
use rulelang::{Span, format, parse, render};

fn expr(kind: ExprKind) -> Expr {
    Expr {
        kind,
        span: Span::default(),
    }
}

fn named(text: String) -> Name {
    Name {
        text,
        span: Span::default(),
    }
}

/// Names: plain, paths, every word of the language in some case, and such as need backticks.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-zA-Z_$][a-zA-Z0-9_$]{0,6}(\\.[a-z]{1,4}){0,2}",
        2 => proptest::sample::select(WORDS).prop_map(str::to_owned),
        1 => proptest::sample::select(WORDS).prop_map(str::to_ascii_lowercase),
        1 => "[a-z `.'\"\\\\/*üß“-]{1,8}",
    ]
}

const WORDS: &[&str] = &[
    "AND",
    "OR",
    "NOT",
    "IN",
    "IS",
    "TRUE",
    "FALSE",
    "NULL",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "DID",
    "EXISTS",
    "COUNT",
    "SUM",
    "LAST",
    "DISTINCT",
    "WITHIN",
    "NEXT",
    "FROM",
    "TO",
    "AGO",
    "DURING",
    "BEFORE",
    "AFTER",
    "OLDER",
    "THAN",
    "BETWEEN",
    "LIKE",
    "ILIKE",
    "MATCHES",
    "ESCAPE",
    "CONTAINS",
    "ANY",
    "ALL",
    "NONE",
    "STARTS",
    "ENDS",
    "WITH",
    "EMPTY",
    "WHERE",
    "SEGMENT",
    "LIST",
    "DIV",
    "DATE",
    "TIMESTAMP",
    "DAYS",
    "CALENDAR",
    "SEQUENCE",
];

fn function() -> impl Strategy<Value = Name> {
    proptest::sample::select(&["NOW", "IF", "COALESCE", "DATE", "LIKE", "END", "X_1"][..])
        .prop_map(|name| named(name.to_owned()))
}

fn duration() -> impl Strategy<Value = Duration> {
    let units = &[
        DurationUnit::Milliseconds,
        DurationUnit::Seconds,
        DurationUnit::Minutes,
        DurationUnit::Hours,
        DurationUnit::Days,
        DurationUnit::Weeks,
    ][..];
    (0_i64..1_000, proptest::sample::select(units))
        .prop_map(|(count, unit)| Duration { count, unit })
}

fn calendar() -> impl Strategy<Value = CalendarSpan> {
    let units = vec![
        CalendarUnit::Days,
        CalendarUnit::Weeks,
        CalendarUnit::Months,
        CalendarUnit::Years,
    ];
    let zones = vec!["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"];
    let (units, zones) = (
        proptest::sample::select(units),
        proptest::sample::select(zones),
    );
    (1..1_000_u32, units, zones).prop_map(|(count, unit, zone)| CalendarSpan {
        count,
        unit,
        zone: Zone::named(zone).unwrap_or_else(Zone::utc),
    })
}

fn anniversary() -> impl Strategy<Value = TimeOp> {
    let (length, calendar) = (duration(), calendar());
    (0..3, length, calendar).prop_map(|(kind, length, calendar)| TimeOp::Anniversary {
        within: Box::new(match kind {
            0 => TimeOp::WithinLast(length),
            1 => TimeOp::WithinNext(length),
            _ => TimeOp::WithinLastCalendar(calendar),
        }),
        zone: calendar.zone,
    })
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Bool),
        any::<i64>().prop_map(Literal::Int),
        (-3_i64..3).prop_map(Literal::Int),
        any::<f64>()
            .prop_filter("finite", |float| float.is_finite())
            .prop_map(Literal::Float),
        (-3.0..3.0).prop_map(Literal::Float),
        any::<String>().prop_map(Literal::String),
        (-1_000_000_000_000_i64..5_000_000_000_000).prop_map(Literal::Timestamp),
        (-50_000_i32..50_000).prop_map(Literal::Date),
        duration().prop_map(Literal::Duration),
    ]
}

fn event() -> impl Strategy<Value = EventSelector> {
    prop_oneof![
        1 => Just(EventSelector::Any),
        3 => name().prop_map(|name| EventSelector::Named(named(name))),
    ]
}

fn window(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = Window> {
    let pair = (inner.clone(), inner);
    prop_oneof![
        Just(Window::AllTime),
        calendar().prop_map(Window::WithinLastCalendar),
        duration().prop_map(Window::WithinLast),
        (duration(), duration()).prop_map(|(from, to)| Window::FromToAgo(from, to)),
        pair.prop_map(|(from, to)| Window::During(Box::new(from), Box::new(to))),
    ]
}

fn time(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = TimeOp> {
    let pair = (inner.clone(), inner.clone());
    prop_oneof![
        calendar().prop_map(TimeOp::WithinLastCalendar),
        anniversary(),
        duration().prop_map(TimeOp::WithinLast),
        duration().prop_map(TimeOp::WithinNext),
        duration().prop_map(TimeOp::OlderThan),
        (duration(), duration()).prop_map(|(from, to)| TimeOp::FromToAgo(from, to)),
        pair.prop_map(|(from, to)| TimeOp::During(Box::new(from), Box::new(to))),
        inner
            .clone()
            .prop_map(|instant| TimeOp::Before(Box::new(instant))),
        inner.prop_map(|instant| TimeOp::After(Box::new(instant))),
    ]
}

fn events(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = ExprKind> {
    use AggregateFunction::{Avg, Count, CountDistinct, First, Last, Max, Min, Sum};
    let functions = &[Count, CountDistinct, Sum, Avg, Min, Max, First, Last][..];
    let aggregate = (
        proptest::sample::select(functions),
        event(),
        name(),
        window(inner.clone()),
        proptest::option::of(inner.clone().prop_map(Box::new)),
    );
    let did = (
        event(),
        window(inner.clone()),
        proptest::option::of(inner.prop_map(Box::new)),
        any::<bool>(),
    );
    prop_oneof![
        aggregate.prop_map(|(function, event, property, window, filter)| {
            ExprKind::Aggregate(Aggregate {
                function,
                event,
                property: (function != Count).then(|| named(property)),
                window,
                filter,
            })
        }),
        did.prop_map(|(event, window, filter, negated)| ExprKind::Did {
            event,
            window,
            filter,
            negated,
        }),
        (name(), any::<bool>()).prop_map(|(segment, negated)| ExprKind::InSegment {
            segment: named(segment),
            negated,
        }),
    ]
}

fn sequence(inner: &BoxedStrategy<Expr>) -> impl Strategy<Value = ExprKind> + use<> {
    let filter = proptest::option::of(inner.clone().prop_map(Box::new)).boxed();
    let first = (event(), window(inner.clone()), filter.clone());
    let first = first.prop_map(|(event, window, filter)| SequenceStart {
        event,
        window,
        filter,
    });
    let step = (event(), proptest::option::of(duration()), filter);
    let step = step.prop_map(|(event, within, filter)| SequenceStep {
        event,
        within,
        filter,
    });
    let step = step.boxed();
    let then = proptest::collection::vec(step.clone(), 0..3);
    (first, then, proptest::option::of(step)).prop_filter_map(
        "two steps or more",
        |(first, then, then_not)| {
            let is_long = !then.is_empty() || then_not.is_some();
            is_long.then_some(ExprKind::Sequence(Sequence {
                first,
                then,
                then_not,
            }))
        },
    )
}

fn parameter() -> impl Strategy<Value = String> {
    proptest::sample::select(vec!["p", "min_1", "IN"]).prop_map(str::to_owned)
}

/// Tests against lists that are only named.
fn named_lists(inner: &BoxedStrategy<Expr>) -> impl Strategy<Value = ExprKind> + use<> {
    let list = prop_oneof![
        name().prop_map(|name| NamedList::Stored(named(name))),
        parameter().prop_map(|name| NamedList::Parameter(named(name))),
    ];
    let operand = inner.clone().prop_map(Box::new);
    (operand, list, any::<bool>()).prop_map(|(operand, list, negated)| ExprKind::InNamed {
        operand,
        list,
        negated,
    })
}

fn arithmetic(inner: &BoxedStrategy<Expr>) -> impl Strategy<Value = ExprKind> + use<> {
    use ArithmeticOp::{Add, Divide, IntDivide, Multiply, Remainder, Subtract};
    let ops = &[Add, Subtract, Multiply, Divide, Remainder, IntDivide][..];
    let boxed = inner.clone().prop_map(Box::new).boxed();
    prop_oneof![
        boxed.clone().prop_map(ExprKind::Negate),
        boxed.clone().prop_map(ExprKind::Exists),
        (proptest::sample::select(ops), boxed.clone(), boxed)
            .prop_map(|(op, left, right)| ExprKind::Arithmetic(op, left, right)),
    ]
}

fn logic(inner: &BoxedStrategy<Expr>) -> impl Strategy<Value = ExprKind> + use<> {
    let several = proptest::collection::vec(inner.clone(), 2..4);
    let branches = proptest::collection::vec((inner.clone(), inner.clone()), 1..3);
    let otherwise = proptest::option::of(inner.clone().prop_map(Box::new));
    let arguments = proptest::collection::vec(inner.clone(), 0..3);
    prop_oneof![
        inner
            .clone()
            .prop_map(|operand| ExprKind::Not(Box::new(operand))),
        several.clone().prop_map(ExprKind::And),
        several.prop_map(ExprKind::Or),
        (branches, otherwise).prop_map(|(branches, otherwise)| ExprKind::Case {
            branches,
            otherwise,
        }),
        arguments.clone().prop_map(ExprKind::List),
        (function(), arguments).prop_map(|(function, arguments)| ExprKind::Call {
            function,
            arguments,
        }),
    ]
}

fn test(inner: &BoxedStrategy<Expr>) -> impl Strategy<Value = ExprKind> + use<> {
    use CompareOp::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    use TextOp::{Contains, EndsWith, ILike, Like, Matches, StartsWith};
    let boxed = inner.clone().prop_map(Box::new).boxed();
    let compares = &[Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual][..];
    let texts = &[Like, ILike, Matches, Contains, StartsWith, EndsWith][..];
    let quantifiers = &[Quantifier::Any, Quantifier::All, Quantifier::None][..];
    let items = proptest::collection::vec(inner.clone(), 0..3);
    let (a, b, c) = (boxed.clone(), boxed.clone(), boxed);
    let not = any::<bool>();
    prop_oneof![
        (proptest::sample::select(compares), a.clone(), b.clone())
            .prop_map(|(op, left, right)| ExprKind::Compare(op, left, right)),
        (a.clone(), b.clone(), not).prop_map(|(left, right, negated)| ExprKind::Distinct {
            left,
            right,
            negated
        }),
        (a.clone(), items.clone(), not).prop_map(|(operand, items, negated)| ExprKind::In {
            operand,
            items,
            negated
        }),
        (a.clone(), b.clone(), c, not).prop_map(|(operand, low, high, negated)| {
            ExprKind::Between {
                operand,
                low,
                high,
                negated,
            }
        }),
        (
            proptest::sample::select(texts),
            a.clone(),
            b,
            any::<char>(),
            any::<bool>(),
            not
        )
            .prop_map(|(test, operand, pattern, escape, escaped, negated)| {
                ExprKind::Text {
                    test,
                    operand,
                    pattern,
                    escape: (escaped && matches!(test, Like | ILike)).then_some(escape),
                    negated,
                }
            }),
        (proptest::sample::select(quantifiers), a.clone(), items, not).prop_map(
            |(quantifier, operand, items, negated)| ExprKind::ContainsItems {
                quantifier,
                operand,
                items,
                negated
            }
        ),
        (a.clone(), not).prop_map(|(operand, negated)| ExprKind::IsNull { operand, negated }),
        (a.clone(), not).prop_map(|(operand, negated)| ExprKind::IsEmpty { operand, negated }),
        (a.clone(), any::<bool>(), not).prop_map(|(operand, truth, negated)| {
            ExprKind::IsTruth {
                operand,
                truth,
                negated,
            }
        }),
        (a, time(inner.clone()), not).prop_map(|(operand, test, negated)| ExprKind::Time {
            test,
            operand,
            negated
        }),
    ]
}

fn quantified(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = ExprKind> {
    let quantities = [
        Quantity::Any,
        Quantity::All,
        Quantity::None,
        Quantity::CountIf,
    ];
    let quantity = proptest::sample::select(quantities.to_vec());
    let item = proptest::sample::select(&["i", "any", "did", "END", "count_if", "_1"][..]);
    let boxed = inner.prop_map(Box::new).boxed();
    (quantity, boxed.clone(), item, boxed).prop_map(|(quantity, list, item, condition)| {
        ExprKind::Quantified {
            quantity,
            list,
            item: named(item.to_owned()),
            condition,
        }
    })
}

fn tree() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        literal().prop_map(ExprKind::Literal),
        name().prop_map(ExprKind::Field),
        parameter().prop_map(ExprKind::Parameter),
    ];
    leaf.prop_map(expr)
        .boxed()
        .prop_recursive(5, 40, 3, |inner| {
            prop_oneof![
                arithmetic(&inner),
                logic(&inner),
                test(&inner),
                sequence(&inner),
                quantified(inner.clone()),
                named_lists(&inner),
                events(inner)
            ]
            .prop_map(expr)
        })
}

/// Tokens, well mixed: most soups are wrong, all must be answered.
fn soup() -> impl Strategy<Value = String> {
    let symbols = &[
        "(",
        ")",
        ",",
        "==",
        "!=",
        "<",
        "!",
        "+",
        "-",
        "*",
        "/",
        "%",
        ".",
        "'a'",
        "\"",
        "'",
        "`x`",
        "`",
        "1",
        "30d",
        "1.5e3",
        "x",
        "a.b",
        "*.t",
        "“",
        "ü",
        "//",
        "/*",
        "*/",
        "\n",
        "\\",
        "===",
        "&&",
        ":",
        ":p",
        "[",
        "ANY(x, i =>",
        "=>",
    ][..];
    let token = prop_oneof![
        proptest::sample::select(symbols),
        proptest::sample::select(WORDS)
    ];
    let blank = proptest::sample::select(&[" ", " ", ""][..]);
    proptest::collection::vec((token, blank), 0..40)
        .prop_map(|parts| parts.into_iter().flat_map(|(a, b)| [a, b]).collect())
}

/// Parses, prints and renders: nothing may panic, and what parses must round-trip.
fn holds(source: &str) {
    match parse(source) {
        Ok(tree) => {
            let text = format(&tree);
            assert_eq!(parse(&text).as_ref(), Ok(&tree), "{text}");
        }
        Err(errors) => {
            assert!(errors.has_errors());
            for error in &errors {
                let (start, end) = (error.span.start as usize, error.span.end as usize);
                assert!(source.get(start..end).is_some(), "{error:?}");
                assert!(!error.message.contains("internal error"), "{error:?}");
            }
            assert!(!render(&errors, source, true).is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_text_is_answered(source in any::<String>()) {
        holds(&source);
    }

    #[test]
    fn any_mix_of_tokens_is_answered(source in soup()) {
        holds(&source);
    }

    #[test]
    fn a_tree_reads_back_as_itself(tree in tree()) {
        let text = format(&tree);
        match parse(&text) {
            Ok(read) => {
                prop_assert_eq!(&read, &tree, "{}", text);
                prop_assert_eq!(format(&read), text);
            }
            Err(errors) => panic!("{}", render(&errors, &text, false)),
        }
    }
}
