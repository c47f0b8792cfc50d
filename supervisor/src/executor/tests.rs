//! A machine whose start nobody heard of: on a backend whose list lags and whose calls may land late.

use super::PullRequestExecutor;
use crate::{
    config::{Config, Variables},
    deployment::DeploymentSecret,
    parts::Parts,
    runs::Runs,
    testing::{Conversation, HandClock, LateMachines, MemoryBeside, OnlyGit, RecordedEvents},
};
use domain::{
    gates::Listed,
    ids::PullRequestRef,
    people::Permission,
    policy::Gate,
    pull_request::{Action, Event, Hint, PullRequest, Reading, Snapshot, State},
};
use engine::{ActionContext, ActionError, ActionId, Executor, Timestamp, Workflow, WorkflowId};
use github::{GitHub, marker::Markers};
use std::sync::Arc;

/// An executor before such a backend, and a workflow that wants a machine for its first run.
struct Desk {
    machines: Arc<LateMachines>,
    executor: PullRequestExecutor,
    state: State,
}

impl Desk {
    fn open() -> Self {
        Self::before(Arc::new(OnlyGit(None)))
    }

    fn before(github: Arc<dyn GitHub>) -> Self {
        let environment = HandClock::default().environment();
        let (machines, beside) = (Arc::<LateMachines>::default(), Arc::<MemoryBeside>::default());
        let text = "[github]\nallowed_owners = [\"acme\"]\n";
        let parts = Parts {
            recovery: Default::default(),
            environment: environment.clone(),
            config: Arc::new(Config::from_text(text, "test", &Variables::default()).unwrap()),
            github,
            machines: Arc::<LateMachines>::clone(&machines),
            beside: Arc::<MemoryBeside>::clone(&beside),
            deployment: "d".into(),
            machine_url: "http://127.0.0.1:1".into(),
            web_url: String::new(),
            markers: Markers::new([7; 32]),
            engine: Default::default(),
            fan_out: Default::default(),
            wanted: Default::default(),
        };
        let secret = DeploymentSecret::from_bytes([7; 32]);
        let runs = Runs::new(environment, beside, Arc::<RecordedEvents>::default(), secret);
        Self { machines, executor: PullRequestExecutor::new(Arc::new(parts), runs, None), state: provisioned() }
    }

    /// The workflow goes on with its next run, as after a machine that is confirmed gone.
    fn next_run(&mut self) -> u32 {
        self.state.run += 1;
        self.state.machine = None;
        let wanted = self.state.wanted.as_mut().expect("a run is wanted");
        wanted.run = self.state.run;
        wanted.run
    }

    async fn execute(&self, action: Action) -> Result<Event, ActionError> {
        let context = ActionContext {
            workflow: WorkflowId(12),
            key: "1#7".into(),
            action: ActionId(3),
            attempt: 1,
            maybe_done: false,
            state: Arc::new(self.state.clone()),
            now: Timestamp::default(),
        };
        self.executor.execute(&context, &action).await
    }

    async fn start(&self, run: u32) -> Result<Event, ActionError> {
        self.execute(Action::StartMachine { run }).await
    }

    /// As the workflow asks for it when the start was given up without an answer.
    async fn destroy_unknown(&self, run: u32) -> Result<Event, ActionError> {
        self.execute(Action::DestroyMachine { run, machine: None }).await
    }
}

/// By the production function, up to the point where it asks for a machine.
fn provisioned() -> State {
    let pr = PullRequestRef { installation: 1, repository_id: 1, owner: "acme".into(), name: "shop".into(), number: 7 };
    let snapshot = Snapshot {
        head_sha: "aaaaaaa1".into(),
        head_ref: "topic".into(),
        base_sha: "base".into(),
        base_ref: "main".into(),
        title: "Raise the upload limit".into(),
        author: "ann".into(),
        author_is_bot: false,
        author_permission: Permission::Write,
        author_listed: None,
        open: true,
        draft: false,
        fork: false,
        archived: false,
        isolated: true,
        listed: Listed::Yes,
    };
    let reading = Reading::PullRequest { snapshot: Box::new(snapshot), policy: None };
    let events = [
        Event::Hinted { pr, hint: Hint::Opened },
        Event::PullRequestRead { reading: Box::new(reading) },
        Event::SlotGranted,
        Event::VolumeCreated { run: 1, copy: 0, volume: LateMachines::VOLUME.into() },
    ];
    let next = |state: Option<State>, event: &Event| {
        Some(PullRequest::transition(state.as_ref(), event, Timestamp::from_millis(1_000)).expect("legal").state)
    };
    let state = events.iter().fold(None, next).expect("a state");
    assert!(state.wanted.as_ref().is_some_and(|wanted| wanted.run == 1), "{state:?}");
    state
}

#[tokio::test]
async fn a_machine_that_no_list_shows_is_found_on_its_volume_and_ended() {
    let desk = Desk::open();
    desk.machines.loses_the_next_answer();
    assert!(matches!(desk.start(1).await, Err(ActionError::Ambiguous { .. })));
    desk.machines.lands();
    assert_eq!(desk.machines.runs(), [1]);
    assert!(matches!(desk.destroy_unknown(1).await, Ok(Event::MachineGone { run: 1 })));
    assert_eq!(desk.machines.runs(), Vec::<u32>::new(), "gone was said while it could write its volume");
}

#[tokio::test]
async fn a_start_that_lands_after_it_was_looked_for_is_ended_before_the_next_run_starts() {
    let mut desk = Desk::open();
    desk.machines.loses_the_next_answer();
    assert!(matches!(desk.start(1).await, Err(ActionError::Ambiguous { .. })));
    assert!(matches!(desk.destroy_unknown(1).await, Ok(Event::MachineGone { run: 1 })));
    desk.machines.lands();
    let run = desk.next_run();
    assert!(matches!(desk.start(run).await, Ok(Event::MachineStarted { run: 2, .. })));
    assert_eq!(desk.machines.runs(), [2], "the volume has one machine, and it is the new run's");
}

#[tokio::test]
async fn what_is_nobodys_here_keeps_the_volume_and_is_left_alone() {
    let mut desk = Desk::open();
    let run = desk.next_run();
    desk.machines.is_taken_by(|labels| labels.workflow = "wf_99".into());
    assert!(matches!(desk.start(run).await, Err(ActionError::Retryable { .. })));
    desk.machines.is_taken_by(|labels| labels.run = run + 1);
    assert!(matches!(desk.start(run).await, Err(ActionError::Retryable { .. })));
    assert_eq!(desk.machines.runs(), [run + 1], "a later run is none of ours either");
}

#[tokio::test]
async fn the_policy_at_a_commit_is_read_once_and_a_branch_of_another_name_is_followed() {
    let github = Arc::<Conversation>::default();
    let desk = Desk::before(Arc::<Conversation>::clone(&github));
    let read = async |branch, sha, file| {
        *github.branch.lock().unwrap() = Some((branch, sha, file));
        let event = desk.execute(Action::ReadPullRequest).await.expect("it is read");
        let Event::PullRequestRead { reading } = event else { panic!("{event:?}") };
        let Reading::PullRequest { policy, .. } = *reading else { panic!("{reading:?}") };
        let asked = std::mem::take(&mut *github.read.lock().unwrap());
        (policy.expect("another policy than the state's").gate, asked)
    };
    let (required, advisory) = ("gate: required", "gate: advisory");
    assert_eq!(read("main", "a", required).await, (Gate::Required, vec!["tip of main".into(), "file at a".into()]));
    assert_eq!(read("main", "a", required).await, (Gate::Required, vec!["tip of main".into()]));
    let followed = vec!["tip of main".into(), "tip of trunk".into(), "file at b".into()];
    assert_eq!(read("trunk", "b", required).await, (Gate::Required, followed));
    let moved = vec!["tip of trunk".into(), "file at c".into()];
    assert_eq!(read("trunk", "c", advisory).await, (Gate::Advisory, moved));
}
