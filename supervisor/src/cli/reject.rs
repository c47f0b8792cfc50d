use super::{
    Failure, Output,
    api::{Api, segment},
    output::printable,
};
use clap::Args;
use serde_json::{Value, json};

/// Answer a request with no.
#[derive(Debug, Args)]
pub(super) struct Reject {
    /// `wf_12` or `owner/repo#7`
    workflow: String,
    /// Id of the request, as the check shows it
    request: String,
}

impl Reject {
    pub(super) async fn run(self, api: &Api, output: &Output) -> Result<(), Failure> {
        let path = format!("/workflows/{}/reject", segment(&self.workflow));
        let said: Value = api.post(&path, &json!({"request": self.request})).await?;
        output.data(&said, |said| format!("{}\n", printable(said["message"].as_str().unwrap_or_default())))
    }
}
