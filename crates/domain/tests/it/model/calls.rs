//! What an action does outside, as the executors do it: they look before they create, and answer what they found.

use super::{
    Model, facts, watch,
    world::{Late, Machine, Way, World},
};
use domain::{
    ids::RequestId,
    people::Permission,
    pull_request::{Action, Event, Kind, Reading, Snapshot},
};
use engine::{ActionFailure, Workflow};

impl Model {
    /// A pending action happens; its answer is on its way.
    pub fn happens(&self, world: &mut World, place: usize) {
        let action = world.pending[place].action.clone();
        let mut answer = world.call(&action);
        if let Event::ActionFailed { ambiguous, .. } = &mut answer {
            *ambiguous |= world.pending[place].maybe_done;
        }
        world.pending[place].answer = Some(Box::new(answer));
    }
}

impl World {
    fn call(&mut self, action: &Action) -> Event {
        match action {
            Action::ReadPullRequest => self.read(),
            Action::ReadPermission { ask, login } => {
                let permission = if login == "eve" { Permission::Read } else { Permission::Write };
                Event::PermissionRead { ask: ask.clone(), permission, owns: None }
            }
            Action::CreateVolume { run, copy } => {
                self.outside.volumes.insert(*copy);
                Event::VolumeCreated { run: *run, copy: *copy, volume: format!("volume{copy}") }
            }
            Action::StartMachine { run } => self.start(action, *run),
            Action::DestroyMachine { run, .. } => {
                if let Some(machine) = self.outside.machines.get_mut(run) {
                    machine.alive = false;
                }
                Event::MachineGone { run: *run }
            }
            Action::DeleteVolume { copy, .. } => {
                watch::deletes(self, *copy);
                self.outside.volumes.remove(copy);
                Event::VolumeDeleted { copy: *copy }
            }
            Action::PublishCheck { run, sha } => self.publish_check(action, *run, sha),
            Action::PublishReview { run } => self.publish_review(*run),
            Action::PushPatch { request } => self.push(action, request),
            Action::React { ask, .. } => Event::Reacted { ask: ask.clone() },
            Action::Reply { key, .. } => Event::Replied { key: key.clone() },
            Action::ResolveThreads { gone } => Event::ThreadsResolved { gone: gone.clone(), threads: 0, left: 0 },
        }
    }

    fn read(&mut self) -> Event {
        let reading = if self.outside.access == Way::Open {
            self.memory.unread = false;
            let snapshot = facts::snapshot(&self.outside.head);
            let listed = if self.outside.listed { snapshot.listed } else { domain::gates::Listed::NotRepository };
            let snapshot = Snapshot { open: self.outside.open, listed, ..snapshot };
            let policy = Some((*self.outside.policy).clone()).filter(|policy| *policy != self.state().policy);
            Reading::PullRequest { snapshot: Box::new(snapshot), policy }
        } else {
            Reading::NoAccess { why: "GitHub answers 404".into() }
        };
        Event::PullRequestRead { reading: Box::new(reading) }
    }

    /// The machine of a run as this state would start it.
    fn machine(&self) -> Option<Machine> {
        let volume = self.state().volume.as_ref().filter(|volume| volume.id.is_some())?;
        let wanted = self.state().wanted.as_ref();
        let (purpose, sha) = wanted.map_or_else(facts::no_purpose, |w| (w.purpose.clone(), w.target.head_sha.clone()));
        Some(Machine { copy: volume.copy, alive: true, claimed: false, heard: false, purpose, sha })
    }

    fn start(&mut self, action: &Action, run: u32) -> Event {
        let Some(machine) = self.machine() else { return failed(action, "the volume is not there any more") };
        if !self.outside.volumes.contains(&machine.copy) {
            return Event::VolumeLost { run };
        }
        self.put_machine(run, machine);
        Event::MachineStarted { run, machine: format!("machine{run}") }
    }

    /// One of that name is adopted; a second one on the volume is what must never be.
    fn put_machine(&mut self, run: u32, machine: Machine) {
        if self.outside.machines.get(&run).is_some_and(|there| there.alive) {
            return;
        }
        watch::starts(self, &machine);
        self.outside.machines.entry(run).or_insert(machine).alive = true;
    }

    fn publish_check(&mut self, action: &Action, run: u32, sha: &str) -> Event {
        if self.outside.access != Way::Open {
            return failed(action, "no access");
        }
        let Some(check) = self.state().check(run, sha).cloned() else { return failed(action, "the check is gone") };
        let concludes = check.face.conclusion(&self.state().policy).is_some();
        watch::publishes(self, run, sha, concludes);
        self.outside.checks.insert((run, sha.to_owned()), concludes);
        Event::CheckPublished { run, sha: sha.to_owned(), check_run: 1, revision: check.revision, unsure: false }
    }

    fn publish_review(&mut self, run: u32) -> Event {
        if self.outside.access != Way::Open {
            return failed(&Action::PublishReview { run }, "no access");
        }
        let published = Event::ReviewPublished { run, review: 1, comments: 1 };
        let Some(result) = self.state().result.clone().filter(|result| result.run == run) else { return published };
        watch::reviews(self, run, &result.target.head_sha, &result.digest);
        self.outside.reviews.entry((run, result.target.head_sha)).or_insert(result.digest);
        published
    }

    fn push(&mut self, action: &Action, request: &RequestId) -> Event {
        let Some((digest, head)) = self.to_push(request) else { return failed(action, "the decision is gone") };
        if let Some(place) = self.outside.pushed.iter().position(|(pushed, _)| pushed == request) {
            // Found by its trailer.
            return Event::PatchPushed { request: request.clone(), sha: format!("own{place}") };
        }
        if self.outside.access != Way::Open || !self.outside.open || self.outside.head != head {
            return Event::PushRefused { request: request.clone(), reason: "the branch moved".into() };
        }
        self.put_commit(request, digest);
        Event::PatchPushed { request: request.clone(), sha: self.outside.head.clone() }
    }

    /// Digest and expected head of the patch that an action would push.
    fn to_push(&self, request: &RequestId) -> Option<(String, String)> {
        let decided = self.state().decision(request).map(|decision| &decision.request);
        let request = decided.or(self.state().request.as_ref())?;
        let Kind::Fix { patch } = &request.kind else { return None };
        Some((patch.digest.clone(), request.head_sha.clone()))
    }

    fn put_commit(&mut self, request: &RequestId, digest: String) {
        watch::pushes(self, request, &digest);
        self.outside.head = format!("own{}", self.outside.pushed.len());
        self.outside.pushed.push((request.clone(), digest));
        self.outside.webhook = true;
    }

    /// The call of a caller who gave up.
    pub fn late_call(&self, action: &Action) -> Option<Late> {
        match action {
            Action::StartMachine { run } => self.machine().map(|machine| Late::Start { run: *run, machine }),
            Action::PushPatch { request } => {
                let (digest, head) = self.to_push(request)?;
                Some(Late::Push { request: request.clone(), digest, head })
            }
            _ => None,
        }
    }

    /// It lands after all.
    pub fn land(&mut self) {
        match self.outside.late.pop() {
            // GitHub and the backend still judge it: an adopted name, a moved branch, a volume that is gone.
            Some(Late::Start { run, machine }) => {
                let free = !self.outside.machines.contains_key(&run);
                if free && self.outside.volumes.contains(&machine.copy) {
                    self.put_machine(run, machine);
                }
            }
            Some(Late::Push { request, digest, head }) => {
                let takes_it = self.outside.open && self.outside.access == Way::Open;
                if takes_it && self.outside.head == head {
                    self.put_commit(&request, digest);
                }
            }
            None => {}
        }
    }

    /// Whatever was read and not yet answered was read before this.
    pub fn readings_are_stale(&mut self) {
        for pending in self.pending.iter_mut().filter(|pending| pending.answer.is_some()) {
            pending.stale |= pending.action == Action::ReadPullRequest;
        }
    }
}

fn failed(action: &Action, message: &str) -> Event {
    let failure = ActionFailure { message: message.into(), ambiguous: false, attempts: 1 };
    domain::pull_request::PullRequest::action_failed(action, &failure)
}
