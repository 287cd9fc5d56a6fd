//! Comparisons of versions, as node-semver's fixtures have them: `version(a) < version(b)`.

use crate::case::{Foreign, Question, Unsaid, unsaid};
use crate::parse::{Grammar, Node, parse};
use crate::said::{Kind, Said};
use crate::tokens::{Spelling, tokens};

const SPELLING: Spelling = Spelling {
    symbols: &["<=", ">=", "==", "!=", "<", ">", "(", ")"],
    dotted_names: false,
    string: |_| None,
};

static GRAMMAR: Grammar = Grammar {
    prefix: &[],
    infix: &[
        ("<=", 1),
        (">=", 1),
        ("==", 1),
        ("!=", 1),
        ("<", 1),
        (">", 1),
    ],
    primary: |_| Ok(None),
    suffix: |_, _, _| Ok(None),
};

pub(crate) fn translate(foreign: &Foreign) -> Result<Question, Unsaid> {
    let bindings = foreign.named();
    let tree = parse(tokens(foreign.text(), &SPELLING)?, &GRAMMAR)?;
    let Node::Infix(op, left, right) = tree else {
        return unsaid("what is no comparison");
    };
    let version = |node: &Node| match node {
        Node::Call(name, of) => match (name.as_str(), of.as_slice()) {
            ("version", [Node::Name(name)]) => Ok(Said::field(&[name], &bindings)),
            _ => unsaid("other functions"),
        },
        _ => unsaid("what is no version"),
    };
    let order = [&version(&left)?, &version(&right)?];
    let order = Said::call("VERSION_COMPARE", &order, Kind::Int);
    let said = order.infix(op, &Said::number("0"), Kind::Bool);
    Ok(Question::value(said.text, bindings))
}
