mod asking;
mod ending;
mod golden;
mod telling;
mod walk;

use super::{AccessChange, Action, Event, NotDelivered, Plan, Reminder, ReplyText, Standing, State, Timer, Wish};
use crate::{
    ids::PullRequestRef,
    people::{Permission, Person, Via},
};
use engine::{Illegal, TimerChange, Timestamp, Workflow};

/// A reminder under test: what happens to it, in order, and what it wants.
struct Tale {
    now: Timestamp,
    state: Option<State>,
    actions: Vec<Action>,
    timers: std::collections::BTreeMap<String, Timestamp>,
    refused: Option<Illegal>,
}

const MINUTE: u64 = 60_000;
const DAY: u64 = 86_400_000;

impl Tale {
    fn new() -> Self {
        let now = Timestamp::from_millis(1_000_000_000);
        Self { now, state: None, actions: Vec::new(), timers: Default::default(), refused: None }
    }

    /// Somebody asked for this.
    fn of(wish: Wish) -> Self {
        let mut tale = Self::new();
        tale.take(asked(wish, comment(1)));
        tale
    }

    /// Asked, permitted and confirmed; due in so many milliseconds.
    fn waiting(plan: impl Fn(Timestamp) -> Plan) -> Self {
        let now = Self::new().now;
        let mut tale = Self::of(remind(plan(now)));
        tale.take(standing(Permission::Write, true, 0, 0));
        tale.take(Event::Reacted { ask: "gh:comment:1:0".into() });
        tale.take(Event::Replied { key: "answer".into() });
        tale.actions.clear();
        tale
    }

    fn take(&mut self, event: Event) -> &mut Self {
        match Reminder::transition(self.state.as_ref(), &event, self.now) {
            Ok(next) => {
                // What is written is what is read back.
                let written = serde_json::to_string(&next.state).unwrap();
                assert_eq!(serde_json::from_str::<State>(&written).unwrap(), next.state);
                self.state = Some(next.state);
                self.actions.retain(|action| !next.withdraw.contains(&action.name()));
                self.actions.extend(next.actions);
                for change in next.timers {
                    match change {
                        TimerChange::At { name, at } => drop(self.timers.insert(name, at)),
                        TimerChange::Cancel { name } => drop(self.timers.remove(&name)),
                        TimerChange::Silence { .. } => unreachable!("a reminder hears nobody"),
                    }
                }
            }
            Err(illegal) => self.refused = Some(illegal),
        }
        self
    }

    /// Time passes; what falls due fires.
    fn pass(&mut self, millis: u64) -> &mut Self {
        self.now = self.now.plus_millis(millis);
        while let Some((name, _)) = self.timers.iter().find(|(_, at)| **at <= self.now) {
            let name = name.clone();
            self.timers.remove(&name);
            self.take(Reminder::timer_fired(&name).unwrap());
        }
        self
    }

    fn state(&self) -> &State {
        self.state.as_ref().unwrap()
    }

    fn status(&self) -> &str {
        self.state().status()
    }

    fn is_terminal(&self) -> bool {
        Reminder::summary(self.state()).terminal
    }

    fn said(&self) -> Vec<&ReplyText> {
        let mut said = Vec::new();
        for action in &self.actions {
            if let Action::Reply { text, .. } = action {
                said.push(text);
            }
        }
        said
    }

    fn names(&self) -> Vec<&str> {
        self.actions.iter().map(Action::name).collect()
    }
}

fn pr() -> PullRequestRef {
    PullRequestRef { installation: 1, repository_id: 1, owner: "acme".into(), name: "shop".into(), number: 7 }
}

fn person(login: &str) -> Person {
    Person { login: login.into(), bot: false }
}

fn comment(comment: u64) -> Via {
    Via::Comment { comment }
}

fn asked(wish: Wish, via: Via) -> Event {
    Event::Asked { pr: pr(), ask: "gh:comment:1:0".into(), by: person("ann"), via, wish: Box::new(wish) }
}

fn remind(plan: Plan) -> Wish {
    Wish::Remind { plan, zone: "UTC".into(), text: "check the rollout".into() }
}

fn once(after_ms: u64) -> impl Fn(Timestamp) -> Plan {
    move |now| Plan::Once { at: now.plus_millis(after_ms) }
}

fn daily(now: Timestamp) -> Plan {
    Plan::Every { rule: "0 0 9 * * *".into(), words: "every day at 09:00".into(), first: now.plus_millis(DAY) }
}

fn standing(permission: Permission, open: bool, by_person: u32, on_pull_request: u32) -> Event {
    Event::StandingRead { standing: Standing { permission, open, by_person, on_pull_request } }
}

fn delivered(number: u32, next: Option<Timestamp>) -> Event {
    Event::Delivered { number, next, missed: 0, pr: pr() }
}
