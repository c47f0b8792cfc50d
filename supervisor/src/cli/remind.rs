use super::{
    Failure, Output,
    api::{Api, segment},
    output::printable,
};
use clap::Args;
use serde_json::{Value, json};

/// Set a reminder on a pull request.
#[derive(Debug, Args)]
pub(super) struct Remind {
    /// `wf_12` or `owner/repo#7`
    workflow: String,
    /// When, and of what: `in 2 days to check the rollout`, `every weekday at 09:00 Europe/Berlin to look`
    #[arg(required = true, num_args = 1.., value_name = "WHEN AND WHAT")]
    text: Vec<String>,
}

impl Remind {
    pub(super) async fn run(self, api: &Api, output: &Output) -> Result<(), Failure> {
        let body = json!({"text": self.text.join(" ")});
        let said: Value = api.post(&format!("/workflows/{}/remind", segment(&self.workflow)), &body).await?;
        output.data(&said, |said| format!("{}\n", printable(said["message"].as_str().unwrap_or_default())))
    }
}
