//! What the database holds once everything is still, read past the engine and run again through the production transition
//! function, so that actions can be counted that nobody remembers.

use domain::pull_request::{Event, PullRequest};
use engine::{EventEffect, ListFilter, Standing, Store, Workflow, WorkflowRow};
use std::collections::{BTreeMap, BTreeSet};

/// Rows or events per read.
const PAGE: usize = 500;

/// All workflows of a database.
#[derive(Debug, Clone, Default)]
pub struct History {
    pub workflows: Vec<Told>,
    /// Ids of events that came too early and are still kept.
    pub early: BTreeSet<String>,
}

/// One workflow and what its history comes to.
#[derive(Debug, Clone, Default)]
pub struct Told {
    pub id: String,
    pub key: String,
    pub status: String,
    pub terminal: bool,
    /// Its row still has actions to carry out.
    pub pending: bool,
    pub events: Vec<Fact>,
    /// Actions that its transitions started, by id.
    pub started: BTreeMap<u32, &'static str>,
    /// Of those, the ones that a later transition withdrew before they were answered.
    pub withdrawn: BTreeSet<u32>,
    /// Why the history does not lead to the stored state, if so.
    pub diverged: Option<String>,
}

/// An event of a history.
#[derive(Debug, Clone)]
pub struct Fact {
    pub id: String,
    pub event: Event,
}

impl History {
    pub async fn read(store: &dyn Store) -> Self {
        let mut history = Self::default();
        let mut filter = ListFilter { limit: PAGE, ..ListFilter::default() };
        loop {
            let rows = store.list(&filter).await.expect("the database answers");
            let Some(last) = rows.last() else { return history };
            filter.after = Some(last.id);
            for row in &rows {
                assert_eq!(&*row.kind, PullRequest::KIND, "only pull requests were made");
                history.workflows.push(tell(store, row).await);
                let early = store.early(&row.kind, &row.key, PAGE).await.expect("the database answers");
                history.early.extend(early.into_iter().map(|row| row.id.to_string()));
            }
        }
    }
}

impl History {
    /// Nothing is under way.
    pub fn is_still(&self) -> bool {
        self.workflows.iter().all(|told| told.terminal && !told.pending)
    }
}

async fn tell(store: &dyn Store, row: &WorkflowRow) -> Told {
    let mut told = Told {
        id: row.id.to_string(),
        key: row.key.to_string(),
        status: row.status.to_string(),
        terminal: row.standing == Standing::Terminal,
        pending: row.pending.is_some(),
        ..Told::default()
    };
    let (mut state, mut after) = (None, 0);
    loop {
        let page = store.history(row.id, after, PAGE).await.expect("the database answers");
        let Some(last) = page.last() else { break };
        after = last.seq;
        for record in page {
            let event: Event = serde_json::from_str(&record.payload).expect("an event of this version");
            if record.effect == EventEffect::Applied {
                match PullRequest::transition(state.as_ref(), &event, record.at) {
                    Ok(moved) => {
                        told.moved(&moved.withdraw, moved.actions.iter().map(PullRequest::action_name));
                        state = Some(moved.state);
                    }
                    Err(why) => told.diverged = Some(format!("event {} does not apply: {why}", record.seq)),
                }
            }
            told.events.push(Fact { id: record.id.to_string(), event });
        }
    }
    let stored: serde_json::Value = serde_json::from_str(&row.state).expect("a state");
    let computed = serde_json::to_value(&state).expect("a state");
    if told.diverged.is_none() && (computed != stored || after != row.revision) {
        told.diverged = Some(format!("after {after} of {} it is {computed}, stored is {stored}", row.revision));
    }
    told
}

impl Told {
    /// Actions get ascending ids, withdrawals come before new ones: as the engine does it.
    fn moved(&mut self, withdraw: &[&'static str], actions: impl Iterator<Item = &'static str>) {
        let named = |name: &&'static str| withdraw.contains(name);
        self.withdrawn.extend(self.started.iter().filter(|(_, name)| named(name)).map(|(id, _)| *id));
        let next = self.started.len();
        self.started.extend((1..).map(|place| u32::try_from(next + place).expect("few actions")).zip(actions));
    }

    /// Ids of answered actions.
    pub fn answered(&self) -> BTreeSet<u32> {
        self.events.iter().filter_map(|fact| fact.id.strip_prefix("act:")?.parse().ok()).collect()
    }
}
