use super::{codes, declared, rule};

fn reasons(source: &str) -> String {
    codes(&crate::live_reasons(&rule(source, &declared())), source)
}

#[test]
fn now_compared_with_a_shifted_instant_is_live() {
    for source in [
        "signup < NOW()",
        "NOW() - 30d < signup",
        "signup + 1h <= NOW()",
        "1h + NOW() > signup",
        "signup BEFORE NOW() - 1d",
        "signup WITHIN LAST 30 DAYS",
        "lastActivity < NOW() - 1h - 5min",
        "birthday >= NOW()",
        "age > 1",
    ] {
        assert_eq!(reasons(source), "", "{source}");
    }
}

#[test]
fn now_anywhere_else_is_not() {
    for source in [
        "NOW() - signup > 30d",
        "signup == NOW()",
        "signup BETWEEN NOW() - 30d AND NOW()",
        "signup IN (NOW())",
        "COALESCE(signup, NOW()) < TIMESTAMP '2026-01-01T00:00:00Z'",
        "NOW() < NOW() + 1d",
        "NOW() WITHIN LAST 1d",
        "signup IS DISTINCT FROM NOW()",
    ] {
        assert!(
            reasons(source).starts_with("E0501 `NOW()`"),
            "{source}: {}",
            reasons(source)
        );
    }
    let found = crate::live_reasons(&rule("signup BETWEEN NOW() - 30d AND NOW()", &declared()));
    assert_eq!(found.len(), 2);
}
