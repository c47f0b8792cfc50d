//! A pull request, its supervisor and its volume, with the verbs of the tests.

use super::{Repository, Supervisor, supervisor::TOKEN};
use environment::{Environment, Task as Spawned};
use protocol::{
    AgentSpec, DecisionRecord, PatchDigest, Purpose, ResultRequest, RulesOptions, RunResult, Task, TaskLimits, boot,
};
use std::path::PathBuf;
use tempfile::TempDir;
use worker::{Boot, Exit};

pub struct Stage {
    /// Held until the test ends.
    _repository: Repository,
    pub supervisor: Supervisor,
    pub volume: TempDir,
    pub task: Task,
}

impl Stage {
    /// A pull request that adds `dbg!(&form.token);` to `src/upload.rs`.
    pub async fn with_a_debug_call() -> Self {
        let repository = Repository::new();
        repository.write("src/upload.rs", "pub fn upload(form: &Form) {\n    store(form);\n}\n");
        let base = repository.commit("before");
        repository
            .write("src/upload.rs", "pub fn upload(form: &Form) {\n    dbg!(&form.token);\n    store(form);\n}\n");
        let head = repository.commit("after");
        Self::of(repository, &base, &head).await
    }

    pub async fn of(repository: Repository, base: &str, head: &str) -> Self {
        let supervisor = Supervisor::start(repository.path().to_owned()).await;
        let task = Task {
            workflow: "wf_7".into(),
            deployment: "d1".into(),
            run: 1,
            repository: "acme/shop".into(),
            number: 7,
            title: "Raise the upload limit".into(),
            head_sha: head.into(),
            base_sha: base.into(),
            base_ref: "main".into(),
            git_path: "/gateway/git/run.git".into(),
            purpose: Purpose::Review { reason: "opened".into() },
            agent: AgentSpec::Rules { options: RulesOptions::default() },
            session_expected: false,
            seed: None,
            decisions: Vec::new(),
            known_findings: Vec::new(),
            fixes: true,
            limits: TaskLimits {
                total_ms: 60_000,
                heartbeat_ms: 50,
                supervisor_away_ms: 30_000,
                files_max: 300,
                file_bytes_max: 1024 * 1024,
            },
        };
        Self { _repository: repository, supervisor, volume: tempfile::tempdir().unwrap(), task }
    }

    /// The agent is a shell script.
    pub fn script(mut self, script: &str) -> Self {
        self.task.agent = AgentSpec::Command { command: vec!["sh".into(), "-c".into(), script.into()] };
        self
    }

    /// The next run, on the same volume.
    pub fn next_run(&mut self, purpose: Purpose) {
        self.task.run += 1;
        self.task.session_expected = true;
        self.task.purpose = purpose;
        self.supervisor.set(|heard| {
            heard.events.clear();
            heard.result = None;
        });
    }

    pub fn boot(&self) -> Boot {
        Boot::read(|name| match name {
            boot::SUPERVISOR_URL => Some(self.supervisor.url.clone().into()),
            boot::WORKFLOW => Some(self.task.workflow.clone().into()),
            boot::RUN => Some(self.task.run.to_string().into()),
            boot::TOKEN => Some(TOKEN.into()),
            boot::SESSION_DIR => Some(self.volume.path().into()),
            "PATH" => std::env::var_os("PATH"),
            _ => None,
        })
        .unwrap()
    }

    /// Starts a worker beside the test.
    pub fn start(&self) -> Spawned<Exit> {
        self.supervisor.set(|heard| heard.task = Some(self.task.clone()));
        Environment::real().spawn(worker::work(Environment::real(), self.boot()))
    }

    pub async fn run(&self) -> Exit {
        self.start().await.unwrap()
    }

    /// Runs, and expects a result to be handed in.
    pub async fn run_to_result(&self) -> RunResult {
        self.run_to_request().await.result
    }

    pub async fn run_to_request(&self) -> ResultRequest {
        assert_eq!(self.run().await, Exit::Done);
        self.supervisor.heard().result.expect("a result was handed in")
    }

    pub fn at(&self, path: &str) -> PathBuf {
        self.volume.path().join(path)
    }

    pub fn outbox(&self) -> Vec<String> {
        let names = std::fs::read_dir(self.at("outbox")).into_iter().flatten().flatten();
        names.map(|entry| entry.file_name().into_string().unwrap()).collect()
    }
}

/// A person's answer to a fix.
pub fn decision(answer: &str, patch: &PatchDigest) -> Purpose {
    let decision =
        DecisionRecord { request: "r1".into(), kind: "fix".into(), answer: answer.into(), decided_at_ms: 1_000 };
    Purpose::Decision { decision, patch: patch.clone() }
}
