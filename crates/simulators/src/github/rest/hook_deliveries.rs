//! The App's webhook deliveries, and their repetition.

use super::{Api, Refusal};
use crate::github::{
    hub::Hub,
    views,
    world::{Delivery, DeliveryState},
};
use axum::{
    Json, Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use environment::Timestamp;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// GitHub lists and repeats the deliveries of the last three days.
const KEPT_MS: u64 = 3 * 24 * 3_600_000;
const PER_PAGE: usize = 30;
const PER_PAGE_MAX: usize = 100;
/// Cursors are opaque; this keeps clients from taking them for ids.
const CURSOR: &str = "v1_";

pub fn routes() -> Router<Hub> {
    Router::new()
        .route("/app/hook/config", get(config))
        .route("/app/hook/deliveries", get(list))
        .route("/app/hook/deliveries/{id}", get(one))
        .route("/app/hook/deliveries/{id}/attempts", post(again))
}

async fn config(api: Api) -> Result<Response, Refusal> {
    api.must_be_app()?;
    let world = api.hub.read().await;
    let url = world.webhook_url.clone().unwrap_or_default();
    Ok(Json(json!({ "content_type": "json", "insecure_ssl": "0", "secret": "********", "url": url })).into_response())
}

fn listable(it: &Delivery, now: Timestamp) -> bool {
    matches!(it.state, DeliveryState::Ended { .. }) && now.since(it.queued_at).as_millis() <= u128::from(KEPT_MS)
}

/// Newest first, with a cursor instead of page numbers: so GitHub does it here.
async fn list(api: Api) -> Result<Response, Refusal> {
    api.must_be_app()?;
    let world = api.hub.read().await;
    let now = api.hub.now();
    let size = api.query("per_page").and_then(|it| it.parse().ok()).unwrap_or(PER_PAGE).clamp(1, PER_PAGE_MAX);
    let below: u64 = match api.query("cursor") {
        None => u64::MAX,
        Some(cursor) => {
            let id = cursor.strip_prefix(CURSOR).and_then(|id| id.parse().ok());
            id.ok_or_else(|| Refusal::unprocessable("Invalid cursor"))?
        }
    };
    // As documented: an attempt that nobody answered is neither.
    let status = |it: &&Delivery| match (api.query("status"), &it.state) {
        (None, _) => true,
        (Some("success"), DeliveryState::Ended { status_code, .. }) => (200..400).contains(status_code),
        (Some("failure"), DeliveryState::Ended { status_code, .. }) => (400..600).contains(status_code),
        _ => false,
    };
    let mut found =
        world.deliveries.range(..below).rev().map(|(_, it)| it).filter(|it| listable(it, now)).filter(status);
    let page: Vec<&Delivery> = found.by_ref().take(size).collect();
    let more = found.next().is_some();
    let items: Value = page.iter().map(|it| views::delivery_item(it)).collect();
    let mut response = Json(items).into_response();
    if let Some(last) = page.last().filter(|_| more) {
        let link = format!(
            "<{}/app/hook/deliveries?per_page={size}&cursor={CURSOR}{}>; rel=\"next\"",
            api.hub.base(),
            last.id
        );
        if let Ok(link) = HeaderValue::from_str(&link) {
            response.headers_mut().insert(header::LINK, link);
        }
    }
    Ok(response)
}

async fn one(api: Api, Path(id): Path<u64>) -> Result<Response, Refusal> {
    api.must_be_app()?;
    let world = api.hub.read().await;
    let it = world.deliveries.get(&id).filter(|it| listable(it, api.hub.now())).ok_or_else(Refusal::not_found)?;
    Ok(Json(views::delivery(it, world.webhook_url.as_deref())).into_response())
}

/// The same body under the same GUID, as a delivery of its own.
async fn again(api: Api, Path(id): Path<u64>) -> Result<Response, Refusal> {
    api.must_be_app()?;
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let now = api.hub.now();
    let first = change.deliveries.get(&id).filter(|it| listable(it, now)).cloned().ok_or_else(Refusal::not_found)?;
    let id = change.next_id();
    let state = DeliveryState::Pending;
    change.deliver(Delivery { id, position: id, redelivery: true, queued_at: now, due_at: now, state, ..first });
    change.commit("delivery.requested")?;
    Ok((StatusCode::ACCEPTED, Json(json!({}))).into_response())
}
