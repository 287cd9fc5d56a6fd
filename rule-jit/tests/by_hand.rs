//! The smallest round: a rule built by hand, lowered, compiled, asked.

use rule_jit::{Compiler, Input, Question, Row, Symbols, lower};
use rulelang::ast::{Expr, ExprKind, Literal};
use rulelang::rule::{CompareOp, Field, Node, NodeKind};
use rulelang::{Rule, Span, Type, Value};

fn node(kind: NodeKind, ty: Type) -> Node {
    let span = Span::default();
    Node { kind, ty, span }
}

fn compare(op: CompareOp, field: usize, constant: Value) -> Node {
    let ty = constant.type_of();
    let kind = NodeKind::Compare {
        op,
        left: Box::new(node(NodeKind::Field(field), ty)),
        right: Box::new(node(NodeKind::Literal(constant), ty)),
    };
    node(kind, Type::Bool)
}

/// `spent > limit AND category == wanted`
fn rule(limit: f64, wanted: &str) -> Rule {
    let terms = vec![
        compare(CompareOp::Greater, 0, Value::Float(limit)),
        compare(CompareOp::Equal, 1, Value::string(wanted)),
    ];
    let field = |name: &str, ty| Field {
        name: name.into(),
        ty,
    };
    Rule {
        ast: Expr {
            kind: ExprKind::Literal(Literal::Null),
            span: Span::default(),
        },
        source: "".into(),
        root: node(NodeKind::And(terms), Type::Bool),
        fields: vec![field("spent", Type::Float), field("category", Type::String)],
        aggregates: vec![],
        segments: vec![],
    }
}

fn layout(input: Input<'_>) -> Option<u32> {
    match input {
        Input::Field(field) => Some(u32::from(&*field.name == "category")),
        _ => None,
    }
}

#[test]
fn rules_of_one_shape_share_code_and_keep_their_constants() {
    let mut symbols = Symbols::new();
    let compiler = Compiler::for_host().unwrap();
    let mut lowered = |rule: &Rule| lower(rule, Question::Match, &layout, &mut symbols).unwrap();
    let (rich, poor) = (
        lowered(&rule(1000.0, "shoes")),
        lowered(&rule(10.0, "hats")),
    );
    assert_eq!(rich.shape(), poor.shape());
    let code = compiler.compile(rich.shape()).unwrap();
    println!("{}", compiler.assembly(rich.shape()).unwrap());
    let (rich, poor) = (code.bind(rich).unwrap(), code.bind(poor).unwrap());
    drop((code, compiler));

    let mut row = Row::new(2, 0);
    row.set_float(0, 1000.5);
    row.set_str(1, "shoes", symbols.lookup("shoes"));
    assert_eq!(rich.matches(&row), Ok(true));
    assert_eq!(poor.matches(&row), Ok(false));
    row.set_str(1, "hats", symbols.lookup("hats"));
    assert_eq!(rich.matches(&row), Ok(false));
    assert_eq!(poor.matches(&row), Ok(true));
    row.set_null(0);
    assert_eq!(poor.matches(&row), Ok(false));
    assert!(poor.matches(&Row::new(1, 0)).is_err());
}
