use super::{
    Failure, Output,
    api::{Api, segment},
    output::printable,
};
use crate::http::public::api::Shown;
use clap::Args;
use engine::beside::LogLine;
use environment::Environment;
use serde::Deserialize;
use std::time::Duration;

/// Between two looks while following.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Print the log of a workflow's run.
#[derive(Debug, Args)]
pub(super) struct Logs {
    /// `wf_12` or `owner/repo#7`
    workflow: String,
    /// Number of the run; by default the latest
    #[arg(long)]
    run: Option<u32>,
    /// Go on until the run ends
    #[arg(short, long)]
    follow: bool,
}

#[derive(Deserialize)]
struct Page {
    run: u32,
    lines: Vec<LogLine>,
    next: Option<u64>,
}

impl Logs {
    pub(super) async fn run(self, api: &Api, output: &Output, environment: &Environment) -> Result<(), Failure> {
        let workflow = segment(&self.workflow);
        let (mut after, mut run) = (0, self.run);
        loop {
            // Asked before the lines are read: what a run wrote before it ended is then certainly among them.
            let follow = self.follow && self.is_open(api, &workflow, run).await?;
            loop {
                let of_run = run.map(|run| format!("run={run}&")).unwrap_or_default();
                let page: Page = api.get(&format!("/workflows/{workflow}/logs?{of_run}after={after}")).await?;
                run = Some(page.run);
                for line in &page.lines {
                    after = line.sequence;
                    output.line(line, |line| printable(&line.text))?;
                }
                if page.next.is_none() {
                    break;
                }
            }
            if !follow {
                return Ok(());
            }
            environment.sleep(LOOK_EVERY).await;
        }
    }

    /// Whether the run may still write.
    async fn is_open(&self, api: &Api, workflow: &str, run: Option<u32>) -> Result<bool, Failure> {
        let shown: Shown = api.get(&format!("/workflows/{workflow}")).await?;
        let run = run.unwrap_or(shown.workflow.run);
        let open = |state: &str| state == "running" || state == "waiting for its worker";
        Ok(shown.runs.iter().any(|it| it.run == run && open(&it.state)))
    }
}
