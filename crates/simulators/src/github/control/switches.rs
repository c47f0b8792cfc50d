//! Where webhooks go, and how GitHub misbehaves.

use super::{Command, Done, Order, WebhookEffect};
use crate::github::{
    hub::Hub,
    knobs::Knobs,
    rest::Refusal,
    webhook,
    world::{Delivery, DeliveryMove, DeliveryState, Fact},
};

pub async fn set_webhook_url(hub: &Hub, url: Option<String>) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    if change.webhook_url == url {
        return Ok(Done::default());
    }
    change.put(Fact::WebhookUrl(url.clone()));
    if let Some(url) = url {
        webhook::ping(&mut change, &url);
    }
    change.commit("webhook.set")?;
    Ok(Done::default())
}

/// Lets held webhooks go. Their positions are new and above those of all that were queued before.
pub async fn release(hub: &Hub, order: &Order) -> Result<Done, Refusal> {
    hub.knobs().webhooks.retain(|rule| rule.effect != WebhookEffect::Hold);
    let mut change = hub.change(None).await;
    let held = change.deliveries.values().filter(|it| it.state == DeliveryState::Held);
    let mut held: Vec<Delivery> = held.cloned().collect();
    match order {
        Order::AsTheyCame => {}
        Order::Reversed => held.reverse(),
        Order::Ids(ids) => {
            held.sort_by_key(|it| ids.iter().position(|id| *id == it.id).unwrap_or(usize::MAX));
        }
    }
    let now = hub.now();
    for delivery in held {
        let position = change.next_id();
        let moved = DeliveryMove { position, due_at: now, ..delivery.moved_to(DeliveryState::Pending) };
        change.put(Fact::DeliveryMoved(moved));
    }
    change.commit("webhooks.released")?;
    Ok(Done::default())
}

/// Turns a switch that lives in memory.
pub fn turn(hub: &Hub, command: Command) -> Done {
    let mut knobs = hub.knobs();
    match command {
        Command::AddWebhookRule(rule) => knobs.webhooks.push(rule),
        Command::FailCalls(failure) => knobs.failures.push(failure),
        Command::SetLatency { millis } => knobs.latency_ms = millis,
        Command::SetRateLimit { remaining } => knobs.rate_limit_remaining = remaining,
        _ => *knobs = Knobs::default(),
    }
    Done::default()
}
