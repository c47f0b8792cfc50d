//! One missed webhook, taken in as if it had arrived: its payload from GitHub, under its GUID, through the same intake.

use super::{CatchUp, pace::Pace, stop::Stop};
use crate::{
    http::public::is_guid,
    seams::{self, Taken, Webhook},
};
use axum::body::Bytes;
use github::{app_level::Attempt, webhook};
use std::collections::HashMap;

/// Times that the payload of one webhook is asked for while the list itself can be read: then it is given up, so that one
/// that GitHub cannot show does not hold up the others for ever.
const TRIES_MAX: u32 = 5;

/// Takes webhooks, and remembers which could not be read.
#[derive(Default)]
pub(super) struct Take {
    tries: HashMap<String, u32>,
}

impl Take {
    /// Nothing is under way any more.
    pub(super) fn forget(&mut self) {
        self.tries.clear();
    }

    /// True once it is durable; false if it cannot be read and was given up.
    pub(super) async fn attempt(&mut self, duty: &CatchUp, pace: &mut Pace, attempt: &Attempt) -> Result<bool, Stop> {
        pace.call().await;
        let body = match duty.github.payload(attempt.id).await {
            Ok(Some(body)) => body,
            Ok(None) => return Ok(unreadable(duty, attempt, "GitHub has its payload no more")),
            Err(github::Error::Permanent { what, .. }) => return Ok(unreadable(duty, attempt, &what)),
            Err(error) => return self.again(duty, attempt, error),
        };
        if !is_guid(&attempt.guid) {
            return Ok(unreadable(duty, attempt, "its GUID is not usable"));
        }
        let delivery = match webhook::parse(&attempt.event, &body) {
            Ok(delivery) => delivery,
            Err(error) => return Ok(unreadable(duty, attempt, &error.to_string())),
        };
        let (guid, event) = (attempt.guid.clone(), attempt.event.clone());
        let webhook = Webhook { guid, event, body: Bytes::from(body), delivery };
        let label = match duty.webhooks.take(webhook).await {
            Ok(Taken::Recorded { duplicate: true, .. }) => "duplicate",
            Ok(Taken::Recorded { .. }) => "recorded",
            Ok(Taken::Ignored { reason }) => reason,
            Err(seams::Error::Refused(_) | seams::Error::NotFound(_)) => "refused",
            Err(error) => return Err(error.into()),
        };
        duty.counts.add("missed_webhooks", label);
        let action = attempt.action.as_deref().unwrap_or_default();
        tracing::info!(
            delivery = attempt.guid,
            event = attempt.event,
            action,
            outcome = label,
            "missed webhook taken in"
        );
        Ok(true)
    }

    fn again(&mut self, duty: &CatchUp, attempt: &Attempt, error: github::Error) -> Result<bool, Stop> {
        let limited = matches!(error, github::Error::Retryable { retry_after: Some(_), .. });
        if limited || matches!(error, github::Error::NoAccess { .. }) {
            return Err(error.into());
        }
        let tries = self.tries.entry(attempt.guid.clone()).or_default();
        *tries += 1;
        if *tries < TRIES_MAX { Err(error.into()) } else { Ok(unreadable(duty, attempt, &error.to_string())) }
    }
}

fn unreadable(duty: &CatchUp, attempt: &Attempt, why: &str) -> bool {
    duty.counts.add("missed_webhooks", "unreadable");
    let action = attempt.action.as_deref().unwrap_or_default();
    tracing::warn!(
        delivery = attempt.guid,
        event = attempt.event,
        action,
        why,
        "missed webhook cannot be read; given up"
    );
    false
}
