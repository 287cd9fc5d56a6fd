//! The TextMate grammar knows the words of the language, and colours rules as one would.

use regex::Regex;
use serde_json::Value;

use crate::documents::read;

/// The patterns of the grammar that match at once, in their order, each with its scope.
fn patterns() -> Vec<(String, Regex)> {
    let text = read("docs/editors/audience-rule.tmLanguage.json");
    let grammar: Value = serde_json::from_str(&text).unwrap();
    let mut found = vec![];
    include(&grammar, "rule", &mut found);
    found
}

fn include(grammar: &Value, name: &str, found: &mut Vec<(String, Regex)>) {
    collect(grammar, &grammar["repository"][name], found);
}

fn collect(grammar: &Value, pattern: &Value, found: &mut Vec<(String, Regex)>) {
    if let Some(name) = pattern["include"].as_str() {
        include(grammar, name.trim_start_matches('#'), found);
    } else if let Some(begin) = pattern["begin"].as_str() {
        // A span: short ones are enough here.
        let end = pattern["end"].as_str().unwrap();
        let span = Regex::new(&format!("^(?:{begin}).*?(?:{end})")).unwrap();
        found.push((pattern["name"].as_str().unwrap().to_owned(), span));
    } else if let Some(text) = pattern["match"].as_str() {
        let name = pattern["name"]
            .as_str()
            .or(pattern["captures"]["1"]["name"].as_str());
        let regex = Regex::new(&format!("^(?:{text})")).unwrap();
        found.push((name.unwrap().to_owned(), regex));
    }
    for inner in pattern["patterns"].as_array().into_iter().flatten() {
        if pattern["begin"].is_null() {
            collect(grammar, inner, found);
        }
    }
}

/// The words and signs of a rule with their scopes, without what all scopes end on.
fn coloured(rule: &str) -> Vec<(String, String)> {
    let patterns = patterns();
    let (mut rest, mut tokens) = (rule, vec![]);
    while !rest.is_empty() {
        // A pattern that matches nothing would stand still.
        let matched = patterns.iter().find_map(|(name, regex)| {
            let found = regex.captures(rest)?;
            let text = found.get(1).or(found.get(0))?.as_str();
            (!text.is_empty()).then(|| (name.replace(".audience-rule", ""), text.to_owned()))
        });
        let step = matched.as_ref().map_or(1, |(_, text)| text.len());
        tokens.extend(matched);
        rest = rest.get(step..).unwrap_or_default();
    }
    tokens
}

#[test]
fn a_rule_is_coloured_as_one_would() {
    let tokens = coloured("COUNT(purchase WITHIN LAST 30 DAYS) >= 3 AND island == 'US' // why");
    let expected = [
        ("support.function.aggregate", "COUNT"),
        ("variable.other", "purchase"),
        ("keyword.operator.time", "WITHIN"),
        ("support.function.aggregate", "LAST"),
        ("constant.numeric.duration", "30 DAYS"),
        ("keyword.operator.comparison", ">="),
        ("constant.numeric", "3"),
        ("keyword.operator.logical", "AND"),
        // A name that begins with a word of the language is a name.
        ("variable.other", "island"),
        ("keyword.operator.comparison", "=="),
        ("string.quoted.single", "'US'"),
        ("comment.line.double-slash", "// why"),
    ];
    let tokens: Vec<_> = tokens
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    assert_eq!(tokens, expected);
}

#[test]
fn a_quantifier_is_coloured_as_one_would() {
    let tokens = coloured("COUNT_IF(items, i => ANY(i.parts, p => p))");
    let coloured = tokens.iter().filter(|(name, _)| name != "variable.other");
    let coloured: Vec<_> = coloured
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let expected = [
        ("support.function.quantifier", "COUNT_IF"),
        ("keyword.operator.arrow", "=>"),
        ("keyword.operator.word", "ANY"),
        ("keyword.operator.arrow", "=>"),
    ];
    assert_eq!(coloured, expected);
}

#[test]
fn every_word_of_the_language_is_known_to_the_colours() {
    let pest = read("rulelang/src/grammar.pest");
    let words = Regex::new(r#"\^"([a-z]{3,})""#).unwrap();
    let mut missing = vec![];
    for word in words.captures_iter(&pest) {
        // Units stand after a number, some words only after others.
        let places = [
            word[1].to_owned(),
            format!("3 {}", &word[1]),
            format!("IN {}", &word[1]),
        ];
        let is_known = |text: &String| {
            let tokens = coloured(text);
            tokens.iter().all(|(name, _)| !name.starts_with("variable"))
        };
        if !places.iter().any(is_known) {
            missing.push(word[1].to_owned());
        }
    }
    assert!(words.is_match(&pest));
    assert_eq!(missing, Vec::<String>::new());
}
