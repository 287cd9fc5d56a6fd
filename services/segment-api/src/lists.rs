//! The lists that rules name with `IN LIST`: a part of the declared schema, as computed traits are, so
//! that an edited list edits every segment that uses it.

use kit::http::{Fault, Problem};
use serde_json::{Map, Value, json};

use crate::limits::{LIST_NAME_CHARS_MAX, LISTS_BYTES_MAX, LISTS_MAX};
use crate::schema_edit::with_entry;

/// Where in the declared schema they are.
const LISTS: &str = "lists";

/// The lists of a declared schema, by their names.
pub(crate) fn all(declared: &Value) -> Option<&Map<String, Value>> {
    declared.get(LISTS)?.as_object()
}

/// A list's items; 404 where it is not there.
pub(crate) fn items<'a>(declared: &'a Value, name: &str) -> Result<&'a Value, Problem> {
    let found = all(declared).and_then(|lists| lists.get(name));
    found.ok_or_else(|| {
        let names = all(declared).into_iter().flat_map(Map::keys);
        let problem = Problem::not_found(format!("there is no list `{name}`"));
        match rulelang::nearest(name, names.map(String::as_str)) {
            Some(nearest) => {
                let fault = Fault::new("unknown list");
                problem.fault(fault.suggestion(format!("did you mean `{nearest}`?")))
            }
            None => problem,
        }
    })
}

/// The declared schema with a list, new or edited.
pub(crate) fn with(declared: &Value, name: &str, items: &Value) -> Result<Value, Problem> {
    if name.is_empty() || name.chars().count() > LIST_NAME_CHARS_MAX {
        let detail = format!("a list's name has 1 to {LIST_NAME_CHARS_MAX} characters");
        return Err(Problem::bad_request(detail));
    }
    let mut one = Map::new();
    one.insert(name.to_owned(), items.clone());
    rulelang::json::lists(&Value::Object(one)).map_err(|found| {
        let first = found.iter().next();
        let detail = first.map_or_else(String::new, |found| found.message.clone());
        let help = first.and_then(|found| found.help.clone());
        let fault = Fault::new(detail.clone()).at("/items");
        Problem::bad_request(detail).fault(fault.suggestion(help.unwrap_or_default()))
    })?;
    let declared = with_entry(declared, LISTS, name, Some(items.clone()));
    let lists = all(&declared);
    if lists.is_some_and(|lists| lists.len() > LISTS_MAX) {
        let detail = format!("there are at most {LISTS_MAX} lists");
        return Err(Problem::conflict(detail));
    }
    if json!(lists).to_string().len() > LISTS_BYTES_MAX {
        let detail = format!("all lists together have at most {LISTS_BYTES_MAX} bytes as JSON");
        return Err(Problem::conflict(detail));
    }
    Ok(declared)
}

/// The declared schema without a list.
pub(crate) fn without(declared: &Value, name: &str) -> Value {
    with_entry(declared, LISTS, name, None)
}

/// What people say of names, the lists left out: they have routes of their own.
pub(crate) fn apart(declared: &Value) -> Value {
    let mut declared = declared.clone();
    if let Some(file) = declared.as_object_mut() {
        file.remove(LISTS);
    }
    declared
}

/// Another declared schema with the lists that were there; 400 where it brings lists itself.
pub(crate) fn kept(before: &Value, mut after: Map<String, Value>) -> Result<Value, Problem> {
    if after.contains_key(LISTS) {
        let detail = "lists are not a part of this body";
        let fault = Fault::new(detail).at("/lists");
        let help = "put each one to `/api/lists/{list}`";
        return Err(Problem::bad_request(detail).fault(fault.suggestion(help)));
    }
    if let Some(lists) = before.get(LISTS) {
        after.insert(LISTS.to_owned(), lists.clone());
    }
    Ok(Value::Object(after))
}
