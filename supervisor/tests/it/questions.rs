//! Questions to the agent: answered in their thread by the session that reviewed, beside an open request, and through
//! `kill -9`.

use crate::{crash::BY_COMMENTS, stage::Stage};
use simulators::github::control::Command;

/// An agent that asks a person, answers questions from its session, and counts its runs there.
const ANSWERS: &str = r#"
    agent.kind = "command"
    agent.command = ["/bin/sh", "-c", "read -r task; echo run >> \"$HOME/runs\"; case \"$task\" in *'\"purpose\":\"question\"'*) printf '{\"type\":\"answer\",\"answer\":\"Because of line 3. Runs of this session: %s.\"}\\n' \"$(wc -l < \"$HOME/runs\" | tr -d ' ')\";; *) echo '{\"type\":\"question\",\"question\":\"Shall it be?\"}';; esac; echo '{\"type\":\"done\"}'"]
    machines.allow_unisolated = true
"#;
/// The same, but a question is thought about for ever.
const SILENT: &str = r#"
    agent.kind = "command"
    agent.command = ["/bin/sh", "-c", "read -r task; case \"$task\" in *'\"purpose\":\"question\"'*) exec sleep 600;; esac; echo '{\"type\":\"question\",\"question\":\"Shall it be?\"}'; echo '{\"type\":\"done\"}'"]
    machines.allow_unisolated = true
    machines.silence_ms = 2000
"#;

#[tokio::test]
async fn a_question_beside_an_open_request_is_answered_and_the_buttons_still_work() {
    let stage = Stage::waiting(ANSWERS).await;
    let (request, checks) = (stage.request().await, stage.truth().await.checks);
    stage.comment("dana", "@longshore why is this slow?\nIt was not before.").await;
    stage.until_replied("Because of line 3. Runs of this session: 2.").await;
    let reply = stage.replies().await.remove(0);
    assert!(reply.starts_with("`dana` asked:\n> why is this slow? It was not before."), "{reply}");
    stage.until_status("awaiting_decision").await;
    let truth = stage.truth().await;
    assert_eq!(format!("{:?}", truth.checks), format!("{checks:?}"), "no check was made or touched");
    assert_eq!((stage.request().await, truth.reviews.len()), (request, 1));
    assert_eq!(stage.left_over().await, 1, "the machine is gone, the volume stays");
    stage.click("Yes", "maintainer").await;
    stage.until("it is decided", || async { stage.recorded("run_finished").await == 3 }).await;
}

#[tokio::test]
async fn the_fixed_checks_say_what_they_are_and_list_the_commands() {
    let stage = Stage::waiting("").await;
    stage.comment("dana", "@longshore what do you think of the naming?").await;
    stage.until_replied("I am `rules` 0.1: fixed checks, no model.").await;
    let reply = stage.replies().await.remove(0);
    assert!(reply.contains("My last review, run 1, read"), "{reply}");
    for command in ["review", "approve ID", "pause", "explain", "remind me WHEN to TEXT"] {
        assert!(reply.contains(&format!("`@longshore {command}`")), "{command}: {reply}");
    }
    stage.until_status("awaiting_decision").await;
    stage.click("Apply fix", "maintainer").await;
    stage.until("the patch is pushed", || async { stage.truth().await.pushed_by_app.len() == 1 }).await;
}

#[tokio::test]
async fn a_question_in_a_review_s_thread_is_answered_there() {
    let stage = Stage::waiting("").await;
    let top = stage.truth().await.reviews[0].comments[0].id;
    let (pull, by) = (stage.pull.clone(), "dana".to_owned());
    let body = "@longshore is this certain?".to_owned();
    stage.command(Command::Comment { pull, by, body, in_reply_to: Some(top) }).await;
    stage
        .until("it is answered in the thread", || async {
            let comments: Vec<_> = stage.truth().await.reviews.into_iter().flat_map(|review| review.comments).collect();
            comments.iter().any(|it| it.in_reply_to == Some(top) && it.body.contains("I am `rules`"))
        })
        .await;
    assert_eq!(stage.replies().await.len(), 0, "nothing in the conversation");
    let eyes: Vec<_> = stage.effects().await.into_iter().filter(|effect| effect.what == "reaction.created").collect();
    assert_eq!(eyes.len(), 1);
    assert!(!eyes[0].path.ends_with(&format!("/comments/{top}/reactions")), "on the question itself: {eyes:?}");
}

#[tokio::test]
async fn a_question_whose_machine_is_lost_is_said_to_be_unanswered_and_the_request_stays() {
    let stage = Stage::waiting(SILENT).await;
    let request = ask(&stage).await;
    stage.until("its machine dies", || async { stage.kill_machines() > 0 }).await;
    stage.until_replied("This could not be answered: its machine fell silent.").await;
    stage.until_status("awaiting_decision").await;
    assert_eq!((stage.request().await, stage.truth().await.checks.len()), (request, 1));
    stage.click("Yes", "maintainer").await;
    stage.until("it is decided", || async { stage.recorded("run_finished").await == 2 }).await;
}

#[tokio::test]
async fn cancel_ends_a_question_and_leaves_the_request_open() {
    let stage = Stage::waiting(SILENT).await;
    let request = ask(&stage).await;
    stage.comment("maintainer", "@longshore cancel").await;
    stage.until_replied("This could not be answered: cancelled by maintainer.").await;
    stage.until_status("awaiting_decision").await;
    assert_eq!((stage.request().await, stage.truth().await.checks.len()), (request, 1));
}

#[tokio::test]
async fn an_answer_to_the_open_request_goes_before_a_question_that_is_under_way() {
    let stage = Stage::waiting(SILENT).await;
    ask(&stage).await;
    stage.click("Yes", "maintainer").await;
    stage.until("it is decided", || async { stage.recorded("run_finished").await == 2 }).await;
}

/// A question is under way beside the open request; the request's id.
async fn ask(stage: &Stage) -> String {
    let request = stage.request().await;
    stage.comment("dana", "@longshore why?").await;
    stage.until("it is under way", || async { stage.recorded("run_heard").await == 2 }).await;
    assert_eq!(stage.request().await, request, "the request is open meanwhile");
    request
}

#[tokio::test]
async fn a_question_is_answered_once_whatever_is_killed_around_it() {
    let around = BY_COMMENTS.into_iter().chain(["start_machine", "reply"]);
    for point in around.flat_map(|action| [format!("before:{action}"), format!("after:{action}")]) {
        println!("{point}");
        let mut stage = Stage::waiting(ANSWERS).await;
        let request = stage.request().await;
        stage.kill_supervisor();
        stage.start_supervisor_with(&[(supervisor::crash::VARIABLE, point.as_str())]).await;
        stage.comment("dana", "@longshore why?").await;
        let mut dead = false;
        while !dead {
            dead = !stage.supervisor_is_alive();
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        stage.start_supervisor().await;
        stage.until_replied("Because of line 3.").await;
        stage.until_status("awaiting_decision").await;
        let replies = stage.replies().await;
        assert_eq!(replies.len(), 1, "{point}: {replies:#?}");
        assert_eq!(stage.request().await, request, "{point}");
        let eyes = stage.effects().await.into_iter().filter(|effect| effect.what == "reaction.created").count();
        assert_eq!(eyes, 1, "{point}");
        stage.click("Yes", "maintainer").await;
        stage.until("it is decided", || async { stage.recorded("run_finished").await == 3 }).await;
    }
}
