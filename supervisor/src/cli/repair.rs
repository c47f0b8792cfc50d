use super::{
    Failure, Output,
    api::{Api, segment},
    output::printable,
};
use crate::seams::Repaired;
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Start at once what a workflow waits for, or move every one that nothing would move.
#[derive(Debug, Args)]
pub(super) struct Repair {
    /// `wf_12` or `owner/repo#7`; without it, every workflow that nothing will move
    workflow: Option<String>,
}

#[derive(Deserialize)]
struct Stuck {
    stuck: Vec<String>,
}

#[derive(Serialize)]
struct Done {
    repaired: Vec<Repaired>,
}

impl Repair {
    pub(super) async fn run(self, api: &Api, output: &Output) -> Result<(), Failure> {
        let names = match self.workflow {
            Some(name) => vec![name],
            None => api.get::<Stuck>("/stuck").await?.stuck,
        };
        let mut done = Done { repaired: Vec::new() };
        for name in names {
            done.repaired.push(api.post(&format!("/workflows/{}/repair", segment(&name)), &json!({})).await?);
        }
        output.data(&done, words)?;
        if done.repaired.is_empty() {
            output.say("nothing is stuck");
        }
        match done.repaired.iter().filter(|repaired| repaired.stuck).count() {
            0 => Ok(()),
            1 => Err(Failure::new("1 workflow is still stuck").after_its_answer()),
            many => Err(Failure::new(format!("{many} workflows are still stuck")).after_its_answer()),
        }
    }
}

fn words(done: &Done) -> String {
    done.repaired.iter().map(|repaired| format!("{}\n", printable(&repaired.sentence))).collect()
}
