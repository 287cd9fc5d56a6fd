//! Members as files for other programs.

mod csv;
mod ndjson;
mod parquet;

use crate::client::Member;
use crate::failure::Failure;

pub(crate) use csv::Csv;
pub(crate) use ndjson::Ndjson;
pub(crate) use parquet::Parquet;

/// Takes members, in order.
pub(crate) trait MemberSink {
    /// Takes some.
    fn write(&mut self, members: Vec<Member>) -> Result<(), Failure>;

    /// There are no more.
    fn finish(self: Box<Self>) -> Result<(), Failure>;
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::message(format!("cannot write the members: {error}"))
}

#[cfg(test)]
mod tests {
    use ::parquet::file::reader::{FileReader, SerializedFileReader};

    use super::*;

    fn members() -> Vec<Member> {
        let member = |user_id: &str, since: &str| Member {
            user_id: user_id.to_owned(),
            since: since.to_owned(),
            reason: "expired".to_owned(),
        };
        vec![
            member("ann", "2026-01-31T10:00:00Z"),
            member("b,\"ob", "1969-12-31T23:59:59.999Z"),
        ]
    }

    /// What a sink makes of the members, in two pieces.
    fn written(sink: impl FnOnce(&mut Vec<u8>) -> Result<(), Failure>) -> Vec<u8> {
        let mut bytes = vec![];
        sink(&mut bytes).unwrap();
        bytes
    }

    fn fill(mut sink: Box<dyn MemberSink + '_>) -> Result<(), Failure> {
        for member in members() {
            sink.write(vec![member])?;
        }
        sink.finish()
    }

    #[test]
    fn ndjson_has_a_member_a_line() {
        let bytes = written(|to| fill(Box::new(Ndjson::new(to))));
        let text = String::from_utf8(bytes).unwrap();
        let read: Vec<Member> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(read, members());
    }

    #[test]
    fn csv_has_a_header_and_quotes_what_needs_it() {
        let bytes = written(|to| fill(Box::new(Csv::new(to)?)));
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "userId,since,reason");
        assert_eq!(lines[2], "\"b,\"\"ob\",1969-12-31T23:59:59.999Z,expired");
    }

    #[test]
    fn parquet_has_texts_and_instants() {
        let bytes = written(|to| fill(Box::new(Parquet::new(to)?)));
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        let rows: Vec<String> = reader
            .get_row_iter(None)
            .unwrap()
            .map(|row| row.unwrap().to_string())
            .collect();
        assert_eq!(
            rows,
            [
                "{userId: \"ann\", since: 2026-01-31 10:00:00.000 +00:00, reason: \"expired\"}",
                "{userId: \"b,\"ob\", since: 1969-12-31 23:59:59.999 +00:00, reason: \"expired\"}",
            ]
        );
    }

    #[test]
    fn a_parquet_file_of_nobody_can_be_read() {
        let bytes = written(|to| Box::new(Parquet::new(to)?).finish());
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        assert_eq!(reader.metadata().file_metadata().num_rows(), 0);
    }
}
