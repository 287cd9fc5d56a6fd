//! `audience rule lsp`: conversations as editors have them.

use serde_json::{Value, json};

use crate::support::{Files, Ran, audience_with};

const URI: &str = "file:///rules/vip.rule";

/// A conversation about one document, begun as editors do.
struct Conversation {
    messages: Vec<Value>,
}

impl Conversation {
    fn new(text: &str) -> Self {
        let document =
            json!({"uri": URI, "languageId": "audience-rule", "version": 1, "text": text});
        let mut conversation = Self { messages: vec![] };
        conversation.ask("initialize", json!({"capabilities": {}}));
        conversation.tell("initialized", json!({}));
        conversation.tell("textDocument/didOpen", json!({"textDocument": document}));
        conversation
    }

    fn ask(&mut self, method: &str, params: Value) -> u64 {
        let id = self.messages.len() as u64;
        self.tell(method, params);
        if let Some(message) = self.messages.last_mut() {
            message["id"] = json!(id);
        }
        id
    }

    fn tell(&mut self, method: &str, params: Value) {
        let mut message = json!({"method": method});
        message["params"] = params;
        self.messages.push(message);
    }

    fn change(&mut self, text: &str) {
        let document = json!({"uri": URI, "version": 2});
        let changes = json!([{"text": text}]);
        let params = json!({"textDocument": document, "contentChanges": changes});
        self.tell("textDocument/didChange", params);
    }

    /// Asks about a place in the first line.
    fn ask_at(&mut self, method: &str, character: u32) -> u64 {
        let position = json!({"line": 0, "character": character});
        self.ask(
            method,
            json!({"textDocument": {"uri": URI}, "position": position}),
        )
    }

    /// Has it, and ends it as editors do; returns all that the server said.
    fn have(mut self, args: &[&str]) -> Said {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        let frames = self.messages.iter().map(|message| {
            let mut message = message.clone();
            message["jsonrpc"] = json!("2.0");
            let text = message.to_string();
            format!("Content-Length: {}\r\n\r\n{text}", text.len())
        });
        let args = [&["rule", "lsp"], args].concat();
        Said::read(&audience_with(&args, &frames.collect::<String>()).code(0))
    }
}

struct Said(Vec<Value>);

impl Said {
    fn read(ran: &Ran) -> Self {
        let mut said = vec![];
        let mut rest = ran.stdout.as_str();
        while let Some((header, after)) = rest.split_once("\r\n\r\n") {
            let length = header.rsplit(' ').next().unwrap().parse().unwrap();
            said.push(serde_json::from_str(&after[..length]).unwrap());
            rest = &after[length..];
        }
        Self(said)
    }

    /// What was found in the document, each time that it was looked at.
    fn found(&self) -> Vec<&Value> {
        let told = self.0.iter();
        let told = told.filter(|it| it["method"] == "textDocument/publishDiagnostics");
        told.map(|it| &it["params"]["diagnostics"]).collect()
    }

    fn answer(&self, id: u64) -> &Value {
        let mut answers = self.0.iter().filter(|it| it["method"].is_null());
        &answers.find(|it| it["id"] == id).unwrap()["result"]
    }

    fn labels(&self, id: u64) -> Vec<&str> {
        let items = self.answer(id).as_array().unwrap().iter();
        items.filter_map(|it| it["label"].as_str()).collect()
    }
}

fn schema(text: &Value) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text.to_string()).unwrap();
    file
}

#[test]
fn mistakes_are_told_as_they_are_written_and_go_with_them() {
    let mut conversation = Conversation::new("plan == null");
    conversation.change("plan == 'pro'");
    let said = conversation.have(&[]);
    let [first, second] = said.found()[..] else {
        panic!("{:?}", said.0);
    };
    assert_eq!(first[0]["severity"], 1);
    assert_eq!(
        first[0]["range"]["start"],
        json!({"line": 0, "character": 0})
    );
    assert!(
        first[0]["message"].as_str().unwrap().contains("IS NULL"),
        "{first}"
    );
    assert_eq!(second, &json!([]));
}

#[test]
fn what_can_be_mended_is_offered() {
    let mut conversation = Conversation::new("plan == null");
    let range = json!({"start": {"line": 0, "character": 3}, "end": {"line": 0, "character": 3}});
    let params =
        json!({"textDocument": {"uri": URI}, "range": range, "context": {"diagnostics": []}});
    let id = conversation.ask("textDocument/codeAction", params);
    let said = conversation.have(&[]);
    let edits = &said.answer(id)[0]["edit"]["changes"][URI];
    assert!(
        edits[0]["newText"].as_str().unwrap().contains("IS NULL"),
        "{:?}",
        said.0
    );
}

#[test]
fn names_are_completed_with_their_types() {
    let declared = json!({"fields": {"plan": "string", "utm-source": "string", "case": "string"}});
    let file = schema(&declared);
    let mut conversation = Conversation::new("age > 3 AND COUNT(signup) > 1");
    conversation.change("age > 3 AND (pl");
    let id = conversation.ask_at("textDocument/completion", 15);
    let said = conversation.have(&["--schema", file.path().to_str().unwrap()]);
    let labels = said.labels(id);
    for expected in [
        "plan",
        "`utm-source`",
        "`case`",
        "totalSpent",
        "age",
        "COUNT",
        "COUNT_IF",
        "LOWER",
    ] {
        assert!(labels.contains(&expected), "{expected}: {labels:?}");
    }
    let items = said.answer(id).as_array().unwrap();
    let plan = items.iter().find(|it| it["label"] == "plan").unwrap();
    assert_eq!(plan["detail"], "string");
    assert_eq!(plan["textEdit"]["range"]["start"]["character"], 13);
}

#[test]
fn a_name_that_is_begun_does_not_complete_itself() {
    let mut conversation = Conversation::new("age > 3 AND pl");
    let id = conversation.ask_at("textDocument/completion", 14);
    let said = conversation.have(&[]);
    let labels = said.labels(id);
    assert!(
        labels.contains(&"age") && !labels.contains(&"pl"),
        "{labels:?}"
    );
}

#[test]
fn segments_are_those_of_the_file_and_of_the_rule() {
    let files = Files::new();
    let segments = r#"[{"id": "vip", "rules": {"expression": "totalSpent > 1000"}},
        {"id": "young", "rules": {"expression": "age < 25"}}]"#;
    let segments = files.write("segments.json", segments);
    let mut conversation = Conversation::new("IN SEGMENT 'vi' AND churned");
    let of_segments = conversation.ask_at("textDocument/completion", 14);
    let of_fields = conversation.ask_at("textDocument/completion", 20);
    let said = conversation.have(&["--segments", &segments]);
    assert_eq!(said.labels(of_segments), ["vip", "young"]);
    // What the rules of the file name is known too.
    assert!(said.labels(of_fields).contains(&"age"));
    let found = said.found()[0].to_string();
    assert!(found.contains("did you mean `vip`"), "{found}");
}

#[test]
fn what_fits_the_place_is_completed() {
    let text = "SUM(purchase.amount) > 10 AND plan == 'pro' AND signup WITHIN LAST 3 DAYS";
    let mut conversation = Conversation::new(text);
    let mut at = |behind: &str| {
        let place = text.find(behind).unwrap() + behind.len();
        conversation.ask_at("textDocument/completion", place as u32)
    };
    let of_event = at("SUM(purchase.");
    let of_test = at("plan ");
    let of_unit = at("LAST 3 ");
    let said = conversation.have(&[]);
    assert_eq!(said.labels(of_event), ["amount", "timestamp"]);
    let tests = said.labels(of_test);
    assert!(
        tests.contains(&"NOT LIKE") && !tests.contains(&"plan"),
        "{tests:?}"
    );
    let units = said.labels(of_unit);
    assert!(
        units.contains(&"CALENDAR MONTHS") && !units.contains(&"AND"),
        "{units:?}"
    );
}

#[test]
fn lists_and_parameters_are_those_that_are_given() {
    let files = Files::new();
    let lists = files.write("lists.json", r#"{"blocked": ["a", "b"], "ids": [1]}"#);
    let mut conversation = Conversation::new("sku IN LIST '' AND totalSpent > :min");
    let of_lists = conversation.ask_at("textDocument/completion", 13);
    let said = conversation.have(&["--lists", &lists, "--param", "min=3"]);
    assert_eq!(said.labels(of_lists), ["blocked", "ids"]);
}

#[test]
fn the_item_of_a_quantifier_is_told_under_the_pointer() {
    let mut conversation = Conversation::new("ANY(cart, i => i.price > 100)");
    let of_list = conversation.ask_at("textDocument/hover", 5);
    let of_member = conversation.ask_at("textDocument/hover", 18);
    let of_quantifier = conversation.ask_at("textDocument/hover", 1);
    let said = conversation.have(&[]);
    let told = |id: u64| said.answer(id)["contents"]["value"].as_str().unwrap();
    assert!(
        told(of_list).starts_with("`cart`: list<object>"),
        "{}",
        told(of_list)
    );
    assert!(
        told(of_member).starts_with("`i.price`: float"),
        "{}",
        told(of_member)
    );
    assert!(
        told(of_quantifier).contains("ANY(list"),
        "{}",
        told(of_quantifier)
    );
}

#[test]
fn types_and_meanings_are_told_under_the_pointer() {
    let mut conversation = Conversation::new("totalSpent > 1000 AND country == lower(plan)");
    let of_trait = conversation.ask_at("textDocument/hover", 3);
    let of_field = conversation.ask_at("textDocument/hover", 24);
    let of_function = conversation.ask_at("textDocument/hover", 35);
    let said = conversation.have(&[]);
    let told = |id: u64| said.answer(id)["contents"]["value"].as_str().unwrap();
    assert!(
        told(of_trait).contains("SUM(purchase.amount)"),
        "{}",
        told(of_trait)
    );
    assert!(
        told(of_function).contains("LOWER(text"),
        "{}",
        told(of_function)
    );
    assert!(
        told(of_field).starts_with("`country`: string"),
        "{}",
        told(of_field)
    );
}

#[test]
fn conditions_are_told_in_plain_english() {
    let text = "country IS DISTINCT FROM 'US' AND ANNIVERSARY(birthday) WITHIN NEXT 7 DAYS \
                AND COUNT(purchase WHERE amount > 10) >= 3 AND ANY(cart, i => i.price > 5)";
    let mut conversation = Conversation::new(text);
    let mut at = |word: &str| {
        let place = text.find(word).unwrap() + 1;
        conversation.ask_at("textDocument/hover", place as u32)
    };
    let expected = [
        (at("DISTINCT"), "TRUE where: country is unknown or not 'US'"),
        (
            at("WITHIN"),
            "the anniversary of birthday is in the next 7 days",
        ),
        (at("COUNT"), "the number of `purchase` events"),
        (at("> 10"), "amount is more than 10"),
        (at("> 5"), "price is more than 5"),
        (at("ANY"), "at least one item of cart"),
    ];
    let said = conversation.have(&[]);
    for (id, expected) in expected {
        let told = said.answer(id)["contents"]["value"].as_str().unwrap();
        assert!(told.contains(expected), "{expected}: {told}");
    }
}

#[test]
fn mistakes_in_the_json_form_stand_where_they_are_made() {
    let text = "{\"all\": [\n  {\"field\": \"plan\", \"operator\": \"eq\", \"value\": \"pro\"},\n  \
                {\"field\": \"plan\", \"operator\": \"eqq\", \"value\": \"pro\"}\n]}";
    let mut conversation = Conversation::new(text);
    conversation.change(&text.replace("eqq", "gt").replace("\"pro\"}\n", "5}\n"));
    conversation.change("{\"all\": ]}");
    let said = conversation.have(&[]);
    let places: Vec<_> = said
        .found()
        .iter()
        .map(|it| &it[0]["range"]["start"])
        .collect();
    assert_eq!(
        places[0],
        &json!({"line": 2, "character": 32}),
        "{:?}",
        said.0
    );
    assert_eq!(places[1]["line"], 2, "{:?}", said.0);
    assert_eq!(
        places[2],
        &json!({"line": 0, "character": 8}),
        "{:?}",
        said.0
    );
}

#[test]
fn the_json_form_is_told_under_the_pointer_and_not_mended_as_text() {
    let text = r#"{"field": "plan", "operator": "neq", "value": "pro"}"#;
    let mut conversation = Conversation::new(text);
    let of_field = conversation.ask_at("textDocument/hover", 12);
    let of_operator = conversation.ask_at("textDocument/hover", 31);
    let place = json!({"line": 0, "character": 3});
    let range = json!({"start": place, "end": place});
    let params =
        json!({"textDocument": {"uri": URI}, "range": range, "context": {"diagnostics": []}});
    let fixes = conversation.ask("textDocument/codeAction", params);
    let said = conversation.have(&[]);
    let told = |id: u64| said.answer(id)["contents"]["value"].as_str().unwrap();
    assert!(
        told(of_field).starts_with("`plan`: string"),
        "{}",
        told(of_field)
    );
    assert!(
        told(of_operator).contains("known and not 'pro'"),
        "{}",
        told(of_operator)
    );
    assert_eq!(said.answer(fixes), &json!([]));
}

#[test]
fn rules_are_written_in_their_canonical_form() {
    let mut conversation = Conversation::new("a>1 and b=2\n");
    let params =
        json!({"textDocument": {"uri": URI}, "options": {"tabSize": 2, "insertSpaces": true}});
    let first = conversation.ask("textDocument/formatting", params.clone());
    conversation.change("a>1 // why");
    let second = conversation.ask("textDocument/formatting", params);
    let said = conversation.have(&[]);
    assert_eq!(said.answer(first)[0]["newText"], "a > 1 AND b == 2\n");
    // A comment would be lost.
    assert_eq!(said.answer(second), &Value::Null);
}

#[test]
fn an_editor_that_goes_away_is_told_apart_from_one_that_ends() {
    let ran = audience_with(&["rule", "lsp"], "").code(1);
    assert!(ran.stderr.contains("went away"), "{}", ran.stderr);
}

#[test]
fn what_is_no_question_is_refused_and_the_next_one_answered() {
    let mut conversation = Conversation::new("a > 1");
    let unknown = conversation.ask("textDocument/rename", json!({}));
    let wrong = conversation.ask("textDocument/hover", json!({"position": 7}));
    let hover = conversation.ask_at("textDocument/hover", 0);
    let said = conversation.have(&[]);
    let error = |id: u64| said.0.iter().find(|it| it["id"] == id).unwrap()["error"]["code"].clone();
    assert_eq!(
        (error(unknown), error(wrong)),
        (json!(-32601), json!(-32602))
    );
    assert!(said.answer(hover)["contents"].is_object());
}
