//! The one place through which the world is read and changed.
//!
//! A [`Change`] holds the world's lock, applies facts as they are decided (so that a webhook's payload shows what is so
//! after them) and writes them as one line. Calls are served one at a time: a stand-in needs order more than speed.

use super::{
    Options,
    git::{Git, GitError, diff::Diff},
    knobs::Knobs,
    log::{Call, Line, Log, LogError},
    world::{Delivery, DeliveryState, Fact, Repository, User, UserKind, World},
};
use environment::{Environment, Timestamp};
use std::{
    collections::BTreeMap,
    fs::File,
    ops::Deref,
    sync::{Arc, Mutex as BlockingMutex, MutexGuard as BlockingGuard, OnceLock, PoisonError},
};
use tokio::sync::{Mutex, MutexGuard, Notify};

/// Everything the stand-in is made of. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    inner: Arc<Inner>,
}

struct Inner {
    environment: Environment,
    options: Options,
    git: Git,
    book: Mutex<Book>,
    knobs: BlockingMutex<Knobs>,
    base: OnceLock<String>,
    queued: Notify,
    diffs: BlockingMutex<BTreeMap<DiffKey, Arc<Diff>>>,
    /// Held as long as anything of the stand-in lives.
    _lock: File,
}

/// Folder, base and head.
type DiffKey = (String, String, String);

/// A diff between two commits never changes; so many are kept before all are forgotten.
const DIFFS_KEPT: usize = 64;

/// The world and its log. Broken once the world holds what the log does not.
pub struct Book {
    world: World,
    log: Log,
    broken: bool,
}

impl Hub {
    /// Replays the folder's log. `lock` shows that the folder is ours.
    pub fn open(environment: Environment, options: Options, lock: File) -> Result<Self, LogError> {
        let (log, lines) = Log::open(&options.data.join("facts.jsonl"))?;
        let world = World::from_lines(lines);
        let git = Git::new(options.data.join("repos"));
        let book = Mutex::new(Book { world, log, broken: false });
        let (knobs, diffs) = (BlockingMutex::default(), BlockingMutex::default());
        let (base, queued) = (OnceLock::new(), Notify::new());
        let inner = Inner { environment, options, git, book, knobs, base, queued, diffs, _lock: lock };
        Ok(Self { inner: Arc::new(inner) })
    }

    pub fn environment(&self) -> &Environment {
        &self.inner.environment
    }

    pub fn options(&self) -> &Options {
        &self.inner.options
    }

    pub fn git(&self) -> &Git {
        &self.inner.git
    }

    pub fn now(&self) -> Timestamp {
        self.inner.environment.now()
    }

    /// `http://127.0.0.1:41873`; empty until the listener is bound.
    pub fn base(&self) -> &str {
        self.inner.base.get().map_or("", String::as_str)
    }

    /// Says once where the stand-in listens.
    pub fn listens_at(&self, base: String) {
        let _ = self.inner.base.set(base);
    }

    /// Switches for tests; in memory only.
    pub fn knobs(&self) -> BlockingGuard<'_, Knobs> {
        self.inner.knobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `head` changes since it left `base`.
    pub async fn diff(&self, repository: &Repository, base: &str, head: &str) -> Result<Arc<Diff>, GitError> {
        let key = (repository.folder.clone(), base.to_string(), head.to_string());
        if let Some(diff) = self.diffs().get(&key) {
            return Ok(diff.clone());
        }
        let diff = Arc::new(self.git().diff(repository, base, head).await?);
        let mut diffs = self.diffs();
        if diffs.len() >= DIFFS_KEPT {
            diffs.clear();
        }
        diffs.insert(key, diff.clone());
        Ok(diff)
    }

    fn diffs(&self) -> BlockingGuard<'_, BTreeMap<DiffKey, Arc<Diff>>> {
        self.inner.diffs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a delivery may have become sendable.
    pub async fn delivery_queued(&self) {
        self.inner.queued.notified().await;
    }

    /// Wakes the sender.
    pub fn wake_sender(&self) {
        self.inner.queued.notify_one();
    }

    /// The world as it is.
    pub async fn read(&self) -> WorldView<'_> {
        WorldView { book: self.inner.book.lock().await }
    }

    /// Begins a change, for `call` if an API call brings it about.
    pub async fn change(&self, call: Option<Call>) -> Change<'_> {
        Change { hub: self, book: self.inner.book.lock().await, call, facts: Vec::new() }
    }
}

/// The world, locked for reading.
pub struct WorldView<'a> {
    book: MutexGuard<'a, Book>,
}

impl WorldView<'_> {
    /// The log and the world have parted: nothing may be answered any more.
    pub fn is_broken(&self) -> bool {
        self.book.broken
    }
}

impl Deref for WorldView<'_> {
    type Target = World;
    fn deref(&self) -> &World {
        &self.book.world
    }
}

/// A change in the making: facts are applied at once and written together by [`Change::commit`].
pub struct Change<'a> {
    hub: &'a Hub,
    book: MutexGuard<'a, Book>,
    call: Option<Call>,
    facts: Vec<Fact>,
}

impl Deref for Change<'_> {
    type Target = World;
    fn deref(&self) -> &World {
        &self.book.world
    }
}

impl Change<'_> {
    pub fn hub(&self) -> &Hub {
        self.hub
    }

    pub fn next_id(&mut self) -> u64 {
        self.book.world.next_id()
    }

    /// From now on this is so, once committed.
    pub fn put(&mut self, fact: Fact) {
        self.book.world.apply(fact.clone());
        self.facts.push(fact);
    }

    /// The account of that login; made when it is first heard of.
    pub fn user(&mut self, login: &str, kind: UserKind) -> User {
        if let Some(user) = self.users.get(&login.to_lowercase()) {
            return user.clone();
        }
        let user = User { id: self.next_id(), login: login.into(), kind };
        self.put(Fact::User(user.clone()));
        user
    }

    /// Queues a webhook, as the knobs say.
    pub fn deliver(&mut self, delivery: Delivery) {
        let rules = self.hub.knobs().take_webhook_rules(&delivery.event, delivery.action.as_deref());
        let copies = 1 + rules.copies;
        for copy in 0..copies {
            let mut delivery = delivery.clone();
            if copy > 0 {
                delivery.id = self.next_id();
                delivery.position = delivery.id;
                delivery.redelivery = true;
            }
            delivery.due_at = delivery.due_at.plus_millis(rules.delay_ms);
            if rules.hold {
                delivery.state = DeliveryState::Held;
            }
            if rules.drop {
                delivery.state = DeliveryState::lost(self.hub.now());
            }
            self.put(Fact::Delivery(delivery));
        }
    }

    /// Writes what was put, as one line named `what`. Nothing put: nothing written.
    pub fn commit(mut self, what: &str) -> Result<(), LogError> {
        let facts = std::mem::take(&mut self.facts);
        if facts.is_empty() {
            return Ok(());
        }
        let line = Line { at: self.hub.now(), what: what.into(), call: self.call.take(), facts };
        if let Err(error) = self.book.log.append(&line) {
            self.book.broken = true;
            return Err(error);
        }
        // The facts are applied already; what is left is the record of the call.
        self.book.world.replay(Line { facts: Vec::new(), ..line });
        self.hub.wake_sender();
        Ok(())
    }
}

impl Drop for Change<'_> {
    /// Given up half-way (refused after it began): the world is what the log says, and nothing else.
    fn drop(&mut self) {
        if self.facts.is_empty() || self.book.broken {
            return;
        }
        match self.book.log.read_again() {
            Ok(lines) => self.book.world = World::from_lines(lines),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the log cannot be read again");
                self.book.broken = true;
            }
        }
    }
}
