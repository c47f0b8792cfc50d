use super::*;
use crate::seams::Finished;
use crate::testing::{HandClock, MemoryBeside, RecordedEvents, Told, finding, log_line, new_run, result, sequenced};
use engine::beside::Expected;
use protocol::{
    Checkpoint, ClaimRequest, ClaimResponse, Directive, EventsRequest, EventsResponse, Recovered, RecoveredAnswer,
    Report, ResultAnswer, ResultRequest, Sequenced,
};
use std::{collections::BTreeMap, sync::atomic::Ordering, time::Duration};

const WORKFLOW: WorkflowId = WorkflowId(12);

/// A supervisor's runs, and what lies around them.
struct World {
    clock: HandClock,
    environment: Environment,
    beside: Arc<MemoryBeside>,
    events: Arc<RecordedEvents>,
    runs: Runs,
}

impl World {
    fn new() -> Self {
        let clock = HandClock::default();
        let environment = clock.environment();
        let (beside, events) = (Arc::<MemoryBeside>::default(), Arc::<RecordedEvents>::default());
        let runs = start(&environment, &beside, &events);
        Self { clock, environment, beside, events, runs }
    }

    /// The supervisor dies and another starts on the same database.
    fn restart(&mut self) {
        self.runs = start(&self.environment, &self.beside, &self.events);
    }

    async fn token(&self, run: u32) -> String {
        self.runs.open(&new_run(run)).await.unwrap().token.reveal().to_owned()
    }

    async fn claim(&self, token: &str, nonce: &str) -> Result<ClaimResponse, Refusal> {
        let (token, nonce) = (token.to_owned(), nonce.to_owned());
        self.runs.claim(&ClaimRequest { token, nonce, worker_version: "0.1.0".into() }).await
    }

    async fn claimed(&self, run: u32) -> String {
        self.claim(&self.token(run).await, "nonce").await.unwrap().credential
    }

    async fn report(&self, credential: &str, run: u32, events: Vec<Sequenced>) -> Result<EventsResponse, Refusal> {
        self.runs.report(credential, run, &EventsRequest { events }).await
    }

    async fn finish(&self, credential: &str, run: u32) -> Result<ResultAnswer, Refusal> {
        let request = ResultRequest { result: result(vec![]), checkpoint: None };
        self.runs.finish(credential, run, &request).await
    }
}

fn start(environment: &Environment, beside: &Arc<MemoryBeside>, events: &Arc<RecordedEvents>) -> Runs {
    let secret = DeploymentSecret::from_bytes([7; 32]);
    Runs::new(environment.clone(), Arc::<MemoryBeside>::clone(beside), Arc::<RecordedEvents>::clone(events), secret)
}

#[tokio::test]
async fn a_repeated_start_hands_out_the_same_token_after_a_restart_too() {
    let mut world = World::new();
    let token = world.token(1).await;
    world.restart();
    assert_eq!(world.token(1).await, token);
    assert_ne!(world.token(2).await, token);
}

#[tokio::test]
async fn the_same_nonce_gets_the_same_answer_until_the_first_report() {
    let mut world = World::new();
    let token = world.token(1).await;
    let first = world.claim(&token, "nonce").await.unwrap();
    world.restart();
    assert_eq!(world.claim(&token, "nonce").await.unwrap(), first);
    assert!(world.runs.open(&new_run(1)).await.unwrap().claimed);
    world.report(&first.credential, 1, vec![sequenced(1, Report::Heartbeat)]).await.unwrap();
    assert_eq!(world.claim(&token, "nonce").await, Err(Refusal::TokenExpired));
}

#[tokio::test]
async fn another_nonce_is_refused_and_audited() {
    let world = World::new();
    let token = world.token(1).await;
    world.claim(&token, "nonce").await.unwrap();
    assert_eq!(world.claim(&token, "other").await, Err(Refusal::ClaimedByAnother));
    let loaded = world.runs.load(WORKFLOW, 1).await.unwrap().unwrap();
    assert_eq!(loaded.record.refused_claims, 1);
    assert!(world.claim(&token, "nonce").await.is_ok(), "the first worker is not disturbed");
}

#[tokio::test]
async fn a_token_ends_with_the_boot_deadline_and_a_repeated_start_begins_it_anew() {
    let world = World::new();
    let token = world.token(1).await;
    world.clock.advance(Duration::from_secs(61));
    assert_eq!(world.claim(&token, "nonce").await, Err(Refusal::TokenExpired));
    world.token(1).await;
    assert!(world.claim(&token, "nonce").await.is_ok());
}

#[tokio::test]
async fn a_token_that_was_guessed_or_changed_claims_nothing() {
    let world = World::new();
    let token = world.token(1).await;
    let swapped = token.replace("lsc_12_1_", "lsc_12_2_");
    world.token(2).await;
    for wrong in ["", "lsc_12_1_00", &swapped, &token.replace("lsc_12", "lsc_13")] {
        assert_eq!(world.claim(wrong, "nonce").await, Err(Refusal::Unknown), "{wrong}");
    }
    assert!(matches!(world.claim(&token, "").await, Err(Refusal::BadRequest(_))));
}

#[tokio::test]
async fn neither_token_nor_credential_is_stored() {
    let world = World::new();
    let token = world.token(1).await;
    let credential = world.claim(&token, "nonce").await.unwrap().credential;
    let stored = world.beside.dump();
    assert!(!stored.contains(&token) && !stored.contains(&credential));
    let secrets = [token, credential].map(|secret| secret.rsplit('_').next().unwrap().to_owned());
    assert!(secrets.iter().all(|secret| !stored.contains(secret)));
}

#[tokio::test]
async fn findings_and_log_lines_are_durable_and_count_once() {
    let mut world = World::new();
    let credential = world.claimed(1).await;
    let batch = || {
        let found = |id: &str| Report::Finding { finding: Box::new(finding(id)) };
        vec![sequenced(1, found("a")), sequenced(2, log_line("reading")), sequenced(3, found("b"))]
    };
    assert_eq!(world.report(&credential, 1, batch()).await.unwrap().acknowledged, 3);
    world.restart();
    let again = world.report(&credential, 1, batch()).await.unwrap();
    assert_eq!(again, EventsResponse { acknowledged: 3, directive: Directive::Continue });
    let ids: Vec<_> = world.runs.findings(WORKFLOW, 1).await.unwrap().into_iter().map(|it| it.id).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(world.runs.log(WORKFLOW, 1, 0, 10).await.unwrap().len(), 1);
    assert_eq!(world.runs.of_workflow(WORKFLOW).await.unwrap()[0].findings, 2);
    assert_eq!(world.events.take(), [Told::Claimed(1), Told::FirstHeard(1)]);
}

#[tokio::test]
async fn signals_alone_write_nothing_and_push_the_silence_clock_back() {
    let world = World::new();
    let credential = world.claimed(1).await;
    world.report(&credential, 1, vec![sequenced(1, Report::Heartbeat)]).await.unwrap();
    let writes = world.beside.writes.load(Ordering::SeqCst);
    for sequence in 2..10 {
        world.report(&credential, 1, vec![sequenced(sequence, Report::Heartbeat)]).await.unwrap();
    }
    assert_eq!(world.beside.writes.load(Ordering::SeqCst), writes);
    assert_eq!(*world.events.alive.lock().unwrap(), 9);
}

#[tokio::test]
async fn progress_is_passed_on_at_most_every_five_seconds() {
    let world = World::new();
    let credential = world.claimed(1).await;
    let progress = |files_read| Report::Progress { phase: "reading".into(), files_read, files_total: 9 };
    for sequence in 1..=3 {
        world.report(&credential, 1, vec![sequenced(sequence, progress(sequence as u32))]).await.unwrap();
    }
    assert_eq!(world.runs.progress(WORKFLOW, 1).unwrap().files_read, 3);
    world.clock.advance(Duration::from_secs(5));
    world.report(&credential, 1, vec![sequenced(4, Report::Heartbeat)]).await.unwrap();
    world.clock.advance(Duration::from_secs(5));
    world.report(&credential, 1, vec![sequenced(5, Report::Heartbeat)]).await.unwrap();
    let progressed = |heard: &Told| matches!(heard, Told::Progressed(..));
    let told: Vec<_> = world.events.take().into_iter().filter(progressed).collect();
    assert_eq!(told, [Told::Progressed(1, 1), Told::Progressed(1, 3)]);
}

#[tokio::test]
async fn a_log_without_end_is_cut_and_says_so() {
    let world = World::new();
    let credential = world.claimed(1).await;
    let line = "x".repeat(2000);
    for batch in 0..3 {
        let events = (1..=256).map(|at| sequenced(batch * 256 + at, log_line(&line))).collect();
        world.report(&credential, 1, events).await.unwrap();
    }
    let lines = world.runs.log(WORKFLOW, 1, 0, 1000).await.unwrap();
    assert!(lines.len() < 600, "{}", lines.len());
    assert_eq!(lines.last().unwrap().text, "(the log is cut here: it has reached its limit)");
}

#[tokio::test]
async fn findings_beyond_the_limit_are_refused_across_batches() {
    let world = World::new();
    let credential = world.claimed(1).await;
    let found = |sequence| sequenced(sequence, Report::Finding { finding: Box::new(finding("a")) });
    world.report(&credential, 1, (1..=200).map(found).collect()).await.unwrap();
    let refused = world.report(&credential, 1, vec![found(201)]).await;
    assert_eq!(refused, Err(Refusal::BadRequest("more than 200 findings are not taken".into())));
}

#[tokio::test]
async fn a_worker_that_shall_stop_is_told_with_the_next_answer() {
    let world = World::new();
    let credential = world.claimed(1).await;
    world.runs.stop(WORKFLOW, 1, "new commits").await.unwrap();
    let answer = world.report(&credential, 1, vec![sequenced(1, Report::Heartbeat)]).await.unwrap();
    assert_eq!(answer.directive, Directive::Stop { reason: "new commits".into() });
}

#[tokio::test]
async fn a_run_that_has_ended_is_over_for_its_worker() {
    let world = World::new();
    let token = world.token(1).await;
    let credential = world.claim(&token, "nonce").await.unwrap().credential;
    world.runs.end(WORKFLOW, 1, "superseded").await.unwrap();
    world.runs.end(WORKFLOW, 1, "something else").await.unwrap();
    assert_eq!(world.claim(&token, "nonce").await, Err(Refusal::Stale));
    assert_eq!(world.report(&credential, 1, vec![]).await, Err(Refusal::Stale));
    assert_eq!(world.finish(&credential, 1).await, Err(Refusal::Stale));
    assert_eq!(world.runs.repository_of(&credential).await.unwrap_err(), Refusal::Stale);
    let open = world.runs.open(&new_run(1)).await.unwrap_err();
    assert_eq!(open, Error::Refused("run 1 of wf_12 has ended: superseded".into()));
}

#[tokio::test]
async fn a_credential_speaks_for_its_own_run_only() {
    let world = World::new();
    let first = world.claimed(1).await;
    world.claimed(2).await;
    assert_eq!(world.report(&first, 2, vec![]).await, Err(Refusal::Unknown));
    assert_eq!(world.finish(&first, 2).await, Err(Refusal::Unknown));
    assert_eq!(world.runs.repository_of(&first).await.unwrap().0.run, 1);
    assert_eq!(world.runs.repository_of("lsr_12_1_00").await.unwrap_err(), Refusal::Unknown);
}

#[tokio::test]
async fn a_result_is_stored_told_once_accepted_and_kept() {
    let world = World::new();
    let credential = world.claimed(1).await;
    let checkpoint = Checkpoint { files: BTreeMap::from([("session".into(), "aGk=".into())]) };
    let request = ResultRequest { result: result(vec![finding("a")]), checkpoint: Some(checkpoint.clone()) };
    assert_eq!(world.runs.finish(&credential, 1, &request).await, Ok(ResultAnswer::Accepted));
    let told = world.events.take();
    let [_, Told::Finished { run: 1, digest, checkpoint: true }] = &told[..] else { panic!("{told:?}") };
    assert_eq!(world.runs.result(digest).await.unwrap(), Some(request.result.clone()));
    assert_eq!(world.runs.checkpoint("2/7").await.unwrap(), Some(checkpoint));
    assert_eq!(world.runs.finish(&credential, 1, &request).await, Ok(ResultAnswer::AlreadyHave));
    world.runs.end(WORKFLOW, 1, "finished").await.unwrap();
    assert_eq!(world.runs.finish(&credential, 1, &request).await, Ok(ResultAnswer::AlreadyHave));
    assert_eq!(world.events.take(), [], "the workflow is not told again");
}

#[tokio::test]
async fn a_result_whose_workflow_could_not_be_told_is_told_when_it_comes_again() {
    let world = World::new();
    let credential = world.claimed(1).await;
    *world.events.finished.lock().unwrap() = Err(Error::Failed("disk full".into()));
    assert!(matches!(world.finish(&credential, 1).await, Err(Refusal::Busy(_))));
    *world.events.finished.lock().unwrap() = Ok(Finished::Accepted);
    let other = ResultRequest { result: result(vec![finding("other")]), checkpoint: None };
    assert_eq!(world.runs.finish(&credential, 1, &other).await, Ok(ResultAnswer::Accepted));
    let told = world.events.take();
    assert_eq!(told[1], told[2], "the first result stays");
}

#[tokio::test]
async fn a_result_of_a_run_that_is_not_current_is_stale() {
    let world = World::new();
    let credential = world.claimed(1).await;
    *world.events.finished.lock().unwrap() = Ok(Finished::Stale);
    assert_eq!(world.finish(&credential, 1).await, Err(Refusal::Stale));
}

#[tokio::test]
async fn nothing_is_acknowledged_that_could_not_be_written() {
    let world = World::new();
    let credential = world.claimed(1).await;
    world.beside.fails.store(true, Ordering::SeqCst);
    let found = || vec![sequenced(1, Report::Finding { finding: Box::new(finding("a")) })];
    assert!(matches!(world.report(&credential, 1, found()).await, Err(Refusal::Busy(_))));
    assert!(matches!(world.finish(&credential, 1).await, Err(Refusal::Busy(_))));
    world.beside.fails.store(false, Ordering::SeqCst);
    assert_eq!(world.report(&credential, 1, found()).await.unwrap().acknowledged, 1);
    assert_eq!(world.runs.findings(WORKFLOW, 1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_checkpoint_of_an_earlier_run_does_not_replace_a_later_one() {
    let world = World::new();
    let (first, second) = (world.claimed(1).await, world.claimed(2).await);
    let request = |content: &str| ResultRequest {
        result: result(vec![]),
        checkpoint: Some(Checkpoint { files: BTreeMap::from([("session".into(), content.into())]) }),
    };
    world.runs.finish(&second, 2, &request("bmV3")).await.unwrap();
    world.runs.finish(&first, 1, &request("b2xk")).await.unwrap();
    assert_eq!(world.runs.checkpoint("2/7").await.unwrap(), request("bmV3").checkpoint);
}

#[tokio::test]
async fn a_checkpoint_lies_in_the_database_sealed_and_opens_no_more_once_its_document_is_gone() {
    let world = World::new();
    let credential = world.claimed(1).await;
    let checkpoint = Checkpoint { files: BTreeMap::from([("session".into(), "c2VjcmV0c2VjcmV0".into())]) };
    let request = ResultRequest { result: result(vec![]), checkpoint: Some(checkpoint.clone()) };
    world.runs.finish(&credential, 1, &request).await.unwrap();
    assert!(!world.beside.dump().contains("c2VjcmV0c2VjcmV0"), "nothing of it is in clear");
    assert_eq!(world.runs.checkpoint("2/7").await.unwrap(), Some(checkpoint));
    world.runs.forget_checkpoint("2/7").await.unwrap();
    assert_eq!(world.runs.checkpoint("2/7").await.unwrap(), None);
}

#[tokio::test]
async fn a_checkpoint_that_was_written_before_they_were_sealed_is_read_and_one_of_another_secret_is_none() {
    let world = World::new();
    let checkpoint = Checkpoint { files: BTreeMap::from([("session".into(), "b2xk".into())]) };
    let put = async |bytes: &[u8], salt: Option<&str>| {
        let digest = world.beside.put_blob(bytes, None).await.unwrap();
        let mut latest = serde_json::json!({"run": 1, "digest": digest});
        if let Some(salt) = salt {
            latest["salt"] = salt.into();
        }
        world.beside.put_document("checkpoint", "2/7", &latest, Expected::Any).await.unwrap();
    };
    let clear = serde_json::to_vec(&checkpoint).unwrap();
    put(&clear, None).await;
    assert_eq!(world.runs.checkpoint("2/7").await.unwrap(), Some(checkpoint));
    put(&clear, Some("5a17")).await;
    assert_eq!(world.runs.checkpoint("2/7").await.unwrap(), None, "what cannot be opened is no session");
}

#[tokio::test]
async fn a_recovered_result_finishes_the_run_that_hands_it_in_once() {
    let mut world = World::new();
    world.claimed(1).await;
    let credential = world.claimed(2).await;
    let recovered = Recovered { run: 1, result: result(vec![finding("a")]) };
    let first = world.runs.recover(&credential, 2, &recovered).await;
    world.restart();
    let again = world.runs.recover(&credential, 2, &recovered).await;
    assert_eq!((first, again), (Ok(RecoveredAnswer::AcceptedFinish), Ok(RecoveredAnswer::AcceptedFinish)));
    let told = world.events.take();
    assert_eq!(told.last(), Some(&Told::Recovered { asking: 2, made_by: 1 }));
    assert_eq!(told.iter().filter(|heard| matches!(heard, Told::Recovered { .. })).count(), 1);
    assert_eq!(world.report(&credential, 2, vec![]).await, Err(Refusal::Stale), "it has its result");
}

#[tokio::test]
async fn a_recovered_result_that_is_known_unknown_or_impossible_is_told_apart() {
    let world = World::new();
    let first = world.claimed(1).await;
    let third = world.claimed(3).await;
    world.finish(&first, 1).await.unwrap();
    let recovered = |run| Recovered { run, result: result(vec![]) };
    assert_eq!(world.runs.recover(&third, 3, &recovered(1)).await, Ok(RecoveredAnswer::AlreadyHave));
    assert_eq!(world.runs.recover(&third, 3, &recovered(2)).await, Ok(RecoveredAnswer::Outdated));
    for impossible in [0, 3, 4] {
        assert!(matches!(world.runs.recover(&third, 3, &recovered(impossible)).await, Err(Refusal::BadRequest(_))));
    }
}
