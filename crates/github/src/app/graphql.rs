//! GraphQL, for what REST cannot say: a commit with an expected parent, and threads.

use super::{
    App,
    client::{Call, Effect, GRAPHQL},
    tokens::Denied,
};
use crate::api::{Purpose, Repository};
use crate::encoder::{cut, plain};
use crate::error::Error;
use http::Method;
use serde_json::{Value, json};

/// Characters of GitHub's own words that are passed on.
const WORDS_CHARS_MAX: usize = 300;

/// A query or a mutation.
pub(super) struct Graphql {
    pub document: &'static str,
    pub variables: Value,
    pub effect: Effect,
}

/// GraphQL answers 200 and lists what went wrong.
#[derive(Debug)]
pub(super) struct Complaints {
    kinds: Vec<String>,
    words: String,
}

impl Complaints {
    fn in_answer(answer: &Value) -> Option<Self> {
        let errors = answer["errors"].as_array().filter(|errors| !errors.is_empty())?;
        let kinds = errors.iter().filter_map(|error| error["type"].as_str().map(str::to_owned)).collect();
        let words: Vec<_> = errors.iter().filter_map(|error| error["message"].as_str()).collect();
        Some(Self { kinds, words: plain(&cut(&words.join(": "), WORDS_CHARS_MAX)) })
    }

    fn has(&self, kind: &str) -> bool {
        self.kinds.iter().any(|it| it == kind)
    }

    /// The branch is not where it was expected.
    pub fn is_stale(&self) -> bool {
        self.has("STALE_DATA") || self.words.contains("Expected branch to point to")
    }

    /// What was asked for does not exist, or not for us.
    pub fn is_not_found(&self) -> bool {
        self.has("NOT_FOUND")
    }

    pub fn error(&self, what: &str) -> Error {
        let what = format!("{what}: {}", self.words);
        if ["FORBIDDEN", "NOT_FOUND", "INSUFFICIENT_SCOPES"].iter().any(|kind| self.has(kind)) {
            Error::NoAccess { what }
        } else if self.has("RATE_LIMITED") {
            Error::Retryable { what, retry_after: None }
        } else {
            Error::Permanent { what, status: Some(200) }
        }
    }
}

impl App {
    /// The answer's `data`, or what GitHub complains of.
    pub(super) async fn graphql(
        &self,
        repository: &Repository,
        purpose: Purpose,
        asked: &Graphql,
    ) -> Result<Result<Value, Complaints>, Denied> {
        let call = Call {
            method: Method::POST,
            route: GRAPHQL.to_owned(),
            body: Some(json!({ "query": asked.document, "variables": asked.variables })),
            effect: asked.effect,
        };
        let mut answer: Value = self.call(repository, purpose, &call).await?.ok()?.json()?;
        Ok(match Complaints::in_answer(&answer) {
            Some(complaints) => Err(complaints),
            None => Ok(answer["data"].take()),
        })
    }
}
