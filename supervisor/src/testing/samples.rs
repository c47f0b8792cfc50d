use crate::{runs::NewRun, seams::RunId};
use engine::WorkflowId;
use github::api::Repository;
use protocol::{
    AgentIdentity, AgentSpec, Coverage, Finding, Outcome, Purpose, Report, RulesOptions, RunResult, Sequenced,
    SessionState, Severity, Task, TaskLimits,
};

pub(crate) fn repository() -> Repository {
    Repository { installation: 1, id: 2, owner: "acme".into(), name: "shop".into() }
}

/// Run `run` of workflow 12, which has a minute to boot.
pub(crate) fn new_run(run: u32) -> NewRun {
    let task = Task {
        workflow: "wf_12".into(),
        deployment: "d".into(),
        run,
        repository: "acme/shop".into(),
        number: 7,
        title: "Raise the upload limit".into(),
        head_sha: "3f2a91c".into(),
        base_sha: "ab".into(),
        base_ref: "main".into(),
        git_path: "/gateway/git/run.git".into(),
        purpose: Purpose::Review { reason: "opened".into() },
        agent: AgentSpec::Rules { options: RulesOptions::default() },
        session_expected: false,
        seed: None,
        decisions: vec![],
        known_findings: vec![],
        fixes: true,
        limits: TaskLimits {
            total_ms: 1000,
            heartbeat_ms: 100,
            supervisor_away_ms: 1000,
            files_max: 10,
            file_bytes_max: 1000,
        },
    };
    let id = RunId { workflow: WorkflowId(12), key: "2/7".into(), run };
    NewRun { id, task, repository: repository(), boot_ms: 60_000 }
}

pub(crate) fn finding(id: &str) -> Finding {
    Finding {
        id: id.into(),
        rule: "json-parses".into(),
        severity: Severity::Medium,
        path: "config/limits.json".into(),
        line: Some(14),
        end_line: None,
        title: "Not valid JSON: comma before `}`".into(),
        detail: String::new(),
        suggestion: None,
        in_patch: true,
    }
}

pub(crate) fn sequenced(sequence: u64, report: Report) -> Sequenced {
    Sequenced { sequence, report }
}

pub(crate) fn log_line(line: &str) -> Report {
    Report::Log { line: line.into() }
}

pub(crate) fn result(findings: Vec<Finding>) -> RunResult {
    RunResult {
        outcome: Outcome::Reviewed,
        head_sha: "3f2a91c".into(),
        base_sha: "ab".into(),
        merge_base: "ab".into(),
        findings,
        patch: None,
        coverage: Coverage::default(),
        agent: AgentIdentity { name: "rules".into(), version: "0.1".into(), what: "fixed checks, no model".into() },
        session: SessionState::Began,
        cost_microusd: 0,
        duration_ms: 2100,
    }
}
