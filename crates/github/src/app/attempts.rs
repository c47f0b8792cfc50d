//! Webhooks that were sent, read as the App itself.

use super::{App, client::Call, pages::PER_PAGE, route};
use crate::{
    app_level::{Attempt, Page},
    encoder::cut,
    error::Error,
};
use environment::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// Characters of a GUID, an event's name or an action that are kept: GitHub's own have at most 40.
const WORD_CHARS_MAX: usize = 100;

#[derive(Deserialize)]
struct Item {
    id: u64,
    guid: String,
    delivered_at: String,
    /// GitHub gives 0 where there was no answer.
    #[serde(default)]
    status_code: Option<i64>,
    event: String,
    #[serde(default)]
    action: Option<String>,
}

#[derive(Deserialize)]
struct Whole {
    request: Request,
}

#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    payload: Value,
}

impl App {
    pub(super) async fn list_attempts(&self, cursor: Option<&str>) -> Result<Page<Attempt, String>, Error> {
        let cursor = cursor.map(|cursor| format!("&cursor={}", route::segment(cursor))).unwrap_or_default();
        // Not narrowed by `status=failure`: that means 400 to 599, and a receiver that was away answered nothing at all.
        let call = Call::read(format!("/app/hook/deliveries?per_page={PER_PAGE}{cursor}"));
        let answer = self.client.as_app(&call).await?.ok()?;
        let next = answer.header("link").and_then(next_cursor);
        let items: Vec<Value> = answer.json()?;
        Ok(Page { items: items.into_iter().filter_map(attempt).collect(), next })
    }

    pub(super) async fn read_payload(&self, attempt: u64) -> Result<Option<Vec<u8>>, Error> {
        let answer = self.client.as_app(&Call::read(format!("/app/hook/deliveries/{attempt}"))).await?;
        if matches!(answer.status(), 404 | 410) {
            return Ok(None);
        }
        let payload = answer.ok()?.json::<Whole>()?.request.payload;
        Ok((!payload.is_null()).then(|| payload.to_string().into_bytes()))
    }
}

/// One that cannot be read must not hide the others.
fn attempt(it: Value) -> Option<Attempt> {
    let id = it["id"].as_u64().unwrap_or_default();
    let read = serde_json::from_value(it);
    let it: Item =
        read.inspect_err(|error| tracing::warn!(id, %error, "a listed webhook delivery is unreadable")).ok()?;
    let at: jiff::Timestamp = it.delivered_at.parse().ok()?;
    let word = |text: &str| cut(text, WORD_CHARS_MAX);
    Some(Attempt {
        id: it.id,
        guid: word(&it.guid),
        at: Timestamp::from_millis(u64::try_from(at.as_millisecond()).unwrap_or_default()),
        status_code: it.status_code.and_then(|code| u16::try_from(code).ok()).unwrap_or_default(),
        event: word(&it.event),
        action: it.action.as_deref().map(word),
    })
}

/// The cursor in the address of the next page. Only the cursor is used: no address out of an answer is called.
fn next_cursor(link: &str) -> Option<String> {
    let next = link.split(',').find(|part| part.contains("rel=\"next\""))?;
    let address = next.split_once('<')?.1.split_once('>')?.0;
    let cursor = address.split(['?', '&']).find_map(|pair| pair.strip_prefix("cursor="))?;
    (!cursor.is_empty()).then(|| cursor.to_owned())
}

#[cfg(test)]
mod tests {
    use super::next_cursor;

    #[test]
    fn the_next_cursor_is_read_from_the_link_header() {
        let link = "<https://api.github.com/app/hook/deliveries?per_page=100&cursor=v1_12077215967>; rel=\"next\"";
        assert_eq!(next_cursor(link).as_deref(), Some("v1_12077215967"));
        assert_eq!(next_cursor("<https://x/y?cursor=v1_7>; rel=\"prev\""), None);
        assert_eq!(next_cursor("<https://x/y?cursor=>; rel=\"next\""), None);
    }
}
