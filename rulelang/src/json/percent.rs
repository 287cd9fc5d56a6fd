//! Shares of users: `{"percent": 10, "salt": "june"}`, both ways.

use serde_json::{Map, Value as Json, json};

use crate::Span;
use crate::ast::{Expr, ExprKind, Literal, Name};

use super::read::{PartKind, Reader, node};
use super::values::value_json;

/// The function that the leaf stands for, as the tree names it.
const FUNCTION: &str = "PERCENT";

impl Reader {
    /// The leaf; what its values may be is the checker's matter.
    pub(super) fn percent(&mut self, map: &Map<String, Json>, pointer: &str) -> Option<PartKind> {
        let (Some(percent), Some(salt)) = (map.get("percent"), map.get("salt")) else {
            let help = "write {\"percent\": 10, \"salt\": \"june\"}";
            return self.shape(pointer, "a share of users needs a salt", help);
        };
        let percent = self.value(percent, &format!("{pointer}/percent"));
        let salt = self.value(salt, &format!("{pointer}/salt"));
        let call = ExprKind::Call {
            function: Name {
                text: FUNCTION.to_owned(),
                span: Span::default(),
            },
            arguments: vec![percent?, salt?],
        };
        Some(PartKind::Leaf(node(call), None))
    }
}

/// The two values of such a call; `None` of anything else.
pub(super) fn percent_of(kind: &ExprKind) -> Option<[&Expr; 2]> {
    match kind {
        ExprKind::Call {
            function,
            arguments,
        } if function.text == FUNCTION => match &arguments[..] {
            [percent, salt] => Some([percent, salt]),
            _ => None,
        },
        _ => None,
    }
}

/// The leaf of an expression; `None` where no leaf can say it.
pub(super) fn percent_json(kind: &ExprKind) -> Option<Json> {
    let [percent, salt] = percent_of(kind)?;
    let is_number = matches!(
        &percent.kind,
        ExprKind::Literal(Literal::Int(_) | Literal::Float(_)) | ExprKind::Parameter(_)
    );
    let is_text = matches!(
        &salt.kind,
        ExprKind::Literal(Literal::String(_)) | ExprKind::Parameter(_)
    );
    let values = (is_number && is_text).then_some([percent, salt])?;
    let [percent, salt] = values.map(value_json);
    Some(json!({ "percent": percent?, "salt": salt? }))
}
