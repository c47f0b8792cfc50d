//! What befalls a Fly host while a person thinks: the volume on it takes no machine any more, or nobody reaches it. The run
//! goes on with another volume, seeded from the session's checkpoint, and the check says so; the old one is not
//! forgotten.

use crate::{
    docker::{
        agent,
        resume::{REMEMBERS, assert_remembers, until_a_check_says},
    },
    stage::{Stage, longshore},
};
use serde_json::Value;
use simulators::fly::{
    audit::left,
    control::{Client, Command, VolumeTruth},
};
use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
    time::Duration,
};

/// What the check says of a session on another volume.
const SEEDED: &str = "**Session** restarted from a checkpoint: run 2 began on a new volume";

/// A host may be back: a volume is given up after four tries, half a minute apart.
const GIVEN_UP: Duration = Duration::from_secs(300);

/// The stand-in, whose machines are processes; it ends with the test.
struct Fly {
    child: Child,
    control: Client,
    _folder: tempfile::TempDir,
}

impl Drop for Fly {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Fly {
    /// With a supervisor before it whose pull request waits for a decision.
    async fn waiting() -> (Self, Stage, VolumeTruth) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = longshore();
        command.args(["sim", "fly", "--json", "--machines", "process", "--no-rate-limits", "--data"]);
        let mut child = command.arg(folder.path()).stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let said: Value = serde_json::from_str(&line).expect("JSON");
        let [url, token] = ["url", "token"].map(|word| said[word].as_str().expect("a text").to_owned());
        let control = Client::new(url.as_str()).expect("a client");
        let fly = Self { child, control, _folder: folder };
        let mut stage = Stage::without_supervisor("").await;
        let [_, machine] = stage.addresses();
        let settings = format!(
            "machines.backend = \"fly\"\nmachines.image = \"registry.fly.io/workers:test\"\n\
             machines.region = [\"iad\", \"lhr\"]\nmachines.fly_app = \"workers\"\nmachines.fly_org = \"personal\"\n\
             machines.fly_token = \"{token}\"\nmachines.fly_api_url = \"{url}\"\nmachines.fly_logs_url = \"{url}\"\n\
             server.machine_url = \"http://127.0.0.1:{machine}\"\n{}",
            agent(REMEMBERS)
        );
        stage.configure(&settings);
        stage.start_supervisor().await;
        stage.open_pull_request().await;
        stage.until_status("awaiting_decision").await;
        let volume = fly.volumes().await.pop().expect("the pull request's volume");
        (fly, stage, volume)
    }

    async fn volumes(&self) -> Vec<VolumeTruth> {
        self.control.truth().await.expect("the truth").volumes
    }

    async fn is_told(&self, command: Command) {
        self.control.run(&command).await.expect("it obeys");
    }

    /// The decision's run worked on another volume that holds the session, and the check says so.
    async fn has_moved(&self, stage: &Stage, from: &VolumeTruth) {
        let lost = || async { stage.history().await.iter().any(|event| event == "volume_lost") };
        stage.until_within(GIVEN_UP, "the volume is given up", lost).await;
        stage.until_status("idle").await;
        until_a_check_says(stage, &[SEEDED]).await;
        assert_remembers(stage).await;
        let state = stage.state().await.expect("the workflow");
        assert_ne!(state["volume"]["id"], from.id.as_str());
        let both = self.control.violations().await.expect("the audit");
        assert_eq!(both, Vec::<String>::new(), "two machines could write one volume");
    }

    /// Nothing is left on Fly once the pull request is closed: neither volume, nor a machine on either.
    async fn is_empty_after(&self, stage: &Stage) {
        stage.close_pull_request().await;
        let closed = || async { stage.status().await.as_deref() == Some("closed") };
        stage.until_within(GIVEN_UP, "the workflow is closed", closed).await;
        stage.until("no volume is left", || async { self.volumes().await.is_empty() }).await;
        let audit = self.control.audit().await.expect("the audit");
        assert_eq!(left(&audit), Vec::<String>::new());
    }
}

/// Both at once: nearly all of their time is the wait until a host is given up.
#[tokio::test]
async fn a_volume_whose_host_is_full_or_out_of_reach_is_seeded_again_elsewhere_and_the_check_says_so() {
    tokio::join!(f7_a_full_host(), f9_a_host_out_of_reach());
}

async fn f7_a_full_host() {
    let (fly, stage, volume) = Fly::waiting().await;
    fly.is_told(Command::FillHost { of: volume.id.clone(), full: true }).await;
    stage.click("Yes", "maintainer").await;
    fly.has_moved(&stage, &volume).await;
    fly.is_empty_after(&stage).await;
}

async fn f9_a_host_out_of_reach() {
    let (fly, stage, volume) = Fly::waiting().await;
    fly.is_told(Command::LoseHost { of: volume.id.clone(), programs_end: true }).await;
    stage.click("Yes", "maintainer").await;
    fly.has_moved(&stage, &volume).await;
    fly.is_told(Command::ReturnHost { of: volume.id.clone() }).await;
    fly.is_empty_after(&stage).await;
}
