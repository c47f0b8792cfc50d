//! Sends what is queued, in order, one at a time.

use super::sign;
use crate::github::{
    hub::Hub,
    world::{Answer, Delivery, DeliveryState, Fact},
};
use environment::Timestamp;
use futures_util::future::{Either, select};
use std::{pin::pin, time::Duration};

/// GitHub closes the connection after ten seconds and counts a failure.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// A receiver's words are kept to look at, not to store.
const ANSWER_CHARACTERS_MAX: usize = 2000;
/// How long the sender sleeps when nothing is queued, if nobody wakes it.
const IDLE: Duration = Duration::from_secs(60);

/// Works the queue off until it is dropped.
pub async fn send_forever(hub: Hub, client: reqwest::Client) {
    loop {
        match next(&hub).await {
            Next::Send { url, delivery } => {
                let state = send(&hub, &client, &url, &delivery).await;
                let mut change = hub.change(None).await;
                change.put(Fact::DeliveryMoved(delivery.moved_to(state)));
                if let Err(error) = change.commit("delivery.ended") {
                    tracing::error!(error = &error as &dyn std::error::Error, "a delivery could not be recorded");
                    return;
                }
            }
            Next::Wait(span) => {
                let (woken, slept) = (pin!(hub.delivery_queued()), pin!(hub.environment().sleep(span)));
                match select(woken, slept).await {
                    Either::Left(_) | Either::Right(_) => {}
                }
            }
        }
    }
}

enum Next {
    Send { url: String, delivery: Box<Delivery> },
    Wait(Duration),
}

async fn next(hub: &Hub) -> Next {
    let world = hub.read().await;
    let Some(url) = world.webhook_url.clone() else { return Next::Wait(IDLE) };
    let pending = || world.deliveries.values().filter(|it| it.state == DeliveryState::Pending);
    let now = hub.now();
    if let Some(due) = pending().filter(|it| it.due_at <= now).min_by_key(|it| it.position) {
        return Next::Send { url, delivery: Box::new(due.clone()) };
    }
    let soonest = pending().map(|it| it.due_at).min();
    Next::Wait(soonest.map_or(IDLE, |due: Timestamp| due.since(now)))
}

async fn send(hub: &Hub, client: &reqwest::Client, url: &str, delivery: &Delivery) -> DeliveryState {
    let started = hub.now();
    let request = client
        .post(url)
        .header("content-type", "application/json")
        .header("user-agent", "GitHub-Hookshot/standin")
        .header("x-github-event", &delivery.event)
        .header("x-github-delivery", &delivery.guid)
        .header("x-github-hook-id", "1")
        .header("x-github-hook-installation-target-type", "integration")
        .header("x-github-hook-installation-target-id", hub.options().app_id)
        .header("x-hub-signature-256", sign(&hub.options().webhook_secret, delivery.body.as_bytes()))
        .body(delivery.body.clone());
    let outcome = hub.environment().timeout(ANSWER_WITHIN, async {
        let response = request.send().await?;
        let code = response.status();
        Ok::<_, reqwest::Error>((code, response.text().await?))
    });
    let (status, status_code, body) = match outcome.await {
        Ok(Ok((code, body))) => {
            let status =
                if code.is_success() { "OK".to_string() } else { format!("Invalid HTTP Response: {}", code.as_u16()) };
            (status, code.as_u16(), body.chars().take(ANSWER_CHARACTERS_MAX).collect())
        }
        Ok(Err(_)) => ("failed to connect to host".to_string(), 0, String::new()),
        Err(_) => ("timed out".to_string(), 0, String::new()),
    };
    let at = hub.now();
    let duration_ms = u64::try_from(at.since(started).as_millis()).unwrap_or(u64::MAX);
    DeliveryState::Ended { at, duration_ms, status, status_code, answer: Answer { body } }
}
