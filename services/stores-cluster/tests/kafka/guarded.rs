//! Brokers that ask who it is, and transactions that have no end.

use kit::config::{KafkaConfig, SaslMechanism, SecurityProtocol};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use store_contracts::broker::{self, PASSWORD, USER};
use stores::{Journal, StoreError, Topic};
use stores_cluster::kafka::topics::{self, TopicOptions};
use stores_cluster::kafka::{Connection, KafkaJournal};

use crate::world::{LONG, World, block_on, dump, expected, set, store, tempdir};

/// What lets somebody in.
fn guarded() -> Option<KafkaConfig> {
    Some(KafkaConfig {
        brokers: broker::shared()?.guarded().to_owned(),
        security_protocol: SecurityProtocol::SaslPlaintext,
        user: USER.to_owned(),
        password: PASSWORD.to_owned(),
        ..KafkaConfig::default()
    })
}

/// Commits, whose changes are for partition 1.
fn commit(journal: &KafkaJournal, from: u64, to: u64) {
    let mut owner = journal.open(0).unwrap();
    assert_eq!(owner.position(), from);
    for position in from + 1..=to {
        owner.commit(set(position)).unwrap();
    }
}

/// The end of the changelog of partition 0, with what ends transactions.
fn changelog_end(world: &World) -> i64 {
    let consumer: BaseConsumer = world
        .config()
        .set("isolation.level", "read_uncommitted")
        .create()
        .unwrap();
    let changelog = world.connection.changelog();
    let range = consumer.fetch_watermarks(&changelog, 0, LONG);
    range.unwrap().1
}

/// A transaction of somebody else that stays open, in partition 0 of the changes.
fn left_open(world: &World) -> BaseProducer {
    let producer: BaseProducer = world
        .config()
        .set("transactional.id", format!("{}-somebody", world.group))
        .create()
        .unwrap();
    producer.init_transactions(LONG).unwrap();
    producer.begin_transaction().unwrap();
    let changes = world.connection.topic(Topic::UserSegments);
    let record = BaseRecord::<str, str>::to(&changes)
        .partition(0)
        .payload("open");
    producer.send(record).map_err(|(error, _)| error).unwrap();
    producer.flush(LONG).unwrap();
    producer
}

/// Whoever cannot tell whose transaction is open ends their own once more, which changes nothing.
#[test]
fn an_owner_ends_its_last_transaction_again_where_one_is_open() {
    let (Some(world), Some(config)) = (World::new(), guarded()) else {
        return;
    };
    let prefix = world.connection.changelog();
    let prefix = prefix
        .strip_suffix("audience-changelog")
        .unwrap()
        .to_owned();
    let guarded = Connection::configured(&KafkaConfig {
        topic_prefix: prefix,
        ..config
    });
    let mut position = 0;
    for connection in [world.connection.clone(), guarded.unwrap()] {
        let dir = tempdir();
        let open = || {
            KafkaJournal::open(
                &connection,
                &world.group,
                None,
                store(dir.path()).journal(),
                2,
            )
        };
        let journal = open().unwrap();
        commit(&journal, position, position + 3);
        position += 3;
        let before = changelog_end(&world);
        let somebody = left_open(&world);
        let owner = journal.open(0).unwrap();
        assert_eq!(owner.position(), position);
        drop(owner);
        // One more end, and nothing else.
        assert_eq!(changelog_end(&world), before + 1);
        assert_eq!(dump(&*journal.reader(0).unwrap()), expected(position));
        somebody.abort_transaction(LONG).unwrap();
        commit(&journal, position, position + 1);
        position += 1;
    }
}

/// The client library can only with OpenSSL.
#[cfg(feature = "tls")]
#[test]
fn a_proof_of_the_password_lets_in() {
    let Some(config) = guarded() else { return };
    let scram = Connection::configured(&KafkaConfig {
        sasl_mechanism: SaslMechanism::ScramSha512,
        topic_prefix: "scram-".to_owned(),
        ..config
    });
    let scram = scram.unwrap();
    block_on(topics::create(&scram, &TopicOptions::default())).unwrap();
    let dir = tempdir();
    let local = store(dir.path()).journal();
    let journal = KafkaJournal::open(&scram, "scram-owners", None, local, 2).unwrap();
    commit(&journal, 0, 3);
}

#[test]
fn a_wrong_password_is_told() {
    let Some(config) = guarded() else { return };
    let wrong = Connection::configured(&KafkaConfig {
        password: "guessed".to_owned(),
        ..config
    });
    let wrong = wrong.unwrap();
    let told = format!("{wrong:?}");
    assert!(!told.contains("guessed"), "{told}");
    let refused = block_on(topics::check(&wrong, &TopicOptions::default())).unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");
}

#[test]
fn what_does_not_fit_together_is_refused_with_what_to_do() {
    let config = KafkaConfig {
        security_protocol: SecurityProtocol::SaslPlaintext,
        ..KafkaConfig::default()
    };
    let nameless = config.clone();
    let halved = KafkaConfig {
        certificate_file: "own.pem".to_owned(),
        ..KafkaConfig::default()
    };
    for (config, key) in [(nameless, "kafka.user"), (halved, "kafka.key_file")] {
        let refused = Connection::configured(&config).unwrap_err().to_string();
        assert!(refused.contains(key), "{refused}");
    }
    let scram = KafkaConfig {
        user: USER.to_owned(),
        password: PASSWORD.to_owned(),
        sasl_mechanism: SaslMechanism::ScramSha512,
        ..config
    };
    let encrypted = KafkaConfig {
        security_protocol: SecurityProtocol::Ssl,
        ..KafkaConfig::default()
    };
    for config in [scram, encrypted] {
        let outcome = Connection::configured(&config);
        if cfg!(feature = "tls") {
            outcome.unwrap();
        } else {
            let refused = outcome.unwrap_err().to_string();
            assert!(refused.contains("kafka-tls"), "{refused}");
        }
    }
}
