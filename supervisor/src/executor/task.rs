//! What a run is told to do.

use super::{Context, PullRequestExecutor, errors};
use crate::{config::AgentKind, questions, results};
use domain::{
    command::{Row, Verb, table},
    pull_request::{Decision, Kind, Purpose, State},
};
use engine::ActionError;
use protocol::{AgentSpec, Checkpoint, CommandHelp, DecisionRecord, PatchDigest, RulesOptions, Task, TaskLimits};

/// A sign of life at least this often, in milliseconds: well within the silence that the watchdog bears.
const HEARTBEAT_MS_MAX: u64 = 10_000;
/// Changed files read at most.
const FILES_MAX: u32 = 3000;
/// Bytes of a file read at most.
const FILE_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// How long a worker bears a supervisor that is away, in milliseconds: longer than a deploy, shorter than a weekend.
const AWAY_MS: u64 = 6 * 60 * 60 * 1000;

impl PullRequestExecutor {
    pub(super) async fn task(&self, context: &Context, run: u32) -> Result<Task, ActionError> {
        let state = &*context.state;
        let wanted = state.wanted.as_ref().filter(|wanted| wanted.run == run);
        let wanted = wanted.ok_or_else(|| errors::missing("the wanted run"))?;
        let snapshot = state.snapshot.as_ref().ok_or_else(|| errors::missing("the reading"))?;
        let (purpose, fixes) = match &wanted.purpose {
            Purpose::Review { fixes } => (protocol::Purpose::Review { reason: wanted.reason.clone() }, *fixes),
            Purpose::Decision { request } => {
                let decision = state.decision(request).ok_or_else(|| errors::missing("the decision"))?;
                (decision_purpose(decision), false)
            }
            Purpose::Question { ask } => (self.question(state, ask).await?, false),
        };
        Ok(Task {
            workflow: context.workflow.to_string(),
            deployment: self.parts.deployment.clone(),
            run,
            repository: format!("{}/{}", state.pr.owner, state.pr.name),
            number: state.pr.number,
            title: snapshot.title.clone(),
            head_sha: wanted.target.head_sha.clone(),
            base_sha: wanted.base_sha.clone(),
            base_ref: wanted.target.base_ref.clone(),
            git_path: "/gateway/git/run.git".into(),
            purpose,
            agent: self.agent(),
            session_expected: state.session,
            seed: self.seed(context, state).await?,
            decisions: state.decisions.iter().map(record).collect(),
            known_findings: results::known(&*self.parts.beside, state).await.map_err(errors::ours)?,
            fixes,
            limits: limits(state),
        })
    }

    async fn question(&self, state: &State, ask: &str) -> Result<protocol::Purpose, ActionError> {
        let asked = state.questions.iter().find(|question| question.ask == ask);
        let asked = asked.ok_or_else(|| errors::missing("the question"))?;
        let text = questions::load(&*self.parts.beside, &asked.text).await.map_err(errors::ours)?;
        let bot = &self.parts.config.github.bot_name;
        let commands = table::TABLE.iter().filter(|row| row.verb != Verb::Question);
        let help = |row: &Row| CommandHelp { usage: format!("@{bot} {}", row.usage), does: row.does.into() };
        Ok(protocol::Purpose::Question {
            question: text.ok_or_else(|| errors::missing("the text of the question"))?,
            asked_by: asked.by.clone(),
            commands: commands.map(help).collect(),
        })
    }

    fn agent(&self) -> AgentSpec {
        let agent = &self.parts.config.agent;
        match &agent.kind {
            AgentKind::Rules => AgentSpec::Rules { options: RulesOptions { off: agent.rules_off.clone() } },
            AgentKind::Command(command) => AgentSpec::Command { command: command.clone() },
        }
    }

    /// A session that lived on a lost volume, or on one that had to be left behind.
    async fn seed(&self, context: &Context, state: &State) -> Result<Option<Checkpoint>, ActionError> {
        if !state.session_lost {
            return Ok(None);
        }
        self.runs.checkpoint(&context.key).await.map_err(errors::ours)
    }
}

fn decision_purpose(decision: &Decision) -> protocol::Purpose {
    let patch = match &decision.request.kind {
        Kind::Fix { patch } => patch.digest.clone(),
        _ => String::new(),
    };
    protocol::Purpose::Decision { decision: record(decision), patch: PatchDigest(patch) }
}

fn record(decision: &Decision) -> DecisionRecord {
    DecisionRecord {
        request: decision.request.id.to_string(),
        kind: decision.request.kind.code().into(),
        answer: decision.choice.code().into(),
        decided_at_ms: decision.at.as_millis(),
    }
}

fn limits(state: &State) -> TaskLimits {
    let watchdog = &state.policy.watchdog;
    TaskLimits {
        // The worker ends by itself a little before the watchdog would end it.
        total_ms: watchdog.total_ms - watchdog.total_ms / 10,
        heartbeat_ms: (watchdog.silence_ms / 4).clamp(50, HEARTBEAT_MS_MAX),
        supervisor_away_ms: AWAY_MS,
        files_max: FILES_MAX,
        file_bytes_max: FILE_BYTES_MAX,
    }
}
