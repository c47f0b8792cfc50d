//! Who may call the API: the local administrator by the token in the data folder, others by named tokens of which only
//! the hash is stored.

use super::Public;
use crate::{
    config::Secret,
    deployment::{self, DeploymentSecret},
    http::{ApiError, bearer::bearer},
    seams::{By, Error},
};
use axum::http::{HeaderMap, StatusCode};
use engine::beside::{Beside, Expected, Put};
use environment::Environment;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{path::Path, sync::Arc};
use subtle::ConstantTimeEq;

/// Holds the administrator's token, in the data folder.
pub const ADMIN_TOKEN_FILE: &str = "admin.token";
/// What the administrator's answers are recorded under.
const ADMIN: &str = "cli";
/// Collection of the documents of tokens, by id.
const TOKENS: &str = "api_token";
/// Stands for the administrator's token in a session.
pub(super) const ADMIN_SESSION: &str = "admin";
/// Begins a named token.
const PREFIX: &str = "lsa";
/// Bytes of a token's name.
const NAME_BYTES_MAX: usize = 40;
/// Named tokens at most; a page shows them all.
const TOKENS_MAX: usize = 200;

/// What a token lets its bearer do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// See workflows, logs, volumes and machines.
    Read,
    /// Cancel, retry, replay.
    Operate,
    /// Answer requests.
    Decide,
}

/// A named token, without the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Name; what is done with it is recorded under it.
    pub name: String,
    /// What it allows.
    pub scopes: Vec<Scope>,
    /// Unix milliseconds.
    pub created_at_ms: u64,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    hash: String,
    #[serde(flatten)]
    grant: Grant,
}

/// Checks and makes tokens.
#[derive(Clone)]
pub struct Access {
    pub(super) environment: Environment,
    beside: Arc<dyn Beside>,
    admin: Secret,
    /// Seals sessions.
    pub(super) secret: DeploymentSecret,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Access")
    }
}

impl Access {
    /// The administrator's token follows from the deployment's secret; named ones are documents.
    pub fn new(environment: Environment, beside: Arc<dyn Beside>, secret: &DeploymentSecret) -> Self {
        let admin = Secret::new(secret.derive("admin token", &[]));
        Self { environment, beside, admin, secret: secret.clone() }
    }

    /// Writes the administrator's token into the data folder, for its owner alone.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_admin_token(&self, data: &Path) -> std::io::Result<()> {
        deployment::write_private(&data.join(ADMIN_TOKEN_FILE), self.admin.reveal())
    }

    /// Makes a named token; it is shown this once.
    ///
    /// # Errors
    /// [`Error::Refused`] for a name that does not do, or too many tokens.
    pub async fn grant(&self, name: &str, scopes: Vec<Scope>) -> Result<Secret, Error> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
        if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(plain) || name == ADMIN {
            let sentence =
                format!("a name has 1 to {NAME_BYTES_MAX} letters, digits, `-` or `.`, and is not `{ADMIN}`");
            return Err(Error::Refused(sentence));
        }
        let known = self.beside.documents(TOKENS, "", None, TOKENS_MAX).await?;
        if known.len() >= TOKENS_MAX {
            return Err(Error::Refused(format!("there are {TOKENS_MAX} tokens already; revoke one first")));
        }
        if known.iter().any(|(_, document)| document.value["name"] == name) {
            return Err(Error::Refused(format!("there is a token named `{name}` already; revoke it first")));
        }
        let id = self.environment.random_id();
        let token = format!("{PREFIX}_{id}_{}{}", self.environment.random_id(), self.environment.random_id());
        let grant = Grant { name: name.into(), scopes, created_at_ms: self.environment.now().as_millis() };
        let stored = Stored { hash: hash(&token), grant };
        let value = serde_json::to_value(stored).map_err(|error| Error::Failed(error.to_string()))?;
        match self.beside.put_document(TOKENS, &id, &value, Expected::Absent).await? {
            Put::Done(_) => Ok(Secret::new(token)),
            Put::Conflict(_) => Err(Error::Failed("the token could not be stored".into())),
        }
    }

    /// The named tokens.
    ///
    /// # Errors
    /// The database failed.
    pub async fn grants(&self) -> Result<Vec<Grant>, Error> {
        let rows = self.beside.documents(TOKENS, "", None, TOKENS_MAX).await?;
        let read = |value| serde_json::from_value(value).map_err(|error| Error::Failed(error.to_string()));
        rows.into_iter().map(|(_, document)| read(document.value)).collect()
    }

    /// Ends a named token.
    ///
    /// # Errors
    /// [`Error::NotFound`], or the database failed.
    pub async fn revoke(&self, name: &str) -> Result<(), Error> {
        let rows = self.beside.documents(TOKENS, "", None, TOKENS_MAX).await?;
        let row = rows.into_iter().find(|(_, document)| document.value["name"] == name);
        let (id, _) = row.ok_or_else(|| Error::NotFound(format!("there is no token named `{name}`")))?;
        Ok(self.beside.delete_document(TOKENS, &id).await?)
    }

    /// Whose token it is and what it allows; `None` for the administrator's scopes means all of them.
    pub(super) async fn holder(&self, token: &str) -> Result<Option<(By, Option<Vec<Scope>>)>, Error> {
        if bool::from(token.as_bytes().ct_eq(self.admin.reveal().as_bytes())) {
            return Ok(Some((By(ADMIN.into()), None)));
        }
        let Some(id) = Self::id_of(token) else { return Ok(None) };
        let Some(stored) = self.stored(id).await? else { return Ok(None) };
        let good = bool::from(hash(token).as_bytes().ct_eq(stored.hash.as_bytes()));
        Ok(good.then_some((By(stored.grant.name), Some(stored.grant.scopes))))
    }

    /// The part of a named token by which it is found.
    pub(super) fn id_of(token: &str) -> Option<&str> {
        token.strip_prefix(PREFIX)?.strip_prefix('_')?.split('_').next()
    }

    /// The hash of the token of that id, if it is known and may read.
    pub(super) async fn reader_hash(&self, id: &str) -> Result<Option<String>, Error> {
        if id == ADMIN_SESSION {
            return Ok(Some(hash(self.admin.reveal())));
        }
        let stored = self.stored(id).await?.filter(|stored| stored.grant.scopes.contains(&Scope::Read));
        Ok(stored.map(|stored| stored.hash))
    }

    async fn stored(&self, id: &str) -> Result<Option<Stored>, Error> {
        let Some(document) = self.beside.document(TOKENS, id).await? else { return Ok(None) };
        serde_json::from_value(document.value).map(Some).map_err(|error| Error::Failed(error.to_string()))
    }
}

fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

impl Public {
    /// Who calls, if they may do what `scope` says.
    pub(super) async fn may(&self, headers: &HeaderMap, scope: Scope) -> Result<By, ApiError> {
        let (by, scopes) = self.caller(headers).await?;
        if scopes.is_none_or(|scopes| scopes.contains(&scope)) {
            return Ok(by);
        }
        let sentence = format!("the token `{}` does not allow this: it lacks the scope `{}`", by.0, scope.word());
        Err(ApiError::new(StatusCode::FORBIDDEN, "scope_missing", sentence))
    }

    /// Who calls, if it is the administrator.
    pub(super) async fn must_be_admin(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        match self.caller(headers).await? {
            (_, None) => Ok(()),
            _ => Err(ApiError::new(StatusCode::FORBIDDEN, "admin_only", "only the administrator's token allows this")),
        }
    }

    async fn caller(&self, headers: &HeaderMap) -> Result<(By, Option<Vec<Scope>>), ApiError> {
        let unknown = |sentence| ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", sentence);
        let token = bearer(headers).ok_or_else(|| unknown("send a token: `Authorization: Bearer …`"))?;
        let holder = self.access.holder(token).await?;
        holder.ok_or_else(|| unknown("this token is not known, or was revoked"))
    }
}

impl Scope {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Operate => "operate",
            Self::Decide => "decide",
        }
    }
}
