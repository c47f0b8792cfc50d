use super::*;

fn read(text: &str) -> Result<Config, String> {
    Config::from_text(text, "longshore.toml", &Variables::new()).map_err(|error| error.to_string())
}

fn read_with(variables: &[(&str, &str)]) -> Result<Config, String> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Config::from_text("", "longshore.toml", &variables).map_err(|error| error.to_string())
}

#[test]
fn an_empty_file_gives_the_documented_defaults() {
    let config = read("").unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.database.url.reveal(), "sqlite://./longshore-data/longshore.db");
    assert_eq!(config.machines.max_running, 2);
    assert_eq!(config.machines.limits.silence_ms, 120_000);
    assert_eq!(config.review.decision_deadline.as_secs(), 30 * 86_400);
    assert_eq!(config.review.fail_on, None);
    assert_eq!(config.github.allowed_owners, None);
    assert_eq!(config.volumes.retention.as_secs(), 86_400);
}

#[test]
fn unknown_words_are_answered_with_the_nearest_known_one() {
    let table = [
        (
            "[machines]\nmax_runing = 3",
            "unknown key `machines.max_runing` in `longshore.toml`; the nearest known one is `machines.max_running`",
        ),
        (
            "[volumes]\nretension = \"1h\"",
            "unknown key `volumes.retension` in `longshore.toml`; the nearest known one is `volumes.retention`",
        ),
        ("[machine]\n", "unknown section `[machine]` in `longshore.toml`; the nearest known one is `[machines]`"),
        ("[review]\ngate = \"strict\"", "`review.gate` in `longshore.toml` must be one of \"advisory\", \"required\""),
        (
            "[machines]\nmax_running = 0",
            "`machines.max_running` in `longshore.toml` must be a whole number from 1 to 1000",
        ),
        (
            "[volumes]\nretention = 24",
            "`volumes.retention` in `longshore.toml` must be a span of time such as \"24h\", \"90s\" or \"1h30m\"",
        ),
        (
            "[janitor]\nschedule = \"0 3 * * *\"",
            "`janitor.schedule` in `longshore.toml` must be a cron expression of six fields, seconds first, such as \
             \"0 0 3 * * *\" (every day at 03:00 UTC)",
        ),
        (
            "[database]\nshared = true",
            "`database.shared = true` needs PostgreSQL: one supervisor owns a SQLite file; set `database.url`",
        ),
        ("[database]\nlease = \"1s\"", "`database.lease` must be from \"2s\" to \"60s\""),
        ("[server]\nsecret = \"short\"", "`server.secret` must have at least 32 characters"),
        ("server = 1", "`server` in `longshore.toml` must be a section: `[server]`"),
        (
            "[machines]\nbackend = \"fly\"",
            "`machines.fly_app` is not set; set it in the configuration file or as `LONGSHORE_MACHINES_FLY_APP`",
        ),
        (
            "[machines]\nbackend = \"fly\"\nfly_app = \"workers\"",
            "`machines.fly_token` is not set; set it in the configuration file or as `LONGSHORE_MACHINES_FLY_TOKEN`",
        ),
        (
            "[machines]\nbackend = \"fly\"\nfly_app = \"workers\"\nfly_token = \"t\"\nfly_ports = [70000]",
            "`machines.fly_ports` must be ports, from 1 to 65535",
        ),
        ("[agent]\nkind = \"command\"", "`agent.kind = \"command\"` needs a program in `agent.command`"),
        ("[server]\nlisten = \"8080\"", "`server.listen` must be an address with a port, such as \"127.0.0.1:8080\""),
    ];
    for (text, sentence) in table {
        assert_eq!(read(text).unwrap_err(), sentence, "{text}");
    }
}

#[test]
fn only_an_address_that_was_chosen_is_linked_to() {
    assert_eq!(read("").unwrap().server.link("/workflows/wf_1"), None);
    let chosen = read("[server]\npublic_url = \"https://longshore.example/\"").unwrap();
    assert_eq!(chosen.server.link("/workflows/wf_1").as_deref(), Some("https://longshore.example/workflows/wf_1"));
}

#[test]
fn a_variable_wins_over_the_file_and_an_unknown_one_is_named() {
    let variables = Variables::from([("LONGSHORE_MACHINES_MAX_RUNNING".into(), "7".into())]);
    let config = Config::from_text("[machines]\nmax_running = 3", "longshore.toml", &variables).unwrap();
    assert_eq!(config.machines.max_running, 7);
    assert_eq!(
        read_with(&[("LONGSHORE_MACHINES_MAXRUNNING", "7")]).unwrap_err(),
        "unknown environment variable `LONGSHORE_MACHINES_MAXRUNNING`; the nearest known one is \
         `LONGSHORE_MACHINES_MAX_RUNNING`"
    );
    assert!(read_with(&[("LONGSHORE_TOKEN", "x"), ("PATH", "/bin")]).is_ok(), "other variables are not ours to judge");
}

#[test]
fn a_rule_that_does_not_exist_is_named_with_the_nearest_one() {
    let off = |names: &str| read(&format!("[agent]\nrules_off = [{names}]"));
    assert_eq!(
        off("\"debug-calls\", \"json-parse\"").unwrap_err(),
        "unknown rule `json-parse` in `agent.rules_off`; the nearest known one is `json-parses`"
    );
    for known in worker::agents::rules::names() {
        assert!(off(&format!("\"{known}\"")).is_ok(), "{known}");
    }
}

#[test]
fn lists_tell_absent_from_empty() {
    let config = read_with(&[("LONGSHORE_GITHUB_ALLOWED_OWNERS", "acme, umbrella")]).unwrap();
    assert_eq!(config.github.allowed_owners, Some(vec!["acme".into(), "umbrella".into()]));
    assert_eq!(config.github.allowed_repositories, None);
    assert_eq!(read("[github]\nallowed_owners = []").unwrap().github.allowed_owners, Some(vec![]));
    assert_eq!(read("[github]\nallowed_installations = [7]").unwrap().github.allowed_installations, Some(vec![7]));
}

#[test]
fn a_secret_comes_from_a_file_and_is_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "hunter2\n").unwrap();
    let path = file.to_str().unwrap();
    let config = read_with(&[("LONGSHORE_GITHUB_WEBHOOK_SECRET_FILE", path)]).unwrap();
    assert_eq!(config.github.webhook_secrets[0].reveal(), "hunter2");
    assert!(!format!("{config:?}").contains("hunter2"));
    assert_eq!(
        read_with(&[("LONGSHORE_GITHUB_WEBHOOK_SECRET_FILE", path), ("LONGSHORE_GITHUB_WEBHOOK_SECRET", "x")])
            .unwrap_err(),
        "`LONGSHORE_GITHUB_WEBHOOK_SECRET` and `LONGSHORE_GITHUB_WEBHOOK_SECRET_FILE` are both set; set one of them"
    );
    let broken = read("[github]\nwebhook_secret = \"hunter2\" oops").unwrap_err();
    assert!(broken.contains("line 2") && !broken.contains("hunter2"), "{broken}");
}

#[test]
fn serve_starts_only_when_somebody_was_chosen_to_be_served() {
    let github = "[github]\napp_id = 1\nprivate_key = \"k\"\nwebhook_secret = \"s\"\n";
    let check = |more: &str| read(&format!("{github}{more}")).unwrap().check_serve().map_err(|error| error.to_string());
    let refusal = "nobody is allowed in: name something in `github.allowed_owners`, `github.allowed_repositories` or \
                   `github.allowed_installations`";
    assert_eq!(check("").unwrap_err(), refusal);
    assert_eq!(check("allowed_owners = []").unwrap_err(), refusal);
    assert_eq!(check("allowed_owners = []\nallowed_installations = [7]"), Ok(()));
    assert_eq!(check("allowed_repositories = [\"acme/shop\"]"), Ok(()));
    assert_eq!(
        read("").unwrap().check_serve().unwrap_err().to_string(),
        "`github.app_id` is not set; set it in the configuration file or as `LONGSHORE_GITHUB_APP_ID`"
    );
}

#[test]
fn the_process_backend_runs_programs_of_the_pull_request_only_when_told() {
    let base = "[github]\napp_id = 1\nprivate_key = \"k\"\nwebhook_secret = \"s\"\nallowed_owners = [\"acme\"]\n\
                [agent]\nkind = \"command\"\ncommand = [\"reviewer\"]\n";
    let check = |more: &str| read(&format!("{base}{more}")).unwrap().check_serve().map_err(|error| error.to_string());
    assert_eq!(
        check("").unwrap_err(),
        "the `process` backend does not isolate: it runs only the `rules` agent, unless \
         `machines.allow_unisolated = true`"
    );
    assert_eq!(check("[machines]\nallow_unisolated = true"), Ok(()));
}

#[test]
fn machines_on_fly_need_an_image_a_region_and_a_way_back_that_nobody_reads() {
    let base = "[github]\napp_id = 1\nprivate_key = \"k\"\nwebhook_secret = \"s\"\nallowed_owners = [\"acme\"]\n\
                [machines]\nbackend = \"fly\"\nfly_app = \"workers\"\nfly_token = \"hunter2\"\n";
    let check = |more: &str| read(&format!("{base}{more}")).unwrap().check_serve().map_err(|error| error.to_string());
    let missing = |key: &str, variable: &str| {
        Err(format!("`{key}` is not set; set it in the configuration file or as `LONGSHORE_{variable}`"))
    };
    assert_eq!(check(""), missing("machines.image", "MACHINES_IMAGE"));
    let image = "image = \"registry.fly.io/workers:1\"\n";
    assert_eq!(check(image), missing("machines.region", "MACHINES_REGION"));
    let placed = format!("{image}region = [\"fra\", \"ams\"]\n");
    assert_eq!(check(&placed), missing("server.machine_url", "SERVER_MACHINE_URL"));
    let reached = |url: &str| check(&format!("{placed}[server]\nmachine_url = \"{url}\""));
    assert_eq!(
        reached("http://longshore.example"),
        Err("`server.machine_url` must begin with `https://`: a run's credential travels on it, where machines are on Fly"
            .into())
    );
    assert_eq!(
        reached("longshore"),
        Err("`server.machine_url` must be an address such as https://host:port, where machines are on Fly".into())
    );
    for url in ["https://longshore.example", "http://longshore.flycast:8081", "http://127.0.0.1:8081"] {
        assert_eq!(reached(url), Ok(()), "{url}");
    }
    let config = read(
        &format!("{placed}[server]\nmachine_url = \"https://longshore.example\"")
            .replace("[machines]", "[machines]\nfly_ports = [443, 8443]")
            .replace(image, &format!("{base}{image}")),
    )
    .unwrap();
    assert_eq!((fly_port(&config).unwrap(), config.machines.regions.len()), (443, 2));
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn the_page_says_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
    if std::env::var_os("LONGSHORE_WRITE_DOCS").is_some() {
        std::fs::write(&path, document()).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap();
    assert!(page == document(), "run the test again with LONGSHORE_WRITE_DOCS=1 and commit docs/configuration.md");
}
