//! Safe HTML: whatever did not come from this program goes through [`escape`].

use super::style::STYLE;
use axum::{
    http::{
        HeaderName, StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use environment::Timestamp;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// Nothing but the one style sheet, known by its digest; no script, no frame, no address but our own.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// A page.
#[derive(Default)]
pub(super) struct Page<'a> {
    pub title: &'a str,
    /// HTML.
    pub body: &'a str,
    /// It loads itself again after so many seconds.
    pub reload_s: Option<u32>,
    /// Somebody signed in, who may want to sign out.
    pub signed_in: bool,
}

/// Text as HTML. Characters that a page would obey rather than show are spelled out.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(character),
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => {
                escaped.extend(character.escape_unicode());
            }
            character if character.is_control() => escaped.extend(character.escape_unicode()),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// A sentence in which names stand between backticks.
pub(super) fn sentence(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // An odd one out is a backtick and nothing more.
    if parts.len().is_multiple_of(2) {
        return escape(text);
    }
    let part = |(at, part): (usize, &&str)| match at % 2 {
        0 => escape(part),
        _ => format!("<code>{}</code>", escape(part)),
    };
    parts.iter().enumerate().map(part).collect()
}

/// At most so many characters of a text, escaped.
pub(super) fn shortened(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", escape(&text[..end])),
        None => escape(text),
    }
}

/// A word for people made of a word for programs: `awaiting_decision`.
pub(super) fn words(name: &str) -> String {
    escape(&name.replace('_', " "))
}

/// The digits of a commit that people read.
pub(super) fn short_sha(sha: &str) -> String {
    escape(sha.get(..7).unwrap_or(sha))
}

/// A moment, and how long ago that is.
pub(super) fn moment(now: Timestamp, at_ms: u64) -> String {
    let (at, ago) = (crate::words::time(at_ms), crate::words::ago(now, at_ms));
    format!("<time title=\"{at}\">{ago}</time>")
}

/// A table of names and values; values are HTML.
pub(super) fn facts(facts: &[(&str, String)]) -> String {
    let rows = facts.iter().filter(|(_, value)| !value.is_empty());
    let rows: String = rows.map(|(name, value)| format!("<dt>{name}</dt><dd>{value}</dd>\n")).collect();
    format!("<dl>\n{rows}</dl>\n")
}

/// The whole document.
pub(super) fn document(page: &Page<'_>) -> String {
    let reload = page.reload_s.map(|it| format!("<meta http-equiv=\"refresh\" content=\"{it}\">")).unwrap_or_default();
    let sign_out = if page.signed_in {
        "<form method=\"post\" action=\"/sign-out\"><button class=\"link\">Sign out</button></form>"
    } else {
        ""
    };
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">{reload}\n<title>{} · Longshore</title>\n\
         <style>{STYLE}</style></head>\n<body><header><a href=\"/\">Longshore</a>{sign_out}</header>\n<main>\n{}</main>\n\
         <footer>longshore {}</footer></body></html>\n",
        escape(page.title),
        page.body,
        env!("CARGO_PKG_VERSION")
    )
}

/// The document as an answer that no cache keeps and no other site may use.
pub(super) fn answer(status: StatusCode, page: &Page<'_>) -> Response {
    let headers: [(HeaderName, &str); 4] = [
        (CONTENT_SECURITY_POLICY, POLICY.as_str()),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, Html(document(page))).into_response()
}
