use super::{
    Failure, Output,
    api::{Api, segment},
    output::printable,
};
use clap::Args;
use serde_json::Value;

/// Say in a sentence what a workflow waits for.
#[derive(Debug, Args)]
pub(super) struct Why {
    /// `wf_12` or `owner/repo#7`
    workflow: String,
    /// Also what the engine knows: pending actions, timers, slots
    #[arg(short, long)]
    verbose: bool,
}

impl Why {
    pub(super) async fn run(self, api: &Api, output: &Output) -> Result<(), Failure> {
        let why: Value = api.get(&format!("/workflows/{}/why", segment(&self.workflow))).await?;
        output.data(&why, |why| words(why, self.verbose))
    }
}

pub(super) fn words(why: &Value, verbose: bool) -> String {
    let line = |name: &str| format!("{}\n", printable(why[name].as_str().unwrap_or_default()));
    if verbose { format!("{}{}", line("why"), line("details")) } else { line("why") }
}
