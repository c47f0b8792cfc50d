use std::time::Duration;

/// Until a connection stands.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// Between two pieces of an answer.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// A client for calls that carry a credential: it follows no redirect and uses no proxy.
///
/// # Errors
/// TLS cannot be set up.
pub fn client() -> reqwest::Result<reqwest::Client> {
    // Another part may have chosen it first; there is only this one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_MAX)
        .read_timeout(SILENCE_MAX)
        .user_agent(concat!("longshore/", env!("CARGO_PKG_VERSION")))
        .build()
}
