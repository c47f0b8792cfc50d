//! Virtual time. Nothing takes time but sleeping; when every task waits, the runtime is about to park its thread, and then
//! the clock jumps to the next sleeper. One sleeper is woken at a time, and of those due together chance says which: so
//! every order that could happen does, in some seed.

use crate::chance::Chance;
use environment::{BoxFuture, Clock, Timestamp};
use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

/// Where the wall clock stands at first: some day in November 2023.
const START_MS: u64 = 1_700_000_000_000;

type Place = (u64, u64, u64);

/// The clock of one seed.
#[derive(Debug, Clone)]
pub(crate) struct VirtualClock(Arc<Mutex<Hands>>);

#[derive(Debug)]
struct Hands {
    /// Since the beginning, in milliseconds; only ever goes on.
    passed: u64,
    /// What the wall clock shows beside that.
    set: i64,
    sleepers: BTreeMap<Place, Waker>,
    order: Chance,
    count: u64,
    jumps: u64,
}

impl VirtualClock {
    pub(crate) fn new(order: Chance) -> Self {
        Self(Arc::new(Mutex::new(Hands { passed: 0, set: 0, sleepers: BTreeMap::new(), order, count: 0, jumps: 0 })))
    }

    /// Nothing can run: on to the next sleeper.
    pub(crate) fn advance(&self) {
        let waker = {
            let mut hands = self.hands();
            let Some((place, waker)) = hands.sleepers.pop_first() else { return };
            hands.passed = hands.passed.max(place.0);
            hands.jumps += 1;
            waker
        };
        waker.wake();
    }

    /// Somebody sets the wall clock, forward or back: it is wrong by this much from now on.
    pub(crate) fn set(&self, wrong_by_ms: i64) {
        self.hands().set = wrong_by_ms;
    }

    /// What a clock shows that nobody sets: GitHub's, and the backend's.
    pub(crate) fn right(&self) -> Timestamp {
        Timestamp::from_millis(START_MS + self.passed())
    }

    /// Milliseconds since the beginning.
    pub(crate) fn passed(&self) -> u64 {
        self.hands().passed
    }

    /// How often it jumped: the number of steps of the run.
    pub(crate) fn jumps(&self) -> u64 {
        self.hands().jumps
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        let hands = self.hands();
        Timestamp::from_millis((START_MS + hands.passed).saturating_add_signed(hands.set))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.passed())
    }

    fn sleep(&self, span: Duration) -> BoxFuture<()> {
        let span = u64::try_from(span.as_millis()).unwrap_or(u64::MAX / 2).min(u64::MAX / 2);
        Box::pin(Sleep { until: self.passed() + span, clock: self.clone(), place: None })
    }
}

struct Sleep {
    clock: VirtualClock,
    until: u64,
    place: Option<Place>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let clock = self.clock.clone();
        let mut hands = clock.hands();
        if hands.passed >= self.until {
            if let Some(place) = self.place.take() {
                hands.sleepers.remove(&place);
            }
            return Poll::Ready(());
        }
        let place = match self.place {
            Some(place) => place,
            None => {
                hands.count += 1;
                (self.until, hands.order.next() % 1_024, hands.count)
            }
        };
        self.place = Some(place);
        hands.sleepers.insert(place, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.clock.hands().sleepers.remove(&place);
        }
    }
}

/// Runs a future to its end on virtual time, on this thread alone.
pub(crate) fn run<T>(clock: &VirtualClock, future: impl Future<Output = T>) -> std::io::Result<T> {
    let parked = clock.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().on_thread_park(move || parked.advance()).build()?;
    Ok(runtime.block_on(future))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SeededRandom;
    use environment::Environment;

    #[test]
    fn time_passes_only_when_everything_waits_and_passes_at_once() {
        let clock = VirtualClock::new(Chance::new(1, 1));
        let environment = Environment::new(Arc::new(clock.clone()), Arc::new(SeededRandom::new(Chance::new(1, 2))));
        let woken = run(&clock, async {
            let order = Arc::new(Mutex::new(Vec::new()));
            let sleeper = |name: u64, days: u64| {
                let (environment, order) = (environment.clone(), Arc::clone(&order));
                environment.clone().spawn(async move {
                    environment.sleep(Duration::from_secs(days * 86_400)).await;
                    order.lock().unwrap().push((name, environment.monotonic()));
                })
            };
            let (late, soon) = (sleeper(1, 300), sleeper(2, 1));
            soon.await.unwrap();
            late.await.unwrap();
            order.lock().unwrap().clone()
        })
        .unwrap();
        let days = |days: u64| Duration::from_secs(days * 86_400);
        assert_eq!(woken, [(2, days(1)), (1, days(300))]);
    }

    #[test]
    fn the_wall_clock_can_be_set_and_sleeps_do_not_mind() {
        let clock = VirtualClock::new(Chance::new(1, 1));
        let before = clock.now();
        clock.set(-60_000);
        run(&clock, clock.sleep(Duration::from_secs(10))).unwrap();
        assert_eq!(clock.now().as_millis(), before.as_millis() - 50_000);
        assert_eq!(clock.passed(), 10_000);
    }
}
