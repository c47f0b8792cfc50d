use super::{
    Failure, Output,
    api::{Api, segment},
    output::printable,
    table::{Table, or_dash},
    times::ago,
};
use crate::http::public::api::Shown;
use clap::Args;
use environment::Timestamp;

/// Show a workflow.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// `wf_12` or `owner/repo#7`
    workflow: String,
}

impl Show {
    pub(super) async fn run(self, api: &Api, output: &Output, now: Timestamp) -> Result<(), Failure> {
        let shown: Shown = api.get(&format!("/workflows/{}", segment(&self.workflow))).await?;
        output.data(&shown, |shown| words(shown, now))
    }
}

pub(super) fn words(shown: &Shown, now: Timestamp) -> String {
    let row = &shown.workflow;
    let mut text = format!("{}  {}  {}\n\n", printable(&row.title), row.id, row.kind);
    let facts = [
        ("status", row.status.replace('_', " ")),
        ("head", or_dash(row.subject.as_deref())),
        ("machine", or_dash(row.machine_id.as_deref())),
        ("volume", or_dash(row.volume_id.as_deref())),
        ("activity", ago(now, row.last_activity_ms)),
        ("why", shown.why.clone()),
    ];
    for (name, value) in facts {
        text.push_str(&format!("{name:<9} {}\n", printable(&value)));
    }
    if shown.runs.is_empty() {
        return text;
    }
    let runs = shown.runs.iter().map(|run| {
        let progress = run.progress.as_ref().map(|it| format!("{}/{} files", it.files_read, it.files_total));
        [
            run.run.to_string(),
            run.state.clone(),
            run.findings.to_string(),
            or_dash(progress.as_deref()),
            run.claimed_at_ms.map_or("-".to_owned(), |at| ago(now, at)),
            or_dash(run.ended.as_deref()),
        ]
    });
    let table =
        Table::new(["RUN", "STATE", "FINDINGS", "READ", "CLAIMED", "ENDED BECAUSE"]).right(0).right(2).rows(runs);
    format!("{text}\n{table}")
}
