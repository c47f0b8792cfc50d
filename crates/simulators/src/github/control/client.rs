//! Speaks the control interface.

use super::{Command, DeliverySnapshot, Done, EffectSnapshot, NewPull, NewRepository, PullName, PullSnapshot};
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
    #[error("the GitHub stand-in does not answer; is it running?")]
    Transport(#[from] reqwest::Error),
    /// It said no.
    #[error("the GitHub stand-in refuses: {0}")]
    Refused(String),
}

impl Client {
    /// For the stand-in at `http://127.0.0.1:…`.
    pub fn new(base: impl Into<String>) -> Result<Self, ClientError> {
        Ok(Self { base: base.into().trim_end_matches('/').to_string(), http: crate::listener::http_client()? })
    }

    /// Has a command carried out.
    pub async fn run(&self, command: &Command) -> Result<Done, ClientError> {
        let response = self.http.post(format!("{}/_sim/commands", self.base)).json(command).send().await?;
        if response.status().is_success() {
            return Ok(response.json().await?);
        }
        let said: serde_json::Value = serde_json::from_str(&response.text().await?).unwrap_or_default();
        Err(ClientError::Refused(said["message"].as_str().unwrap_or("without a reason").to_string()))
    }

    /// Makes a repository.
    pub async fn create_repository(&self, new: NewRepository) -> Result<Done, ClientError> {
        self.run(&Command::CreateRepository(new)).await
    }

    /// Opens a pull request.
    pub async fn open_pull(&self, new: NewPull) -> Result<Done, ClientError> {
        self.run(&Command::OpenPull(new)).await
    }

    /// Clicks a button.
    pub async fn click(&self, check_run: u64, identifier: &str, by: &str) -> Result<Done, ClientError> {
        self.run(&Command::Click { check_run, identifier: identifier.into(), by: by.into() }).await
    }

    /// Comments in the conversation.
    pub async fn comment(&self, pull: &PullName, by: &str, body: &str) -> Result<Done, ClientError> {
        let (pull, by, body) = (pull.clone(), by.to_string(), body.to_string());
        self.run(&Command::Comment { pull, by, body, in_reply_to: None }).await
    }

    /// Closes a pull request.
    pub async fn close(&self, pull: &PullName, by: &str) -> Result<Done, ClientError> {
        self.run(&Command::Close { pull: pull.clone(), by: by.into() }).await
    }

    /// Says where webhooks go.
    pub async fn set_webhook_url(&self, url: &str) -> Result<Done, ClientError> {
        self.run(&Command::SetWebhookUrl { url: Some(url.into()) }).await
    }

    /// Everything about a pull request; none if there is none.
    pub async fn pull(&self, pull: &PullName) -> Result<Option<PullSnapshot>, ClientError> {
        let url = format!("{}/_sim/pulls/{}/{}", self.base, pull.repository, pull.number);
        let response = self.http.get(url).send().await?;
        if response.status() == http::StatusCode::NOT_FOUND {
            return Ok(None);
        }
        Ok(Some(response.error_for_status()?.json().await?))
    }

    /// Every webhook, in the order in which they were caused.
    pub async fn deliveries(&self) -> Result<Vec<DeliverySnapshot>, ClientError> {
        self.read("/_sim/deliveries").await
    }

    /// Every mutating API call that had an effect, oldest first.
    pub async fn effects(&self) -> Result<Vec<EffectSnapshot>, ClientError> {
        self.read("/_sim/effects").await
    }

    async fn read<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        let response = self.http.get(format!("{}{path}", self.base)).send().await?;
        Ok(response.error_for_status()?.json().await?)
    }
}
