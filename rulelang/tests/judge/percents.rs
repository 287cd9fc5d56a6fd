//! Shares of users, by their ids alone.

use xxhash_rust::xxh3::xxh3_64;

use crate::*;

const USERS: usize = 100_000;

/// The value of a rule for a user of whom nothing but the id is known.
fn of_user(rule: &Rule, user: &str) -> Value {
    let facts = Facts {
        user: Some(user.into()),
        ..Facts::default()
    };
    evaluate(rule, &facts, NOON)
}

/// For each of many users, whether the condition is TRUE.
fn drawn(text: &str) -> Vec<bool> {
    let rule = rule(text);
    let users = (0..USERS).map(|user| format!("user-{user}"));
    users.map(|user| of_user(&rule, &user) == TRUE).collect()
}

fn share(drawn: &[bool]) -> f64 {
    let count = drawn.iter().filter(|is_drawn| **is_drawn).count();
    count as f64 / drawn.len() as f64
}

#[test]
fn a_share_is_a_hash_of_salt_zero_and_id() {
    // The bytes by hand: `june`, 0, `user-17`.
    let bytes = [
        0x6a, 0x75, 0x6e, 0x65, 0x00, 0x75, 0x73, 0x65, 0x72, 0x2d, 0x31, 0x37,
    ];
    let place = xxh3_64(&bytes) % 10_000;
    // What the C library has for them is 12240698637954531852.
    assert_eq!(place, 1_852);
    let at = |hundredths: u64| {
        let percent = format!("{}.{:02}", hundredths / 100, hundredths % 100);
        of_user(&rule(&format!("PERCENT({percent}, 'june')")), "user-17")
    };
    assert_eq!([at(place), at(place + 1)], [FALSE, TRUE]);
    assert_eq!([at(0), at(10_000)], [FALSE, TRUE]);
}

#[test]
fn a_share_is_as_large_as_it_says() {
    let ten = share(&drawn("PERCENT(10, 'a')"));
    assert!((0.095..0.105).contains(&ten), "{ten}");
    let fine = share(&drawn("PERCENT(0.25, 'a')"));
    assert!((0.002..0.003).contains(&fine), "{fine}");
    assert!(drawn("PERCENT(100, 'a')").iter().all(|is_drawn| *is_drawn));
    assert!(drawn("PERCENT(0, 'a')").iter().all(|is_drawn| !is_drawn));
}

#[test]
fn a_larger_share_of_the_same_salt_includes_a_smaller_one() {
    let (ten, twenty) = (drawn("PERCENT(10, 'a')"), drawn("PERCENT(20, 'a')"));
    assert!(ten.iter().zip(&twenty).all(|(ten, twenty)| !ten || *twenty));
    assert_ne!(ten, twenty);
}

#[test]
fn another_salt_draws_independently() {
    let (a, b) = (drawn("PERCENT(10, 'a')"), drawn("PERCENT(10, 'b')"));
    let both: Vec<bool> = a.iter().zip(&b).map(|(a, b)| *a && *b).collect();
    // A hundredth of all, give or take three standard deviations.
    assert!((0.009..0.011).contains(&share(&both)), "{}", share(&both));
}

#[test]
fn it_is_null_where_nobody_is_known() {
    assert_eq!(of_nobody("PERCENT(100, 'a')"), NULL);
    assert_eq!(of_nobody("NOT PERCENT(0, 'a')"), NULL);
    assert_eq!(of_nobody("PERCENT(100, 'a') IS NULL"), TRUE);
}

#[test]
fn nothing_that_is_known_beside_the_id_changes_it() {
    let rule = rule("PERCENT(50, 'a')");
    for user in ["u", "user-2", "Jürgen", ""] {
        let mut facts = traits(None, &[("userId", string("another"))]);
        facts.events.push(buy("e", 1.0));
        facts.user = Some(user.into());
        let later = evaluate(&rule, &facts, NOON + 1_000 * HOUR);
        assert_eq!(later, of_user(&rule, user));
    }
}
