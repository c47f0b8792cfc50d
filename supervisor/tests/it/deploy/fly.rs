//! Fly's files: what they name is there.

use super::{files::said, text};
use supervisor::config::{Config, Variables};

#[test]
fn fly_s_files_name_keys_ports_and_a_path_that_are_there() {
    let fly: toml::Table = text("fly.toml").parse().expect("TOML");
    let variables: Variables = fly["env"]
        .as_table()
        .expect("variables")
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().expect("text").to_owned()))
        .chain(
            [
                ("LONGSHORE_GITHUB_PRIVATE_KEY", "a key"),
                ("LONGSHORE_GITHUB_WEBHOOK_SECRET", "a secret"),
                ("LONGSHORE_MACHINES_FLY_TOKEN", "a token"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        )
        .collect();
    let guide = text("README.md");
    for secret in ["LONGSHORE_GITHUB_PRIVATE_KEY", "LONGSHORE_GITHUB_WEBHOOK_SECRET", "LONGSHORE_MACHINES_FLY_TOKEN"] {
        assert!(guide.contains(&format!("{secret}=")), "the guide sets {secret}");
    }
    let config = Config::from_text("", "fly.toml", &variables).expect("every variable is a key");
    let port = |value: &toml::Value| value["internal_port"].as_integer();
    assert_eq!(port(&fly["http_service"]), Some(config.server.listen.port().into()));
    assert_eq!(port(&fly["services"][0]), Some(config.server.machine_listen.port().into()));
    let machine_url = config.server.machine_url.expect("machines reach it");
    let outside = fly["services"][0]["ports"][0]["port"].as_integer().expect("a port");
    let app = fly["app"].as_str().expect("a name");
    assert_eq!(machine_url, format!("http://{app}.flycast:{outside}"));
    assert_eq!(fly["mounts"]["destination"].as_str(), Some("/data"));
    let workers: toml::Table = text("fly.workers.toml").parse().expect("TOML");
    assert_eq!(workers["app"].as_str(), variables.get("LONGSHORE_MACHINES_FLY_APP").map(String::as_str));
    for file in [&fly, &workers] {
        let dockerfile = text(file["build"]["dockerfile"].as_str().expect("a Dockerfile"));
        assert_eq!(said(&dockerfile, "USER"), ["0:0"], "a new Fly volume belongs to root");
        assert!(said(&dockerfile, "ENTRYPOINT")[0].contains("--no-new-privs --bounding-set -all"));
    }
}
