use crate::seams::{Error, Look};
use environment::{Environment, Timestamp};
use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// How old the numbers on public pages may be: counting reads every row, and anybody may ask.
const STATUSES_KEPT: Duration = Duration::from_secs(10);

/// How many workflows are in each status, and when that was read.
type Statuses = Option<(Timestamp, Vec<(String, u64)>)>;

/// Counters of the HTTP parts since the start. Names and labels are ours, never a caller's, so there are few.
#[derive(Debug, Default)]
pub struct Counts {
    outcomes: Mutex<BTreeMap<(&'static str, &'static str), u64>>,
    statuses: tokio::sync::Mutex<Statuses>,
}

impl Counts {
    /// Counts one.
    pub fn add(&self, name: &'static str, label: &'static str) {
        *self.outcomes.lock().unwrap_or_else(PoisonError::into_inner).entry((name, label)).or_default() += 1;
    }

    /// How often.
    pub fn get(&self, name: &'static str, label: &'static str) -> u64 {
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner).get(&(name, label)).copied().unwrap_or_default()
    }

    /// Appends them in the Prometheus text format.
    pub fn write(&self, text: &mut String) {
        let outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut last = "";
        for ((name, label), count) in outcomes {
            if name != last {
                let _ = writeln!(text, "# TYPE longshore_{name}_total counter");
                last = name;
            }
            let _ = writeln!(text, "longshore_{name}_total{{outcome=\"{label}\"}} {count}");
        }
    }

    /// How many workflows are in each status, a few seconds old at most; many callers share one count.
    ///
    /// # Errors
    /// The database failed.
    pub async fn statuses(&self, look: &dyn Look, environment: &Environment) -> Result<Vec<(String, u64)>, Error> {
        let mut statuses = self.statuses.lock().await;
        let now = environment.now();
        if let Some((at, counts)) = &*statuses
            && now.since(*at) < STATUSES_KEPT
        {
            return Ok(counts.clone());
        }
        let counts = look.counts().await?;
        *statuses = Some((now, counts.clone()));
        Ok(counts)
    }
}
