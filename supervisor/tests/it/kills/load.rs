//! A stream of what people do on GitHub, and of webhooks of our own beside it: seeded, several pull requests at once, while
//! the supervisor dies and comes back.

use crate::stage::{Sender, Stage};
use serde_json::{Value, json};
use simulators::github::{
    control::{Client, Command, FileChange, NewPull, PullName, PullSnapshot},
    fixtures::demo_fixture,
};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use testkit::Dice;

/// Pull requests that are open at once.
const OPEN_MAX: usize = 4;
/// Longest pause between two acts.
const PAUSE_MS: usize = 300;
/// Senders of webhooks of our own, and the longest pause between two of one.
const SENDERS: u64 = 8;
const BETWEEN_MS: usize = 150;
/// Longest wait for a supervisor that listens to take a webhook.
const HEARD_MAX: Duration = Duration::from_secs(60);
const REPOSITORY: &str = "acme/shop";

/// People at work, until they are told to stop.
pub struct Load {
    shared: Arc<Shared>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

struct Shared {
    github: Client,
    stop: AtomicBool,
    done: Mutex<Done>,
}

/// What they have done so far.
#[derive(Default)]
struct Done {
    pulls: Vec<PullName>,
    open: Vec<PullName>,
    /// A webhook as the stand-in would send it about the newest pull request.
    payload: Option<Value>,
    /// Delivery ids of webhooks of our own that were answered with 2xx.
    taken: Vec<String>,
}

impl Shared {
    fn done(&self) -> MutexGuard<'_, Done> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }
}

impl Load {
    /// Makes the repository and sets people to work.
    pub async fn begin(stage: &Stage, seed: u64) -> Self {
        let github = stage.github();
        github.create_repository(demo_fixture().repository).await.expect("a repository");
        let shared = Arc::new(Shared { github, stop: AtomicBool::new(false), done: Mutex::default() });
        let mut tasks = vec![tokio::spawn(People { shared: Arc::clone(&shared), dice: Dice::new(seed) }.act())];
        tasks.extend((1..=SENDERS).map(|place| {
            let dice = Dice::new(seed.wrapping_mul(1_000).wrapping_add(place));
            tokio::spawn(send(Arc::clone(&shared), stage.sender(), dice))
        }));
        Self { shared, tasks }
    }

    /// Waits until a webhook of our own is taken that was sent from now on; false if none is.
    pub async fn is_heard(&self) -> bool {
        let (before, since) = (self.shared.done().taken.len(), Instant::now());
        while self.shared.done().taken.len() == before {
            if since.elapsed() > HEARD_MAX {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        true
    }

    /// They stop; all pull requests ever opened, and the delivery ids of webhooks of our own that were taken.
    pub async fn stop(self) -> (Vec<PullName>, Vec<String>) {
        self.shared.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.expect("people at work do not fail");
        }
        let open = std::mem::take(&mut self.shared.done().open);
        for pull in &open {
            self.shared.github.close(pull, "maintainer").await.expect("the stand-in obeys");
        }
        let mut done = self.shared.done();
        (std::mem::take(&mut done.pulls), std::mem::take(&mut done.taken))
    }
}

struct People {
    shared: Arc<Shared>,
    dice: Dice,
}

impl People {
    async fn act(mut self) {
        while self.shared.goes_on() {
            let open = self.shared.done().open.clone();
            if open.len() < OPEN_MAX {
                self.open().await;
            } else {
                let pull = &open[self.dice.roll(open.len())];
                self.act_on(pull).await;
            }
            pause(&mut self.dice, PAUSE_MS).await;
        }
    }

    async fn open(&self) {
        let number = self.shared.done().pulls.len() as u64 + 1;
        // A message of its own, or two that are opened within a second would be one commit.
        let (head_ref, message) = (format!("change-{number}"), Some(format!("Change {number}")));
        let pull = NewPull { number: Some(number), head_ref, message, ..demo_fixture().pull };
        self.shared.github.open_pull(pull).await.expect("the stand-in obeys");
        let name = PullName::new(REPOSITORY, number);
        let deliveries = self.shared.github.deliveries().await.expect("the stand-in answers");
        let mut done = self.shared.done();
        done.payload = deliveries.into_iter().rev().find(|it| it.event == "pull_request").map(|it| it.payload);
        done.pulls.push(name.clone());
        done.open.push(name);
    }

    /// Mostly a button is clicked, if there is one.
    async fn act_on(&mut self, pull: &PullName) {
        let truth = self.shared.github.pull(pull).await.expect("the stand-in answers").expect("it was opened");
        let command = match (self.dice.roll(20), button(&truth)) {
            (0..10, Some((check_run, identifier))) => {
                let by = if self.dice.roll(5) == 0 { "stranger" } else { "maintainer" };
                Command::Click { check_run, identifier, by: by.into() }
            }
            (0..4, None) | (10..13, _) => self.push(pull),
            (13, _) => return self.close(pull).await,
            (14 | 15, _) => comment(pull, "@longshore explain"),
            (16, _) => comment(pull, "@longshore review"),
            (17, _) => Command::Retitle { pull: pull.clone(), title: self.text("Title"), by: "dana".into() },
            (18, _) => Command::SetDraft { pull: pull.clone(), draft: !truth.draft, by: "dana".into() },
            _ => return,
        };
        // A button may be gone by now; the stand-in says so.
        let _refused = self.shared.github.run(&command).await;
    }

    fn push(&mut self, pull: &PullName) -> Command {
        let text = self.text("// Written while the supervisor died.\npub const LUCK: u32 =");
        Command::Push {
            repository: REPOSITORY.into(),
            branch: format!("change-{}", pull.number),
            changes: vec![FileChange::text("src/luck.rs", format!("{text};\n"))],
            message: self.text("Change the luck to"),
            by: "dana".into(),
        }
    }

    /// For good, or to be opened again at once.
    async fn close(&mut self, pull: &PullName) {
        self.shared.github.close(pull, "dana").await.expect("the stand-in obeys");
        if self.dice.roll(3) == 0 {
            let reopen = Command::Reopen { pull: pull.clone(), by: "dana".into() };
            self.shared.github.run(&reopen).await.expect("the stand-in obeys");
        } else {
            self.shared.done().open.retain(|open| open != pull);
        }
    }

    fn text(&mut self, words: &str) -> String {
        format!("{words} {}", self.dice.roll(1_000_000))
    }
}

fn comment(pull: &PullName, body: &str) -> Command {
    Command::Comment { pull: pull.clone(), by: "maintainer".into(), body: body.into(), in_reply_to: None }
}

/// A button of the newest check that has one.
fn button(truth: &PullSnapshot) -> Option<(u64, String)> {
    let check = truth.checks.iter().rev().find(|check| !check.actions.is_empty())?;
    Some((check.id, check.actions.first()?.clone()))
}

/// Webhooks of our own, as GitHub would sign them: faster than the stand-in sends, and several at once.
async fn send(shared: Arc<Shared>, sender: Sender, mut dice: Dice) {
    while shared.goes_on() {
        let payload = shared.done().payload.clone();
        if let Some(mut payload) = payload {
            payload["action"] = json!("edited");
            let (guid, status) = sender.send("pull_request", &payload).await;
            if status.is_some_and(|status| status.is_success()) {
                shared.done().taken.push(guid);
            }
        }
        pause(&mut dice, BETWEEN_MS).await;
    }
}

async fn pause(dice: &mut Dice, longest_ms: usize) {
    let millis = dice.roll(longest_ms) as u64;
    tokio::time::sleep(Duration::from_millis(millis)).await;
}
