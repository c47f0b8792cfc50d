//! Checkout and agent, until they are done, stopped, or out of time.

use super::{Run, away_max};
use crate::{
    agents::{self, Agent, AgentOutcome, Assignment},
    change::Change,
    git::{self, Ends, Repository, diff_call, fetch},
    patch::PatchBuilder,
    reports::{Reporter, Standing},
    volume::full,
};
use protocol::{AgentIdentity, Coverage, Outcome, RunResult};
use std::{path::PathBuf, time::Duration};
use tokio::sync::watch;

/// The diff as a file for agents; a longer one is left out, the repository is there.
const DIFF_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Why there is no outcome of an agent.
enum Cut {
    Checkout(git::Error),
    Agent(agents::AgentError),
    Stopped(String),
    Time,
}

/// What is known of the change so far, for a result that is cut short.
#[derive(Default)]
struct Seen {
    /// Whether an earlier run's session is there.
    session: bool,
    merge_base: Option<String>,
    files_total: u32,
    not_checked: Vec<String>,
}

impl Run {
    /// The result of this run; none if the run is not this worker's any more.
    pub(super) async fn review_until_stopped(
        &self,
        reporter: &Reporter,
        mut standing: watch::Receiver<Standing>,
    ) -> Option<RunResult> {
        let (mut agent, session) = agents::choose(&self.task.agent);
        let identity = agent.identity();
        let mut seen = Seen { session: self.session_found(session), ..Seen::default() };
        let environment = &self.line.environment;
        let total = Duration::from_millis(self.task.limits.total_ms);
        let left = total.saturating_sub(environment.now().since(self.began));
        let ended = tokio::select! {
            ended = self.review(&mut *agent, session, reporter, &mut seen) => ended,
            stopped = standing.wait_for(|standing| *standing != Standing::Current) => match stopped.as_deref() {
                Ok(Standing::Stopped { reason }) => Err(Cut::Stopped(reason.clone())),
                _ => return None,
            },
            () = environment.sleep(left) => Err(Cut::Time),
        };
        Some(self.result(ended, reporter, seen, identity))
    }

    async fn review(
        &self,
        agent: &mut dyn Agent,
        session: &str,
        reporter: &Reporter,
        seen: &mut Seen,
    ) -> Result<AgentOutcome, Cut> {
        let (change, repository) = self.check_out(agent.wants_files(), reporter, seen).await.map_err(Cut::Checkout)?;
        let scratch = self.volume.scratch();
        let patches = PatchBuilder::new(repository.git.clone(), &change.head, scratch.join("staged"));
        let (session_dir, temporary, diff) = (self.volume.agent().join(session), scratch.join("tmp"), self.diff_file());
        let assignment = Assignment {
            environment: &self.line.environment,
            task: &self.task,
            change: &change,
            session_dir: &session_dir,
            seeded: self.seeded,
            workspace: &self.volume.workspace(),
            diff: &diff,
            temporary: &temporary,
            path: &self.boot.path,
            patches: &patches,
        };
        agent.run(&assignment, reporter).await.map_err(Cut::Agent)
    }

    async fn check_out(
        &self,
        files: bool,
        reporter: &Reporter,
        seen: &mut Seen,
    ) -> Result<(Change, Repository), git::Error> {
        let task = &self.task;
        reporter.progress("fetching", None, 0);
        let repository = Repository::begin(&self.volume.workspace(), self.git()).await?;
        let ends = Ends {
            url: &format!("{}{}", self.line.supervisor.base(), task.git_path),
            credential: &self.line.credential,
            head: &task.head_sha,
            base: &task.base_sha,
            patience: away_max(&task.limits),
        };
        let merge_base = fetch(&repository.git, &ends).await?.merge_base;
        let change = Change::read(&repository.git, &task.head_sha, &task.base_sha, merge_base, &task.limits).await?;
        seen.merge_base = Some(change.merge_base.clone());
        seen.files_total = change.files_total;
        seen.not_checked.clone_from(&change.not_checked);
        reporter.log(&format!(
            "fetched {} and its base {}, which part at {}: {} files changed",
            short(&task.head_sha),
            short(&task.base_sha),
            short(&change.merge_base),
            change.files_total
        ));
        reporter.progress("reading", None, change.files_total);
        if files {
            repository.check_out(&task.head_sha).await?;
            self.write_diff(&repository, &change).await?;
        }
        Ok((change, repository))
    }

    fn session_found(&self, name: &str) -> bool {
        std::fs::read_dir(self.volume.agent().join(name)).is_ok_and(|mut entries| entries.next().is_some())
    }

    fn diff_file(&self) -> PathBuf {
        self.volume.scratch().join("change.diff")
    }

    async fn write_diff(&self, repository: &Repository, change: &Change) -> Result<(), git::Error> {
        let call = diff_call(&change.merge_base, &change.head).output_bytes_max(DIFF_BYTES_MAX);
        let diff = match repository.git.call(call).await {
            Err(git::Error::Output(..)) => return Ok(()),
            diff => diff?,
        };
        Ok(std::fs::write(self.diff_file(), diff)?)
    }

    fn result(
        &self,
        ended: Result<AgentOutcome, Cut>,
        reporter: &Reporter,
        seen: Seen,
        agent: AgentIdentity,
    ) -> RunResult {
        let outcome = ended.unwrap_or_else(|cut| self.cut_short(cut, reporter, &seen));
        reporter.log(&format!(
            "{} {}: {} findings, {}",
            agent.name,
            agent.version,
            outcome.findings.len(),
            if outcome.patch.is_some() { "one patch" } else { "no patch" }
        ));
        let mut coverage = Coverage {
            files_read: outcome.files_read,
            files_total: seen.files_total,
            not_checked: seen.not_checked,
            notes: outcome.notes,
        };
        for entry in outcome.not_checked {
            if !coverage.not_checked.contains(&entry) {
                coverage.not_checked.push(entry);
            }
        }
        if reporter.findings_beyond() > 0 {
            coverage.notes.push(format!("{} more findings are not listed", reporter.findings_beyond()));
        }
        RunResult {
            outcome: outcome.outcome,
            head_sha: self.task.head_sha.clone(),
            base_sha: self.task.base_sha.clone(),
            merge_base: seen.merge_base.unwrap_or_else(|| self.task.base_sha.clone()),
            findings: outcome.findings,
            patch: outcome.patch,
            coverage,
            agent,
            session: outcome.session,
            cost_microusd: outcome.cost_microusd,
            duration_ms: u64::try_from(self.line.environment.now().since(self.began).as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// What there is: the findings that were reported, and why there are not more.
    fn cut_short(&self, cut: Cut, reporter: &Reporter, seen: &Seen) -> AgentOutcome {
        let failed = |code: &str, message: String| Outcome::Failed { code: code.into(), message };
        let on_volume = |outcome| full::named_on(&self.volume.scratch(), outcome);
        let outcome = match cut {
            Cut::Checkout(error) => on_volume(failed("checkout_failed", error.to_string())),
            Cut::Agent(error) => on_volume(failed(error.code(), error.to_string())),
            Cut::Stopped(reason) => failed("stopped", reason),
            // An agent that never began reached no budget: the repository could not be fetched in time.
            Cut::Time if seen.merge_base.is_none() => failed(
                "checkout_failed",
                format!("the repository could not be fetched within {}", words(self.task.limits.total_ms)),
            ),
            Cut::Time => Outcome::BudgetReached { limit: words(self.task.limits.total_ms) },
        };
        let mut findings = reporter.findings();
        findings.iter_mut().for_each(|finding| finding.in_patch = false);
        AgentOutcome {
            outcome,
            findings,
            patch: None,
            files_read: reporter.files_read(),
            not_checked: Vec::new(),
            notes: Vec::new(),
            session: agents::session_state(&self.task, self.seeded, seen.session),
            cost_microusd: 0,
        }
    }
}

/// The first seven digits of a commit id, for the log.
fn short(sha: &str) -> &str {
    sha.get(..7).unwrap_or(sha)
}

/// `20 minutes`, `90 seconds`.
fn words(millis: u64) -> String {
    match millis / 1000 {
        0 => format!("{millis} milliseconds"),
        1 => "1 second".into(),
        60 => "1 minute".into(),
        seconds if seconds % 60 == 0 => format!("{} minutes", seconds / 60),
        seconds => format!("{seconds} seconds"),
    }
}
