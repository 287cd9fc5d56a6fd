//! The few requests of Kafka's protocol that the client library does not offer by themselves: to
//! name a transaction's partitions, and to end it, without a record.
//!
//! They are in the first form of each, which brokers take since transactions are there.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use stores::StoreError;

use super::decided::Decided;
use crate::kafka::connection::{ByHand, Connection};

/// How long to try.
const TRY_MAX: Duration = Duration::from_secs(30);
/// How long to wait for a connection, or for an answer.
const STEP_MAX: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(200);
/// Bytes of an answer.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Requests, by their number and form.
const FIND_COORDINATOR: (i16, i16) = (10, 1);
const INIT_PRODUCER_ID: (i16, i16) = (22, 0);
const ADD_PARTITIONS_TO_TXN: (i16, i16) = (24, 0);
const ADD_OFFSETS_TO_TXN: (i16, i16) = (25, 0);
const END_TXN: (i16, i16) = (26, 0);
const SASL_HANDSHAKE: (i16, i16) = (17, 1);
const SASL_AUTHENTICATE: (i16, i16) = (36, 0);

/// The mechanism that tells user and password as they are.
const PLAIN: &str = "PLAIN";

/// That a transactional id is asked for, in [`FIND_COORDINATOR`].
const TRANSACTION: i8 = 1;
/// The topic of groups' offsets, which is not named but by the group.
const OFFSETS: &str = "__consumer_offsets";

/// A producer's number and epoch.
type Producer = (i64, i16);

/// Has the coordinator end a transaction of these partitions, as was decided.
pub(super) fn end(
    connection: &Connection,
    id: &str,
    group: &str,
    decided: &Decided,
    timeout: Duration,
) -> Result<(), StoreError> {
    if matches!(connection.by_hand(), ByHand::Never) {
        return Err(StoreError::Unavailable(format!(
            "Kafka: a transaction of `{id}` cannot be ended over connections like these \
             (docs/cluster.md)"
        )));
    }
    let until = Instant::now() + TRY_MAX;
    let mut producer = None;
    loop {
        let ended = attempt(connection, id, group, decided, timeout, &mut producer);
        match ended {
            Ok(()) => return Ok(()),
            Err(error) if Instant::now() >= until => {
                return Err(StoreError::Unavailable(format!(
                    "Kafka: a transaction of `{id}` cannot be ended: {error}"
                )));
            }
            Err(error) => tracing::debug!(%error, id, "a transaction is ended again"),
        }
        std::thread::sleep(PAUSE);
    }
}

/// `producer` is kept between attempts: to ask for another would abort what the last has begun.
fn attempt(
    connection: &Connection,
    id: &str,
    group: &str,
    decided: &Decided,
    timeout: Duration,
    producer: &mut Option<Producer>,
) -> std::io::Result<()> {
    let mut coordinator = find(connection, id)?;
    let (number, epoch) = match *producer {
        Some(known) => known,
        None => *producer.insert(begin(&mut coordinator, id, timeout)?),
    };
    let of = |request| Request::new(request).text(id).i64(number).i16(epoch);
    let topics = decided.partitions.iter();
    let topics: Vec<_> = topics.filter(|(topic, _)| topic != OFFSETS).collect();
    let mut add = of(ADD_PARTITIONS_TO_TXN).count(topics.len());
    for (topic, partitions) in &topics {
        add = add.text(topic).count(partitions.len());
        add = partitions.iter().fold(add, |add, one| add.i32(*one));
    }
    let offsets = of(ADD_OFFSETS_TO_TXN).text(group);
    let end = of(END_TXN).i8(i8::from(decided.is_commit));
    // All at once: brokers work off a connection in order, so however this process ends now, what
    // is begun is ended too, and does not run into its timeout, which would abort it.
    let all = [add.whole(), offsets.whole(), end.whole()].concat();
    coordinator.write_all(&all)?;
    let added = answer(&mut coordinator)?;
    // That the group hears of it only confirms what the changelog says.
    let _ = answer(&mut coordinator)?;
    let ended = answer(&mut coordinator)?;
    check_added(&added).ok_or_else(malformed)??;
    let mut reader = Reader::new(&ended);
    reader.i32().ok_or_else(malformed)?;
    check(reader.i16().ok_or_else(malformed)?)
}

/// Connects to the coordinator of an id.
fn find(connection: &Connection, id: &str) -> std::io::Result<TcpStream> {
    let mut failure = malformed();
    for address in connection.addresses() {
        let asked = connect(connection, &address).and_then(|mut stream| {
            let request = Request::new(FIND_COORDINATOR).text(id).i8(TRANSACTION);
            stream.write_all(&request.whole())?;
            answer(&mut stream)
        });
        match asked {
            Ok(answer) => {
                let mut reader = Reader::new(&answer);
                let mut read = || {
                    reader.i32()?;
                    let error = reader.i16()?;
                    reader.skip_text()?;
                    reader.i32()?;
                    Some((error, reader.text(false)?, reader.i32()?))
                };
                let (error, host, port) = read().ok_or_else(malformed)?;
                check(error)?;
                return connect(connection, &format!("{host}:{port}"));
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// Fences whoever has the id.
fn begin(coordinator: &mut TcpStream, id: &str, timeout: Duration) -> std::io::Result<Producer> {
    let timeout = timeout.as_millis().try_into().unwrap_or(i32::MAX);
    let request = Request::new(INIT_PRODUCER_ID).text(id).i32(timeout);
    coordinator.write_all(&request.whole())?;
    let answer = answer(coordinator)?;
    let mut reader = Reader::new(&answer);
    let mut read = || {
        reader.i32()?;
        Some((reader.i16()?, reader.i64()?, reader.i16()?))
    };
    let (error, number, epoch) = read().ok_or_else(malformed)?;
    check(error)?;
    Ok((number, epoch))
}

/// Whether every partition was added.
pub(super) fn check_added(answer: &[u8]) -> Option<std::io::Result<()>> {
    let mut reader = Reader::new(answer);
    reader.i32()?;
    for _ in 0..reader.count(false)? {
        reader.text(false)?;
        for _ in 0..reader.count(false)? {
            reader.i32()?;
            let checked = check(reader.i16()?);
            if checked.is_err() {
                return Some(checked);
            }
        }
    }
    Some(Ok(()))
}

fn check(error: i16) -> std::io::Result<()> {
    if error == 0 {
        return Ok(());
    }
    Err(std::io::Error::other(format!("the broker's error {error}")))
}

fn malformed() -> std::io::Error {
    std::io::Error::other("no broker gives an answer that can be read")
}

fn connect(connection: &Connection, address: &str) -> std::io::Result<TcpStream> {
    let mut failure = malformed();
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, STEP_MAX) {
            Ok(mut stream) => {
                stream.set_read_timeout(Some(STEP_MAX))?;
                stream.set_write_timeout(Some(STEP_MAX))?;
                if let ByHand::Plain(user, password) = connection.by_hand() {
                    tell_who(&mut stream, user, password)?;
                }
                return Ok(stream);
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// Tells a broker user and password.
fn tell_who(stream: &mut TcpStream, user: &str, password: &str) -> std::io::Result<()> {
    let hello = Request::new(SASL_HANDSHAKE).text(PLAIN).whole();
    stream.write_all(&hello)?;
    let error = |answer: Vec<u8>| Reader::new(&answer).i16().ok_or_else(malformed);
    check(error(answer(stream)?)?)?;
    let told = format!("\0{user}\0{password}");
    let told = Request::new(SASL_AUTHENTICATE)
        .count(told.len())
        .bytes(told.as_bytes());
    stream.write_all(&told.whole())?;
    check(error(answer(stream)?)?)
}

/// The next answer, but the number of its request.
fn answer(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut head = [0; 8];
    stream.read_exact(&mut head)?;
    let bytes = i32::from_be_bytes([head[0], head[1], head[2], head[3]]);
    let bytes = usize::try_from(bytes).unwrap_or(0).saturating_sub(4);
    if bytes > ANSWER_BYTES_MAX {
        return Err(malformed());
    }
    let mut answer = vec![0; bytes];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

/// A request being written.
pub(super) struct Request(Vec<u8>);

impl Request {
    pub(super) fn new((number, form): (i16, i16)) -> Self {
        // No number of its own: answers come in order.
        Self(vec![]).i16(number).i16(form).i32(0).text("audience")
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn i8(self, value: i8) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    pub(super) fn i16(self, value: i16) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    fn i32(self, value: i32) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    pub(super) fn i64(self, value: i64) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    fn count(self, count: usize) -> Self {
        self.i32(count as i32)
    }

    pub(super) fn text(self, text: &str) -> Self {
        self.i16(text.len() as i16).bytes(text.as_bytes())
    }

    /// With its length before it.
    pub(super) fn whole(self) -> Vec<u8> {
        let mut whole = (self.0.len() as i32).to_be_bytes().to_vec();
        whole.extend(self.0);
        whole
    }
}

/// Reads what Kafka wrote; `None` where it is not there.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn skip(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (skipped, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(skipped)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.skip(N)?.try_into().ok()
    }

    pub(super) fn i8(&mut self) -> Option<i8> {
        self.array().map(i8::from_be_bytes)
    }

    pub(super) fn i16(&mut self) -> Option<i16> {
        self.array().map(i16::from_be_bytes)
    }

    pub(super) fn i32(&mut self) -> Option<i32> {
        self.array().map(i32::from_be_bytes)
    }

    fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_be_bytes)
    }

    fn varint(&mut self) -> Option<u32> {
        let mut value = 0_u32;
        for shift in (0..32).step_by(7) {
            let byte = self.i8()? as u8;
            value |= u32::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// The members of an array; none where it is null.
    pub(super) fn count(&mut self, is_flexible: bool) -> Option<u32> {
        if is_flexible {
            return self.varint().map(|count| count.saturating_sub(1));
        }
        self.i32().map(|count| u32::try_from(count).unwrap_or(0))
    }

    pub(super) fn text(&mut self, is_flexible: bool) -> Option<String> {
        let bytes = if is_flexible {
            self.varint()?.checked_sub(1)? as usize
        } else {
            self.i16()?.try_into().ok()?
        };
        let text = std::str::from_utf8(self.skip(bytes)?).ok()?;
        Some(text.to_owned())
    }

    /// A text that may be null.
    pub(super) fn skip_text(&mut self) -> Option<()> {
        let bytes = self.i16()?.try_into().unwrap_or(0);
        self.skip(bytes).map(drop)
    }

    /// Fields that later forms add.
    pub(super) fn skip_tagged(&mut self) -> Option<()> {
        for _ in 0..self.varint()? {
            self.varint()?;
            let bytes = self.varint()?;
            self.skip(bytes as usize)?;
        }
        Some(())
    }
}
