//! Functions and lists written out.

use super::Scope;
use crate::builtins;
use crate::rule::{Node, NodeKind};
use crate::value::Value;

impl Scope<'_> {
    /// A function of its arguments' values, or the list of them.
    pub(super) fn call(self, node: &Node) -> Value {
        let values = |nodes: &[Node]| {
            nodes
                .iter()
                .map(|node| self.value(node))
                .collect::<Vec<_>>()
        };
        match &node.kind {
            NodeKind::Call { builtin, arguments } => builtin.call(&values(arguments), node.ty),
            NodeKind::List(items) => builtins::list_of(&values(items)),
            _ => Value::Null,
        }
    }
}
