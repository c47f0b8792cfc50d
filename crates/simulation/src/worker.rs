//! What runs in a machine: it speaks the worker protocol as the real worker does (claim, what an earlier run left in the
//! outbox, reports, the result into the outbox and then over), and is as slow, dying, deaf or late as the seed wants.

use crate::{
    faults::Fault,
    machines::Unit,
    production::Refused,
    world::{World, is_final},
};
use machines::MachineState;
use protocol::{
    AgentIdentity, ClaimRequest, ClaimResponse, Coverage, Directive, EventsRequest, Finding, Outcome, Patch,
    PatchDigest, Purpose, Recovered, RecoveredAnswer, Report, ResultRequest, RunResult, Sequenced, SessionState,
    Severity, Task, boot,
};

/// How long a worker tries to be heard before it leaves its result in the outbox.
const PATIENCE_MS: u64 = 6 * 3_600_000;
/// How long it tries to claim.
const CLAIM_MS: u64 = 10 * 60_000;

/// Everything of a worker's life; the machine's program ends when this ends.
pub(crate) async fn boot(world: World, machine: String) {
    world.pause(300, 15_000).await;
    befall(&world, &machine);
    let mut worker =
        Worker { world: world.clone(), machine: machine.clone(), run: 0, credential: String::new(), sequence: 0 };
    worker.work().await;
    stops(&world, &machine, "the worker exits");
}

/// Nothing in the machine runs any more; at times the backend starts it again after a while, with what it was given.
fn stops(world: &World, machine: &str, why: &str) {
    if let Some(unit) = world.state().machines.machines.get_mut(machine) {
        unit.state = MachineState::Stopped;
        if let Some(worker) = unit.worker.take() {
            worker.abort();
        }
    }
    world.note(format!("{machine}: {why}"));
    if world.state().happens(Fault::MachineReturns) {
        let (world, machine) = (world.clone(), machine.to_owned());
        world.clone().spawn(async move {
            world.pause(1_000, 2 * 3_600_000).await;
            world.returns(&machine);
        });
    }
}

/// What the seed has in store for a machine.
fn befall(world: &World, machine: &str) {
    if world.state().happens(Fault::MachineDies) {
        let (world, machine) = (world.clone(), machine.to_owned());
        world.clone().spawn(async move {
            world.pause(100, 400_000).await;
            stops(&world, &machine, "dies");
        });
    }
    if world.state().happens(Fault::HostAway) {
        let (world, machine) = (world.clone(), machine.to_owned());
        world.clone().spawn(async move {
            world.pause(100, 200_000).await;
            world.host(&machine, true);
            world.pause(60_000, 5 * 3_600_000).await;
            world.host(&machine, false);
        });
    }
}

impl World {
    fn returns(&self, machine: &str) {
        let boots = boot(self.clone(), machine.to_owned());
        let mut state = self.state();
        let stopped = |unit: &&mut Unit| unit.state == MachineState::Stopped;
        let Some(unit) = state.machines.machines.get_mut(machine).filter(stopped) else { return };
        unit.state = MachineState::Running;
        unit.worker = Some(self.spawn(boots));
        drop(state);
        self.note(format!("{machine}: runs again"));
    }

    fn host(&self, machine: &str, away: bool) {
        {
            let mut state = self.state();
            let fleet = &mut state.machines;
            if let Some(unit) = fleet.machines.get_mut(machine) {
                unit.away = away;
                if let Some(disk) = fleet.volumes.get_mut(&unit.volume_id) {
                    disk.away = away;
                }
            }
        }
        self.note(format!("{machine}: its host {}", if away { "cannot be reached" } else { "is back" }));
    }
}

struct Worker {
    world: World,
    machine: String,
    run: u32,
    credential: String,
    sequence: u64,
}

impl Worker {
    async fn work(&mut self) {
        let Some((token, run, volume)) = self.given() else { return };
        self.run = run;
        let Some(ClaimResponse { credential, task }) = self.claim(token).await else { return };
        self.world.state().tokens.insert(credential.clone());
        self.credential = credential;
        if self.recover(&volume).await {
            return;
        }
        let hangs = self.world.state().happens(Fault::MachineHangs);
        if hangs {
            self.world.note(format!("{}: hangs", self.machine));
            std::future::pending::<()>().await;
        }
        let result = self.result(&task, &volume);
        if !self.read_everything(&task, &result).await {
            return;
        }
        if let Some(disk) = self.world.state().machines.volumes.get_mut(&volume) {
            (disk.outbox, disk.session) = (Some((run, result.clone())), true);
        }
        self.hand_in(&task, result.clone()).await;
        if self.world.state().happens(Fault::WorkerLate) {
            self.world.pause(60_000, 3_600_000).await;
            self.report(vec![Report::Heartbeat], &task.workflow).await;
            self.hand_in(&task, RunResult { cost_microusd: 99, ..result }).await;
        }
    }

    fn given(&self) -> Option<(String, u32, String)> {
        let state = self.world.state();
        let unit = state.machines.machines.get(&self.machine)?;
        let run = unit.environment.get(boot::RUN)?.parse().ok()?;
        Some((unit.environment.get(boot::TOKEN)?.clone(), run, unit.volume_id.clone()))
    }

    fn is_away(&self) -> bool {
        self.world.state().machines.machines.get(&self.machine).is_none_or(|unit| unit.away)
    }

    async fn claim(&self, token: String) -> Option<ClaimResponse> {
        let nonce = self.world.environment.random_id();
        let until = self.world.clock.passed() + CLAIM_MS;
        while self.world.clock.passed() < until {
            let (token, nonce) = (token.clone(), nonce.clone());
            let request = ClaimRequest { token, nonce, worker_version: "simulated".into() };
            if !self.is_away() {
                let answer = self.world.knock("a claim", |it| Box::pin(async move { it.claim(request).await })).await;
                if is_final(&answer) {
                    self.world.note(format!("{}: the claim of run {} is refused", self.machine, self.run));
                    return None;
                }
                if let Some(Ok(response)) = answer {
                    self.world
                        .note(format!("{}: claimed run {} of {}", self.machine, self.run, response.task.workflow));
                    self.acknowledged(&response.task.workflow, "claimed");
                    return Some(response);
                }
            }
            self.world.pause(1_000, 8_000).await;
        }
        None
    }

    fn acknowledged(&self, workflow: &str, what: &str) {
        self.world.state().acknowledged.insert((workflow.to_owned(), format!("run:{}:{what}", self.run)));
    }

    /// True if there is nothing left to do.
    async fn recover(&self, volume: &str) -> bool {
        let left = self.world.state().machines.volumes.get(volume).and_then(|disk| disk.outbox.clone());
        let Some((made_by, result)) = left.filter(|(made_by, _)| *made_by < self.run) else { return false };
        loop {
            let (credential, run) = (self.credential.clone(), self.run);
            let request = Recovered { run: made_by, result: result.clone() };
            if !self.is_away() {
                let call = |it: std::sync::Arc<dyn crate::Supervisor>| -> environment::BoxFuture<_> {
                    Box::pin(async move { it.recover(credential, run, request).await })
                };
                match self.world.knock("a recovered result", call).await {
                    Some(Ok(answer)) => {
                        self.world.note(format!("{}: handed in what run {made_by} left: {answer:?}", self.machine));
                        if let Some(disk) = self.world.state().machines.volumes.get_mut(volume) {
                            disk.outbox = None;
                        }
                        return answer == RecoveredAnswer::AcceptedFinish;
                    }
                    Some(Err(Refused::Final)) => return true,
                    _ => {}
                }
            }
            self.world.pause(1_000, 8_000).await;
        }
    }

    /// Reads and reports; false if it is to exit at once.
    async fn read_everything(&mut self, task: &Task, result: &RunResult) -> bool {
        let steps = self.world.state().chance.between(1, 6);
        let mut findings = result.findings.iter();
        for step in 0..steps {
            let quick = u64::from(task.limits.heartbeat_ms > 0) * task.limits.heartbeat_ms;
            self.world.pause(500, quick.clamp(1_000, 60_000)).await;
            let read = u32::try_from(step + 1).unwrap_or(u32::MAX);
            let total = u32::try_from(steps).unwrap_or(u32::MAX);
            let mut reports = vec![
                Report::Progress { phase: "reading".into(), files_read: read, files_total: total },
                Report::Log { line: format!("file {read}") },
            ];
            reports.extend(findings.next().map(|it| Report::Finding { finding: Box::new(it.clone()) }));
            match self.report(reports, &task.workflow).await {
                Some(Directive::Continue) => {}
                Some(Directive::Stop { .. }) => return true,
                None => return false,
            }
        }
        true
    }

    /// None: the run is over, or nobody was there for too long.
    async fn report(&mut self, reports: Vec<Report>, workflow: &str) -> Option<Directive> {
        let mut events = Vec::new();
        for report in reports {
            self.sequence += 1;
            events.push(Sequenced { sequence: self.sequence, report });
        }
        let until = self.world.clock.passed() + PATIENCE_MS;
        while self.world.clock.passed() < until {
            let (credential, run, request) =
                (self.credential.clone(), self.run, EventsRequest { events: events.clone() });
            if !self.is_away() {
                let call = |it: std::sync::Arc<dyn crate::Supervisor>| -> environment::BoxFuture<_> {
                    Box::pin(async move { it.report(credential, run, request).await })
                };
                match self.world.knock("a report", call).await {
                    Some(Ok(answer)) => {
                        self.keep(&events, answer.acknowledged, workflow);
                        return Some(answer.directive);
                    }
                    Some(Err(Refused::Final)) => {
                        self.world.note(format!("{}: a report of run {} is refused", self.machine, self.run));
                        return None;
                    }
                    _ => {}
                }
            }
            self.world.pause(1_000, 8_000).await;
        }
        None
    }

    fn keep(&self, events: &[Sequenced], acknowledged: u64, workflow: &str) {
        let mut state = self.world.state();
        for event in events.iter().filter(|event| event.sequence <= acknowledged) {
            if let Report::Finding { finding } = &event.report {
                state.acknowledged_findings.insert((workflow.to_owned(), format!("{}:{}", self.run, finding.id)));
            }
        }
    }

    async fn hand_in(&self, task: &Task, result: RunResult) {
        let until = self.world.clock.passed() + PATIENCE_MS;
        while self.world.clock.passed() < until {
            let (credential, run) = (self.credential.clone(), self.run);
            let request = ResultRequest { result: result.clone(), checkpoint: None };
            if !self.is_away() {
                let call = |it: std::sync::Arc<dyn crate::Supervisor>| -> environment::BoxFuture<_> {
                    Box::pin(async move { it.finish(credential, run, request).await })
                };
                match self.world.knock("a result", call).await {
                    Some(Ok(answer)) => {
                        self.world.note(format!("{}: the result of run {run}: {answer:?}", self.machine));
                        self.acknowledged(&task.workflow, "result");
                        return;
                    }
                    Some(Err(Refused::Final)) => {
                        self.world.note(format!("{}: the result of run {run} is refused", self.machine));
                        return;
                    }
                    _ => {}
                }
            }
            self.world.pause(1_000, 8_000).await;
        }
    }

    fn result(&self, task: &Task, volume: &str) -> RunResult {
        let mut state = self.world.state();
        let begun = state.machines.volumes.get(volume).is_some_and(|disk| disk.session);
        let wicked = state.chance.permille(30);
        let findings: Vec<Finding> =
            (0..state.chance.between(0, 4)).map(|place| finding(&task.head_sha, place)).collect();
        let mut patch = None;
        let outcome = match &task.purpose {
            Purpose::Question { .. } => Outcome::Answered { answer: "It is so.".into() },
            Purpose::Decision { decision, .. } if decision.kind == "ask" => Outcome::DecisionNoted,
            Purpose::Decision { .. } if wicked => Outcome::ApplyApproved { digest: PatchDigest("f".repeat(64)) },
            Purpose::Decision { patch, .. } => Outcome::ApplyApproved { digest: patch.clone() },
            Purpose::Review { .. } => match state.chance.between(0, 12) {
                0 => Outcome::Asked { question: "Is this meant?".into() },
                1 => Outcome::BudgetReached { limit: "$0.50".into() },
                2 => Outcome::Failed { code: "agent_failed".into(), message: "it fell over".into() },
                kind => {
                    patch = (kind % 2 == 1 && !findings.is_empty()).then(|| diff(self.run, &task.head_sha));
                    Outcome::Reviewed
                }
            },
        };
        RunResult {
            outcome,
            head_sha: task.head_sha.clone(),
            base_sha: task.base_sha.clone(),
            merge_base: task.base_sha.clone(),
            findings,
            patch,
            coverage: Coverage { files_read: Some(3), files_total: 3, ..Coverage::default() },
            agent: AgentIdentity { name: "simulated".into(), version: "1".into(), what: "none".into() },
            session: if begun { SessionState::Resumed } else { SessionState::Began },
            cost_microusd: 0,
            duration_ms: 1,
        }
    }
}

fn finding(head: &str, place: u64) -> Finding {
    // The first is found in every commit, the others are of this one.
    let id = if place == 0 { "always:src/a.txt".into() } else { format!("once:{}:{place}", &head[..8]) };
    Finding {
        id,
        rule: "rule".into(),
        severity: Severity::Medium,
        path: "src/a.txt".into(),
        line: Some(1),
        end_line: None,
        title: "It is wrong".into(),
        detail: String::new(),
        suggestion: None,
        in_patch: place < 2,
    }
}

/// A patch that nothing else is.
fn diff(run: u32, head: &str) -> Patch {
    let (old, new) = ("1".repeat(40), "2".repeat(40));
    Patch {
        diff: format!(
            "diff --git a/src/a.txt b/src/a.txt\nindex {old}..{new} 100644\n--- a/src/a.txt\n+++ b/src/a.txt\n\
             @@ -1 +1 @@\n-old\n+run {run} at {}\n",
            &head[..8]
        ),
    }
}
