//! What the narrator can see and do: the stand-in through its control interface, the supervisor through its API.

use super::{DemoError, story::Story};
use crate::{
    http::public::ADMIN_TOKEN_FILE,
    seams::{HistoryRow, WorkflowRow},
};
use domain::pull_request::{Event, PullRequest, State};
use engine::{Timestamp, Workflow};
use environment::Environment;
use serde::de::DeserializeOwned;
use simulators::github::{
    control::{Client, ClientError, Command, PullName, PullSnapshot},
    fixtures::demo_fixture,
};

/// Who decides in the demo.
pub const MAINTAINER: &str = "maintainer";

/// The outside, as the narrator reaches it.
#[derive(Debug)]
pub struct World {
    environment: Environment,
    http: reqwest::Client,
    supervisor: String,
    token_file: std::path::PathBuf,
    /// Address of the stand-in.
    pub github_url: String,
    github: Client,
    pull: PullName,
}

/// One fact of the workflow and the state it led to.
#[derive(Debug, Clone)]
pub struct Step {
    /// The fact.
    pub event: Event,
    /// When.
    pub at_ms: u64,
    /// The state before; none for the first.
    pub before: Option<State>,
    /// The state after.
    pub after: State,
}

impl World {
    /// The outside of a story.
    ///
    /// # Errors
    /// A client cannot be made.
    pub fn new(environment: Environment, story: &Story) -> Result<Self, DemoError> {
        let sentence = |error: &dyn std::fmt::Display| DemoError::Sentence(error.to_string());
        let github_url = format!("http://127.0.0.1:{}", story.ports.github);
        Ok(Self {
            environment,
            http: crate::http::client().map_err(|error| sentence(&error))?,
            supervisor: format!("http://127.0.0.1:{}", story.ports.public),
            token_file: story.folder().join("supervisor").join(ADMIN_TOKEN_FILE),
            github: Client::new(github_url.clone()).map_err(|error| sentence(&error))?,
            github_url,
            pull: PullName::new("acme/shop", 7),
        })
    }

    /// Page of the pull request.
    pub fn page(&self) -> String {
        format!("{}/acme/shop/pull/7", self.github_url)
    }

    /// Makes repository and pull request, unless an earlier telling did.
    ///
    /// # Errors
    /// The stand-in does not answer.
    pub async fn set_up(&self) -> Result<(), DemoError> {
        if self.snapshot().await?.is_some() {
            return Ok(());
        }
        let fixture = demo_fixture();
        match self.github.create_repository(fixture.repository).await {
            // Made by an earlier telling that got no further.
            Ok(_) | Err(ClientError::Refused(_)) => {}
            Err(error) => return Err(gone(&error)),
        }
        self.github.open_pull(fixture.pull).await.map(|_done| ()).map_err(|error| gone(&error))
    }

    /// The truth of the stand-in.
    ///
    /// # Errors
    /// The stand-in does not answer.
    pub async fn snapshot(&self) -> Result<Option<PullSnapshot>, DemoError> {
        self.github.pull(&self.pull).await.map_err(|error| gone(&error))
    }

    /// A webhook that got lost is not sent again by GitHub; a person's edit sends another.
    ///
    /// # Errors
    /// The stand-in does not answer.
    pub async fn stir(&self) -> Result<(), DemoError> {
        let title = demo_fixture().pull.title;
        self.command(Command::Retitle { pull: self.pull.clone(), title, by: "dana".into() }).await
    }

    /// Clicks a button of a check.
    ///
    /// # Errors
    /// The stand-in does not answer.
    pub async fn click(&self, check_run: u64, identifier: &str) -> Result<(), DemoError> {
        match self.github.click(check_run, identifier, MAINTAINER).await {
            Ok(_) | Err(ClientError::Refused(_)) => Ok(()),
            Err(error) => Err(gone(&error)),
        }
    }

    /// Closes the pull request.
    ///
    /// # Errors
    /// The stand-in does not answer.
    pub async fn close(&self) -> Result<(), DemoError> {
        match self.github.close(&self.pull, MAINTAINER).await {
            Ok(_) | Err(ClientError::Refused(_)) => Ok(()),
            Err(error) => Err(gone(&error)),
        }
    }

    async fn command(&self, command: Command) -> Result<(), DemoError> {
        match self.github.run(&command).await {
            Ok(_) | Err(ClientError::Refused(_)) => Ok(()),
            Err(error) => Err(gone(&error)),
        }
    }

    /// The workflow's row; none if there is no workflow yet, or the supervisor does not answer.
    pub async fn workflow(&self) -> Option<WorkflowRow> {
        self.get::<WorkflowPage>("/api/v1/workflows?limit=1").await?.workflows.into_iter().next()
    }

    /// Number of volumes and machines that are there.
    pub async fn left_over(&self) -> Option<usize> {
        let count = |value: serde_json::Value| {
            value.as_object().and_then(|object| object.values().find_map(|list| list.as_array().map(Vec::len)))
        };
        let volumes = count(self.get("/api/v1/volumes").await?)?;
        let machines = count(self.get("/api/v1/machines").await?)?;
        Some(volumes + machines)
    }

    /// The workflow's whole history, run through the transition function; none if the supervisor does not answer.
    pub async fn steps(&self, workflow: &str) -> Option<Vec<Step>> {
        let (mut steps, mut after): (Vec<Step>, u64) = (Vec::new(), 0);
        loop {
            let path = format!("/api/v1/workflows/{workflow}/events?after={after}&limit=200");
            let page: EventPage = self.get(&path).await?;
            let Some(last) = page.events.last().map(|row| row.sequence) else { return Some(steps) };
            after = last;
            for row in page.events {
                let before = steps.last().map(|step| step.after.clone());
                let Ok(event) = serde_json::from_value::<Event>(row.payload) else { continue };
                let now = Timestamp::from_millis(row.at_ms);
                let Ok(transition) = PullRequest::transition(before.as_ref(), &event, now) else { continue };
                steps.push(Step { event, at_ms: row.at_ms, before, after: transition.state });
            }
        }
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Option<T> {
        let token = std::fs::read_to_string(&self.token_file).ok()?;
        let call = self.http.get(format!("{}{path}", self.supervisor)).bearer_auth(token.trim()).send();
        let answer = self.environment.timeout(std::time::Duration::from_secs(5), call).await.ok()?.ok()?;
        answer.error_for_status().ok()?.json().await.ok()
    }
}

#[derive(serde::Deserialize)]
struct WorkflowPage {
    workflows: Vec<WorkflowRow>,
}

#[derive(serde::Deserialize)]
struct EventPage {
    events: Vec<HistoryRow>,
}

fn gone(_error: &ClientError) -> DemoError {
    DemoError::Killed { who: "the stand-in" }
}
