//! GitHub's published schemas, applied to what the stand-in says.

use crate::openapi::{Description, faults, load};
use serde_json::Value;
use std::sync::OnceLock;

fn rest() -> &'static Description {
    static REST: OnceLock<Description> = OnceLock::new();
    REST.get_or_init(|| Description::of("github/rest.openapi.json"))
}

/// The webhooks' description: OpenAPI 3.1, which is JSON Schema.
fn webhooks() -> &'static Value {
    static WEBHOOKS: OnceLock<Value> = OnceLock::new();
    WEBHOOKS.get_or_init(|| load("github/webhooks.schema.json"))
}

/// What is wrong with an answer of the REST API. None: the description has no such operation or status.
pub fn rest_faults(method: &str, path: &str, status: u16, body: &Value) -> Option<Vec<String>> {
    rest().answer_faults(method, path, status, body)
}

/// What is wrong with a webhook's body; none: it is not described.
pub fn webhook_faults(event: &str, body: &Value) -> Option<Vec<String>> {
    let action = body["action"].as_str().map(|it| format!("-{it}")).unwrap_or_default();
    let name = format!("{event}{action}").replace('_', "-");
    let described = webhooks()["webhooks"].get(&name)?;
    let schema = described.pointer("/post/requestBody/content/application~1json/schema")?;
    Some(faults(webhooks(), schema, body))
}
