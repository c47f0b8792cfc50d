//! What may happen next in a state of the model.

use super::{
    bounds::Bounds,
    world::{Pending, Way, World},
};
use domain::pull_request::{Action, Choice, Phase, PullRequest, Timer};
use engine::{Pool, Turns, Workflow};

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// A pending action happens and is answered.
    Done(usize),
    /// A pending action happens; its answer is on its way.
    Happens(usize),
    /// The answer arrives.
    Answered(usize),
    /// A pending action fails for good.
    Fails(usize, Failure),
    /// The supervisor dies: answers on their way are lost, and what was not answered is done again.
    Crash {
        /// The call that was under way lands after the next supervisor has looked.
        late: bool,
    },
    /// A call lands whose caller gave up.
    Lands,
    /// It never will.
    Vanishes,
    TimerFires(Timer),
    SlotGranted {
        late: bool,
    },
    Webhook,
    WebhookLost,
    SpareWebhook,
    Push,
    Close,
    Reopen,
    List(bool),
    Access(Way),
    Claims(u32),
    Heard(u32),
    Finishes(u32, Outcome),
    MachineDies(u32),
    VolumeLost(u32),
    Answers(Who, Choice),
    AsksReview,
    AsksCancel,
    AsksQuestion,
}

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Failure {
    /// Nothing happened.
    Clean,
    /// Nobody knows: it did happen.
    Happened,
    /// Nobody knows: it lands later, or never.
    Open,
}

/// Who answers a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    Ann,
    Bob,
    /// May read, and not decide.
    Eve,
}

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Nothing found.
    Clean,
    /// Findings and a patch.
    Patch,
    /// The budget was reached.
    Budget,
    /// It could not do its work.
    Failed,
    /// It claims that the approved patch is the right one.
    Apply,
    /// It proposes another patch than the approved one.
    ApplyOther,
    /// A question was answered.
    Answer,
}

impl World {
    /// Everything that may happen now.
    pub fn steps(&self, bounds: &Bounds, steps: &mut Vec<Step>) {
        let startable = self.startable();
        let at_once = |place: &&usize| !bounds.slow.contains(&self.pending[**place].action.name());
        if let Some(place) = startable.iter().find(at_once) {
            return steps.push(Step::Done(*place));
        }
        if self.state.is_some() {
            self.supervisor(bounds, &startable, steps);
            self.people(steps);
        }
        self.github(steps);
        self.machines(bounds, steps);
    }

    /// Actions whose turn it is.
    fn startable(&self) -> Vec<usize> {
        let mut turns = Turns::default();
        (0..self.pending.len()).filter(|place| turns.is_next(self.pending[*place].action.options().turn)).collect()
    }

    fn supervisor(&self, bounds: &Bounds, startable: &[usize], steps: &mut Vec<Step>) {
        for &place in startable {
            let Pending { action, answer, .. } = &self.pending[place];
            if answer.is_some() {
                steps.push(Step::Answered(place));
                continue;
            }
            let split = bounds.split.contains(&action.name());
            steps.push(if split { Step::Happens(place) } else { Step::Done(place) });
            if self.left.failures > 0 {
                steps.push(Step::Fails(place, Failure::Clean));
            }
            if self.left.ambiguous > 0 && is_call(action) {
                steps.extend([Step::Fails(place, Failure::Happened), Step::Fails(place, Failure::Open)]);
            }
        }
        if self.left.crashes > 0 {
            if self.pending.iter().any(|pending| !pending.maybe_done) {
                steps.push(Step::Crash { late: false });
            }
            let under_way = startable.iter().map(|place| &self.pending[*place]);
            if under_way.into_iter().any(|pending| pending.answer.is_none() && may_land(&pending.action)) {
                steps.push(Step::Crash { late: true });
            }
        }
        for timer in self.timers.armed() {
            // Time enough for a call to land, which is what this timer waits for.
            let settles = timer == Timer::DestroyAgain && !self.outside.late.is_empty();
            let left = self.left.of(timer).is_none_or(|left| left > 0);
            if left && !settles {
                steps.push(Step::TimerFires(timer));
            }
        }
        let wants = self.state.as_deref().is_some_and(|s| matches!(PullRequest::summary(s).pool, Pool::Wants(_)));
        if wants {
            steps.push(Step::SlotGranted { late: false });
            if self.left.late_slots > 0 {
                steps.push(Step::SlotGranted { late: true });
            }
        }
    }

    fn people(&self, steps: &mut Vec<Step>) {
        let state = self.state.as_deref().expect("it is known");
        if let Some(request) = self.asked_about() {
            let choices: &[Choice] = if state.request.is_some() { request } else { &[Choice::Yes] };
            for &choice in choices.iter().filter(|choice| **choice != Choice::Later) {
                let who =
                    [(Who::Ann, self.left.answers), (Who::Bob, self.left.answers), (Who::Eve, self.left.strangers)];
                steps.extend(who.iter().filter(|(_, left)| *left > 0).map(|(who, _)| Step::Answers(*who, choice)));
            }
        }
        let asks = [
            (self.left.reviews, Step::AsksReview),
            (self.left.cancels, Step::AsksCancel),
            (self.left.questions, Step::AsksQuestion),
        ];
        steps.extend(asks.iter().filter(|(left, _)| *left > 0).map(|(_, step)| *step));
    }

    /// Choices of the request that a click would be about: the open one, or the last one that was.
    fn asked_about(&self) -> Option<&'static [Choice]> {
        let state = self.state.as_deref()?;
        let last = state.decisions.last().map(|decision| &decision.request.kind);
        let over = (!state.over.is_empty()).then_some(&[Choice::Yes][..]);
        state.request.as_ref().map(|request| &request.kind).or(last).map(|kind| kind.choices()).or(over)
    }

    fn github(&self, steps: &mut Vec<Step>) {
        let (outside, left) = (&self.outside, &self.left);
        if outside.webhook {
            steps.push(Step::Webhook);
            if left.lost_webhooks > 0 && self.state.is_some() {
                steps.push(Step::WebhookLost);
            }
        }
        let begun = self.state.is_some();
        let mut may = |is: bool, step: Step| {
            if is && begun {
                steps.push(step);
            }
        };
        may(left.spare_webhooks > 0, Step::SpareWebhook);
        may(left.pushes > 0 && outside.open, Step::Push);
        may(left.closes > 0, if outside.open { Step::Close } else { Step::Reopen });
        may(left.listings > 0, Step::List(!outside.listed));
        may(left.accesses > 0 && outside.access == Way::Open, Step::Access(Way::Suspended));
        may(left.accesses > 0 && outside.access != Way::Gone, Step::Access(Way::Gone));
        may(left.accesses > 0 && outside.access != Way::Open, Step::Access(Way::Open));
    }

    fn machines(&self, bounds: &Bounds, steps: &mut Vec<Step>) {
        if !self.outside.late.is_empty() {
            steps.extend([Step::Lands, Step::Vanishes]);
        }
        for (&run, machine) in &self.outside.machines {
            // What it sent before its end may still arrive.
            if machine.alive && !machine.claimed {
                steps.push(Step::Claims(run));
            }
            if machine.claimed {
                if !machine.heard && bounds.hears {
                    steps.push(Step::Heard(run));
                }
                steps.extend(bounds.outcomes.iter().map(|outcome| Step::Finishes(run, *outcome)));
            }
            if machine.alive && self.left.deaths > 0 {
                steps.push(Step::MachineDies(run));
            }
        }
        let free = |copy: &&u32| !self.outside.machines.values().any(|m| m.alive && m.copy == **copy);
        if self.left.lost_volumes > 0 {
            steps.extend(self.outside.volumes.iter().filter(free).map(|copy| Step::VolumeLost(*copy)));
        }
    }

    pub fn is_closed(&self) -> bool {
        self.state.as_deref().is_some_and(|state| state.phase == Phase::Closed)
    }
}

/// It changes something outside, so that nobody may know whether it happened.
fn is_call(action: &Action) -> bool {
    !matches!(action, Action::ReadPullRequest | Action::ReadPermission { .. })
}

/// It can land after its caller is gone and another has looked.
pub fn may_land(action: &Action) -> bool {
    matches!(action, Action::StartMachine { .. } | Action::PushPatch { .. })
}
