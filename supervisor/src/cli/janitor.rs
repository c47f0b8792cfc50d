use super::{Failure, Output, api::Api, table::Table, times::ago};
use ::janitor::{Deed, Kind, Outcome, Report};
use clap::Args;
use environment::Timestamp;
use serde_json::json;

/// Find volumes and machines that nobody wants, and delete them after the grace period.
#[derive(Debug, Args)]
pub(super) struct Janitor {
    /// Pass once, now
    #[arg(long)]
    once: bool,
    /// Change nothing; say what would happen and why
    #[arg(long)]
    dry_run: bool,
}

impl Janitor {
    /// Before a supervisor is looked for: without `--once` there is nothing to ask it.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.once {
            return Ok(());
        }
        Err(Failure::usage("say `--once`: the supervisor passes by itself, at `janitor.schedule`")
            .hint("what would go", "longshore janitor --once --dry-run")
            .hint("pass now", "longshore janitor --once"))
    }

    pub(super) async fn run(self, api: &Api, output: &Output, now: Timestamp) -> Result<(), Failure> {
        let report: Report = api.post("/janitor/sweep", &json!({"dry_run": self.dry_run})).await?;
        output.table(&report, |report| table(&report.deeds, now))?;
        output.say(&summary(&report));
        match report.failures.first() {
            Some(failure) => Err(Failure::new(failure.clone()).after_its_answer()),
            None => Ok(()),
        }
    }
}

pub(super) fn table(deeds: &[Deed], now: Timestamp) -> Table {
    let row = |deed: &Deed| {
        [
            what(deed.kind, 1).to_owned(),
            deed.id.clone(),
            deed.workflow.clone(),
            deed.since.map_or("-".to_owned(), |since| ago(now, since.as_millis())),
            deed.outcome.word().replace('_', " "),
            deed.reason.clone(),
        ]
    };
    Table::new(["WHAT", "ID", "OWNER", "SINCE", "VERDICT", "REASON"]).rows(deeds.iter().map(row))
}

/// The words below the table.
pub(super) fn summary(report: &Report) -> String {
    let told = [
        (Outcome::Deleted, "deleted"),
        (Outcome::WouldDelete, "would be deleted"),
        (Outcome::Noted, "noted, to be deleted later"),
        (Outcome::Postponed, "postponed"),
        (Outcome::Kept, "kept"),
        (Outcome::Failed, "could not be deleted"),
    ];
    let mut parts = Vec::new();
    for (outcome, words) in told {
        for kind in [Kind::Machine, Kind::Volume] {
            let count = report.deeds.iter().filter(|deed| deed.kind == kind && deed.outcome == outcome).count();
            if count > 0 {
                parts.push(format!("{count} {} {words}", what(kind, count)));
            }
        }
    }
    let words = if parts.is_empty() { "nothing that nobody wants".to_owned() } else { parts.join(", ") };
    if report.dry_run { format!("dry run, nothing was changed: {words}") } else { words }
}

fn what(kind: Kind, count: usize) -> &'static str {
    match (kind, count) {
        (Kind::Machine, 1) => "machine",
        (Kind::Machine, _) => "machines",
        (Kind::Volume, 1) => "volume",
        (Kind::Volume, _) => "volumes",
    }
}
