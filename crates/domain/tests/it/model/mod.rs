//! An exhaustive check of the pull request's transition function, as it is in production, among everything that may
//! happen around it: answers that are lost or come late, calls that land after their callers gave up, crashes, webhooks
//! that are lost, doubled or out of order, workers of runs that are over, people who click at once, pushes at any time.
//!
//! Within the bounds of a check ([`bounds::Bounds`]) every order of everything is tried, by `stateright`. The model is the
//! outside and the engine's promises; what is checked is not a copy of the state machine but the function itself. Broken
//! variants of it ([`broken`]) show that each property would be missed.

mod bounds;
mod broken;
mod calls;
mod checks;
mod completion;
mod facts;
mod next;
mod properties;
mod step;
mod watch;
mod world;

use bounds::Bounds;
use domain::pull_request::{Event, PullRequest, State};
use engine::{Illegal, Timestamp, Transition, Workflow};

/// A transition function: the one in production, or a broken variant of it.
pub type Decide = fn(Option<&State>, &Event, Timestamp) -> Result<Transition<PullRequest>, Illegal>;

/// The model: a transition function, and how far it is tried.
#[derive(Debug, Clone)]
pub struct Model {
    decide: Decide,
    bounds: Bounds,
    /// From one state in so many, chosen by its hash, the workflow is brought to its end.
    completes_one_in: u64,
}

/// As it is in production.
pub const PRODUCTION: Decide = PullRequest::transition;
