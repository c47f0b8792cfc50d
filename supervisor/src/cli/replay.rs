use super::{
    Failure, Output,
    api::{Api, segment},
    output::printable,
};
use crate::seams::Replayed;
use clap::Args;
use serde_json::json;

/// Run a workflow's history through the code and compare.
#[derive(Debug, Args)]
pub(super) struct Replay {
    /// `wf_12` or `owner/repo#7`
    workflow: String,
}

impl Replay {
    pub(super) async fn run(self, api: &Api, output: &Output) -> Result<(), Failure> {
        let path = format!("/workflows/{}/replay", segment(&self.workflow));
        let replayed: Replayed = api.post(&path, &json!({})).await?;
        output.data(&replayed, |replayed| format!("{}\n", printable(&replayed.sentence)))?;
        if replayed.same {
            return Ok(());
        }
        Err(Failure::new("the history does not lead to the stored state").after_its_answer())
    }
}
