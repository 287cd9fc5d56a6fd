//! Zen's closures: conditions asked of the items of a list, of which one is `#` or what `as` calls it.

use super::Zen;
use super::syntax::ITEM;
use crate::case::{Unsaid, unsaid};
use crate::parse::Node;
use crate::said::{Kind, Said};

impl Zen<'_> {
    /// A function that takes a closure, if it is one.
    pub(super) fn closure(&self, name: &str, arguments: &[Node]) -> Option<Result<Said, Unsaid>> {
        let quantity = match name {
            "some" => "ANY",
            "all" => "ALL",
            "none" => "NONE",
            "count" | "one" => "COUNT_IF",
            // How many pass a filter.
            "len" => {
                let [Node::Call(filter, of)] = arguments else {
                    return None;
                };
                return (filter == "filter").then(|| self.of_items("COUNT_IF", of));
            }
            "map" | "filter" | "flatMap" => return Some(unsaid("closures that make lists")),
            _ => return None,
        };
        let said = self.of_items(quantity, arguments);
        Some(said.map(|said| match name {
            "one" => said.infix("==", &Said::number("1"), Kind::Bool),
            _ => said,
        }))
    }

    fn of_items(&self, quantity: &str, arguments: &[Node]) -> Result<Said, Unsaid> {
        let [list, condition] = arguments else {
            return unsaid("closures of other forms");
        };
        let (list, item) = match list {
            Node::Infix("as", list, item) => match &**item {
                Node::Name(item) => (&**list, item.as_str()),
                _ => return unsaid("closures of other forms"),
            },
            list => (list, ITEM),
        };
        let said = self.say(list)?;
        if said.kind != Kind::List {
            return unsaid("closures over what is no list");
        }
        let mut bindings = self.bindings.clone();
        bindings.insert(item.to_owned(), list.sample(self.bindings));
        let inner = Zen {
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
