//! Quantifiers in compiled rules: a call of the host for each, which evaluates it by the interpreter.
//!
//! How often a condition runs depends on the list, so code cannot be branchless there; what it
//! would save beside reading objects is little. The arguments of the call are the inputs that the
//! quantifier reads, in its condition too.

use rulelang::rule::{Node, NodeKind};
use rulelang::{Inputs, Type, Value, evaluate_node};

/// A quantifier and the inputs that its call passes.
#[derive(Debug, PartialEq)]
pub(crate) struct Quantifier {
    node: Node,
    /// What the arguments are, in their order.
    inputs: Vec<NodeKind>,
}

impl Quantifier {
    /// `node` is the quantifier; the answer has what it reads as arguments of its call.
    pub(crate) fn new(node: &Node) -> (Self, Vec<Node>) {
        let mut arguments: Vec<Node> = vec![];
        node.walk(&mut |part| {
            let argument = match &part.kind {
                NodeKind::Field(_)
                | NodeKind::Property(_)
                | NodeKind::Aggregate(_)
                | NodeKind::InSegment(_)
                | NodeKind::Now => part.clone(),
                // Reads now.
                NodeKind::Time { .. } => Node {
                    kind: NodeKind::Now,
                    ty: Type::Timestamp,
                    span: part.span,
                },
                _ => return,
            };
            if !arguments.contains(&argument) {
                arguments.push(argument);
            }
        });
        let quantifier = Self {
            node: node.clone(),
            inputs: arguments.iter().map(|one| one.kind.clone()).collect(),
        };
        (quantifier, arguments)
    }

    /// Its value, of the arguments' values.
    pub(crate) fn answer(&self, arguments: &[Value]) -> Value {
        let inputs = &self.inputs;
        evaluate_node(&self.node, &Arguments { inputs, arguments })
    }

    /// About how many bytes of memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        let mut nodes = self.inputs.len();
        self.node.walk(&mut |_| nodes += 1);
        nodes * size_of::<Node>()
    }
}

struct Arguments<'a> {
    inputs: &'a [NodeKind],
    arguments: &'a [Value],
}

impl Arguments<'_> {
    fn of(&self, input: &NodeKind) -> Value {
        let at = self.inputs.iter().position(|known| known == input);
        let value = at.and_then(|at| self.arguments.get(at));
        value.cloned().unwrap_or_default()
    }
}

impl Inputs for Arguments<'_> {
    fn field(&self, index: usize) -> Value {
        self.of(&NodeKind::Field(index))
    }

    fn property(&self, index: usize) -> Value {
        self.of(&NodeKind::Property(index))
    }

    fn aggregate(&self, index: usize) -> Value {
        self.of(&NodeKind::Aggregate(index))
    }

    fn in_segment(&self, index: usize) -> bool {
        self.of(&NodeKind::InSegment(index)) == Value::Bool(true)
    }

    fn now(&self) -> i64 {
        match self.of(&NodeKind::Now) {
            Value::Timestamp(now) => now,
            _ => 0,
        }
    }
}
