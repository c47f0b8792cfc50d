//! A pull request's story, told event by event; each test reads like the report of a bug.

use crate::{
    gates::Listed,
    ids::{PullRequestRef, RequestId},
    people::{Permission, Person, Via},
    policy::Policy,
    pull_request::*,
};
use engine::{Illegal, TimerChange, Timestamp, Workflow};

pub(super) struct Story {
    pub(super) state: Option<State>,
    pub(super) now: Timestamp,
    pub(super) actions: Vec<Action>,
    pub(super) timers: Vec<TimerChange>,
    policy: Policy,
    asks: u32,
}

pub(super) fn snapshot(head: &str) -> Snapshot {
    Snapshot {
        head_sha: head.into(),
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
    }
}

pub(super) fn patch() -> PatchFacts {
    PatchFacts { digest: "9c41e7aa".into(), fixes: 3, files: 3 }
}

pub(super) fn pull_request() -> PullRequestRef {
    PullRequestRef { installation: 5, repository_id: 1, owner: "acme".into(), name: "shop".into(), number: 7 }
}

impl Story {
    pub(super) fn with(policy: Policy) -> Self {
        let now = Timestamp::from_millis(1_000_000);
        Self { state: None, now, actions: Vec::new(), timers: Vec::new(), policy, asks: 0 }
    }

    /// Opened, read and queued.
    pub(super) fn opened_with(policy: Policy) -> Self {
        let mut story = Self::with(policy);
        story.hint(Hint::Opened).read("aaaaaaa1");
        story
    }

    pub(super) fn opened() -> Self {
        Self::opened_with(Policy::default())
    }

    /// Running its first run.
    pub(super) fn running() -> Self {
        let mut story = Self::opened();
        story.run_starts();
        story
    }

    /// Waiting for a decision on a fix.
    pub(super) fn waiting() -> Self {
        let mut story = Self::running();
        story.finds(4, Some(patch())).machine_gone(1).published();
        story
    }

    pub(super) fn state(&self) -> &State {
        self.state.as_ref().expect("the story has begun")
    }

    pub(super) fn try_event(&mut self, event: &Event) -> Result<(), Illegal> {
        self.now = self.now.plus_millis(1000);
        let transition = PullRequest::transition(self.state.as_ref(), event, self.now)?;
        let size = serde_json::to_vec(&transition.state).expect("state is JSON").len();
        assert!(size <= engine::STATE_BYTES_MAX / 2, "{size} bytes of state");
        self.state = Some(transition.state);
        self.actions = transition.actions;
        self.timers = transition.timers;
        Ok(())
    }

    pub(super) fn event(&mut self, event: Event) -> &mut Self {
        self.try_event(&event).unwrap_or_else(|illegal| panic!("{event:?}: {illegal}"));
        self
    }

    pub(super) fn hint(&mut self, hint: Hint) -> &mut Self {
        self.event(Event::Hinted { pr: pull_request(), hint })
    }

    pub(super) fn read(&mut self, head: &str) -> &mut Self {
        self.read_as(snapshot(head))
    }

    pub(super) fn read_as(&mut self, snapshot: Snapshot) -> &mut Self {
        let policy = Some(self.policy.clone());
        self.event(Event::PullRequestRead {
            reading: Box::new(Reading::PullRequest { snapshot: Box::new(snapshot), policy }),
        })
    }

    pub(super) fn pushed(&mut self, head: &str) -> &mut Self {
        self.hint(Hint::Synchronized).read(head)
    }

    pub(super) fn closed(&mut self) -> &mut Self {
        let head = self.state().snapshot.as_ref().expect("it was read").head_sha.clone();
        self.hint(Hint::Closed).read_as(Snapshot { open: false, ..snapshot(&head) })
    }

    /// From the granted slot to the claimed and heard run.
    pub(super) fn run_starts(&mut self) -> &mut Self {
        self.event(Event::SlotGranted);
        let run = self.state().run;
        if self.actions.iter().any(|action| matches!(action, Action::CreateVolume { .. })) {
            self.event(Event::VolumeCreated { run, copy: 0, volume: "pr_1".into() });
        }
        assert_eq!(self.actions, [Action::StartMachine { run }]);
        self.event(Event::MachineStarted { run, machine: format!("m-{run}") });
        self.event(Event::RunClaimed { run }).event(Event::RunHeard { run })
    }

    pub(super) fn result(&self, outcome: RunOutcome, findings: u32, patch: Option<PatchFacts>) -> ResultFacts {
        let head_sha = self.state().wanted.as_ref().map(|wanted| wanted.target.head_sha.clone()).unwrap_or_default();
        ResultFacts {
            digest: format!("result-{}", self.state().run),
            outcome,
            head_sha,
            findings: Counts { high: 0, medium: findings, low: 0 },
            new: findings,
            resolved: 0,
            files_read: Some(6),
            files_total: 6,
            patch,
        }
    }

    pub(super) fn finishes(&mut self, outcome: RunOutcome, findings: u32, patch: Option<PatchFacts>) -> &mut Self {
        let result = Box::new(self.result(outcome, findings, patch));
        let run = self.state().run;
        self.event(Event::RunFinished { run, result })
    }

    pub(super) fn finds(&mut self, findings: u32, patch: Option<PatchFacts>) -> &mut Self {
        self.finishes(RunOutcome::Reviewed, findings, patch)
    }

    pub(super) fn machine_gone(&mut self, run: u32) -> &mut Self {
        self.event(Event::MachineGone { run })
    }

    /// Everything that waits for publishing is published.
    pub(super) fn published(&mut self) -> &mut Self {
        while let Some(check) = self.state().checks.iter().find(|check| check.published < check.revision).cloned() {
            let check_run = 100 + u64::from(check.run);
            let (run, sha, revision) = (check.run, check.sha, check.revision);
            self.event(Event::CheckPublished { run, sha, check_run, revision, unsure: false });
        }
        self
    }

    pub(super) fn request(&self) -> Request {
        self.state().request.clone().expect("a request is open")
    }

    pub(super) fn clicks(&mut self, login: &str, permission: Permission, id: &RequestId, choice: Choice) -> &mut Self {
        let ask = self.asks(login, Ask::Answer { request: id.clone(), choice });
        self.event(Event::PermissionRead { ask, permission, owns: None })
    }

    /// A permitted person's command in a comment; the comment is the number of the ask.
    pub(super) fn says(&mut self, login: &str, what: Ask) -> &mut Self {
        let ask = self.comments(login, what);
        self.event(Event::PermissionRead { ask, permission: Permission::Write, owns: None })
    }

    /// A command in a comment, whose permission is not read yet; the ask's id.
    pub(super) fn comments(&mut self, login: &str, what: Ask) -> String {
        self.asks += 1;
        let ask = format!("ask-{}", self.asks);
        let by = Person { login: login.into(), bot: false };
        let via = Via::Comment { comment: u64::from(self.asks) };
        self.event(Event::Asked { ask: ask.clone(), what, by, via });
        ask
    }

    /// Somebody asks; the ask's id.
    pub(super) fn asks(&mut self, login: &str, what: Ask) -> String {
        self.asks += 1;
        let ask = format!("ask-{}", self.asks);
        let by = Person { login: login.into(), bot: false };
        self.event(Event::Asked { ask: ask.clone(), what, by, via: Via::Button { check_run: 101 } });
        ask
    }

    pub(super) fn approves(&mut self, login: &str) -> &mut Self {
        let id = self.request().id;
        self.clicks(login, Permission::Write, &id, Choice::Yes)
    }

    pub(super) fn fires(&mut self, timer: Timer) -> &mut Self {
        self.event(Event::TimerFired { timer })
    }

    pub(super) fn later(&mut self, millis: u64) -> &mut Self {
        self.now = self.now.plus_millis(millis);
        self
    }

    pub(super) fn status(&self) -> &'static str {
        self.state().status()
    }

    pub(super) fn face(&self, run: u32, sha: &str) -> &Face {
        &self.state().check(run, sha).unwrap_or_else(|| panic!("no check of run {run} on {sha}")).face
    }

    pub(super) fn conclusion(&self, run: u32, sha: &str) -> Option<Conclusion> {
        self.face(run, sha).conclusion(&self.state().policy)
    }

    pub(super) fn did(&self, name: &str) -> usize {
        self.actions.iter().filter(|action| action.name() == name).count()
    }

    pub(super) fn replies(&self) -> Vec<&ReplyText> {
        self.actions
            .iter()
            .filter_map(|action| match action {
                Action::Reply { text, .. } => Some(text),
                _ => None,
            })
            .collect()
    }
}
