//! Leaves: a field or an aggregate, an operator and its value.

use serde_json::{Map, Value as Json};

use crate::ast::{
    Aggregate, AggregateFunction, EventSelector, Expr, ExprKind, Literal, Name, TextOp, TimeOp,
};
use crate::{Code, Span};

use super::given::names_parameter;
use super::operators::{self, Operator};
use super::read::{LEAF_KEYS, Part, PartKind, Reader, node, to_expr};

/// What the operators of versions stand for.
pub(super) const VERSION_COMPARE: &str = "VERSION_COMPARE";

/// The aggregate functions by their names.
pub(super) const AGGREGATES: [(&str, AggregateFunction); 8] = [
    ("count", AggregateFunction::Count),
    ("sum", AggregateFunction::Sum),
    ("avg", AggregateFunction::Avg),
    ("min", AggregateFunction::Min),
    ("max", AggregateFunction::Max),
    ("first", AggregateFunction::First),
    ("last", AggregateFunction::Last),
    ("count_distinct", AggregateFunction::CountDistinct),
];

impl Reader {
    pub(super) fn leaf(
        &mut self,
        map: &Map<String, Json>,
        pointer: String,
        depth: usize,
    ) -> Option<Part> {
        let known = self.only_keys(map, &LEAF_KEYS, &pointer);
        let operator = self.operator(map, &pointer);
        if let Some(Operator::InSegment { negated }) = operator {
            known?;
            let kind = self.in_segment(map, negated, &pointer)?;
            let kind = PartKind::Leaf(node(kind), None);
            return Some(Part { pointer, kind });
        }
        let operand = self.operand(map, &pointer, depth);
        let matches_missing = self.matches_missing(map, &pointer);
        known?;
        let (operand, filter) = operand?;
        let test = self.test(operator?, operand.clone(), map, &pointer)?;
        let mut expr = node(test);
        if matches_missing? {
            let is_null = node(ExprKind::IsNull {
                operand: Box::new(operand),
                negated: false,
            });
            expr = node(ExprKind::Or(vec![expr, is_null]));
        }
        let kind = PartKind::Leaf(expr, filter.map(Box::new));
        Some(Part { pointer, kind })
    }

    fn operator(&mut self, map: &Map<String, Json>, pointer: &str) -> Option<Operator> {
        let at = format!("{pointer}/operator");
        let Some(json) = map.get("operator") else {
            let help = "add \"operator\", such as \"eq\", \"gt\" or \"in\"";
            return self.shape(pointer, "a condition needs an operator", help);
        };
        let Json::String(name) = json else {
            return self.shape(&at, "an operator is a string", "write \"eq\"");
        };
        operators::operator(name).or_else(|| {
            let message = format!("there is no operator `{name}`");
            let nearest = operators::suggestion(name);
            self.unknown(Code::JsonUnknownOperator, &at, message, nearest)
        })
    }

    fn matches_missing(&mut self, map: &Map<String, Json>, pointer: &str) -> Option<bool> {
        match map.get("missing").map(Json::as_str) {
            None | Some(Some("no_match")) => Some(false),
            Some(Some("match")) => Some(true),
            Some(_) => {
                let help = "write \"match\" or \"no_match\", which is the default";
                let at = format!("{pointer}/missing");
                self.shape(&at, "`missing` is \"match\" or \"no_match\"", help)
            }
        }
    }

    fn in_segment(
        &mut self,
        map: &Map<String, Json>,
        negated: bool,
        pointer: &str,
    ) -> Option<ExprKind> {
        self.only_keys(map, &["operator", "value"], pointer)?;
        let Some(Json::String(segment)) = map.get("value") else {
            let at = format!("{pointer}/value");
            return self.shape(&at, "a segment is named by a string", "write its id");
        };
        let segment = name(segment);
        Some(ExprKind::InSegment { segment, negated })
    }

    /// What is tested, and the WHERE of an aggregate.
    fn operand(
        &mut self,
        map: &Map<String, Json>,
        pointer: &str,
        depth: usize,
    ) -> Option<(Expr, Option<Part>)> {
        if let Some(aggregate) = map.get("aggregate") {
            return self.aggregate(aggregate, map, pointer, depth);
        }
        for key in ["window", "where", "event"] {
            if map.contains_key(key) {
                let at = format!("{pointer}/{key}");
                let message = format!("`{key}` goes with an `aggregate`");
                return self.shape(&at, &message, "add \"aggregate\": \"count\" or the like");
            }
        }
        match map.get("field") {
            Some(Json::String(field)) if !field.is_empty() => {
                Some((node(ExprKind::Field(field.clone())), None))
            }
            Some(_) => {
                let at = format!("{pointer}/field");
                self.shape(&at, "a field is named by a string", "write its name")
            }
            None => self.shape(pointer, "a condition needs a field", "add \"field\""),
        }
    }

    fn aggregate(
        &mut self,
        json: &Json,
        map: &Map<String, Json>,
        pointer: &str,
        depth: usize,
    ) -> Option<(Expr, Option<Part>)> {
        let function = self.function(json, &format!("{pointer}/aggregate"));
        let window = self.window(map.get("window"), &format!("{pointer}/window"));
        let filter = match map.get("where") {
            Some(json) => Some(self.part(json, format!("{pointer}/where"), depth + 1)?),
            None => None,
        };
        let function = function?;
        let (event, property) = self.event(function, map, pointer)?;
        let event = if event == "*" {
            EventSelector::Any
        } else {
            EventSelector::Named(name(&event))
        };
        let aggregate = Aggregate {
            function,
            event,
            property: property.as_deref().map(name),
            window: window?,
            filter: filter.as_ref().map(|part| Box::new(to_expr(part))),
        };
        Some((node(ExprKind::Aggregate(aggregate)), filter))
    }

    fn function(&mut self, json: &Json, at: &str) -> Option<AggregateFunction> {
        let text = json.as_str().unwrap_or_default();
        let lower = text.to_lowercase();
        let found = AGGREGATES.iter().find(|(name, _)| *name == lower);
        if let Some((_, function)) = found {
            return Some(*function);
        }
        let nearest = crate::check::nearest(text, AGGREGATES.iter().map(|(name, _)| *name));
        let message = format!("there is no aggregate `{text}`");
        self.unknown(Code::JsonShape, at, message, nearest)
    }

    /// The event and the property of an aggregate.
    fn event(
        &mut self,
        function: AggregateFunction,
        map: &Map<String, Json>,
        pointer: &str,
    ) -> Option<(String, Option<String>)> {
        let is_count = function == AggregateFunction::Count;
        let text = |key: &str| {
            map.get(key)
                .and_then(Json::as_str)
                .filter(|it| !it.is_empty())
        };
        match (text("event"), text("field"), is_count) {
            (Some(event), None, true) => return Some((event.to_owned(), None)),
            (None, Some(event), true) if !event.contains('.') => {
                return Some((event.to_owned(), None));
            }
            (Some(event), Some(property), false) => {
                return Some((event.to_owned(), Some(property.to_owned())));
            }
            (None, Some(path), false) => {
                if let Some((event, property)) = path.split_once('.') {
                    return Some((event.to_owned(), Some(property.to_owned())));
                }
            }
            _ => {}
        }
        let at = format!("{pointer}/field");
        if is_count {
            let help = "write \"field\": \"purchase\", or \"event\" for a name with a dot";
            return self.shape(&at, "`count` takes an event", help);
        }
        let help = "write \"field\": \"purchase.amount\", or \"event\" and \"field\" apart";
        self.shape(&at, "an aggregate takes a property of an event", help)
    }

    fn test(
        &mut self,
        operator: Operator,
        operand: Expr,
        map: &Map<String, Json>,
        pointer: &str,
    ) -> Option<ExprKind> {
        let operand = Box::new(operand);
        let kind = match operator {
            Operator::Exists => Some(ExprKind::Exists(operand)),
            Operator::IsNull { negated } => Some(ExprKind::IsNull { operand, negated }),
            Operator::IsEmpty { negated } => Some(ExprKind::IsEmpty { operand, negated }),
            Operator::IsTruth { truth, negated } => Some(ExprKind::IsTruth {
                operand,
                truth,
                negated,
            }),
            operator => {
                let Some(json) = map.get("value") else {
                    let message = format!("`{}` needs a value", operators::name(operator));
                    return self.shape(pointer, &message, "add \"value\"");
                };
                return self.test_value(operator, operand, json, &format!("{pointer}/value"));
            }
        };
        if map
            .get("value")
            .is_some_and(|value| *value != Json::Bool(true))
        {
            let message = format!("`{}` takes no value", operators::name(operator));
            return self.shape(&format!("{pointer}/value"), &message, "remove it");
        }
        kind
    }

    fn test_value(
        &mut self,
        operator: Operator,
        operand: Box<Expr>,
        json: &Json,
        at: &str,
    ) -> Option<ExprKind> {
        Some(match operator {
            Operator::Compare(op) => {
                ExprKind::Compare(op, operand, Box::new(self.value(json, at)?))
            }
            Operator::Distinct { negated } => ExprKind::Distinct {
                left: operand,
                right: Box::new(self.value(json, at)?),
                negated,
            },
            Operator::Between { negated } => {
                let Some([low, high]) = self
                    .values(json, at)
                    .and_then(|bounds| <[Expr; 2]>::try_from(bounds).ok())
                else {
                    return self.shape(at, "`between` takes two values", "write [low, high]");
                };
                ExprKind::Between {
                    operand,
                    low: Box::new(low),
                    high: Box::new(high),
                    negated,
                }
            }
            Operator::In { negated } if names_parameter(json) => {
                self.in_parameter(operand, json, negated, at)?
            }
            Operator::InList { negated } => self.in_list(operand, json, negated, at)?,
            Operator::In { negated } => ExprKind::In {
                operand,
                items: self.values(json, at)?,
                negated,
            },
            Operator::Items(quantifier, negated) => ExprKind::ContainsItems {
                quantifier,
                operand,
                items: self.values(json, at)?,
                negated,
            },
            Operator::Text(test, negated) => ExprKind::Text {
                test,
                operand,
                pattern: Box::new(self.value(json, at)?),
                escape: None,
                negated,
            },
            Operator::IContains { negated } => self.icontains(operand, json, negated, at)?,
            Operator::Version(op) => {
                let call = ExprKind::Call {
                    function: name(VERSION_COMPARE),
                    arguments: vec![*operand, self.value(json, at)?],
                };
                let zero = node(ExprKind::Literal(Literal::Int(0)));
                ExprKind::Compare(op, Box::new(node(call)), Box::new(zero))
            }
            operator => self.time(operator, operand, json, at)?,
        })
    }

    /// A substring with letter case folded is an ILIKE between two `%`.
    fn icontains(
        &mut self,
        operand: Box<Expr>,
        json: &Json,
        negated: bool,
        at: &str,
    ) -> Option<ExprKind> {
        let Json::String(text) = json else {
            return self.shape(at, "`icontains` takes a string", "write \"…\"");
        };
        let special = |c: char| matches!(c, '%' | '_' | '!');
        let escape = text.contains(['%', '_']).then_some('!');
        let mut pattern = String::from("%");
        for character in text.chars() {
            if escape.is_some() && special(character) {
                pattern.push('!');
            }
            pattern.push(character);
        }
        pattern.push('%');
        Some(ExprKind::Text {
            test: TextOp::ILike,
            operand,
            pattern: Box::new(node(ExprKind::Literal(Literal::String(pattern)))),
            escape,
            negated,
        })
    }

    fn time(
        &mut self,
        operator: Operator,
        operand: Box<Expr>,
        json: &Json,
        at: &str,
    ) -> Option<ExprKind> {
        let mut is_negated = false;
        let test = match operator {
            Operator::Before => TimeOp::Before(Box::new(self.instant(json, at)?)),
            Operator::After => TimeOp::After(Box::new(self.instant(json, at)?)),
            Operator::WithinNext => TimeOp::WithinNext(self.duration(json, at)?),
            Operator::OlderThan => TimeOp::OlderThan(self.duration(json, at)?),
            Operator::WithinLast { negated } => {
                is_negated = negated;
                self.last(json, at)?
            }
            Operator::During { negated } => {
                is_negated = negated;
                self.during(json, at)?
            }
            Operator::Anniversary { is_next, negated } => {
                is_negated = negated;
                self.anniversary(is_next, json, at)?
            }
            _ => return None,
        };
        Some(ExprKind::Time {
            test,
            operand,
            negated: is_negated,
        })
    }
}

fn name(text: &str) -> Name {
    Name {
        text: text.to_owned(),
        span: Span::default(),
    }
}
