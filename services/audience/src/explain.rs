//! Why a rule is what it is, as text.

mod membership;
mod tree;

pub(crate) use membership::print_membership;
pub(crate) use tree::print_tree;
