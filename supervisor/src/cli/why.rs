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
}

impl Why {
    pub(super) async fn run(self, api: &Api, output: &Output) -> Result<(), Failure> {
        let why: Value = api.get(&format!("/workflows/{}/why", segment(&self.workflow))).await?;
        output.data(&why, |why| format!("{}\n", printable(why["why"].as_str().unwrap_or_default())))
    }
}
