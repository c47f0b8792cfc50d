use super::{
    Failure, Output,
    api::{Api, segment},
    table::{Table, or_dash},
    times::ago,
};
use crate::seams::WorkflowRow;
use clap::Args;
use environment::Timestamp;
use machines::Isolation;
use serde::{Deserialize, Serialize};

/// Digits of a commit that people read.
pub(super) const SHORT_SHA: usize = 7;

/// List workflows.
#[derive(Debug, Args)]
pub(super) struct Ps {
    /// Closed ones too
    #[arg(short, long)]
    all: bool,
    /// Only those in this status, `awaiting_decision`
    #[arg(long)]
    status: Option<String>,
    /// Only those of this kind, `reminder`
    #[arg(long)]
    kind: Option<String>,
    /// Only those whose name contains this
    text: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    workflows: Vec<WorkflowRow>,
    next: Option<String>,
    isolation: Isolation,
    #[serde(default)]
    recovery: bool,
}

/// The words below the others, if it is so.
const RECOVERY: &str =
    "RECOVERY: the database was restored; nothing is deleted outside until `longshore restore --confirm`";

/// What `ps` prints.
#[derive(Debug, Serialize)]
pub(super) struct Listed {
    pub(super) workflows: Vec<WorkflowRow>,
    pub(super) isolation: Isolation,
    /// The database was restored, and nobody has confirmed it.
    pub(super) recovery: bool,
}

impl Ps {
    pub(super) async fn run(self, api: &Api, output: &Output, now: Timestamp) -> Result<(), Failure> {
        let mut listed = self.read(api).await?;
        let closed = if self.all || self.status.is_some() { 0 } else { hide_closed(&mut listed.workflows) };
        output.table(&listed, |listed| table(&listed.workflows, now))?;
        output.say(&summary(listed.workflows.len(), closed, listed.isolation));
        if listed.recovery {
            output.say(RECOVERY);
        }
        Ok(())
    }

    async fn read(&self, api: &Api) -> Result<Listed, Failure> {
        let mut listed = Listed { workflows: Vec::new(), isolation: Isolation::None, recovery: false };
        let mut query: String = [("kind", &self.kind), ("status", &self.status), ("text", &self.text)]
            .iter()
            .filter_map(|(name, value)| Some(format!("{name}={}&", segment(value.as_ref()?))))
            .collect();
        let narrowed = query.clone();
        loop {
            let page: Page = api.get(&format!("/workflows?{query}")).await?;
            listed.workflows.extend(page.workflows);
            listed.isolation = page.isolation;
            listed.recovery = page.recovery;
            let Some(next) = page.next else { return Ok(listed) };
            query = format!("{narrowed}after={}", segment(&next));
        }
    }
}

/// Takes the closed ones away; how many.
fn hide_closed(rows: &mut Vec<WorkflowRow>) -> usize {
    let all = rows.len();
    // A reminder that is over has a status that says how.
    const OVER: [&str; 6] = ["closed", "delivered", "answered", "refused", "cancelled", "not_delivered"];
    rows.retain(|row| !OVER.contains(&row.status.as_str()));
    all - rows.len()
}

pub(super) fn table(rows: &[WorkflowRow], now: Timestamp) -> Table {
    let row = |row: &WorkflowRow| {
        [
            row.id.clone(),
            row.title.clone(),
            row.status.replace('_', " "),
            if row.run == 0 { "-".to_owned() } else { row.run.to_string() },
            or_dash(row.subject.as_deref().map(|sha| sha.get(..SHORT_SHA).unwrap_or(sha))),
            or_dash(row.machine_id.as_deref()),
            ago(now, row.last_activity_ms),
        ]
    };
    Table::new(["WORKFLOW", "NAME", "STATUS", "RUN", "HEAD", "MACHINE", "LAST ACTIVITY"])
        .right(3)
        .rows(rows.iter().map(row))
}

/// The words below the table.
pub(super) fn summary(shown: usize, closed: usize, isolation: Isolation) -> String {
    let mut words = match shown {
        0 => "no workflows".to_owned(),
        1 => "1 workflow".to_owned(),
        many => format!("{many} workflows"),
    };
    if closed > 0 {
        words.push_str(&format!("; {closed} closed not shown (`--all` shows them)"));
    }
    if isolation == Isolation::None {
        words.push_str("\nmachines are processes of the supervisor's user: contained, not isolated");
    }
    words
}
