//! The production path on this machine: the stand-in for GitHub and the supervisor, both in this process; the worker is a
//! process of its own, as always. Only GitHub is not real.

use super::{
    choose::failed,
    git::Git,
    objects::Objects,
    story::{Pull, Story},
};
use crate::{
    cli::Failure,
    config::{Config, Variables},
    demo::Agent,
    seams::{By, Narrow},
    serve::{StartError, Supervisor},
};
use domain::pull_request::{Phase, State};
use engine::WorkflowId;
use environment::Environment;
use protocol::RunResult;
use simulators::github::{
    Options, RunningSimulator, Simulator,
    control::{BorrowedRepository, BranchPull, Client, Command, PullName, Role},
    test_key,
};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// Whose the repository is, in the stand-in.
const OWNER: &str = "local";
/// Who proposes and decides, in the stand-in.
pub const PERSON: &str = "you";
/// Between two looks at a workflow.
const LOOK: Duration = Duration::from_millis(20);
/// How long taking something down may take before it is left to the next call.
const DOWN_MAX: Duration = Duration::from_secs(20);

/// The stand-in and the supervisor.
#[derive(Debug)]
pub struct Stage {
    environment: Environment,
    simulator: RunningSimulator,
    client: Client,
    /// The supervisor.
    pub supervisor: Supervisor,
    repository: String,
    repositories: PathBuf,
}

/// A workflow as it stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Its id.
    pub workflow: WorkflowId,
    /// Its state.
    pub state: State,
}

impl Stage {
    /// Starts both.
    ///
    /// # Errors
    /// A sentence.
    pub async fn start(
        environment: &Environment,
        story: &mut Story,
        name: &str,
        agent: &Agent,
    ) -> Result<Self, Failure> {
        let mut options = Options::new(story.folder().join("github"));
        options.secret_segment = Some(story.saved.segment.clone());
        options.webhook_secret.clone_from(&story.saved.webhook_secret);
        let simulator = Simulator::start(environment.clone(), options).await.map_err(failed)?;
        let supervisor = supervisor(environment, story, &simulator, agent).await?;
        let client = Client::new(simulator.url()).map_err(failed)?;
        client.set_webhook_url(&format!("http://{}/webhooks/github", supervisor.public)).await.map_err(failed)?;
        story.saved.machine_port = supervisor.machine.port();
        story.save()?;
        let repository = format!("{OWNER}/{name}");
        Ok(Self {
            environment: environment.clone(),
            simulator,
            client,
            supervisor,
            repository,
            repositories: story.folder().join("github/repos"),
        })
    }

    /// Lets the stand-in read our objects, with `main` where the user's default branch is: the policy is read there.
    ///
    /// # Errors
    /// A sentence.
    pub async fn borrow(
        &self,
        objects: &Objects,
        main: &str,
        shallow: Vec<String>,
        pull: &Pull,
    ) -> Result<(), Failure> {
        let name = self.repository.split_once('/').map(|(_, name)| name.to_owned()).unwrap_or_default();
        let (head, base) = branches(pull);
        let branches = [("main".to_owned(), main.to_owned()), (base, pull.merge_base.clone())].into_iter().chain(
            // A head that the supervisor knows moves by a push, which it hears of.
            (!self.knows(pull).await).then(|| (head, pull.head_sha.clone())),
        );
        let new = BorrowedRepository {
            owner: OWNER.into(),
            name,
            objects: vec![objects.dir.join("objects")],
            shallow,
            branches: branches.collect(),
            roles: BTreeMap::from([(PERSON.to_owned(), Role::Admin)]),
        };
        self.client.run(&Command::BorrowRepository(new)).await.map_err(failed)?;
        Ok(())
    }

    async fn knows(&self, pull: &Pull) -> bool {
        self.client.pull(&self.named(pull)).await.is_ok_and(|known| known.is_some())
    }

    /// Proposes the head: opens the pull request, or pushes to it.
    ///
    /// # Errors
    /// A sentence.
    pub async fn propose(&self, pull: &Pull, title: &str) -> Result<(), Failure> {
        let (head_ref, base_ref) = branches(pull);
        let (repository, author) = (self.repository.clone(), PERSON.to_owned());
        let command = if self.knows(pull).await {
            Command::ForcePush { repository, branch: head_ref, sha: pull.head_sha.clone(), by: author }
        } else {
            let (number, title) = (pull.number, title.to_owned());
            Command::OpenBranchPull(BranchPull { repository, number, title, author, head_ref, base_ref })
        };
        self.client.run(&command).await.map_err(failed)?;
        Ok(())
    }

    /// The workflow of a pull request, once there is one.
    ///
    /// # Errors
    /// A sentence.
    pub async fn standing(&self, pull: &Pull) -> Result<Option<Standing>, Failure> {
        let title = format!("{}#{}", self.repository, pull.number);
        let look = &self.supervisor.inside.look;
        let narrow = Narrow { text: Some(title.clone()), limit: 100, ..Narrow::default() };
        let rows = look.list(&narrow).await.map_err(failed)?;
        let Some(row) = rows.into_iter().find(|row| row.title == title) else { return Ok(None) };
        let workflow: WorkflowId = row.id.parse().map_err(failed)?;
        let Some((_, state)) = look.show(workflow).await.map_err(failed)? else { return Ok(None) };
        let state = serde_json::from_value(state).map_err(failed)?;
        Ok(Some(Standing { workflow, state }))
    }

    /// Waits until nothing runs for a pull request and everything about `sha` is published.
    ///
    /// # Errors
    /// A sentence.
    pub async fn settled(&self, pull: &Pull, sha: &str) -> Result<Standing, Failure> {
        loop {
            if let Some(standing) = self.standing(pull).await?.filter(|standing| is_settled(&standing.state, sha)) {
                return Ok(standing);
            }
            self.environment.sleep(LOOK).await;
        }
    }

    /// Waits until nothing runs for a pull request and everything is published.
    ///
    /// # Errors
    /// A sentence.
    pub async fn rests(&self, pull: &Pull) -> Result<Standing, Failure> {
        loop {
            self.environment.sleep(LOOK).await;
            if let Some(standing) = self.standing(pull).await?.filter(|standing| at_rest(&standing.state)) {
                return Ok(standing);
            }
        }
    }

    /// Git in the stand-in's repository.
    pub fn git(&self) -> Git {
        Git::own(&self.environment, &self.repositories.join(format!("{}.git", self.repository)))
    }

    /// The last result of a workflow.
    ///
    /// # Errors
    /// A sentence.
    pub async fn result(&self, digest: &str) -> Result<Option<RunResult>, Failure> {
        crate::results::load(&*self.supervisor.inside.beside, digest).await.map_err(failed)
    }

    /// Answers a request, as the person.
    ///
    /// # Errors
    /// What the supervisor says.
    pub async fn answer(&self, workflow: WorkflowId, request: &str, yes: bool) -> Result<String, Failure> {
        let (steer, by) = (&self.supervisor.inside.steer, By(PERSON.to_owned()));
        let answered =
            if yes { steer.approve(workflow, request, &by).await } else { steer.reject(workflow, request, &by).await };
        answered.map_err(failed)
    }

    /// Closes every pull request for which nothing waits and nothing is left to be done: machine and volume go.
    pub async fn tidy(&self, story: &mut Story) {
        let mut kept = Vec::new();
        for pull in std::mem::take(&mut story.saved.pulls) {
            let waits = self.standing(&pull).await.ok().flatten().is_some_and(|standing| waits(&standing.state));
            if waits || !self.close(&pull).await {
                kept.push(pull);
            }
        }
        story.saved.pulls = kept;
    }

    /// Closes a pull request and waits until machine and volume are gone.
    pub async fn close(&self, pull: &Pull) -> bool {
        // One that was never opened has nothing to take down.
        let name = self.named(pull);
        match self.client.pull(&name).await {
            Ok(None) => return true,
            Ok(Some(there)) if there.open => {
                let _ = self.client.close(&name, PERSON).await;
            }
            _ => {}
        }
        let closed = async {
            loop {
                match self.standing(pull).await {
                    Ok(Some(standing)) if standing.state.phase == Phase::Closed => return true,
                    Err(_) => return false,
                    _ => self.environment.sleep(LOOK).await,
                }
            }
        };
        self.environment.timeout(DOWN_MAX, closed).await.unwrap_or(false)
    }

    /// Ends both, and every machine.
    pub async fn stop(self) {
        let stopping = async {
            self.supervisor.stop_with_machines().await;
            self.simulator.stop().await;
        };
        if self.environment.timeout(DOWN_MAX, stopping).await.is_err() {
            tracing::warn!("not everything ended in time");
        }
    }

    fn named(&self, pull: &Pull) -> PullName {
        PullName::new(self.repository.clone(), pull.number)
    }
}

/// Branches of a pull request in the stand-in. They are not the user's names: one of those may be the default branch.
fn branches(pull: &Pull) -> (String, String) {
    (format!("try/{}", pull.number), format!("base/{}", pull.number))
}

/// Nothing runs, and what there is to say about the commit has been said.
fn is_settled(state: &State, sha: &str) -> bool {
    let known = state.snapshot.as_ref().is_some_and(|snapshot| snapshot.head_sha == sha);
    known && at_rest(state) && state.checks.iter().any(|check| check.sha == sha)
}

/// Nothing runs, and everything is published.
pub fn at_rest(state: &State) -> bool {
    matches!(state.phase, Phase::Idle | Phase::AwaitingDecision)
        && state.asks.is_empty()
        && state.wanted.is_none()
        && state.machine.is_none()
        && state.checks.iter().all(|check| check.is_settled(&state.policy))
}

/// A person is asked, or an answer is being carried out.
fn waits(state: &State) -> bool {
    use domain::pull_request::{Kind, Purpose};
    let asked = state.request.as_ref().is_some_and(|request| matches!(request.kind, Kind::Fix { .. } | Kind::Ask));
    let decided = matches!(state.phase, Phase::Pushing { .. })
        || state.wanted.as_ref().is_some_and(|wanted| matches!(wanted.purpose, Purpose::Decision { .. }));
    asked || decided
}

async fn supervisor(
    environment: &Environment,
    story: &Story,
    simulator: &RunningSimulator,
    agent: &Agent,
) -> Result<Supervisor, Failure> {
    let mut port = story.saved.machine_port;
    loop {
        let text = config(story, simulator, agent, port);
        let config = Config::from_text(&text, "the configuration of `try`", &Variables::new()).map_err(failed)?;
        match Supervisor::start(environment.clone(), config).await {
            // Somebody else has it by now: a machine that still looks for us there is lost, and replaced.
            Err(StartError::Listen { .. }) if port != 0 => port = 0,
            started => return started.map_err(failed),
        }
    }
}

fn config(story: &Story, simulator: &RunningSimulator, agent: &Agent, machine_port: u16) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let (kind, unisolated) = match agent {
        Agent::Rules => ("kind = \"rules\"".to_owned(), ""),
        // The user's own program, on the user's own repository.
        Agent::Command(command) => {
            let words: Vec<String> = command.iter().map(|word| quoted(word)).collect();
            (format!("kind = \"command\"\ncommand = [{}]", words.join(", ")), "allow_unisolated = true\n")
        }
    };
    format!(
        "[server]\nlisten = \"127.0.0.1:0\"\nmachine_listen = \"127.0.0.1:{machine_port}\"\ndata = {}\n\n\
         [github]\napp_id = {}\nprivate_key = {}\nwebhook_secret = {}\napi_url = {}\nbot_name = \"longshore\"\n\
         allowed_owners = [\"{OWNER}\"]\n\n\
         [machines]\nbackend = \"process\"\n{unisolated}claim_ms = 30000\nfirst_heartbeat_ms = 30000\n\
         silence_ms = 30000\n\n[agent]\n{kind}\n\n[review]\nrefresh = \"5s\"\n\n[volumes]\nretention = \"0s\"\n",
        quoted(&story.folder().join("supervisor").display().to_string()),
        Options::new(story.folder()).app_id,
        quoted(test_key::APP_PRIVATE_KEY_PEM),
        quoted(&story.saved.webhook_secret),
        quoted(&simulator.url()),
    )
}
