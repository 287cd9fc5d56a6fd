use super::*;

const PURCHASE: &str = r#"{"eventId":"evt_123456","userId":"user_123","eventType":"purchase","timestamp":"2024-01-15T10:30:00Z","properties":{"amount":149.99,"category":"electronics","productId":"prod_789","address":{"city":"Bern","zip":null},"tags":["a","b"]},"context":{"sessionId":"sess_abc123","userAgent":"Mozilla/5.0...","ipAddress":"192.168.1.100"}}"#;

fn read(line: &str) -> Result<Message<'_, String>, WireError> {
    Decoder::new(Body::Event, Missing::REFUSED).message(line.as_bytes(), 7, &EveryName)
}

fn refused(line: &str) -> String {
    read(line).unwrap_err().message
}

fn event(properties: &str) -> String {
    format!(
        r#"{{"userId":"u","eventType":"e","timestamp":"2024-01-15T10:30:00Z","properties":{properties}}}"#
    )
}

fn property(json: &str) -> Value {
    let line = event(&format!(r#"{{"x":{json}}}"#));
    read(&line).unwrap().properties.pop().unwrap().1
}

#[test]
fn the_documented_event_is_read_and_its_objects_flattened() {
    let message = read(PURCHASE).unwrap();
    assert_eq!(message.id, "evt_123456");
    assert!(matches!(message.user, Cow::Borrowed("user_123")));
    assert_eq!(message.event_type, "purchase");
    assert_eq!(message.timestamp, Some(1_705_314_600_000));
    let names: Vec<&str> = message.properties.iter().map(|(name, _)| &**name).collect();
    assert_eq!(
        names,
        [
            "amount",
            "category",
            "productId",
            "address.city",
            "address.zip",
            "tags"
        ]
    );
    assert_eq!(message.properties[4].1, Value::Null);
}

#[test]
fn what_is_missing_is_named_with_its_fix() {
    let error = read(r#"{"eventType":"e","timestamp":"2024-01-15T10:30:00Z"}"#).unwrap_err();
    assert_eq!(error.message, "the key `userId` is missing");
    assert!(error.fix.unwrap().contains("userId"));
    assert_eq!(
        refused(r#"{"userId":"u","eventType":"e"}"#),
        "the key `timestamp` is missing"
    );
    let message = read(r#"{"userId":"u","eventType":"e","timestamp":"2024-01-15T10:30:00Z"}"#);
    assert_eq!(message.unwrap().id, "line:7");
}

#[test]
fn a_torn_line_says_so() {
    assert_eq!(refused(&PURCHASE[..100]), "the JSON ends too early");
    assert_eq!(refused(""), "the JSON ends too early");
    assert!(refused("[]").contains("expected a JSON object"));
    assert!(refused(&format!("{PURCHASE}{PURCHASE}")).contains("trailing characters"));
    assert!(refused(r#"{"userId":42}"#).contains("expected a string as `userId`"));
}

#[test]
fn numbers_keep_their_value_or_are_null() {
    assert_eq!(property("3"), Value::Int(3));
    assert_eq!(property("3.0"), Value::Float(3.0));
    assert_eq!(property("9223372036854775807"), Value::Int(i64::MAX));
    assert_eq!(
        property("9223372036854775808"),
        Value::Float(9_223_372_036_854_775_808.0)
    );
    assert_eq!(property("18446744073709551617"), Value::Null);
    assert_eq!(property("1e30"), Value::Float(1e30));
    let list = property("[1, 18446744073709551617, {\"a\": 1e300}]");
    assert_eq!(
        list,
        Value::List(
            [
                Value::Int(1),
                Value::Null,
                object(&[("a", Value::Float(1e300))])
            ]
            .into()
        )
    );
    assert!(refused(&event(r#"{"x":1e400}"#)).contains("out of range"));
    assert!(refused(&event(r#"{"x":[{"y":1e400}]}"#)).contains("out of range"));
}

fn object(members: &[(&str, Value)]) -> Value {
    let members = members.iter();
    Value::object(members.map(|(name, value)| ((*name).into(), value.clone())))
}

#[test]
fn objects_in_a_list_keep_their_members_by_dotted_names() {
    let list = property(
        r#"[{"sku":"A","product":{"id":18446744073709551617,"name":"x"},"tags":["a"],"gone":null,
            "sku":"B","options":[{"n":1,"deep":[{"m":2}],"rows":[[1]]}]}, {}, [{"a":1}]]"#,
    );
    let option = object(&[
        ("n", Value::Int(1)),
        ("deep", Value::List([Value::Null].into())),
        ("rows", Value::List([Value::Null].into())),
    ]);
    let first = object(&[
        ("sku", Value::string("B")),
        ("product.name", Value::string("x")),
        ("tags", Value::List([Value::string("a")].into())),
        ("options", Value::List([option].into())),
    ]);
    assert_eq!(list, Value::List([first, object(&[]), Value::Null].into()));
    let deep = format!("[{}1{}]", r#"{"a":"#.repeat(62), "}".repeat(62));
    assert!(refused(&event(&format!(r#"{{"x":{deep}}}"#))).contains("nest more than 64 deep"));
}

#[test]
fn nesting_is_limited_and_deep_input_does_not_overflow() {
    let nested = |depth: usize| {
        event(&format!(
            "{}1{}",
            r#"{"a":"#.repeat(depth),
            "}".repeat(depth)
        ))
    };
    assert!(read(&nested(63)).is_ok());
    assert_eq!(
        refused(&nested(64)),
        "objects and arrays nest more than 64 deep"
    );
    let brackets = event(&format!(r#"{{"a":{}1}}"#, "[".repeat(10_000)));
    assert_eq!(
        refused(&brackets),
        "objects and arrays nest more than 64 deep"
    );
    let context = format!(r#"{{"context":{}"#, "[".repeat(30_000));
    assert_eq!(refused(&context), "the JSON ends too early");
}

#[test]
fn sizes_are_limited() {
    let long = "x".repeat(LOGGED_BYTES_MAX);
    assert!(refused(&event(&format!(r#"{{"x":"{long}"}}"#))).contains("33792 bytes allowed"));
    let id = "x".repeat(ID_BYTES_MAX + 1);
    let line = format!(r#"{{"userId":"{id}","eventType":"e"}}"#);
    assert_eq!(refused(&line), "`userId` is longer than 256 bytes");
}

#[test]
fn of_a_key_that_comes_twice_the_last_counts() {
    let line = event(r#"{"a":{"b":1},"a.b":2}"#);
    let rules = RuleSet::build(vec![]).unwrap();
    let read = Decoder::new(Body::Event, Missing::REFUSED).fact(line.as_bytes(), 1, &rules);
    assert!(matches!(read.unwrap().1, Fact::Event(event) if event.properties.is_empty()));
    let properties = super::super::properties_from_json(r#"{"a":{"b":1},"a.b":2}"#).unwrap();
    assert_eq!(properties.get("a.b"), Some(&Value::Int(2)));
}

#[test]
fn reserved_types_become_traits_and_overrides() {
    let rules = RuleSet::build(vec![]).unwrap();
    let mut decoder = Decoder::new(Body::Event, Missing::REFUSED);
    let mut fact = |event_type: &str, properties: &str| {
        let line = event(properties).replace(r#""e""#, &format!(r#""{event_type}""#));
        let fact = decoder.fact(line.as_bytes(), 1, &rules);
        fact.map(|(_, fact)| fact).map_err(|error| error.message)
    };
    assert!(matches!(
        fact("$identify", r#"{"plan":"pro"}"#),
        Ok(Fact::Traits(_))
    ));
    assert!(matches!(
        fact("$member", r#"{"segmentId":"vip","action":"exclude"}"#),
        Ok(Fact::Override(said)) if said.effect == OverrideEffect::Exclude && &*said.segment == "vip"
    ));
    assert!(
        fact("$member", r#"{"segmentId":"vip"}"#)
            .unwrap_err()
            .contains("`action`")
    );
    assert!(fact("$alias", "{}").unwrap_err().contains("`$alias`"));
    assert!(matches!(fact("page", "{}"), Ok(Fact::Event(event)) if !event.updates_fields));
    assert!(matches!(fact("login", "{}"), Ok(Fact::Event(event)) if event.updates_fields));
}

#[test]
fn traits_may_lack_a_timestamp() {
    let mut decoder = Decoder::new(Body::Traits, Missing::REFUSED);
    let line = br#"{"userId":"u","traits":{"plan":"pro","age":null}}"#;
    let message = decoder.message(line, 3, &EveryName).unwrap();
    assert_eq!(message.timestamp, None);
    assert_eq!(message.id, "traits:3");
    assert_eq!(message.properties.len(), 2);
}
