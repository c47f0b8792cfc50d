//! What a machine boots with. Read once, here; nothing else of the worker looks at its environment, and what the worker
//! starts gets an environment of its own from empty.

use crate::secret::Secret;
use protocol::boot;
use std::{ffi::OsString, path::PathBuf};

/// Where programs are looked for if the machine does not say.
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// Which run this worker works on, and for whom.
#[derive(Debug, Clone)]
pub struct Boot {
    pub(crate) supervisor: Address,
    pub(crate) workflow: String,
    pub(crate) run: u32,
    pub(crate) token: Secret,
    pub(crate) session_dir: PathBuf,
    pub(crate) machine: String,
    /// `PATH` for git and agents.
    pub(crate) path: OsString,
}

/// Where the supervisor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// `http://host:port`, without a slash at the end.
    Url(String),
    /// A unix socket, where there is no network.
    Socket(PathBuf),
}

/// The environment does not describe a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BootError {
    /// A variable is missing or empty.
    #[error("{0} is not set: a worker is started by a supervisor, not by hand")]
    Missing(&'static str),
    /// A variable does not say what it should.
    #[error("{0} must be {1}")]
    Invalid(&'static str, &'static str),
}

impl Boot {
    /// From the process's environment.
    ///
    /// # Errors
    /// [`BootError`] names the variable.
    pub fn from_env() -> Result<Self, BootError> {
        Self::read(std::env::var_os)
    }

    /// From anything that knows variables by name.
    ///
    /// # Errors
    /// [`BootError`] names the variable.
    pub fn read(variable: impl Fn(&'static str) -> Option<OsString>) -> Result<Self, BootError> {
        let text = |name| {
            let value = variable(name).filter(|value| !value.is_empty()).ok_or(BootError::Missing(name))?;
            value.into_string().map_err(|_| BootError::Invalid(name, "UTF-8"))
        };
        let session_dir = PathBuf::from(text(boot::SESSION_DIR)?);
        if !session_dir.is_absolute() {
            return Err(BootError::Invalid(boot::SESSION_DIR, "an absolute path"));
        }
        Ok(Self {
            supervisor: address(&text(boot::SUPERVISOR_URL)?)?,
            workflow: text(boot::WORKFLOW)?,
            run: text(boot::RUN)?.parse().map_err(|_| BootError::Invalid(boot::RUN, "a run number"))?,
            token: Secret::new(text(boot::TOKEN)?),
            session_dir,
            machine: text(boot::MACHINE).unwrap_or_default(),
            path: variable("PATH").unwrap_or_else(|| DEFAULT_PATH.into()),
        })
    }
}

/// A socket, or a plain origin: whatever more a URL can hold (a user, a path, a query) has no meaning here.
fn address(text: &str) -> Result<Address, BootError> {
    let invalid = BootError::Invalid(
        boot::SUPERVISOR_URL,
        "an address like http://127.0.0.1:8081 or unix:/run/longshore/supervisor.sock",
    );
    if let Some(path) = text.strip_prefix("unix:") {
        let path = PathBuf::from(path);
        return if path.is_absolute() { Ok(Address::Socket(path)) } else { Err(invalid) };
    }
    let parsed = reqwest::Url::parse(text).map_err(|_| invalid.clone())?;
    let plain = matches!(parsed.scheme(), "http" | "https")
        && parsed.path() == "/"
        && parsed.query().is_none()
        && parsed.username().is_empty()
        && parsed.password().is_none();
    if plain { Ok(Address::Url(text.trim_end_matches('/').to_owned())) } else { Err(invalid) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boot_with(name: &'static str, value: Option<&str>) -> Result<Boot, BootError> {
        Boot::read(|asked| {
            if asked == name {
                return value.map(Into::into);
            }
            match asked {
                boot::SUPERVISOR_URL => Some("http://127.0.0.1:9/".into()),
                boot::WORKFLOW => Some("wf_1".into()),
                boot::RUN => Some("3".into()),
                boot::TOKEN => Some("t0ken".into()),
                boot::SESSION_DIR => Some("/session".into()),
                _ => None,
            }
        })
    }

    #[test]
    fn a_full_environment_boots_and_its_token_is_not_in_debug_output() {
        let boot = boot_with("PATH", Some("/bin")).unwrap();
        assert!(!format!("{boot:?}").contains("t0ken"));
        assert_eq!((boot.run, boot.supervisor), (3, Address::Url("http://127.0.0.1:9".into())));
    }

    #[test]
    fn a_socket_is_an_absolute_path() {
        let boot = boot_with(boot::SUPERVISOR_URL, Some("unix:/run/x.sock")).unwrap();
        assert_eq!(boot.supervisor, Address::Socket("/run/x.sock".into()));
        assert!(boot_with(boot::SUPERVISOR_URL, Some("unix:x.sock")).is_err());
    }

    #[test]
    fn a_missing_variable_is_named() {
        let error = boot_with(boot::TOKEN, None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "LONGSHORE_CLAIM_TOKEN is not set: a worker is started by a supervisor, not by hand"
        );
    }

    #[test]
    fn an_address_with_a_path_or_a_user_is_refused() {
        for url in ["http://127.0.0.1:9/x", "http://a@127.0.0.1:9", "file:///etc", "127.0.0.1:9"] {
            assert!(boot_with(boot::SUPERVISOR_URL, Some(url)).is_err(), "{url}");
        }
    }
}
