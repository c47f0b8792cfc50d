//! What is so: the sum of all facts.
//!
//! A fact is the new image of one thing, so that a replay is a fold without rules; the rules live where changes are
//! decided ([`super::rest`], [`super::control`]).

mod checks;
mod conversation;
mod deliveries;
mod pulls;
mod queries;
mod repositories;

pub use checks::{CheckAction, CheckRun, CheckSuite};
pub use conversation::{Comment, Reaction, Review, ReviewComment, ReviewState, Side, Subject, Thread};
pub use deliveries::{Answer, Delivery, DeliveryMove, DeliveryState};
pub use pulls::{PullRequest, PushRecord};
pub use repositories::{Installation, Repository, Role, Token, User, UserKind};

use super::log::{Call, Line};
use environment::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The new image of one thing; of a delivery, which is large and changes once, only what changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    User(User),
    Repository(Repository),
    Installation(Installation),
    Token(Token),
    PullRequest(PullRequest),
    Push(PushRecord),
    CheckSuite(CheckSuite),
    CheckRun(CheckRun),
    Review(Review),
    ReviewGone(u64),
    ReviewComment(ReviewComment),
    ReviewCommentGone(u64),
    Thread(Thread),
    Comment(Comment),
    CommentGone(u64),
    Reaction(Reaction),
    ReactionGone(u64),
    Delivery(Delivery),
    DeliveryMoved(DeliveryMove),
    WebhookUrl(Option<String>),
}

/// A mutating API call that had an effect.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Effect {
    /// When.
    pub at: Timestamp,
    /// In the past tense: `review.submitted`.
    pub what: String,
    /// The call.
    pub call: Call,
}

/// The sum of all facts.
#[derive(Debug, Default)]
pub struct World {
    last_id: u64,
    pub users: BTreeMap<String, User>,
    pub repositories: BTreeMap<u64, Repository>,
    pub installations: BTreeMap<u64, Installation>,
    pub tokens: BTreeMap<String, Token>,
    pub pulls: BTreeMap<(u64, u64), PullRequest>,
    pub pushes: BTreeMap<u64, PushRecord>,
    pub suites: BTreeMap<u64, CheckSuite>,
    pub checks: BTreeMap<u64, CheckRun>,
    pub reviews: BTreeMap<u64, Review>,
    pub review_comments: BTreeMap<u64, ReviewComment>,
    pub threads: BTreeMap<u64, Thread>,
    pub comments: BTreeMap<u64, Comment>,
    pub reactions: BTreeMap<u64, Reaction>,
    pub deliveries: BTreeMap<u64, Delivery>,
    pub effects: Vec<Effect>,
    pub webhook_url: Option<String>,
}

impl World {
    /// What the lines of a log add up to.
    pub fn from_lines(lines: Vec<Line>) -> Self {
        let mut world = Self::default();
        for line in lines {
            world.replay(line);
        }
        world
    }

    /// Replays one line of the log.
    pub fn replay(&mut self, line: Line) {
        for fact in line.facts {
            self.apply(fact);
        }
        if let Some(call) = line.call {
            self.effects.push(Effect { at: line.at, what: line.what, call });
        }
    }

    /// From now on this is so.
    pub fn apply(&mut self, fact: Fact) {
        self.last_id = self.last_id.max(fact.highest_id());
        match fact {
            Fact::User(it) => drop(self.users.insert(it.login.to_lowercase(), it)),
            Fact::Repository(it) => drop(self.repositories.insert(it.id, it)),
            Fact::Installation(it) => drop(self.installations.insert(it.id, it)),
            Fact::Token(it) => drop(self.tokens.insert(it.sha256.clone(), it)),
            Fact::PullRequest(it) => drop(self.pulls.insert((it.repository, it.number), it)),
            Fact::Push(it) => drop(self.pushes.insert(it.id, it)),
            Fact::CheckSuite(it) => drop(self.suites.insert(it.id, it)),
            Fact::CheckRun(it) => drop(self.checks.insert(it.id, it)),
            Fact::Review(it) => drop(self.reviews.insert(it.id, it)),
            Fact::ReviewComment(it) => drop(self.review_comments.insert(it.id, it)),
            Fact::Thread(it) => drop(self.threads.insert(it.id, it)),
            Fact::Comment(it) => drop(self.comments.insert(it.id, it)),
            Fact::Reaction(it) => drop(self.reactions.insert(it.id, it)),
            Fact::Delivery(it) => drop(self.deliveries.insert(it.id, it)),
            Fact::DeliveryMoved(it) => {
                if let Some(delivery) = self.deliveries.get_mut(&it.id) {
                    delivery.take(it);
                }
            }
            Fact::ReviewGone(id) => drop(self.reviews.remove(&id)),
            Fact::ReviewCommentGone(id) => drop(self.review_comments.remove(&id)),
            Fact::CommentGone(id) => drop(self.comments.remove(&id)),
            Fact::ReactionGone(id) => drop(self.reactions.remove(&id)),
            Fact::WebhookUrl(url) => self.webhook_url = url,
        }
    }

    /// An id that nothing has, of whatever kind: ids are unique over all things, which shows a mixed-up one at once.
    pub fn next_id(&mut self) -> u64 {
        self.last_id = self.last_id.max(FIRST_ID) + 1;
        self.last_id
    }
}

impl Fact {
    /// The highest id it mentions, below which none may be given out again.
    fn highest_id(&self) -> u64 {
        match self {
            Self::User(it) => it.id,
            Self::Repository(it) => it.id,
            Self::Installation(it) => it.id,
            Self::PullRequest(it) => it.id,
            Self::Push(it) => it.id,
            Self::CheckSuite(it) => it.id,
            Self::CheckRun(it) => it.id,
            Self::Review(it) => it.id,
            Self::ReviewComment(it) => it.id,
            Self::Thread(it) => it.id,
            Self::Comment(it) => it.id,
            Self::Reaction(it) => it.id,
            Self::Delivery(it) => it.id.max(it.position),
            Self::DeliveryMoved(it) => it.position,
            Self::Token(_) | Self::WebhookUrl(_) => 0,
            Self::ReviewGone(id) | Self::ReviewCommentGone(id) | Self::CommentGone(id) | Self::ReactionGone(id) => *id,
        }
    }
}

/// Ids begin here, so that no id is mistaken for a pull-request number.
const FIRST_ID: u64 = 10_000;
