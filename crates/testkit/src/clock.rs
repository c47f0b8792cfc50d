use crate::Counting;
use environment::{BoxFuture, Clock, Environment, Timestamp};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::oneshot;

/// Where the clock stands at first: some day in November 2023.
const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// A clock that only the test moves; whoever sleeps on it wakes when it has been moved far enough.
#[derive(Debug, Clone)]
pub struct HandClock(Arc<Mutex<Hands>>);

#[derive(Debug)]
struct Hands {
    now: Timestamp,
    sleepers: BTreeMap<Timestamp, Vec<oneshot::Sender<()>>>,
}

impl Default for HandClock {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Hands { now: START, sleepers: BTreeMap::new() })))
    }
}

impl HandClock {
    /// An environment on this clock, with chance that counts up.
    pub fn environment(&self) -> Environment {
        Environment::new(Arc::new(self.clone()), Arc::new(Counting::default()))
    }

    /// Moves on, and wakes who slept until then.
    ///
    /// # Panics
    /// A test panicked while it held the clock.
    pub fn advance(&self, span: Duration) {
        let mut hands = self.0.lock().expect("no test panics while it holds the clock");
        hands.now = hands.now + span;
        let next = hands.now.plus_millis(1);
        let later = hands.sleepers.split_off(&next);
        for sleeper in std::mem::replace(&mut hands.sleepers, later).into_values().flatten() {
            let _given_up = sleeper.send(());
        }
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        self.0.lock().expect("no test panics while it holds the clock").now
    }

    fn sleep(&self, span: Duration) -> BoxFuture<()> {
        let (wake, woken) = oneshot::channel();
        let mut hands = self.0.lock().expect("no test panics while it holds the clock");
        let until = hands.now + span;
        hands.sleepers.entry(until).or_default().push(wake);
        Box::pin(async move {
            // The clock outlives its sleepers as long as the test holds it; without it nothing ever wakes.
            if woken.await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleeper_wakes_when_its_time_has_come_and_not_before() {
        let clock = HandClock::default();
        let environment = clock.environment();
        let mut sleep = std::pin::pin!(environment.sleep(Duration::from_millis(10)));
        // A sleep begins when it is first polled.
        tokio::select! { biased; () = &mut sleep => panic!("slept not at all"), () = std::future::ready(()) => {} }
        clock.advance(Duration::from_millis(9));
        tokio::select! { biased; () = &mut sleep => panic!("woke early"), () = std::future::ready(()) => {} }
        clock.advance(Duration::from_millis(1));
        tokio::select! { biased; () = &mut sleep => {}, () = std::future::ready(()) => panic!("slept on") }
        assert_eq!(environment.now().since(START), Duration::from_millis(10));
    }
}
