//! What the driver is made with, and the check that it can be.

use super::token::Token;
use crate::Error;

/// Fly's API, reached from anywhere.
pub const DEFAULT_API_URL: &str = "https://api.machines.dev";
/// Where Fly hands out what machines printed; another service than the Machines API.
pub const DEFAULT_LOGS_URL: &str = "https://api.fly.io";

/// Length of an app's name, as Fly says it when it refuses one.
const APP_NAME_MAX: usize = 62;

/// What the driver is made with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The Machines API: [`DEFAULT_API_URL`], or a stand-in's.
    pub api_url: String,
    /// The service of logs: [`DEFAULT_LOGS_URL`], or a stand-in's.
    pub logs_url: String,
    /// May do everything in the app; in the organisation, if it is to make the app.
    pub token: Token,
    /// The workers' app: of this deployment, with nothing else in it.
    pub app: String,
    /// The organisation in which the app is made, on a network of its own, if it is not there. None: it must be there.
    pub organisation: Option<String>,
    /// Where volumes are made: regions by name, tried in this order. Never an alias such as `any`: one that is full would be
    /// tried again and again under another name.
    pub regions: Vec<String>,
    /// The worker's image, as Fly can pull it; by digest, so that all runs of a pull request have the same.
    pub image: String,
    /// Kind of processors.
    pub processors: Processors,
    /// TCP ports that machines may connect to, the supervisor's among them. Everything else is refused by Fly.
    pub ports: Vec<u16>,
    /// Calls are spaced as Fly allows them. Off only for a stand-in that does not mind.
    pub paced: bool,
}

/// Kind of processors of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Processors {
    /// `shared`: a sixteenth of a core each, more while the host has some left.
    Shared,
    /// `performance`: a core each.
    Performance,
}

impl Settings {
    /// What cannot work whatever Fly says is refused before it is asked.
    pub(super) fn check(&self) -> Result<(), Error> {
        for (url, key) in [(&self.api_url, "API"), (&self.logs_url, "log service")] {
            if !url.starts_with("https://") && !is_local(url) {
                return refused(format!("Fly's {key} must be reached by https: `{url}` would show the token"));
            }
        }
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if self.app.is_empty() || self.app.len() > APP_NAME_MAX || !self.app.bytes().all(fits) {
            return refused(format!(
                "`{}` is no name of a Fly app: at most {APP_NAME_MAX} lower-case letters, digits and dashes",
                self.app
            ));
        }
        if self.regions.is_empty() {
            return refused("name at least one Fly region, such as `fra`".into());
        }
        let is_region = |region: &String| region.len() == 3 && region.bytes().all(|byte| byte.is_ascii_lowercase());
        if let Some(alias) = self.regions.iter().find(|region| !is_region(region) || *region == "any") {
            return refused(format!("`{alias}` is no Fly region: volumes need one by its name, such as `fra`"));
        }
        Ok(())
    }
}

/// Only on this machine nobody listens in.
fn is_local(url: &str) -> bool {
    ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"].iter().any(|local| url.starts_with(local))
}

fn refused(what: String) -> Result<(), Error> {
    Err(Error::Permanent { what })
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn settings() -> Settings {
        Settings {
            api_url: DEFAULT_API_URL.into(),
            logs_url: DEFAULT_LOGS_URL.into(),
            token: Token::new("FlyV1 fm2_secret"),
            app: "longshore-workers".into(),
            organisation: None,
            regions: vec!["fra".into(), "ams".into()],
            image: "registry.fly.io/longshore-workers:1".into(),
            processors: Processors::Shared,
            ports: vec![443],
            paced: true,
        }
    }

    fn sentence(settings: &Settings) -> String {
        settings.check().unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_work_is_a_sentence() {
        settings().check().unwrap();
        let plain = Settings { api_url: "http://api.machines.dev".into(), ..settings() };
        assert_eq!(
            sentence(&plain),
            "Fly's API must be reached by https: `http://api.machines.dev` would show the token"
        );
        let local = Settings { api_url: "http://127.0.0.1:4280".into(), ..settings() };
        local.check().unwrap();
        let app = Settings { app: "My/App".into(), ..settings() };
        assert_eq!(
            sentence(&app),
            "`My/App` is no name of a Fly app: at most 62 lower-case letters, digits and dashes"
        );
        let nowhere = Settings { regions: vec![], ..settings() };
        assert_eq!(sentence(&nowhere), "name at least one Fly region, such as `fra`");
        for alias in ["any", "us", "eu,fra"] {
            let settings = Settings { regions: vec![alias.into()], ..settings() };
            assert_eq!(
                sentence(&settings),
                format!("`{alias}` is no Fly region: volumes need one by its name, such as `fra`")
            );
        }
    }

    #[test]
    fn no_debug_output_shows_the_token() {
        assert!(!format!("{:?}", settings()).contains("secret"));
    }
}
