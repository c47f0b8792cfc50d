//! What a repository wants: the operator's configuration as the ceiling, narrowed by `.github/longshore.yml`, which is
//! read from the *default* branch at a recorded commit, since an author chooses the base branch.

use super::{PullRequestExecutor, errors, tips::Tip};
use crate::config::{self, Config};
use domain::{
    people::Permission,
    policy::{Decide, Gate, OnPush, OnPushWhileWaiting, OwnPush, Policy, Severity, Watchdog},
};
use engine::ActionError;
use github::api::Repository;
use serde::Deserialize;
use std::time::Duration;

/// Where the repository's file lies.
pub(super) const PATH: &str = ".github/longshore.yml";
/// Bytes of the repository's file that are read.
const BYTES_MAX: usize = 16 * 1024;
/// Characters of what is wrong with it.
const PROBLEM_CHARS_MAX: usize = 200;

impl PullRequestExecutor {
    /// The policy at a commit of the default branch; none if it says what is known already.
    pub(super) async fn policy(
        &self,
        repository: &Repository,
        (branch, sha): (&str, Option<String>),
        known: &Policy,
    ) -> Result<Option<Policy>, ActionError> {
        let server = server_policy(&self.parts.config);
        let Some(sha) = sha else { return Ok(Some(server)) };
        let file = match self.tips.file(repository.id, &sha) {
            Some(file) => file,
            None => {
                let file = self.parts.github.file(repository, PATH, &sha).await.map_err(errors::github)?;
                let tip = Tip { branch: branch.into(), sha: sha.clone(), file: file.clone() };
                self.tips.remember(repository.id, tip);
                file
            }
        };
        let policy = match file {
            None => server,
            Some(bytes) => Policy { read_at: Some(sha), ..narrowed(server, &bytes) },
        };
        // A commit elsewhere in the repository is no news.
        let same = Policy { read_at: known.read_at.clone(), ..policy.clone() } == *known;
        Ok((!same).then_some(policy))
    }
}

/// The operator's configuration.
pub fn server_policy(config: &Config) -> Policy {
    let (review, limits) = (&config.review, &config.machines.limits);
    let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    Policy {
        read_at: None,
        problem: None,
        enabled: true,
        on_push: match review.supersede {
            config::Supersede::Supersede => OnPush::Supersede,
            config::Supersede::Finish => OnPush::Finish,
        },
        on_push_while_waiting: OnPushWhileWaiting::Withdraw,
        gate: match review.gate {
            config::Gate::Advisory => Gate::Advisory,
            config::Gate::Required => Gate::Required,
        },
        drafts: review.drafts,
        bots: review.bots,
        forks: review.forks,
        author_at_least: Permission::Write,
        decide: match review.decide {
            config::Decide::Write => Decide::Write,
            config::Decide::Maintain => Decide::Maintain,
            config::Decide::Codeowners => Decide::Codeowners,
        },
        fail_on: review.fail_on.map(severity),
        fixes: true,
        own_push: OwnPush::Trust,
        decision_deadline_ms: millis(review.decision_deadline),
        nudge_after_ms: millis(review.nudge_after),
        retention_ms: millis(config.volumes.retention),
        refresh_ms: millis(review.refresh),
        watchdog: Watchdog {
            claim_ms: limits.claim_ms,
            first_heartbeat_ms: limits.first_heartbeat_ms,
            silence_ms: limits.silence_ms,
            total_ms: limits.total_ms,
            ..Watchdog::default()
        },
    }
}

const fn severity(severity: config::Severity) -> Severity {
    match severity {
        config::Severity::Low => Severity::Low,
        config::Severity::Medium => Severity::Medium,
        config::Severity::High => Severity::High,
    }
}

/// The repository's file. Every key is optional; a key that is not known is a problem that the check shows.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    enabled: Option<bool>,
    on_push: Option<OnPush>,
    on_push_while_waiting: Option<OnPushWhileWaiting>,
    gate: Option<Gate>,
    drafts: Option<bool>,
    bots: Option<bool>,
    forks: Option<bool>,
    decide: Option<Decide>,
    fail_on: Option<Severity>,
    fixes: Option<bool>,
    own_push: Option<OwnPush>,
}

/// `server` narrowed by the file. A file that cannot be read narrows to the most careful: no patches, and it is said.
fn narrowed(server: Policy, bytes: &[u8]) -> Policy {
    let file = match read(bytes) {
        Ok(file) => file,
        Err(problem) => {
            let problem = problem.chars().take(PROBLEM_CHARS_MAX).collect();
            return Policy { problem: Some(problem), fixes: false, ..server };
        }
    };
    let and = |server: bool, file: Option<bool>| server && file.unwrap_or(true);
    Policy {
        on_push: file.on_push.unwrap_or(server.on_push),
        on_push_while_waiting: file.on_push_while_waiting.unwrap_or(server.on_push_while_waiting),
        gate: if server.gate == Gate::Required { Gate::Required } else { file.gate.unwrap_or(server.gate) },
        drafts: and(server.drafts, file.drafts),
        bots: and(server.bots, file.bots),
        forks: and(server.forks, file.forks),
        decide: stricter(server.decide, file.decide.unwrap_or(server.decide)),
        fail_on: match (server.fail_on, file.fail_on) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        },
        fixes: and(server.fixes, file.fixes),
        own_push: if server.own_push == OwnPush::Verify {
            OwnPush::Verify
        } else {
            file.own_push.unwrap_or(server.own_push)
        },
        enabled: and(server.enabled, file.enabled),
        ..server
    }
}

fn read(bytes: &[u8]) -> Result<File, String> {
    if bytes.len() > BYTES_MAX {
        return Err(format!("`{PATH}` has {} bytes; at most {BYTES_MAX} are read", bytes.len()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| format!("`{PATH}` is not UTF-8"))?;
    if text.trim().is_empty() {
        return Ok(File::default());
    }
    serde_saphyr::from_str(text).map_err(|error| {
        let first = error.to_string().lines().next().unwrap_or_default().to_owned();
        format!("`{PATH}`: {first}")
    })
}

const fn stricter(a: Decide, b: Decide) -> Decide {
    const fn rank(decide: Decide) -> u8 {
        match decide {
            Decide::Write => 0,
            Decide::Maintain => 1,
            Decide::Codeowners => 2,
        }
    }
    if rank(a) >= rank(b) { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_can_narrow_and_not_widen() {
        let server = Policy { drafts: true, decide: Decide::Maintain, ..Policy::default() };
        let policy = narrowed(server, b"drafts: false\nbots: true\ndecide: write\ngate: required\nfixes: false\n");
        assert!(!policy.drafts && !policy.bots && !policy.fixes);
        assert_eq!((policy.decide, policy.gate), (Decide::Maintain, Gate::Required));
    }

    #[test]
    fn an_unknown_key_is_said_and_nothing_is_proposed() {
        let policy = narrowed(Policy::default(), b"draft: true\n");
        let problem = policy.problem.expect("it is said");
        assert!(problem.contains("draft"), "{problem}");
        assert!(!policy.fixes);
    }

    #[test]
    fn the_published_schema_has_exactly_the_keys_and_words_that_are_read() {
        let schema: serde_json::Value =
            serde_json::from_str(include_str!("../../../docs/longshore.schema.json")).expect("the schema is JSON");
        let properties = schema["properties"].as_object().expect("it has properties");
        for (key, property) in properties {
            let words = property["enum"].as_array().cloned();
            for word in words.unwrap_or_else(|| vec![true.into(), false.into()]) {
                let yaml = format!("{key}: {}\n", word.as_str().map_or_else(|| word.to_string(), str::to_owned));
                assert!(read(yaml.as_bytes()).is_ok(), "{yaml}");
            }
            assert!(read(format!("{key}: nonsense\n").as_bytes()).is_err(), "{key}");
        }
        // The refusal of an unknown key lists the known ones.
        let known = read(b"unknown_key: 1\n").expect_err("it is refused");
        let page = include_str!("../../../docs/repository-configuration.md");
        for key in properties.keys() {
            assert!(page.contains(&format!("`{key}`")), "{key} is not on the page");
        }
        assert_eq!(properties.len(), FIELDS, "{known}");
    }

    /// Fields of [`File`]; a new one needs its line in schema and page.
    const FIELDS: usize = 11;

    #[test]
    fn an_empty_file_changes_nothing() {
        assert_eq!(narrowed(Policy::default(), b"\n"), Policy::default());
    }
}
