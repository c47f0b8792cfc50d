use super::Answer;
use serde_json::{Value, json};

/// A call that is not done, in Fly's form: `{"error": …, "status": …}`.
#[derive(Debug, Clone)]
pub struct Refusal {
    status: u16,
    body: Value,
}

impl Refusal {
    /// The error's words; `status` in the body is left out, as it mostly is.
    pub fn new(status: u16, words: impl Into<String>) -> Self {
        Self { status, body: json!({ "error": words.into() }) }
    }

    /// With a code in the body, which is what Fly's own client goes by where there is one.
    pub fn with_status(mut self, code: &str) -> Self {
        self.body["status"] = code.into();
        self
    }

    /// Under another field than `error`, as conflicts of leases come.
    pub fn as_message(status: u16, words: impl Into<String>) -> Self {
        Self { status, body: json!({ "status": "error", "message": words.into() }) }
    }

    pub fn not_found(what: &str) -> Self {
        Self::new(404, format!("{what} not found"))
    }

    pub fn bad_request(words: impl Into<String>) -> Self {
        Self::new(400, words)
    }

    /// 412, with the prefix that is seen on all of them.
    pub fn precondition(words: &str) -> Self {
        Self::new(412, format!("failed_precondition: {words}"))
    }

    /// The host is not reached. The words are a guess; that such calls fail is documented.
    pub fn unreachable() -> Self {
        Self::new(503, "unavailable: the host of this machine is unreachable")
    }

    /// For the control interface, which shows words.
    pub fn words(&self) -> String {
        self.body["error"].as_str().or(self.body["message"].as_str()).unwrap_or_default().to_owned()
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self::json(refusal.status, refusal.body)
    }
}
