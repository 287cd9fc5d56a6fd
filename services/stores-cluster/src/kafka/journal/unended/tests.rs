//! What brokers write and answer, read.

use super::decided::{Decided, is_of, partition_of};
use super::wire::{Reader, Request, check_added};

/// A state's record in its first form: producer 7 of epoch 3, a timeout of 10 seconds.
fn first_form(state: u8) -> Vec<u8> {
    let mut value = vec![0, 0];
    value.extend([0, 0, 0, 0, 0, 0, 0, 7, 0, 3, 0, 0, 0x27, 0x10, state]);
    value.extend([0, 0, 0, 2]);
    value.extend([&[0, 1][..], b"a", &[0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 5]].concat());
    value.extend([&[0, 2][..], b"bc", &[0, 0, 0, 1, 0, 0, 0, 1]].concat());
    // When it was updated, and when it began.
    value.extend([0; 16]);
    value
}

/// The same in the second form.
fn second_form(state: u8) -> Vec<u8> {
    let mut value = vec![0, 1];
    value.extend([0, 0, 0, 0, 0, 0, 0, 7, 0, 3, 0, 0, 0x27, 0x10, state]);
    value.push(3);
    value.extend([&[2][..], b"a", &[3, 0, 0, 0, 0, 0, 0, 0, 5, 0]].concat());
    value.extend([&[3][..], b"bc", &[2, 0, 0, 0, 1, 1, 0, 1, 9]].concat());
    value.extend([0; 17]);
    value
}

fn decided(is_commit: bool) -> Decided {
    let partitions = vec![("a".to_owned(), vec![0, 5]), ("bc".to_owned(), vec![1])];
    Decided {
        is_commit,
        partitions,
    }
}

#[test]
fn what_was_decided_is_read_in_both_forms() {
    for form in [first_form, second_form] {
        assert_eq!(Decided::read(&form(2)).unwrap(), Some(decided(true)));
        assert_eq!(Decided::read(&form(3)).unwrap(), Some(decided(false)));
        // Empty, ongoing, complete: these say nothing of partitions.
        for state in [0, 1, 4, 5] {
            assert_eq!(Decided::read(&form(state)).unwrap(), None);
        }
    }
}

#[test]
fn what_is_cut_short_or_of_another_form_is_refused() {
    for form in [first_form(2), second_form(2)] {
        for bytes in 0..form.len() - 17 {
            assert!(Decided::read(&form[..bytes]).is_err(), "{bytes}");
        }
    }
}

#[test]
fn states_are_found_by_their_id_as_java_would() {
    assert!(is_of(b"\0\0\0\x08owners-1", "owners-1"));
    assert!(!is_of(b"\0\0\0\x08owners-1", "owners-2"));
    assert!(!is_of(b"\0\x01\0\x08owners-1", "owners-1"));
    assert!(!is_of(b"", ""));
    // "owners-0".hashCode() is 1663164867; that of the second text is the least of all.
    assert_eq!(partition_of("owners-0", 50), 1_663_164_867 % 50);
    assert_eq!(partition_of("polygenelubricants", 50), 0);
}

#[test]
fn a_request_is_written_as_brokers_read_it() {
    let request = Request::new((26, 0)).text("id").i64(7).i16(3).i8(1).whole();
    let head = [0, 0, 0, 33, 0, 26, 0, 0, 0, 0, 0, 0, 0, 8];
    let body = [0, 2, b'i', b'd', 0, 0, 0, 0, 0, 0, 0, 7, 0, 3, 1];
    assert_eq!(request, [&head[..], b"audience", &body].concat());
}

#[test]
fn a_partition_that_was_not_added_is_seen() {
    let answer = |error| {
        let head = [0, 0, 0, 0, 0, 0, 0, 1, 0, 1, b'a', 0, 0, 0, 2];
        let first = [0, 0, 0, 0, 0, 0];
        [&head[..], &first, &[0, 0, 0, 5, 0, error]].concat()
    };
    assert!(check_added(&answer(0)).unwrap().is_ok());
    assert!(check_added(&answer(51)).unwrap().is_err());
    assert!(check_added(&answer(0)[..20]).is_none());
    // A text that is null, and lengths beyond the answer.
    assert!(Reader::new(&[0xff, 0xff]).skip_text().is_some());
    assert!(Reader::new(&[0x7f, 0xff]).text(false).is_none());
    assert!(Reader::new(&[0xff; 6]).count(true).is_none());
}
