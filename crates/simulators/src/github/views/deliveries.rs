use super::iso;
use crate::github::world::{Delivery, DeliveryState};
use serde_json::{Value, json};

/// A delivery, as the list shows it.
pub fn delivery_item(it: &Delivery) -> Value {
    let (at, duration_ms, status, code) = match &it.state {
        DeliveryState::Ended { at, duration_ms, status, status_code, .. } => {
            (*at, *duration_ms, status.as_str(), *status_code)
        }
        DeliveryState::Pending | DeliveryState::Held => (it.queued_at, 0, "pending", 0),
    };
    json!({
        "id": it.id,
        "guid": it.guid,
        "delivered_at": iso(at),
        "redelivery": it.redelivery,
        // Milliseconds fit a double exactly.
        "duration": duration_ms as f64 / 1000.0,
        "status": status,
        "status_code": code,
        "event": it.event,
        "action": it.action,
        "installation_id": it.installation,
        "repository_id": it.repository,
        "throttled_at": null,
    })
}

/// A delivery, whole.
pub fn delivery(it: &Delivery, url: Option<&str>) -> Value {
    let mut value = delivery_item(it);
    let body: Value = serde_json::from_str(&it.body).unwrap_or(Value::Null);
    let headers = json!({ "X-GitHub-Event": it.event, "X-GitHub-Delivery": it.guid });
    value["url"] = json!(url.unwrap_or_default());
    value["request"] = json!({ "headers": headers, "payload": body });
    let answer = match &it.state {
        DeliveryState::Ended { answer, .. } => answer.body.as_str(),
        DeliveryState::Pending | DeliveryState::Held => "",
    };
    value["response"] = json!({ "headers": {}, "payload": answer });
    value
}
