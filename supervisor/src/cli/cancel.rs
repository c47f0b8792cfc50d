use super::{
    Failure, Output,
    api::{Api, segment},
    output::printable,
};
use clap::Args;
use serde_json::{Value, json};

/// Stop what runs for a workflow.
#[derive(Debug, Args)]
pub(super) struct Cancel {
    /// `wf_12` or `owner/repo#7`
    workflow: String,
}

impl Cancel {
    pub(super) async fn run(self, api: &Api, output: &Output) -> Result<(), Failure> {
        let said: Value = api.post(&format!("/workflows/{}/cancel", segment(&self.workflow)), &json!({})).await?;
        output.data(&said, |said| format!("{}\n", printable(said["message"].as_str().unwrap_or_default())))
    }
}
