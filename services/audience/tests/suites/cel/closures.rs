//! The macros of the Common Expression Language: conditions asked of the items of a list.

use super::Cel;
use crate::case::{Unsaid, unsaid};
use crate::parse::Node;
use crate::said::{Kind, Said};

impl Cel<'_> {
    /// A macro, if it is one.
    pub(super) fn closure(&self, name: &str, arguments: &[Node]) -> Option<Result<Said, Unsaid>> {
        const OTHERS: [&str; 7] = [
            ".map",
            ".filter",
            ".transformList",
            ".transformMap",
            ".transformMapEntry",
            "cel.bind",
            ".bind",
        ];
        let quantity = match name {
            ".exists" => "ANY",
            ".all" => "ALL",
            ".exists_one" | ".existsOne" => "COUNT_IF",
            // How many pass a filter.
            "size" | ".size" => {
                let [Node::Call(filter, of)] = arguments else {
                    return None;
                };
                return (filter == ".filter").then(|| self.of_items("COUNT_IF", of));
            }
            other if OTHERS.contains(&other) => {
                return Some(unsaid("closures that make lists"));
            }
            _ => return None,
        };
        let said = self.of_items(quantity, arguments);
        Some(said.map(|said| match quantity {
            "COUNT_IF" => said.infix("==", &Said::number("1"), Kind::Bool),
            _ => said,
        }))
    }

    fn of_items(&self, quantity: &str, arguments: &[Node]) -> Result<Said, Unsaid> {
        let [list, Node::Name(item), condition] = arguments else {
            return unsaid("closures that know the place");
        };
        let said = self.say(list)?;
        if said.kind != Kind::List {
            return unsaid("closures over what is no list");
        }
        let mut bindings = self.bindings.clone();
        bindings.insert(item.clone(), list.sample(self.bindings));
        let inner = Cel {
            bindings: &bindings,
        };
        Ok(Said::of_items(
            quantity,
            &said,
            item,
            &inner.say(condition)?,
        ))
    }
}
