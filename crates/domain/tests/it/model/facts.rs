//! What people and workers say.

use super::{
    Model,
    step::{Outcome, Who},
    watch,
    world::World,
};
use domain::{
    gates::Listed,
    ids::PullRequestRef,
    people::{Permission, Person, Via},
    pull_request::{Ask, Choice, Counts, Event, Kind, PatchFacts, Purpose, ResultFacts, RunOutcome, Snapshot},
};

pub fn pull_request() -> PullRequestRef {
    PullRequestRef { installation: 5, repository_id: 1, owner: "acme".into(), name: "shop".into(), number: 7 }
}

pub fn snapshot(head: &str) -> Snapshot {
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

/// What a machine runs that nobody wants any more.
pub fn no_purpose() -> (Purpose, String) {
    (Purpose::Review { fixes: false }, String::new())
}

/// An answer to the open request, or to the last one that was.
pub fn answer(world: &World, choice: Choice) -> Ask {
    let state = world.state();
    let open = state.request.as_ref().map(|request| &request.id);
    let decided = state.decisions.last().map(|decision| &decision.request.id);
    let over = state.over.last().map(|over| &over.id);
    let request = open.or(decided).or(over).cloned().expect("somebody was asked");
    Ask::Answer { request, choice }
}

impl Model {
    pub fn asks(&self, world: &mut World, who: Who, what: Ask) {
        let login = match who {
            Who::Ann => "ann",
            Who::Bob => "bob",
            Who::Eve => "eve",
        };
        world.memory.asks += 1;
        let ask = format!("ask{}", world.memory.asks);
        watch::asked(world, &ask, login, &what);
        let by = Person { login: login.into(), bot: false };
        self.now(world, &Event::Asked { ask, what, by, via: Via::Button { check_run: 1 } });
    }

    pub fn claims(&self, world: &mut World, run: u32) {
        if self.now(world, &Event::RunClaimed { run })
            && let Some(machine) = world.outside.machines.get_mut(&run)
        {
            machine.claimed = true;
            if !self.bounds.hears {
                self.heard(world, run);
            }
        }
    }

    pub fn heard(&self, world: &mut World, run: u32) {
        self.now(world, &Event::RunHeard { run });
        if let Some(machine) = world.outside.machines.get_mut(&run) {
            machine.heard = true;
        }
    }

    pub fn finishes(&self, world: &mut World, run: u32, outcome: Outcome) {
        let Some(machine) = world.outside.machines.get(&run) else { return };
        let patch = PatchFacts { digest: format!("patch{run}"), fixes: 1, files: 1 };
        let approved = match &machine.purpose {
            Purpose::Decision { request } => world.state().decision(request).and_then(|decision| {
                let Kind::Fix { patch } = &decision.request.kind else { return None };
                Some(patch.digest.clone())
            }),
            _ => None,
        };
        let findings = u32::from(outcome == Outcome::Patch);
        let facts = match outcome {
            Outcome::Clean | Outcome::Patch => RunOutcome::Reviewed,
            Outcome::Budget => RunOutcome::BudgetReached { limit: "$1".into() },
            Outcome::Failed => RunOutcome::Failed { message: "no".into() },
            // A hostile worker says so in any run.
            Outcome::Apply => RunOutcome::ApplyApproved { digest: approved.unwrap_or_else(|| patch.digest.clone()) },
            Outcome::ApplyOther => RunOutcome::ApplyApproved { digest: "another".into() },
            Outcome::Answer => RunOutcome::Answered,
        };
        let result = ResultFacts {
            digest: format!("result{run}{outcome:?}"),
            outcome: facts,
            head_sha: machine.sha.clone(),
            findings: Counts { high: 0, medium: findings, low: 0 },
            new: findings,
            resolved: 0,
            files_read: Some(1),
            files_total: 1,
            patch: (outcome == Outcome::Patch).then_some(patch),
        };
        self.now(world, &Event::RunFinished { run, result: Box::new(result) });
    }
}
