//! Lists in pages, with GitHub's `Link` header.

use super::Api;
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use serde_json::Value;

/// GitHub's default and maximum.
const PER_PAGE: usize = 30;
const PER_PAGE_MAX: usize = 100;

/// The page of `items` that the query asks for.
pub struct Page<T> {
    pub items: Vec<T>,
    link: Option<String>,
}

impl Api {
    /// Cuts a list into pages.
    pub fn page<T>(&self, items: Vec<T>) -> Page<T> {
        let number = |name: &str, default: usize| self.query(name).and_then(|it| it.parse().ok()).unwrap_or(default);
        let size = number("per_page", PER_PAGE).clamp(1, PER_PAGE_MAX);
        let (page, last) = (number("page", 1).max(1), items.len().div_ceil(size).max(1));
        let url = |page: usize| {
            let kept = self.query.iter().filter(|(name, _)| name != "page" && name != "per_page");
            let kept: String = kept.map(|(name, value)| format!("{name}={value}&")).collect();
            format!("{}{}?{kept}per_page={size}&page={page}", self.hub.base(), self.call.path)
        };
        let mut links = Vec::new();
        if page > 1 {
            links.push(format!("<{}>; rel=\"prev\"", url(page - 1)));
        }
        if page < last {
            links.push(format!("<{}>; rel=\"next\"", url(page + 1)));
            links.push(format!("<{}>; rel=\"last\"", url(last)));
        }
        if page > 1 {
            links.push(format!("<{}>; rel=\"first\"", url(1)));
        }
        let items = items.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
        Page { items, link: (!links.is_empty()).then(|| links.join(", ")) }
    }
}

impl<T> Page<T> {
    /// Answers `body`, which shows the items, with the links.
    pub fn answer(self, body: Value) -> Response {
        let mut response = Json(body).into_response();
        if let Some(link) = self.link.and_then(|link| HeaderValue::from_str(&link).ok()) {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}

impl Page<Value> {
    /// Answers the items as they are.
    pub fn answer_items(mut self) -> Response {
        let items = Value::Array(std::mem::take(&mut self.items));
        self.answer(items)
    }
}
