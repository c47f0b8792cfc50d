//! Webhooks: what they say, and how they are sent.
//!
//! A delivery is a fact of the change that caused it, so a crash loses none; the sender works them off in the
//! background, one after the other, and never repeats one by itself.

mod payload;
mod sender;
mod signature;

pub use payload::{
    check_run, check_suite, installation, installation_repositories, issue_comment, ping, pull_request, repository,
    review_comment, review_submitted,
};
pub use sender::send_forever;
pub use signature::sign;
