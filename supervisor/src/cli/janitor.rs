use super::{
    Failure, Output,
    api::{Api, segment},
    table::{Table, or_dash},
    times::ago,
};
use crate::http::public::api::Audited;
use ::janitor::{Deed, Entry, Kind, Outcome, Report};
use clap::Args;
use environment::Timestamp;
use serde_json::json;

/// Put right what slipped, remove what nobody wants and what is past its time.
#[derive(Debug, Args)]
pub(super) struct Janitor {
    /// Pass once, now
    #[arg(long, conflicts_with = "audit")]
    once: bool,
    /// Change nothing; say what would happen and why
    #[arg(long, conflicts_with = "audit")]
    dry_run: bool,
    /// You have looked: also delete more than the share that goes unasked
    #[arg(long, conflicts_with = "audit")]
    confirm: bool,
    /// Show what the janitor did, newest first
    #[arg(long)]
    audit: bool,
}

impl Janitor {
    /// Before a supervisor is looked for: without `--once` there is nothing to ask it.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.once || self.audit {
            return Ok(());
        }
        Err(Failure::usage("say `--once`: the supervisor passes by itself, at `janitor.schedule`")
            .hint("what would go", "longshore janitor --once --dry-run")
            .hint("pass now", "longshore janitor --once")
            .hint("what was done", "longshore janitor --audit"))
    }

    pub(super) async fn run(self, api: &Api, output: &Output, now: Timestamp) -> Result<(), Failure> {
        if self.audit {
            return audit(api, output, now).await;
        }
        let order = json!({"dry_run": self.dry_run, "confirm": self.confirm});
        let report: Report = api.post("/janitor/sweep", &order).await?;
        output.table(&report, |report| table(&report.deeds, now))?;
        output.say(&summary(&report));
        match report.failures.first() {
            Some(failure) => Err(Failure::new(failure.clone()).after_its_answer()),
            None if report.count(Outcome::Held) > 0 => Err(held(&report).after_its_answer()),
            None => Ok(()),
        }
    }
}

/// All of the record, page by page.
async fn audit(api: &Api, output: &Output, now: Timestamp) -> Result<(), Failure> {
    let mut all = Audited { entries: Vec::new(), next: None };
    loop {
        let after = all.next.as_deref().map(|after| format!("?after={}", segment(after)));
        let page: Audited = api.get(&format!("/janitor/audit{}", after.unwrap_or_default())).await?;
        all.entries.extend(page.entries);
        all.next = page.next;
        if all.next.is_none() {
            return output.table(&all, |all| audited(&all.entries, now));
        }
    }
}

pub(super) fn held(report: &Report) -> Failure {
    let count = report.count(Outcome::Held);
    let (what, them) = if count == 1 { ("deletion is", "it") } else { ("deletions are", "them") };
    Failure::new(format!("{count} {what} held back: it is more than `janitor.share_max` lets one pass delete"))
        .coded("held")
        .hint(&format!("if you have looked at {them}"), "longshore janitor --once --confirm")
}

pub(super) fn table(deeds: &[Deed], now: Timestamp) -> Table {
    let row = |deed: &Deed| {
        [
            deed.kind.word().to_owned(),
            deed.id.clone(),
            or_dash(Some(&*deed.workflow).filter(|workflow| !workflow.is_empty())),
            deed.since.map_or("-".to_owned(), |since| ago(now, since.as_millis())),
            deed.outcome.word().replace('_', " "),
            deed.reason.clone(),
        ]
    };
    Table::new(["WHAT", "ID", "OWNER", "SINCE", "VERDICT", "REASON"]).rows(deeds.iter().map(row))
}

pub(super) fn audited(entries: &[Entry], now: Timestamp) -> Table {
    let row = |entry: &Entry| {
        [
            ago(now, entry.at.as_millis()),
            entry.by.clone(),
            entry.kind.word().to_owned(),
            entry.id.clone(),
            or_dash(Some(&*entry.workflow).filter(|workflow| !workflow.is_empty())),
            entry.stage.word().to_owned(),
            entry.reason.clone(),
        ]
    };
    Table::new(["WHEN", "BY", "WHAT", "ID", "OWNER", "STAGE", "REASON"]).rows(entries.iter().map(row))
}

/// The words below the table.
pub(super) fn summary(report: &Report) -> String {
    let told = [
        (Outcome::Mended, "put right"),
        (Outcome::WouldMend, "would be put right"),
        (Outcome::Deleted, "deleted"),
        (Outcome::WouldDelete, "would be deleted"),
        (Outcome::Held, "held back"),
        (Outcome::Noted, "noted, to be deleted later"),
        (Outcome::Postponed, "postponed"),
        (Outcome::Kept, "kept"),
        (Outcome::Failed, "failed"),
    ];
    // The database is looked after in each pass; that is not worth a word.
    let kinds = [Kind::Workflow, Kind::Run, Kind::Check, Kind::Machine, Kind::Volume, Kind::Record];
    let mut parts = Vec::new();
    for (outcome, words) in told {
        for kind in kinds {
            let count = report.deeds.iter().filter(|deed| deed.kind == kind && deed.outcome == outcome).count();
            if count > 0 {
                let what = match (kind, count) {
                    (Kind::Record, 1) => "class of records",
                    (_, 1) => kind.word(),
                    _ => kind.plural(),
                };
                parts.push(format!("{count} {what} {words}"));
            }
        }
    }
    let words = if parts.is_empty() { "nothing that nobody wants".to_owned() } else { parts.join(", ") };
    if report.dry_run { format!("dry run, nothing was changed: {words}") } else { words }
}
