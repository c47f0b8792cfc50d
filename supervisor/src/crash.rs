//! Crash points for the tests: an executor around the real one that ends this very process, or holds it, before or after
//! a chosen action. The names come from the action enum, so a new action is covered by itself. Switched on by environment
//! variables, `LONGSHORE_CRASH_AT=before:publish_check:2` (the second time), and by nothing else; with
//! `LONGSHORE_HOLD_FILE` it makes that file instead of dying and goes on once somebody removed it, so that others can be
//! killed at that very point. See docs/development.md.

use async_trait::async_trait;
use engine::{ActionContext, ActionError, Executor, Workflow};
use environment::Environment;
use std::{
    path::PathBuf,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// The variable.
pub const VARIABLE: &str = "LONGSHORE_CRASH_AT";

/// The variable of the file to hold by.
pub const HOLD_VARIABLE: &str = "LONGSHORE_HOLD_FILE";
/// Between two looks at the file.
const HOLD_LOOK: Duration = Duration::from_millis(5);

/// Where to crash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrashPoint {
    after: bool,
    action: String,
    time: u32,
}

impl FromStr for CrashPoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("`{text}` is no crash point; one looks like `before:publish_check:1`");
        let mut parts = text.split(':');
        let (when, action, time) = (parts.next(), parts.next(), parts.next().unwrap_or("1"));
        let after = match when {
            Some("before") => false,
            Some("after") => true,
            _ => return Err(refused()),
        };
        let action = action.filter(|action| !action.is_empty()).ok_or_else(refused)?.to_owned();
        Ok(Self { after, action, time: time.parse().map_err(|_| refused())? })
    }
}

/// The executor that crashes.
pub struct Crashing<W: Workflow> {
    inner: Arc<dyn Executor<W>>,
    point: CrashPoint,
    hold: Option<PathBuf>,
    environment: Environment,
    seen: AtomicU32,
}

impl<W: Workflow> std::fmt::Debug for Crashing<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Crashing").field("point", &self.point).finish_non_exhaustive()
    }
}

impl<W: Workflow> Crashing<W> {
    /// `inner`, until `point`; there it dies, or holds by a file.
    pub fn new(
        inner: Arc<dyn Executor<W>>,
        point: CrashPoint,
        hold: Option<PathBuf>,
        environment: Environment,
    ) -> Self {
        Self { inner, point, hold, environment, seen: AtomicU32::new(0) }
    }

    async fn crash_if_due(&self, after: bool, action: &str) {
        if self.point.after != after
            || self.point.action != action
            || self.seen.fetch_add(1, Ordering::SeqCst) + 1 != self.point.time
        {
            return;
        }
        let Some(file) = &self.hold else { kill_self() };
        if std::fs::write(file, action).is_ok() {
            while file.exists() {
                self.environment.sleep(HOLD_LOOK).await;
            }
        }
    }
}

/// As `kill -9` does it: no destructor, no flush, no farewell.
fn kill_self() -> ! {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    loop {
        std::thread::park();
    }
}

#[async_trait]
impl<W: Workflow> Executor<W> for Crashing<W> {
    async fn execute(&self, context: &ActionContext<W>, action: &W::Action) -> Result<W::Event, ActionError> {
        let name = W::action_name(action);
        self.crash_if_due(false, name).await;
        let answer = self.inner.execute(context, action).await;
        self.crash_if_due(true, name).await;
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_point_names_when_what_and_which_time() {
        let point: CrashPoint = "after:push_patch:2".parse().unwrap();
        assert_eq!(point, CrashPoint { after: true, action: "push_patch".into(), time: 2 });
        assert_eq!("before:reply".parse::<CrashPoint>().unwrap().time, 1);
        for text in ["", "push_patch", "during:push_patch", "before:", "after:x:often"] {
            assert!(text.parse::<CrashPoint>().is_err(), "{text}");
        }
    }
}
