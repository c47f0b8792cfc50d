//! Reminders on virtual time: the real engine, intake and executor on a store that outlives them, before a conversation.

use super::ReminderExecutor;
use crate::{
    catch_up::Wanted,
    config::{Config, Variables},
    deployment::DeploymentSecret,
    intake::{About, Asker, PullRequests},
    parts::{EngineSlot, Parts},
    runs::Runs,
    testing::{Conversation, HandClock, MemoryBeside, OneMachine, RecordedEvents},
};
use domain::{
    ids::PullRequestRef,
    people::{Person, Via},
    reminder::{PER_PERSON_MAX, Reminder},
};
use engine::{Engine, EventId, Limits, ListFilter, MemoryStore, Registry, Timestamp};
use github::marker::Markers;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

/// The clock begins on Tuesday, 14 November 2023, 22:13:20 UTC; 23:13:20 in Berlin.
const BEGINNING: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);
/// Turns that the tasks get to come to rest in: each step takes a few, and nothing waits but for the clock.
const TURNS: usize = 300;

/// A supervisor as far as reminders go. Its store, its clock and GitHub outlive it.
struct Desk {
    clock: HandClock,
    store: MemoryStore,
    github: Arc<Conversation>,
    engine: Engine,
    intake: PullRequests,
    asks: u64,
}

impl Desk {
    async fn open(zone: &str) -> Self {
        let (clock, store, github) = (HandClock::default(), MemoryStore::new(), Arc::<Conversation>::default());
        let (engine, intake) = start(&clock, &store, &github, zone).await;
        Self { clock, store, github, engine, intake, asks: 0 }
    }

    /// The supervisor dies, and while it is away time passes; another starts, configured for another zone.
    async fn restart(&mut self, away: Duration, zone: &str) {
        self.engine.shutdown().await;
        self.clock.advance(away);
        (self.engine, self.intake) = start(&self.clock, &self.store, &self.github, zone).await;
        self.settle().await;
    }

    async fn settle(&self) {
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
    }

    async fn pass(&self, span: Duration) {
        self.clock.advance(span);
        self.settle().await;
    }

    fn now(&self) -> Timestamp {
        self.clock.environment().now()
    }

    fn asker(&self, number: u64) -> Asker {
        let (owner, name) = ("acme".to_owned(), "shop".to_owned());
        let pr = PullRequestRef { installation: 1, repository_id: 1, owner, name, number };
        Asker { pr, by: Person { login: "ann".into(), bot: false }, via: Via::Comment { comment: 1 } }
    }

    /// Somebody asks; what follows has not happened yet.
    async fn ask_on(&mut self, number: u64, about: About) {
        self.asks += 1;
        let id = EventId::new("gh", format!("comment:{}:0", self.asks));
        self.intake.reminder(&id, &self.asker(number), &about).await.unwrap();
    }

    async fn ask(&mut self, text: &str) {
        self.ask_on(7, About::Remind(text.into())).await;
        self.settle().await;
    }

    fn said(&self, words: &str) -> Vec<String> {
        self.github.said().into_iter().filter(|body| body.contains(words)).collect()
    }

    /// Deliveries of what ends like this.
    fn delivered(&self, text: &str) -> Vec<String> {
        let told = self.said("you asked to be reminded");
        told.into_iter().filter(|body| body.contains(text)).collect()
    }
}

async fn start(
    clock: &HandClock,
    store: &MemoryStore,
    github: &Arc<Conversation>,
    zone: &str,
) -> (Engine, PullRequests) {
    let environment = clock.environment();
    let text = format!("[github]\nallowed_owners = [\"acme\"]\n[reminders]\ntime_zone = \"{zone}\"\n");
    let secret = DeploymentSecret::from_bytes([7; 32]);
    let slot = EngineSlot::default();
    let beside = Arc::<MemoryBeside>::default();
    let parts = Arc::new(Parts {
        recovery: Default::default(),
        environment: environment.clone(),
        config: Arc::new(Config::from_text(&text, "test", &Variables::default()).unwrap()),
        github: Arc::<Conversation>::clone(github),
        machines: Arc::new(OneMachine),
        beside: Arc::<MemoryBeside>::clone(&beside),
        deployment: "d".into(),
        machine_url: String::new(),
        web_url: String::new(),
        markers: Markers::new([7; 32]),
        engine: slot.clone(),
        fan_out: Default::default(),
        wanted: Wanted::default(),
    });
    let registry = Registry::new().with::<Reminder>(Arc::new(ReminderExecutor::new(Arc::clone(&parts))));
    let limits = Limits::default();
    let engine = Engine::start(environment.clone(), Arc::new(store.clone()), registry, limits).await.unwrap();
    slot.fill(engine.clone(), Runs::new(environment, beside, Arc::<RecordedEvents>::default(), secret));
    (engine, PullRequests::new(parts))
}

#[tokio::test]
async fn two_seconds_two_days_and_every_weekday_come_once_each_across_restarts_and_a_changed_zone() {
    let zones = ["America/New_York", "Asia/Tokyo", "UTC"];
    let mut desk = Desk::open("Europe/Berlin").await;
    desk.ask("in 2 seconds to blink").await;
    desk.ask("in 2 days to check the rollout").await;
    desk.ask("every weekday at 09:00 to stretch").await;
    let confirmed = desk.said("is set:");
    for (body, when) in confirmed.iter().zip([
        "**Tue 14 Nov 2023, 23:13:22 CET (Europe/Berlin)**",
        "**Thu 16 Nov 2023, 23:13:20 CET (Europe/Berlin)**",
        "every weekday at 09:00, first on **Wed 15 Nov 2023, 09:00 CET (Europe/Berlin)**",
    ]) {
        assert!(body.contains(when), "{body}");
    }
    assert_eq!((confirmed.len(), desk.github.said().len()), (3, 3));
    desk.restart(Duration::from_secs(1), zones[0]).await;
    assert!(desk.delivered("").is_empty(), "nothing is due yet");
    desk.pass(Duration::from_secs(1)).await;
    assert_eq!(desk.delivered("blink").len(), 1);
    // A week, to each full hour and to each time that something is due, with a restart in another zone every five.
    let (rollout, end) = (BEGINNING + 2 * DAY, BEGINNING + 7 * DAY);
    let full = BEGINNING + Duration::from_secs(46 * 60 + 40);
    let mut stops: Vec<_> = (0..).map(|hours| full + HOUR * hours).take_while(|stop| *stop < end).collect();
    stops.push(rollout);
    stops.sort();
    for (place, stop) in stops.into_iter().enumerate() {
        desk.pass(stop.since(desk.now())).await;
        if place % 5 == 0 {
            desk.restart(Duration::ZERO, zones[place % zones.len()]).await;
        }
    }
    assert_eq!(desk.delivered("blink").len(), 1);
    assert_eq!(desk.delivered("check the rollout").len(), 1);
    let days = ["Wed 15", "Thu 16", "Fri 17", "Mon 20", "Tue 21"];
    let stretched = desk.delivered("stretch");
    assert_eq!(stretched.len(), days.len(), "{stretched:#?}");
    for (body, day) in stretched.iter().zip(days) {
        assert!(body.contains(&format!("due {day} Nov 2023, 09:00 CET (Europe/Berlin)")), "{body}");
    }
    assert!(desk.said("late").is_empty() && desk.said("meanwhile").is_empty(), "{:#?}", desk.github.said());
}

#[tokio::test]
async fn a_comment_whose_record_was_lost_is_found_again_and_stays_as_it_was_written() {
    let mut desk = Desk::open("UTC").await;
    desk.ask("in 2 seconds to blink").await;
    desk.github.answers_are_lost.store(true, Ordering::SeqCst);
    desk.pass(Duration::from_secs(2)).await;
    let written = desk.delivered("blink");
    assert_eq!(written.len(), 1);
    desk.github.answers_are_lost.store(false, Ordering::SeqCst);
    desk.restart(DAY, "UTC").await;
    assert_eq!(desk.delivered("blink"), written, "not again, and not late");
    let row = desk.engine.list(ListFilter::default()).await.unwrap().remove(0);
    assert_eq!((row.status.as_str(), row.terminal), ("delivered", true));
}

#[tokio::test]
async fn after_an_outage_they_come_at_once_and_say_how_late() {
    let mut desk = Desk::open("UTC").await;
    desk.ask("in 2 seconds to blink").await;
    desk.ask("every weekday at 09:00 to stretch").await;
    desk.restart(7 * DAY, "UTC").await;
    // What is overdue is let in at a bounded rate, which begins with the start.
    desk.pass(Duration::from_secs(1)).await;
    let blinked = desk.delivered("blink");
    assert!(blinked.len() == 1 && blinked[0].contains("· 6 d 23 h late"), "{blinked:#?}");
    let stretched = desk.delivered("stretch");
    assert_eq!(stretched.len(), 1, "one for all that were missed");
    for words in ["due Wed 15 Nov 2023, 09:00 UTC", "4 later ones passed meanwhile", "next Wed 22 Nov 2023, 09:00 UTC"]
    {
        assert!(stretched[0].contains(words), "{words}: {}", stretched[0]);
    }
    desk.pass(DAY).await;
    assert_eq!(desk.delivered("stretch").len(), 2);
}

#[tokio::test]
async fn however_many_are_asked_for_at_once_a_person_gets_no_more_than_the_limit() {
    let mut desk = Desk::open("UTC").await;
    for _ in 0..PER_PERSON_MAX + 5 {
        desk.ask_on(7, About::Remind("in 2 days".into())).await;
    }
    desk.ask_on(8, About::Remind("in 2 days".into())).await;
    desk.settle().await;
    assert_eq!(desk.said("is set:").len(), PER_PERSON_MAX as usize + 1, "another pull request counts for itself");
    assert_eq!(desk.said("the most that one person may have").len(), 5);
}

#[tokio::test]
async fn a_closed_pull_request_is_not_reminded_and_an_answer_says_what_can_be_written() {
    let mut desk = Desk::open("UTC").await;
    desk.ask("in 2 hours to look").await;
    desk.ask("tomorrow at 25:00 to look").await;
    assert_eq!(desk.said("`25:00` is not a time of day").len(), 1);
    desk.ask_on(7, About::List).await;
    desk.settle().await;
    let listed = desk.said("Reminders on this pull request:");
    assert!(listed.len() == 1 && listed[0].contains("Wed 15 Nov 2023, 00:13:20 UTC, by `ann`"), "{listed:#?}");
    desk.github.closed.store(true, Ordering::SeqCst);
    desk.pass(2 * HOUR).await;
    assert!(desk.delivered("").is_empty());
    assert_eq!(desk.engine.list(ListFilter::default()).await.unwrap()[0].status, "closed");
}

/// What waits is rows: nothing of it is in memory, and neither GitHub nor the store is asked while time passes.
#[tokio::test]
async fn thousands_that_wait_are_not_in_memory_and_do_nothing() {
    const MANY: u64 = 2_000;
    let mut desk = Desk::open("UTC").await;
    for number in 1..=MANY {
        desk.ask_on(number, About::Remind("in 2 days to look".into())).await;
        if number % 100 == 0 {
            desk.settle().await;
        }
    }
    desk.settle().await;
    assert_eq!(desk.said("is set:").len() as u64, MANY);
    // Longer than what has just moved is kept at hand.
    desk.pass(Duration::from_secs(30)).await;
    desk.pass(Duration::from_secs(30)).await;
    let (before, calls) = (desk.engine.counters(), desk.github.calls.load(Ordering::SeqCst));
    assert_eq!((before.live, before.actions_running), (0, 0));
    for _ in 0..24 {
        desk.pass(HOUR).await;
    }
    let after = desk.engine.counters();
    assert_eq!(
        (after.live, after.commits, after.attempts, after.timers_fired),
        (0, before.commits, before.attempts, 0)
    );
    assert_eq!(desk.github.calls.load(Ordering::SeqCst), calls);
}
