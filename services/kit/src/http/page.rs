//! Paging by opaque cursors.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Problem;

/// Items of a page where the query does not say.
pub const PAGE_LIMIT_DEFAULT: usize = 100;
/// Items of a page at most.
pub const PAGE_LIMIT_MAX: usize = 1000;

/// `?limit=&cursor=`. Flattening loses types in queries: a query with more parameters repeats
/// these two fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// Items wanted; 100 where absent.
    #[schemars(range(min = 1, max = PAGE_LIMIT_MAX))]
    pub limit: Option<usize>,
    /// `page.next` of the page before; absent for the first.
    pub cursor: Option<Cursor>,
}

impl PageQuery {
    /// How many items.
    ///
    /// # Errors
    /// 400 where it is not between 1 and [`PAGE_LIMIT_MAX`].
    pub fn limit(&self) -> Result<usize, Problem> {
        match self.limit.unwrap_or(PAGE_LIMIT_DEFAULT) {
            limit if (1..=PAGE_LIMIT_MAX).contains(&limit) => Ok(limit),
            limit => Err(Problem::bad_request(format!(
                "`limit` is {limit}; it must be between 1 and {PAGE_LIMIT_MAX}"
            ))),
        }
    }

    /// The key after which the page begins; `None` for the first page.
    ///
    /// # Errors
    /// 400 where the cursor is none of ours.
    pub fn after(&self) -> Result<Option<String>, Problem> {
        self.cursor.as_ref().map(Cursor::key).transpose()
    }
}

/// Where a page begins, as the caller sees it: base64url of the key before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Cursor(String);

impl Cursor {
    /// The place after that key.
    pub fn after(key: &str) -> Self {
        Self(BASE64_URL_SAFE_NO_PAD.encode(key))
    }

    /// The key.
    ///
    /// # Errors
    /// 400 where it is none of ours.
    pub fn key(&self) -> Result<String, Problem> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&self.0).ok();
        bytes
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| {
                Problem::bad_request(format!(
                    "`{}` is no cursor; take it from `page.next`",
                    self.0
                ))
            })
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub struct Page<T> {
    /// Its items.
    pub data: Vec<T>,
    /// Where the list goes on.
    pub page: PageInfo,
}

/// Where a list goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageInfo {
    /// The cursor of the next page; null on the last.
    pub next: Option<Cursor>,
    /// Whether there is a next page.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// The page of `limit` items out of up to `limit + 1` that were read, so that it is known
    /// whether there are more; `key` is what an item is ordered by.
    pub fn of(mut items: Vec<T>, limit: usize, key: impl FnOnce(&T) -> String) -> Self {
        let has_more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| has_more);
        let next = last.map(|last| Cursor::after(&key(last)));
        let page = PageInfo { next, has_more };
        Self { data: items, page }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_tells_where_the_next_begins() {
        let page = Page::of(vec!["a", "b/ü", "c"], 2, |it| (*it).to_owned());
        assert_eq!(page.data, ["a", "b/ü"]);
        assert_eq!(page.page.next.unwrap().key().unwrap(), "b/ü");
        let page = Page::of(vec!["a", "b"], 2, |it| (*it).to_owned());
        assert_eq!((page.page.next, page.page.has_more), (None, false));
    }

    #[test]
    fn a_cursor_of_somebody_elses_is_refused() {
        for text in ["!", "_w"] {
            assert!(Cursor(text.to_owned()).key().is_err());
        }
    }
}
