use super::{
    Failure, Output,
    api::{Api, segment},
    output::printable,
};
use clap::Args;
use serde_json::{Value, json};

/// No reviews of a pull request until it is resumed; a run under way is let end.
#[derive(Debug, Args)]
pub(super) struct Pause {
    /// `wf_12` or `owner/repo#7`
    workflow: String,
}

impl Pause {
    pub(super) async fn run(self, api: &Api, output: &Output) -> Result<(), Failure> {
        let said: Value = api.post(&format!("/workflows/{}/pause", segment(&self.workflow)), &json!({})).await?;
        output.data(&said, |said| format!("{}\n", printable(said["message"].as_str().unwrap_or_default())))
    }
}
