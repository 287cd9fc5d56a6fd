//! The codes' pages: what they call wrong is found to be so, and what they call right is right.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use rulelang::{Code, Diagnostics, Schema, Type, Value, check, json, live_reasons};

/// A fenced block: the words after its backticks, and its text.
struct Block<'a> {
    info: Vec<&'a str>,
    text: &'a str,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let fenced = page.split("```").skip(1).step_by(2);
    fenced
        .map(|fenced| {
            let (info, text) = fenced.split_once('\n').unwrap();
            let info = info.split(' ').collect();
            Block { info, text }
        })
        .collect()
}

impl Block<'_> {
    fn is(&self, word: &str) -> bool {
        self.info.contains(&word)
    }

    /// The schema that the page speaks of.
    fn schema(&self) -> Schema {
        let mut schema = Schema::default();
        if self.is("closed") {
            schema.open = false;
            schema.declare_field("country", Type::String, "the schema");
        }
        if self.is("segments") {
            schema.segments = Some(vec!["vip".to_owned()]);
        }
        if self.is("parameters") {
            let countries = ["DE", "AT"].map(Value::string);
            let given = [
                ("min", Value::Int(100)),
                ("countries", Value::List(countries.into())),
            ];
            let given = given.map(|(name, value)| (name.to_owned(), value));
            schema.parameters.extend(given);
        }
        if self.is("lists") {
            let skus = ["A-1", "B-7"].map(Value::string);
            schema.lists.insert("blocked".to_owned(), skus.into());
        }
        schema
    }

    /// What is found about each of its rules, errors or warnings; one that checks is
    /// asked whether it can be kept live.
    fn findings(&self) -> Vec<(String, Diagnostics)> {
        let find = |rule: &str, schema: &Schema| match check(rule, schema) {
            Ok(checked) if self.is("rule-not-live") => live_reasons(&checked.rule),
            Ok(checked) => checked.warnings,
            Err(errors) => errors,
        };
        if self.info[0].starts_with("rule-json") {
            let form = serde_json::from_str(self.text).unwrap();
            let found = match json::from_json(&form) {
                Ok(rule) => find(&rule.text, &self.schema()),
                Err(errors) => errors,
            };
            return vec![(self.text.to_owned(), found)];
        }
        if self.is("repeated") {
            let times = self.info.last().unwrap().parse().unwrap();
            let rule = self.text.repeat(times);
            return vec![(self.text.to_owned(), find(&rule, &self.schema()))];
        }
        let rules = self.text.lines();
        let of_rule = |rule: &str| {
            let mut schema = self.schema();
            if !self.is("trait") {
                return find(rule, &schema);
            }
            let (name, body) = rule.split_once(" = ").unwrap();
            schema.traits.insert(name.to_owned(), body.to_owned());
            find(&format!("{name} > 1"), &schema)
        };
        rules.map(|rule| (rule.to_owned(), of_rule(rule))).collect()
    }
}

/// What is not as a page says.
fn problems(code: Code) -> Vec<String> {
    let page = code.page();
    let (mut wrong, mut right, mut problems) = (0, 0, vec![]);
    if !page.starts_with(&format!("# {code}: ")) {
        problems.push(format!("{code}: another title"));
    }
    for block in blocks(page) {
        let is_right = matches!(block.info[0], "rule" | "rule-json");
        for (rule, found) in block.findings() {
            let is_as_said = if is_right {
                right += 1;
                found.is_empty()
            } else {
                wrong += 1;
                !found.is_empty() && found.iter().all(|item| item.code == code)
            };
            if !is_as_said {
                problems.push(format!("{code}: {rule}\n    {found}"));
            }
        }
    }
    if wrong == 0 || right == 0 {
        problems.push(format!("{code}: {wrong} wrong rules, {right} right ones"));
    }
    problems
}

#[test]
fn each_page_shows_the_mistake_and_the_rule_mended() {
    let found: Vec<String> = Code::ALL.iter().flat_map(|code| problems(*code)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_code_is_found_in_any_letter_case() {
    for code in Code::ALL {
        assert_eq!(Code::find(&code.as_str().to_lowercase()), Some(*code));
    }
    assert_eq!(Code::find("E9999"), None);
}
