//! Who may see the pages.
//!
//! At the supervisor's own machine nobody is asked, but for three things that look like it and are not: a name that somebody
//! else's page resolved to this machine (the `Host` then is not a loopback one), a proxy beside the supervisor that passes
//! strangers on (it says so in a header, or the configuration does: `server.public_url` is not a loopback one), and a
//! listener that others reach. All of those need a token.

use super::{Trouble, sign_in};
use crate::http::public::{Public, Scope};
use axum::{
    http::{HeaderMap, Uri, header::HOST},
    response::{IntoResponse, Response},
};
use std::net::IpAddr;

/// What a proxy adds to what it passes on.
const PASSED_ON: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/// Somebody who may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) struct Viewer {
    /// By a cookie, which can be given back.
    pub signed_in: bool,
}

impl Public {
    /// Who looks, if they may; else the form that asks for a token and leads back to `uri`.
    pub(super) async fn viewer(&self, headers: &HeaderMap, uri: &Uri) -> Result<Viewer, Response> {
        if let Some(cookie) = sign_in::cookie(headers) {
            match self.access.session_is_good(cookie).await {
                Ok(true) => return Ok(Viewer { signed_in: true }),
                Ok(false) => {}
                Err(error) => return Err(Trouble::from(error).into_response()),
            }
        }
        let free = self.pages.local_is_free && is_local(headers);
        if free || self.may(headers, Scope::Read).await.is_ok() {
            return Ok(Viewer { signed_in: false });
        }
        Err(sign_in::form(uri.path_and_query().map_or("/", |path| path.as_str()), None))
    }
}

fn is_local(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    host.is_some_and(is_loopback_host) && !PASSED_ON.iter().any(|name| headers.contains_key(*name))
}

/// `127.0.0.1:8080`, `localhost`, `[::1]:8080`.
fn is_loopback_host(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => (address, port.strip_prefix(':').unwrap_or(port)),
        None => host.split_once(':').unwrap_or((host, "")),
    };
    port.bytes().all(|byte| byte.is_ascii_digit())
        && (name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|it| it.is_loopback()))
}

/// Whether an address leads to the machine that opens it.
pub fn is_loopback_url(url: &str) -> bool {
    url.parse::<Uri>().is_ok_and(|uri| uri.host().is_some_and(is_loopback_host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machines_own_names_are_local() {
        for host in ["127.0.0.1", "127.0.0.1:8080", "localhost:1", "LocalHost", "[::1]:8080", "127.9.9.9"] {
            assert!(is_loopback_host(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8080",
            "127.0.0.1.evil.example",
            "localhost.evil",
            "127.0.0.1:80@evil.example",
            "10.0.0.1",
            "[::2]",
            "0.0.0.0",
        ] {
            assert!(!is_loopback_host(host), "{host}");
        }
        assert!(is_loopback_url("http://127.0.0.1:8080") && is_loopback_url("http://localhost"));
        assert!(!is_loopback_url("https://longshore.example") && !is_loopback_url("nonsense"));
        assert!(!is_loopback_url("http://127.0.0.1:80@evil.example/"));
    }
}
