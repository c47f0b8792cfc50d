//! Speaks the control interface.

use super::{Called, Command, Fault, Rule, Truth};
use crate::fly::{audit::Entry, rest::Action};
use serde::de::DeserializeOwned;

/// Speaks the control interface of one stand-in. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    base: String,
    http: reqwest::Client,
}

/// Why a command was not obeyed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No stand-in there, or it went away.
    #[error("the Fly stand-in does not answer; is it running?")]
    Transport(#[from] reqwest::Error),
    /// It said no.
    #[error("the Fly stand-in refuses: {0}")]
    Refused(String),
}

impl Client {
    /// For the stand-in at `http://127.0.0.1:…`.
    ///
    /// # Errors
    /// An HTTP client cannot be made.
    pub fn new(base: impl Into<String>) -> Result<Self, ClientError> {
        Ok(Self { base: base.into().trim_end_matches('/').to_string(), http: crate::listener::http_client()? })
    }

    /// Has a command carried out.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn run(&self, command: &Command) -> Result<(), ClientError> {
        let response = self.http.post(format!("{}/_sim/commands", self.base)).json(command).send().await?;
        if response.status().is_success() {
            return Ok(());
        }
        let said: serde_json::Value = serde_json::from_str(&response.text().await?).unwrap_or_default();
        Err(ClientError::Refused(said["message"].as_str().unwrap_or("without a reason").to_string()))
    }

    /// The next call of that action fails so.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn fail_once(&self, action: Action, fault: Fault) -> Result<(), ClientError> {
        self.run(&Command::AddRule(Rule::once(action, fault))).await
    }

    /// Every call of that action fails so from now on.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn fail_always(&self, action: Action, fault: Fault) -> Result<(), ClientError> {
        self.run(&Command::AddRule(Rule::always(action, fault))).await
    }

    /// Lets time pass on the stand-in's clock.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn advance(&self, millis: u64) -> Result<(), ClientError> {
        self.run(&Command::Advance { millis }).await
    }

    /// What really is so.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn truth(&self) -> Result<Truth, ClientError> {
        self.read("/_sim/truth").await
    }

    /// What really happened, oldest first.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn audit(&self) -> Result<Vec<Entry>, ClientError> {
        self.read("/_sim/audit").await
    }

    /// Each moment at which two programs could write one volume, as a sentence.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn violations(&self) -> Result<Vec<String>, ClientError> {
        self.read("/_sim/violations").await
    }

    /// The calls that came in, oldest first; of very many the newest.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn calls(&self) -> Result<Vec<Called>, ClientError> {
        self.read("/_sim/calls").await
    }

    async fn read<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        let response = self.http.get(format!("{}{path}", self.base)).send().await?;
        Ok(response.error_for_status()?.json().await?)
    }
}
