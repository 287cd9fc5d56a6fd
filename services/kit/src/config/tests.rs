use super::*;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse("audience.toml", text, [])
}

fn with(variable: &str, value: &str) -> Result<Config, ConfigError> {
    let text = "[log]\npartitions = 8\n";
    Config::parse(
        "audience.toml",
        text,
        [(variable.to_owned(), value.to_owned())],
    )
}

fn refused(result: Result<Config, ConfigError>) -> (String, String) {
    let error = result.unwrap_err();
    (error.to_string(), error.fix.unwrap_or_default())
}

#[test]
fn nothing_given_is_the_defaults() {
    assert_eq!(parse("").unwrap(), Config::default());
    assert_eq!(Config::read(None, []).unwrap(), Config::default());
    assert_eq!(Limits::from(&HttpConfig::default()), Limits::default());
}

#[test]
fn the_environment_is_put_over_the_file() {
    let config = parse("[log]\npartitions = 8\n[data]\ndir = \"/var/lib\"\n").unwrap();
    assert_eq!(config.log.partitions, 8);
    assert_eq!(config.data.dir, PathBuf::from("/var/lib"));
    assert_eq!(
        with("AUDIENCE_LOG_PARTITIONS", "4").unwrap().log.partitions,
        4
    );
    let config = with("AUDIENCE_LISTEN_SEGMENT_API_PORT", "0").unwrap();
    assert_eq!(config.listen.segment_api_port, 0);
    let config = with("AUDIENCE_TELEMETRY_FORMAT", "json").unwrap();
    assert_eq!(config.telemetry.format, LogFormat::Json);
}

#[test]
fn unknown_names_are_refused_with_place_and_nearest() {
    assert_eq!(
        refused(parse("\n[log]\npartition = 2")),
        (
            "audience.toml:3: there is no key `partition` in the section `log`".to_owned(),
            "did you mean `partitions`?".to_owned()
        )
    );
    let (message, fix) = refused(parse("[htpp]"));
    assert_eq!(message, "audience.toml:1: there is no section `htpp`");
    assert_eq!(fix, "did you mean `http`?");
    let (message, fix) = refused(with("AUDIENCE_LOG_PARTITION", "2"));
    assert!(message.starts_with("AUDIENCE_LOG_PARTITION: "), "{message}");
    assert_eq!(fix, "did you mean `AUDIENCE_LOG_PARTITIONS`?");
}

#[test]
fn values_out_of_type_or_range_are_refused() {
    let check = |text: &str, expected: &str| assert_eq!(refused(parse(text)).0, expected);
    check(
        "[log]\npartitions = \"2\"",
        "audience.toml:2: `log.partitions` is of type integer, not string",
    );
    check(
        "[log]\npartitions = 0",
        "audience.toml:2: `log.partitions` is 0",
    );
    check(
        "[listen]\nrule_engine_port = 70000",
        "audience.toml:2: `listen.rule_engine_port` is 70000",
    );
    check(
        "log = 3",
        "audience.toml:1: `log` is a section, not a value",
    );
    check(
        "[log]\npartitions = []",
        "audience.toml:2: `log.partitions` takes a plain value",
    );
    let (message, _) = refused(parse("[telemetry]\n\nformat = \"xml\""));
    assert!(
        message.starts_with("audience.toml:3: `telemetry.format`: unknown variant"),
        "{message}"
    );
    let (message, _) = refused(parse("[listen]\naddress = \"here\""));
    assert!(
        message.starts_with("audience.toml:2: `listen.address`: "),
        "{message}"
    );
    let (message, _) = refused(parse("[log]\n\npartitions 2"));
    assert!(message.starts_with("audience.toml:3: "), "{message}");
    assert!(with("AUDIENCE_LOG_PARTITIONS", "two").is_err());
}

#[test]
fn where_traces_go_and_how_many_is_checked() {
    let telemetry = |text: &str| parse(&format!("[telemetry]\n{text}")).map(|it| it.telemetry);
    assert_eq!(telemetry("sample_ratio = 0.5").unwrap().sample_ratio, 0.5);
    assert_eq!(telemetry("sample_ratio = 1").unwrap().sample_ratio, 1.0);
    let config = with("AUDIENCE_TELEMETRY_SAMPLE_RATIO", "0").unwrap();
    assert_eq!(config.telemetry.sample_ratio, 0.0);
    for ratio in ["1.5", "-0.1", "2", "nan", "inf"] {
        let (message, fix) = refused(parse(&format!("[telemetry]\nsample_ratio = {ratio}")));
        assert!(
            message.starts_with("audience.toml:2: `telemetry.sample_ratio` is "),
            "{message}"
        );
        assert_eq!(fix, "write a number between 0 and 1");
    }
    let endpoint = "http://127.0.0.1:4318/collector/";
    let config = with("AUDIENCE_TELEMETRY_OTLP_ENDPOINT", endpoint).unwrap();
    assert_eq!(config.telemetry.otlp_endpoint, endpoint);
    for endpoint in [
        "collector:4318",
        "https://collector",
        "http://",
        "/v1",
        "http://a/?b",
    ] {
        let (message, fix) = refused(with("AUDIENCE_TELEMETRY_OTLP_ENDPOINT", endpoint));
        let expected = format!(
            "AUDIENCE_TELEMETRY_OTLP_ENDPOINT: `telemetry.otlp_endpoint` is `{endpoint}`, no address of HTTP in the clear"
        );
        assert_eq!(message, expected);
        assert_eq!(
            fix,
            "write the collector's address, like `http://collector:4318`"
        );
    }
}

#[test]
fn what_kubernetes_sets_for_a_service_of_our_name_is_none_of_ours() {
    for (name, value) in [
        ("AUDIENCE_SERVICE_HOST", "10.0.0.1"),
        ("AUDIENCE_API_SERVICE_PORT", "80"),
        ("AUDIENCE_PORT", "tcp://10.0.0.1:80"),
        ("AUDIENCE_PORT_80_TCP_PROTO", "tcp"),
    ] {
        assert!(with(name, value).is_ok(), "{name}");
    }
}

#[test]
fn the_configurations_in_the_documents_are_good() {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");
    let examples = std::fs::read_dir(format!("{docs}/config")).unwrap();
    let mut texts: Vec<String> = examples
        .map(|example| std::fs::read_to_string(example.unwrap().path()).unwrap())
        .collect();
    assert_eq!(texts.len(), 5, "one for each role");
    for name in ["cluster.md", "configuration.md"] {
        let document = std::fs::read_to_string(format!("{docs}/{name}")).unwrap();
        let blocks = document.split("```toml\n").skip(1);
        texts.extend(blocks.map(|block| block.split("```").next().unwrap().to_owned()));
    }
    for text in texts {
        let read = parse(&text);
        assert!(read.is_ok(), "{read:?}: {text}");
    }
}

#[test]
fn the_document_has_every_key_with_its_default() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    let document = std::fs::read_to_string(path).unwrap();
    let rows = document.lines().filter(|line| line.starts_with("| `"));
    let documented: Vec<String> = rows
        .map(|row| {
            row.split('|')
                .skip(1)
                .take(2)
                .map(str::trim)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    let table = toml::Table::try_from(Config::default()).unwrap();
    let mut known = vec![];
    for (section, keys) in &table {
        for (key, value) in keys.as_table().unwrap() {
            known.push(format!("`{section}.{key}` `{value}`"));
        }
    }
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(sorted(documented), sorted(known));
}
