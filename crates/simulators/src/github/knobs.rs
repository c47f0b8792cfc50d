//! Switches with which a test makes GitHub behave badly. In memory only: after a start GitHub behaves.

use serde::{Deserialize, Serialize};

/// All switches.
#[derive(Debug, Default)]
pub struct Knobs {
    pub webhooks: Vec<WebhookRule>,
    pub failures: Vec<CallFailure>,
    /// Added to every API call.
    pub latency_ms: u64,
    /// Calls left before the primary rate limit answers; none: far away.
    pub rate_limit_remaining: Option<u64>,
}

/// What happens to webhooks that match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookRule {
    /// Only this event; none: every one.
    #[serde(default)]
    pub event: Option<String>,
    /// Only this action.
    #[serde(default)]
    pub action: Option<String>,
    /// What to do.
    pub effect: WebhookEffect,
    /// How many webhooks it holds for; none: all from now on.
    #[serde(default)]
    pub times: Option<u32>,
}

/// What may happen to a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookEffect {
    /// It never arrives; the API lists it as failed, so it can be redelivered.
    Drop,
    /// It is sent this much later.
    DelayMs(u64),
    /// It arrives this many times more, under the same GUID.
    Duplicate(u32),
    /// It waits for a release, which also says in which order.
    Hold,
}

/// What happens to API calls that match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallFailure {
    /// Only this method; none: every one.
    #[serde(default)]
    pub method: Option<String>,
    /// The path contains this.
    pub path: String,
    /// How it fails.
    pub failure: Failure,
    /// How many calls it holds for.
    #[serde(default = "once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

/// How a call fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// Answered with this status; nothing happens.
    Status {
        /// HTTP status.
        status: u16,
        /// `retry-after`, in seconds.
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// The connection closes before anything happens.
    NotDone,
    /// It happens, and the connection closes without an answer.
    AnswerLost,
}

/// The sum of the rules that matched one webhook.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct WebhookRules {
    pub drop: bool,
    pub hold: bool,
    pub delay_ms: u64,
    pub copies: u32,
}

impl Knobs {
    /// Takes what the rules say about one webhook.
    pub fn take_webhook_rules(&mut self, event: &str, action: Option<&str>) -> WebhookRules {
        let mut sum = WebhookRules::default();
        for rule in &mut self.webhooks {
            let fits = rule.event.as_deref().is_none_or(|it| it == event)
                && rule.action.as_deref().is_none_or(|it| Some(it) == action);
            if !fits || rule.times == Some(0) {
                continue;
            }
            rule.times = rule.times.map(|times| times - 1);
            match rule.effect {
                WebhookEffect::Drop => sum.drop = true,
                WebhookEffect::DelayMs(delay_ms) => sum.delay_ms += delay_ms,
                WebhookEffect::Duplicate(copies) => sum.copies += copies,
                WebhookEffect::Hold => sum.hold = true,
            }
        }
        self.webhooks.retain(|rule| rule.times != Some(0));
        sum
    }

    /// Takes the failure that waits for this call, if any.
    pub fn take_failure(&mut self, method: &str, path: &str) -> Option<Failure> {
        let fits = |it: &CallFailure| {
            it.times > 0
                && it.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
                && path.contains(&it.path)
        };
        let at = self.failures.iter().position(fits)?;
        self.failures[at].times -= 1;
        let failure = self.failures[at].failure.clone();
        self.failures.retain(|it| it.times > 0);
        Some(failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_ends_after_its_number_of_webhooks() {
        let mut knobs = Knobs::default();
        knobs.webhooks.push(WebhookRule {
            event: Some("pull_request".into()),
            action: None,
            effect: WebhookEffect::Drop,
            times: Some(1),
        });
        assert!(!knobs.take_webhook_rules("issue_comment", None).drop);
        assert!(knobs.take_webhook_rules("pull_request", Some("opened")).drop);
        assert!(!knobs.take_webhook_rules("pull_request", Some("opened")).drop);
    }

    #[test]
    fn a_failure_hits_only_the_calls_it_names() {
        let mut knobs = Knobs::default();
        let failure = Failure::AnswerLost;
        knobs.failures.push(CallFailure {
            method: Some("POST".into()),
            path: "/reviews".into(),
            failure: failure.clone(),
            times: 1,
        });
        assert_eq!(knobs.take_failure("GET", "/repos/a/b/pulls/1/reviews"), None);
        assert_eq!(knobs.take_failure("POST", "/repos/a/b/pulls/1/reviews"), Some(failure));
        assert_eq!(knobs.take_failure("POST", "/repos/a/b/pulls/1/reviews"), None);
    }
}
