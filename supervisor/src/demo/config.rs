//! The supervisor's configuration for the demo: everything real but the addresses of GitHub and Fly, and clocks short
//! enough to watch.

use super::{Agent, Backend, DemoError, story::Story};
use environment::Environment;
use simulators::github::{Options, test_key};
use std::{net::Ipv4Addr, path::PathBuf};

/// Writes `longshore.toml` and gives its path.
///
/// # Errors
/// The folder cannot be written.
pub fn write(environment: &Environment, story: &Story, agent: &Agent, backend: &Backend) -> Result<PathBuf, DemoError> {
    let path = story.folder().join("longshore.toml");
    crate::deployment::write_private(&path, &text(story, agent, &backend.settings(environment, story)?))?;
    Ok(path)
}

fn text(story: &Story, agent: &Agent, machines: &str) -> String {
    let defaults = Options::new(story.folder());
    let (ports, host) = (story.ports, Ipv4Addr::LOCALHOST);
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let agent = match agent {
        Agent::Rules => "kind = \"rules\"\n".to_owned(),
        Agent::Command(command) => {
            let words = command.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", ");
            format!("kind = \"command\"\ncommand = [{words}]\n")
        }
    };
    // The demo runs the command it was given, on a pull request of its own making.
    let unisolated = if agent.contains("command") { "allow_unisolated = true\n" } else { "" };
    format!(
        "# Written by `longshore demo`; the key is the stand-in's published test key, worth nothing elsewhere.\n\
         [server]\nlisten = \"{host}:{}\"\nmachine_listen = \"{host}:{}\"\npublic_url = \"http://{host}:{}\"\n\
         machine_url = \"http://{host}:{}\"\ndata = {}\n\n\
         [github]\napp_id = {}\nprivate_key = {}\nwebhook_secret = {}\napi_url = \"http://{host}:{}\"\n\
         bot_name = \"longshore\"\nallowed_owners = [\"acme\"]\n\n\
         [machines]\n{}{unisolated}claim_ms = 20000\nfirst_heartbeat_ms = 20000\nsilence_ms = 20000\n\
         total_ms = 120000\n\n[agent]\n{agent}\n[review]\nrefresh = \"2s\"\n\n[volumes]\nretention = \"0s\"\n",
        ports.public,
        ports.machine,
        ports.public,
        ports.machine,
        quoted(&story.folder().join("supervisor").display().to_string()),
        defaults.app_id,
        quoted(test_key::APP_PRIVATE_KEY_PEM),
        quoted(&defaults.webhook_secret),
        ports.github,
        machines,
    )
}
