//! The `rules` agent: fixed checks, no model, and a session like any agent's.
//!
//! The checks themselves are a pure function ([`rules::review`]); this is their life as an agent. A decision is carried
//! out from the session, not computed anew: what was approved is what the session proposed. A session that is gone is
//! said to be gone; the same checks on the same head must then come to the same patch, or the person is asked again.

use super::{Agent, AgentError, AgentOutcome, Assignment, rules, session::Reviewed, session::Session, session_state};
use crate::{
    change::{Change, File, Status},
    patch::Wanted,
    reports::Reporter,
};
use async_trait::async_trait;
use protocol::{
    AgentIdentity, CommandHelp, DecisionRecord, Finding, Outcome, Patch, PatchDigest, Purpose, RulesOptions,
    SessionState,
};

/// The answers to "apply this fix?".
const YES: &str = "yes";
pub(super) const NO: &str = "no";
/// What fixed checks never check.
const NEVER_CHECKED: [&str; 2] = ["logic", "tests were not run"];

/// Fixed checks over the changed lines.
#[derive(Debug)]
pub struct RulesAgent {
    options: RulesOptions,
}

impl RulesAgent {
    /// With these options.
    pub const fn new(options: RulesOptions) -> Self {
        Self { options }
    }

    async fn review(
        &self,
        assignment: &Assignment<'_>,
        reports: &Reporter,
        session: Option<Session>,
    ) -> Result<AgentOutcome, AgentError> {
        let (task, change) = (assignment.task, assignment.change);
        let state = session_state(task, assignment.seeded, session.is_some());
        reports.progress("checking", Some(0), change.files_total);
        let (reviewed, patch) = self.check(assignment).await?;
        let mut session = session.unwrap_or_else(|| Session::new(Reviewed::default()));
        session.review = reviewed;
        let patch = propose(&mut session, patch, &change.head);
        for finding in &session.review.findings {
            reports.finding(finding.clone());
        }
        reports.progress("checked", Some(session.review.files_read), change.files_total);
        save(&session, assignment)?;
        Ok(outcome(Outcome::Reviewed, session.review, patch, state))
    }

    /// The checks, and one patch of all their fixes.
    async fn check(&self, assignment: &Assignment<'_>) -> Result<(Reviewed, Option<Patch>), AgentError> {
        let (input, options) =
            (input_of(assignment.change, &assignment.task.repository, &assignment.task.title), self.options.clone());
        let report = tokio::task::spawn_blocking(move || rules::review(&input, &options))
            .await
            .map_err(|_| AgentError::Failed("a check broke on this change: its log names it".into()))?;
        let mut reviewed = Reviewed {
            run: assignment.task.run,
            head: assignment.change.head.clone(),
            findings: report.findings,
            files_read: report.files_read,
            not_checked: report.not_checked,
            notes: report.notes,
        };
        for never in NEVER_CHECKED {
            if !reviewed.not_checked.iter().any(|entry| entry == never) {
                reviewed.not_checked.push(never.into());
            }
        }
        let wanted = |fix| wanted(assignment.change, fix);
        let files: Vec<Wanted<'_>> = report.fixes.iter().filter_map(wanted).collect();
        if !assignment.task.fixes || files.is_empty() {
            unmark(&mut reviewed.findings);
            return Ok((reviewed, None));
        }
        let patch = assignment.patches.from_files(&files).await.unwrap_or_else(|why| {
            reviewed.notes.push(why.to_string());
            None
        });
        if patch.is_none() {
            unmark(&mut reviewed.findings);
        }
        Ok((reviewed, patch))
    }

    /// Carries a decision out, from the session if it is there.
    async fn decide(
        &self,
        assignment: &Assignment<'_>,
        reports: &Reporter,
        (decision, digest): (&DecisionRecord, &PatchDigest),
    ) -> Result<AgentOutcome, AgentError> {
        let found = Session::load(assignment.session_dir);
        let state = session_state(assignment.task, assignment.seeded, found.is_some());
        reports.log(match state {
            SessionState::Missing | SessionState::Began => "no session was found; checking the same head again",
            _ => "the session was found",
        });
        let head = &assignment.change.head;
        let mut session = match found {
            Some(session) if session.asked(digest, head).is_some() => session,
            other => self.again(assignment, other).await?,
        };
        let Some(asked) = session.asked_mut(digest, head) else {
            let why = "what was approved is not what the checks propose now: please decide again";
            reports.log(why);
            let patch = session.asked.last().filter(|asked| asked.head == *head).map(|asked| asked.patch.clone());
            session.review.notes.push(why.into());
            save(&session, assignment)?;
            report_all(&session.review, reports);
            return Ok(outcome(Outcome::Reviewed, session.review, patch, state));
        };
        asked.answer = Some(decision.answer.clone());
        let patch = asked.patch.clone();
        save(&session, assignment)?;
        report_all(&session.review, reports);
        if decision.answer == YES {
            let apply = Outcome::ApplyApproved { digest: digest.clone() };
            return Ok(outcome(apply, session.review, Some(patch), state));
        }
        unmark(&mut session.review.findings);
        Ok(outcome(Outcome::DecisionNoted, session.review, None, state))
    }

    /// Fixed checks cannot talk. What they can do is say what they are, what they found, and what people can write.
    fn answer(&self, assignment: &Assignment<'_>, commands: &[CommandHelp]) -> AgentOutcome {
        let found = Session::load(assignment.session_dir);
        let state = session_state(assignment.task, assignment.seeded, found.is_some());
        let review = found.map(|session| session.review).unwrap_or_default();
        let answer = who_i_am(&self.identity(), &review, commands);
        // The review in the session stays what it is; the answer carries nothing of it but words.
        outcome(Outcome::Answered { answer }, Reviewed::default(), None, state)
    }

    /// A session as the review of this head would leave it.
    async fn again(&self, assignment: &Assignment<'_>, known: Option<Session>) -> Result<Session, AgentError> {
        let (reviewed, patch) = self.check(assignment).await?;
        let mut session = known.unwrap_or_else(|| Session::new(Reviewed::default()));
        session.review = reviewed;
        propose(&mut session, patch, &assignment.change.head);
        Ok(session)
    }
}

#[async_trait]
impl Agent for RulesAgent {
    fn identity(&self) -> AgentIdentity {
        AgentIdentity { name: "rules".into(), version: "0.1".into(), what: "fixed checks, no model".into() }
    }

    fn wants_files(&self) -> bool {
        false
    }

    async fn run(&mut self, assignment: &Assignment<'_>, reports: &Reporter) -> Result<AgentOutcome, AgentError> {
        match &assignment.task.purpose {
            Purpose::Decision { decision, patch } if matches!(decision.answer.as_str(), YES | NO) => {
                self.decide(assignment, reports, (decision, patch)).await
            }
            Purpose::Question { commands, .. } => Ok(self.answer(assignment, commands)),
            // Fixed checks have no use for words; "check again" they can do.
            Purpose::Review { .. } | Purpose::Decision { .. } => {
                self.review(assignment, reports, Session::load(assignment.session_dir)).await
            }
        }
    }
}

fn who_i_am(identity: &AgentIdentity, review: &Reviewed, commands: &[CommandHelp]) -> String {
    let AgentIdentity { name, version, what } = identity;
    let mut text = format!(
        "I am `{name}` {version}: {what}. I cannot answer a question in words; I read changed lines and check them by rule."
    );
    if !review.head.is_empty() {
        let head = review.head.get(..7).unwrap_or(&review.head);
        let findings = match review.findings.len() {
            0 => "nothing found".to_owned(),
            1 => "1 finding".to_owned(),
            more => format!("{more} findings"),
        };
        text.push_str(&format!("\n\nMy last review, run {}, read `{head}`: {findings}.", review.run));
    }
    if !commands.is_empty() {
        text.push_str("\n\nWhat you can write instead:\n");
    }
    for CommandHelp { usage, does } in commands {
        text.push_str(&format!("\n`{usage}`: {does}\n"));
    }
    text
}

/// Remembers what is asked, unless a person said no to it before.
fn propose(session: &mut Session, patch: Option<Patch>, head: &str) -> Option<Patch> {
    let patch = patch?;
    if session.declined(&patch.digest()) {
        session
            .review
            .notes
            .push(format!("fix {} was declined before and is not proposed again", patch.digest().short()));
        unmark(&mut session.review.findings);
        return None;
    }
    session.ask(&patch, head);
    Some(patch)
}

fn outcome(outcome: Outcome, review: Reviewed, patch: Option<Patch>, session: SessionState) -> AgentOutcome {
    AgentOutcome {
        outcome,
        findings: review.findings,
        patch,
        files_read: Some(review.files_read),
        not_checked: review.not_checked,
        notes: review.notes,
        session,
        cost_microusd: 0,
    }
}

fn save(session: &Session, assignment: &Assignment<'_>) -> Result<(), AgentError> {
    session
        .save(assignment.session_dir)
        .map_err(|error| AgentError::Failed(format!("the session cannot be written to the volume: {error}")))
}

fn report_all(review: &Reviewed, reports: &Reporter) {
    review.findings.iter().cloned().for_each(|finding| reports.finding(finding));
}

fn unmark(findings: &mut [Finding]) {
    findings.iter_mut().for_each(|finding| finding.in_patch = false);
}

fn wanted<'a>(change: &Change, fix: &'a rules::FileFix) -> Option<Wanted<'a>> {
    let file = change.files.iter().find(|file| file.path == fix.path)?;
    Some(Wanted { path: &fix.path, mode: file.mode, content: &fix.new_content })
}

/// A change as the checks read it.
pub fn input_of(change: &Change, repository: &str, title: &str) -> rules::Input {
    rules::Input {
        files: change.files.iter().map(changed_file).collect(),
        head_paths: change.head_paths.clone(),
        repository: repository.to_owned(),
        title: title.to_owned(),
    }
}

fn changed_file(file: &File) -> rules::ChangedFile {
    rules::ChangedFile {
        path: file.path.clone(),
        old_path: file.old_path.clone(),
        status: match file.status {
            Status::Added => rules::Status::Added,
            Status::Modified => rules::Status::Modified,
            Status::Deleted => rules::Status::Deleted,
            Status::Renamed => rules::Status::Renamed,
            Status::TypeChanged => rules::Status::TypeChanged,
        },
        mode: file.mode,
        old_mode: file.old_mode,
        new: file.new.clone(),
        old: file.old.clone(),
        added_lines: file.added_lines.clone(),
        removed_lines: file.removed_lines.clone(),
        too_large: file.too_large,
    }
}
