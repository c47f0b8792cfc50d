//! The client against a scripted server: which calls it makes, and what it makes of the answers.

mod app_level;
mod checks;
mod comments;
mod crowd;
mod outcomes;
mod push;
mod reactions;
mod reads;
mod reviews;
mod server;
mod threads;
mod tokens;

use super::*;
pub(in crate::app) use server::hasty_clock;
use server::{Server, fixed_clock};

/// Made for these tests; signs for nobody.
const TEST_KEY: &str = include_str!("test-key.pem");
const APP_ID: u64 = 99;
const HEAD: &str = "3f2a91c000000000000000000000000000000000";

fn config(url: &str) -> AppConfig {
    AppConfig {
        app_id: APP_ID,
        private_key_pem: TEST_KEY.into(),
        private_key_old_pem: None,
        api_url: url.into(),
        pace: Duration::ZERO,
        push_allowed: Vec::new(),
    }
}

fn app(server: &Server) -> App {
    App::new(config(&server.url), fixed_clock()).expect("a client")
}

fn shop() -> Repository {
    Repository { installation: 5, id: 1, owner: "acme".into(), name: "shop".into() }
}
