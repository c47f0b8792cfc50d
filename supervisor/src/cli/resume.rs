use super::{
    Failure, Output,
    api::{Api, segment},
    output::printable,
};
use clap::Args;
use serde_json::{Value, json};

/// Review a paused pull request again.
#[derive(Debug, Args)]
pub(super) struct Resume {
    /// `wf_12` or `owner/repo#7`
    workflow: String,
}

impl Resume {
    pub(super) async fn run(self, api: &Api, output: &Output) -> Result<(), Failure> {
        let said: Value = api.post(&format!("/workflows/{}/resume", segment(&self.workflow)), &json!({})).await?;
        output.data(&said, |said| format!("{}\n", printable(said["message"].as_str().unwrap_or_default())))
    }
}
