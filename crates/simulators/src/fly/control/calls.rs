use crate::fly::{
    hub::Hub,
    rest::{Action, Call},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Calls that are remembered; older ones are forgotten.
const CALLS_MAX: usize = 10_000;

/// A call as it came in, whatever became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Called {
    /// Unix milliseconds, of the stand-in's clock.
    pub at_ms: u64,
    /// What it asked for.
    pub action: Action,
    /// HTTP method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Body, as JSON; null if it is none.
    pub body: Value,
    /// What it was answered; none: not yet, or nothing at all.
    pub status: Option<u16>,
    /// Its number.
    pub number: u64,
}

impl Called {
    /// Notes a call that comes in.
    pub(in crate::fly) fn begin(hub: &Hub, call: &Call) -> Self {
        let query: Vec<String> = call.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        let mut calls = hub.calls();
        if calls.len() >= CALLS_MAX {
            calls.drain(..CALLS_MAX / 2);
        }
        let called = Self {
            at_ms: hub.now_ms(),
            action: call.action,
            method: call.method.clone(),
            path: format!("{}{query}", call.path),
            body: serde_json::from_slice(&call.body).unwrap_or_default(),
            status: None,
            number: calls.last().map_or(1, |last| last.number + 1),
        };
        calls.push(called.clone());
        called
    }

    /// Notes what it was answered.
    pub(in crate::fly) fn ended(self, hub: &Hub, status: Option<u16>) {
        if let Some(noted) = hub.calls().iter_mut().rev().find(|it| it.number == self.number) {
            noted.status = status;
        }
    }
}
