//! A person with a browser gives a token once, in a form; from then on the browser shows a cookie that follows from it. The
//! token is in no address, no cookie and no page.

use super::html::{self, Page, escape};
use crate::http::public::{Public, session::SESSION};
use axum::{
    Form,
    extract::State,
    http::{
        HeaderMap, StatusCode,
        header::{COOKIE, LOCATION, SET_COOKIE},
    },
    response::{IntoResponse, Response},
};
use serde::Deserialize;

/// Name of the cookie.
const NAME: &str = "longshore_session";

/// What the form says.
#[derive(Deserialize)]
pub(super) struct Given {
    token: String,
    #[serde(default)]
    next: String,
}

/// `POST /sign-in`
pub(super) async fn sign_in(State(public): State<Public>, Form(given): Form<Given>) -> Response {
    let next = own_path(&given.next);
    match public.access.session(given.token.trim()).await {
        Ok(Some(session)) => go(&public, next, &session, SESSION.as_secs()),
        Ok(None) => form(next, Some("This token is not known, was revoked, or does not allow reading.")),
        Err(error) => super::Trouble::from(error).into_response(),
    }
}

/// `POST /sign-out`
pub(super) async fn sign_out(State(public): State<Public>) -> Response {
    go(&public, "/", "", 0)
}

/// On to a page, with the cookie; no script, and no request from another site, ever has it.
fn go(public: &Public, path: &str, session: &str, seconds: u64) -> Response {
    let secure = if public.pages.public_url.starts_with("https://") { "; Secure" } else { "" };
    let cookie = format!("{NAME}={session}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    (StatusCode::SEE_OTHER, [(LOCATION, path.to_owned()), (SET_COOKIE, cookie)]).into_response()
}

/// The value of our cookie.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    cookies.flat_map(|header| header.split(';')).find_map(|cookie| cookie.trim().strip_prefix(NAME)?.strip_prefix('='))
}

/// A path of ours, or the front page: nobody is led elsewhere by what a form or an address says.
fn own_path(path: &str) -> &str {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_?=&-%.#".contains(&byte);
    let ours = path == "/" || path.starts_with("/?") || path.starts_with("/workflows/");
    if ours && path.bytes().all(plain) { path } else { "/" }
}

/// The form, which leads to `next`.
pub(super) fn form(next: &str, trouble: Option<&str>) -> Response {
    let trouble = trouble.map(|words| format!("<p class=\"bad\">{}</p>", escape(words))).unwrap_or_default();
    let body = format!(
        "<h1>Sign in</h1><p>This supervisor runs AI agents on pull requests, durably, with people in charge. Its workflows \
         are shown to whoever has a token that may read.</p>{trouble}\
         <form class=\"card\" method=\"post\" action=\"/sign-in\"><input type=\"hidden\" name=\"next\" value=\"{}\">\
         <label>Token<input type=\"password\" name=\"token\" autocomplete=\"off\" required></label>\
         <button>Sign in</button></form>\
         <p class=\"dim\">An administrator makes one: <code>longshore tokens create NAME --scopes read</code></p>\n",
        escape(own_path(next))
    );
    html::answer(StatusCode::UNAUTHORIZED, &Page { title: "Sign in", body: &body, ..Page::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere() {
        for path in ["/", "/?status=idle", "/workflows/wf_12", "/workflows/wf_12/runs/1/log?after=500"] {
            assert_eq!(own_path(path), path);
        }
        for path in
            ["", "//evil.example", "https://evil.example", "/\\evil", "/workflows/\r\nSet-Cookie: a", "/sign-out"]
        {
            assert_eq!(own_path(path), "/", "{path:?}");
        }
    }
}
