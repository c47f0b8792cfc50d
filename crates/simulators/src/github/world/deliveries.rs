//! Webhook deliveries. GitHub never retries one; neither does the stand-in.

use environment::Timestamp;
use serde::{Deserialize, Serialize};

/// One webhook on its way, or at its end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Delivery {
    pub id: u64,
    /// `X-GitHub-Delivery`: the same on a redelivery.
    pub guid: String,
    pub event: String,
    pub action: Option<String>,
    pub installation: Option<u64>,
    pub repository: Option<u64>,
    pub redelivery: bool,
    /// The raw body: what is signed, byte for byte.
    pub body: String,
    pub queued_at: Timestamp,
    /// Not sent before.
    pub due_at: Timestamp,
    /// Order of sending.
    pub position: u64,
    pub state: DeliveryState,
}

/// What changes about a delivery after it was queued.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeliveryMove {
    pub id: u64,
    pub due_at: Timestamp,
    pub position: u64,
    pub state: DeliveryState,
}

impl Delivery {
    /// The same delivery, further on.
    pub fn moved_to(&self, state: DeliveryState) -> DeliveryMove {
        DeliveryMove { id: self.id, due_at: self.due_at, position: self.position, state }
    }

    pub(super) fn take(&mut self, it: DeliveryMove) {
        (self.due_at, self.position, self.state) = (it.due_at, it.position, it.state);
    }
}

/// How far a delivery is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Will be sent.
    Pending,
    /// Waits until it is released (a knob).
    Held,
    /// Was sent, or could not be.
    Ended {
        /// When.
        at: Timestamp,
        /// How long the receiver took.
        duration_ms: u64,
        /// `OK`, or what went wrong.
        status: String,
        /// Of the answer; 0 if there was none.
        status_code: u16,
        /// What the receiver said, cut.
        answer: Answer,
    },
}

/// What a receiver said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Body, cut at a named length.
    pub body: String,
}

impl DeliveryState {
    /// It never reached the receiver.
    pub fn lost(at: Timestamp) -> Self {
        let status = "failed to connect to host".into();
        Self::Ended { at, duration_ms: 0, status, status_code: 0, answer: Answer::default() }
    }
}
