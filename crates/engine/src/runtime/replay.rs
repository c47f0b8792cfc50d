//! Running a history again (E12), and trying upgrades (E10): the production transition function, nothing written.

use super::{
    errors::{ReplayError, UpgradeFault, UpgradeReport},
    registry::Registry,
    views::Replay,
};
use crate::{
    EventEffect, EventRecord, ListFilter, Standing, Store, StoreError, WorkflowId,
    core::{Fact, Kind},
};

/// Rows or events per read.
const PAGE: usize = 500;

/// From the first event, or the last `upgraded` snapshot, to the stored state.
pub(super) async fn replay(
    store: &dyn Store,
    registry: &Registry,
    workflow: WorkflowId,
) -> Result<Replay, ReplayError> {
    let row = store.row(workflow).await?.ok_or(ReplayError::NotFound(workflow))?;
    let kind = registry.kinds.get(&*row.kind).ok_or_else(|| ReplayError::UnknownKind(row.kind.to_string()))?;
    let mut run = Run { state: None, events: 0, from_snapshot: false, fault: None };
    let mut after = 0;
    while after < row.revision {
        let page = store.history(workflow, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for event in page.iter().filter(|event| event.seq <= row.revision) {
            run.apply(&**kind, event);
        }
    }
    if let Some((seq, why)) = run.fault {
        return Err(ReplayError::Diverged { seq, why });
    }
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap_or_default();
    let computed = run.state.as_ref().map(|state| json(&state.json)).unwrap_or_default();
    let stored = json(&row.state);
    let (events, from_snapshot) = (run.events, run.from_snapshot);
    Ok(Replay { workflow, events, from_snapshot, matches: computed == stored, computed, stored })
}

struct Run {
    state: Option<Fact>,
    events: u64,
    from_snapshot: bool,
    /// First event that did not apply; a later snapshot makes it irrelevant.
    fault: Option<(u64, String)>,
}

impl Run {
    fn apply(&mut self, kind: &dyn Kind, event: &EventRecord) {
        let outcome = match event.effect {
            EventEffect::Refused => return,
            EventEffect::Upgraded => {
                // A snapshot of a shape older than this program's does not read; a later one of its own shape does.
                *self = Self { state: None, events: 0, from_snapshot: true, fault: None };
                kind.read_state(&event.payload).map(|(state, _)| state)
            }
            EventEffect::Applied if self.fault.is_some() => return,
            EventEffect::Applied => self.transition(kind, event),
        };
        match outcome {
            Ok(state) => self.state = Some(state),
            Err(why) => self.fault = Some((event.seq, why)),
        }
    }

    fn transition(&mut self, kind: &dyn Kind, event: &EventRecord) -> Result<Fact, String> {
        let read = kind.read_event(&event.payload)?;
        let state = self.state.as_ref().map(|state| &state.typed);
        let moved = kind.transition(state, &read.typed, event.at).map_err(|why| why.to_string())?;
        self.events += 1;
        Ok(moved.state)
    }
}

/// Tries to read every live row, upgrading where its state is older.
pub(super) async fn check_upgrades(store: &dyn Store, registry: &Registry) -> Result<UpgradeReport, StoreError> {
    let mut report = UpgradeReport::default();
    let mut filter = ListFilter { limit: PAGE, ..ListFilter::default() };
    loop {
        let rows = store.list(&filter).await?;
        let Some(last) = rows.last() else { return Ok(report) };
        filter.after = Some(last.id);
        for row in rows.iter().filter(|row| row.standing != Standing::Terminal) {
            report.rows += 1;
            let read = match registry.kinds.get(&*row.kind) {
                None => Err(format!("this program does not run the kind `{}`", row.kind)),
                Some(kind) if row.state_version > kind.version() => {
                    Err(format!("its state is of version {}, newer than this program's", row.state_version))
                }
                Some(kind) if row.state_version < kind.version() => {
                    report.older += 1;
                    kind.upgrade_state(row.state_version, &row.state).map(|_| ())
                }
                Some(kind) => kind.read_state(&row.state).map(|_| ()),
            };
            if let Err(why) = read {
                report.faults.push(UpgradeFault { workflow: row.id, kind: row.kind.to_string(), why });
            }
        }
    }
}
