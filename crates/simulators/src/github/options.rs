use super::test_key;
use std::{net::SocketAddr, path::PathBuf};

/// How a stand-in is set up.
#[derive(Clone)]
pub struct Options {
    /// Folder of the log and the git repositories; made if it is not there.
    pub data: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where webhooks go. None: what the log says, else nowhere until it is set.
    pub webhook_url: Option<String>,
    /// Signs webhooks.
    pub webhook_secret: String,
    /// The App's id.
    pub app_id: u64,
    /// The App's public key, PKCS#1 PEM.
    pub app_public_key_pem: String,
    /// The App's slug; its bot is `<slug>[bot]`.
    pub bot_slug: String,
    /// A first segment that every path must have, for a stand-in that holds somebody's own code: other users of the
    /// machine reach its port too, and its keys are published. None: every path is as on GitHub.
    pub secret_segment: Option<String>,
}

impl Options {
    /// Loopback, a free port, the published test key, App 4242 `longshore`.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            webhook_url: None,
            webhook_secret: "stand-in webhook secret".into(),
            app_id: 4242,
            app_public_key_pem: test_key::APP_PUBLIC_KEY_PEM.into(),
            bot_slug: "longshore".into(),
            secret_segment: None,
        }
    }

    /// What every path begins with; empty unless it is kept secret.
    pub(super) fn prefix(&self) -> String {
        self.secret_segment.as_ref().map_or_else(String::new, |segment| format!("/{segment}"))
    }

    /// How every installation token begins, so that a test can look for one that got out.
    pub fn token_prefix(&self) -> String {
        format!("ghs_{}_ey", self.app_id)
    }

    /// Login under which the App writes.
    pub fn bot_login(&self) -> String {
        format!("{}[bot]", self.bot_slug)
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("data", &self.data)
            .field("listen", &self.listen)
            .field("webhook_url", &self.webhook_url)
            .field("app_id", &self.app_id)
            .field("bot_slug", &self.bot_slug)
            .finish_non_exhaustive()
    }
}
