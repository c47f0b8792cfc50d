//! What people do: they open (drafts and forks, too), push, click (whoever they are, also twice, also on old buttons),
//! comment, set reminders, close and open again; and somebody sets the clock.

use crate::{
    faults::Fault,
    github::{Check, PEOPLE, Pull},
    profile::Bustle,
    world::World,
};
use serde_json::{Value, json};

const COMMANDS: [&str; 15] = [
    "review",
    "help",
    "cancel",
    "pause",
    "resume",
    "why",
    "approve",
    "reject",
    "what is this?",
    "remind me in 40 minutes to look",
    "remind me in 9 hours to merge",
    "remind me every 6 hours to look at the queue",
    "remind me when it suits",
    "reminders",
    "cancel reminder",
];

/// Everything that people do within a span.
pub(crate) async fn live(world: World, Bustle { pulls, deeds, span_ms: for_ms }: Bustle) {
    for number in 1..=pulls {
        let (world, moment) = (world.clone(), world.state().chance.between(0, for_ms / 3));
        world.clone().spawn(async move {
            world.sleep_ms(moment).await;
            world.open(number);
        });
    }
    let mut moments: Vec<u64> = (0..deeds).map(|_| world.state().chance.between(0, for_ms)).collect();
    moments.sort_unstable();
    for moment in moments {
        let passed = world.clock.passed();
        world.sleep_ms(moment.saturating_sub(passed)).await;
        world.one_deed();
    }
}

fn sender(login: &str) -> Value {
    json!({"id": 1, "login": login, "type": "User"})
}

impl World {
    fn open(&self, number: u64) {
        let now = self.now_ms();
        {
            let mut state = self.state();
            let (head, base) = (state.github.sha(), state.github.sha());
            let author = if state.chance.permille(900) { "ann" } else { "eve" };
            let (draft, fork) = (state.chance.permille(120), state.chance.permille(100));
            let pull = Pull {
                number,
                author: author.into(),
                branch: format!("topic-{number}"),
                before: head.clone(),
                head,
                moved_at_ms: now,
                base,
                open: true,
                draft,
                fork,
                commits: Vec::new(),
                since_ms: now,
                told_closed_ms: Vec::new(),
            };
            state.github.pulls.push(pull);
        }
        self.note(format!("people: pull request {number} is opened"));
        self.hint(number, "opened");
    }

    fn hint(&self, number: u64, action: &str) {
        let Some(pull) = self.state().github.pull(number).cloned() else { return };
        let body = json!({
            "pull_request": {
                "number": number, "head": {"sha": pull.head}, "base": {"sha": pull.base}, "state": pull.word(),
                "draft": pull.draft, "merged": false,
            },
            "sender": sender(&pull.author),
        });
        self.deliver("pull_request", action, body, false, None);
    }

    pub(crate) fn may_set_the_clock(&self) {
        if self.state().happens(Fault::ClockJump) {
            let by = {
                let mut state = self.state();
                state.clock_was_set = true;
                state.chance.between(0, 7_200_000)
            };
            let by = i64::try_from(by).unwrap_or(0) - 3_600_000;
            self.note(format!("somebody sets the clock: it is wrong by {by} ms"));
            self.clock.set(by);
        }
    }

    fn one_deed(&self) {
        self.may_set_the_clock();
        let (kind, number) = {
            let mut state = self.state();
            let count = state.github.pulls.len() as u64;
            (state.chance.between(0, 100), 1 + state.chance.between(0, count.max(1)))
        };
        match kind {
            0..18 => self.push(number),
            18..62 => self.click(),
            62..78 => self.comment(number),
            78..90 => self.toggle(number),
            90..93 => self.rerun(),
            93..96 => self.toggle_draft(number),
            96..98 => self.close_for_a_while(number),
            _ => self.hint(number, "edited"),
        }
    }

    fn push(&self, number: u64) {
        let now = self.now_ms();
        {
            let mut state = self.state();
            let sha = state.github.sha();
            let Some(pull) = state.github.pull_mut(number).filter(|pull| pull.open) else { return };
            pull.before = std::mem::replace(&mut pull.head, sha);
            pull.moved_at_ms = now;
        }
        self.note(format!("people: commits are pushed to {number}"));
        self.hint(number, "synchronize");
    }

    pub(crate) fn toggle(&self, number: u64) {
        let now = self.now_ms();
        let open = {
            let mut state = self.state();
            let Some(pull) = state.github.pull_mut(number) else { return };
            (pull.open, pull.since_ms) = (!pull.open, now);
            pull.open
        };
        self.note(format!("people: pull request {number} is {}", if open { "opened again" } else { "closed" }));
        self.hint(number, if open { "reopened" } else { "closed" });
    }

    fn toggle_draft(&self, number: u64) {
        let draft = {
            let mut state = self.state();
            let Some(pull) = state.github.pull_mut(number).filter(|pull| pull.open) else { return };
            pull.draft = !pull.draft;
            pull.draft
        };
        self.note(format!("people: pull request {number} is {} a draft", if draft { "again" } else { "no longer" }));
        self.hint(number, if draft { "converted_to_draft" } else { "ready_for_review" });
    }

    /// Closes it, and opens it again within hours: also when its volume is about to go.
    fn close_for_a_while(&self, number: u64) {
        if self.state().github.pull(number).is_none_or(|pull| !pull.open) {
            return;
        }
        self.toggle(number);
        let world = self.clone();
        self.spawn(async move {
            world.pause(60_000, 4 * 3_600_000).await;
            if world.state().github.pull(number).is_some_and(|pull| !pull.open) {
                world.toggle(number);
            }
        });
    }

    /// Closes everything that is open.
    pub(crate) fn close_all(&self) {
        let open: Vec<u64> = self.state().github.pulls.iter().filter(|it| it.open).map(|it| it.number).collect();
        for number in open {
            self.toggle(number);
        }
    }

    /// Some button: of the newest check mostly, by somebody permitted mostly, and at times by two at once.
    fn click(&self) {
        let clicks = {
            let mut state = self.state();
            let buttons = state.github.with_buttons();
            let Some(newest) = buttons.last().map(|check| (*check).clone()) else { return };
            let all: Vec<Check> = buttons.into_iter().cloned().collect();
            let check = if state.chance.permille(700) { Some(newest) } else { state.chance.pick(&all).cloned() };
            let Some(check) = check else { return };
            let times = if state.chance.permille(250) { 2 } else { 1 };
            let mut clicks = Vec::new();
            for _ in 0..times {
                let Some(action) = state.chance.pick(&check.actions).cloned() else { return };
                let by = state.chance.pick(&PEOPLE).map_or("ann", |(login, _)| *login);
                clicks.push((check.clone(), action.identifier, by));
            }
            clicks
        };
        for (check, identifier, by) in clicks {
            self.note(format!("people: {by} clicks {identifier} on check {}", check.id));
            self.answers(&identifier, by);
            let body = json!({
                "check_run": check_run(&check),
                "requested_action": {"identifier": identifier},
                "sender": sender(by),
            });
            self.deliver("check_run", "requested_action", body, true, None);
        }
    }

    /// Whoever may decide and says yes has approved.
    fn answers(&self, identifier: &str, by: &str) {
        let mut parts = identifier.split(':').skip(1);
        let mut state = self.state();
        if let (Some(request), Some("yes"), true) = (parts.next(), parts.next(), state.github.may_decide(by)) {
            state.github.approved.insert(request.to_owned());
        }
    }

    fn rerun(&self) {
        let Some(check) = self.state().github.checks.last().cloned() else { return };
        self.note(format!("people: ann re-runs check {}", check.id));
        let body = json!({"check_run": check_run(&check), "sender": sender("ann")});
        self.deliver("check_run", "rerequested", body, true, None);
    }

    fn comment(&self, number: u64) {
        let (id, text, by) = {
            let mut state = self.state();
            if state.github.pull(number).is_none() {
                return;
            }
            let command = state.chance.pick(&COMMANDS).map_or("help", |command| *command);
            let offered: Vec<String> = state.github.offered.keys().cloned().collect();
            let request = state.chance.pick(&offered).cloned().unwrap_or_else(|| "K7QF2M".into());
            let by = state.chance.pick(&PEOPLE).map_or("ann", |(login, _)| *login);
            let text = match command {
                "approve" | "reject" => format!("@longshore {command} {request}"),
                "cancel reminder" => {
                    let told = state.github.reminders_told();
                    let reminder = state.chance.pick(&told).cloned().unwrap_or_else(|| "K7QF2M".into());
                    format!("@longshore {command} {reminder}")
                }
                other => format!("@longshore {other}"),
            };
            if command == "approve" && state.github.may_decide(by) {
                state.github.approved.insert(request);
            }
            (state.github.id(), text, by)
        };
        self.note(format!("people: {by} writes `{text}` on {number}"));
        let body = json!({
            "issue": {"number": number, "pull_request": {}},
            "comment": {"id": id, "body": text, "user": sender(by)},
            "sender": sender(by),
        });
        self.deliver("issue_comment", "created", body, true, Some(format!("gh:comment:{id}:0")));
    }
}

fn check_run(check: &Check) -> Value {
    json!({
        "id": check.id, "external_id": check.external_id, "name": "longshore", "head_sha": check.head_sha,
        "app": {"id": check.app},
    })
}
