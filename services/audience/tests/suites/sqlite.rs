//! Expressions in the words that SQL and our language share, asked of SQLite and of our engines: the same
//! text in both, over the columns of one row and the fields of one user.

mod expressions;

use serde_json::{Map, Value, json};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use crate::case::Question;
use crate::engine::{Answer, ENGINES, answers};
use expressions::{Expression, Generator, grids};

/// How many expressions are generated.
const GENERATED: usize = 3_000;

/// Arguments of one call in SQLite.
const BATCH: usize = 100;

/// What is known about the user.
fn fields() -> Map<String, Value> {
    let fields = json!({
        "t": true, "f": false, "u": null,
        "i1": 1, "i2": 2, "iu": null,
        "x1": 1.5, "x2": -0.25, "xu": null,
        "s1": "a", "s2": "B", "su": null,
    });
    fields.as_object().cloned().unwrap()
}

/// The same as a table of one row.
const ROW: &str = "CREATE TABLE row AS SELECT
    TRUE AS t, FALSE AS f, NULL AS u, 1 AS i1, 2 AS i2, NULL AS iu,
    1.5 AS x1, -0.25 AS x2, NULL AS xu, 'a' AS s1, 'B' AS s2, NULL AS su";

#[tokio::test]
async fn logic_and_comparisons_of_all_pairs_are_those_of_sqlite() {
    agree(&grids()).await;
}

#[tokio::test]
async fn generated_expressions_have_the_values_that_they_have_in_sqlite() {
    let mut generator = Generator::new(6);
    let expressions: Vec<Expression> = (0..GENERATED).map(|_| generator.expression()).collect();
    agree(&expressions).await;
}

/// Asserts that every engine answers each of them as SQLite does.
async fn agree(expressions: &[Expression]) {
    let expected = sqlite(expressions).await;
    let ids: Vec<String> = (0..expressions.len()).map(|id| id.to_string()).collect();
    let texts = expressions.iter().map(|it| it.text.clone());
    let questions: Vec<Question> = texts.map(|it| Question::value(it, fields())).collect();
    let asked: Vec<(&str, &Question)> = ids.iter().map(String::as_str).zip(&questions).collect();
    for engine in ENGINES {
        let answers = answers(engine, &asked);
        let differing = expressions.iter().zip(&expected).zip(&ids);
        let differing = differing.filter(|((_, expected), id)| !is_same(&answers[*id], expected));
        // The shortest shows most.
        if let Some(((one, expected), id)) = differing.min_by_key(|((it, _), _)| it.text.len()) {
            let (text, answer) = (&one.text, &answers[id]);
            panic!("{engine}: {answer:?}, but {expected}: {text}");
        }
    }
}

/// Whether an engine says what SQLite does.
fn is_same(answer: &Answer, expected: &Value) -> bool {
    match answer {
        Answer::Value(Value::Number(number)) => number.as_f64() == expected.as_f64(),
        // SQLite's conditions are 1 and 0.
        Answer::Value(Value::Bool(value)) => expected == &json!(i32::from(*value)),
        Answer::Value(value) => value == expected,
        Answer::NotCompiled(_) | Answer::Refused(..) => false,
    }
}

/// What SQLite says to each.
async fn sqlite(expressions: &[Expression]) -> Vec<Value> {
    let mut db = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    sqlx::query(ROW).execute(&mut db).await.unwrap();
    let mut values = Vec::new();
    for batch in expressions.chunks(BATCH) {
        let texts: Vec<&str> = batch.iter().map(|it| it.text.as_str()).collect();
        let sql = format!("SELECT json_array({}) FROM row", texts.join(", "));
        let row = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql));
        let row = row.fetch_one(&mut db).await.unwrap();
        values.append(&mut serde_json::from_str::<Vec<Value>>(&row).unwrap());
    }
    values
}
