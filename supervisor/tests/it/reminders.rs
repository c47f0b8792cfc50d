//! Reminders through the whole program: on the real clock, killed around the delivery, from comments and the terminal.

use crate::stage::Stage;
use std::process::Output;

const PR: &str = "acme/shop#7";

#[tokio::test]
async fn a_reminder_comes_once_though_the_supervisor_dies_around_its_delivery() {
    for point in ["before:deliver", "after:deliver"] {
        let mut stage = Stage::waiting("").await;
        stage.kill_supervisor();
        stage.start_supervisor_with(&[(supervisor::crash::VARIABLE, point)]).await;
        stage.comment("maintainer", "@longshore remind me in 2 seconds to check the rollout with @octocat").await;
        stage.until_replied("is set: on **").await;
        while stage.supervisor_is_alive() {
            stage.until(&format!("it dies at {point}"), || async { stage.api("/workflows").await.is_none() }).await;
        }
        stage.start_supervisor().await;
        stage.until("it is delivered", || async { rows(&stage, "delivered").await == 1 }).await;
        let told: Vec<_> = stage.replies().await.into_iter().filter(|it| it.contains("asked to be reminded")).collect();
        assert_eq!(told.len(), 1, "{point}: {told:#?}");
        assert!(told[0].starts_with("@maintainer, you asked to be reminded:"), "{}", told[0]);
        assert!(told[0].contains("check the rollout") && !told[0].contains("@octocat"), "{}", told[0]);
    }
}

#[tokio::test]
async fn reminders_are_listed_cancelled_answered_and_end_with_their_pull_request() {
    let stage = Stage::waiting("reminders.time_zone = \"Europe/Berlin\"").await;
    stage.comment("maintainer", "@longshore remind me on 1 March at 9:00 to rest").await;
    stage.until_replied("09:00 CET (Europe/Berlin)**").await;
    let said = verb(&stage, &["remind", PR, "every weekday at 09:00 UTC to look"]);
    assert!(said.0 == 0 && said.1.starts_with("reminder ") && said.1.contains("09:00 UTC"), "{said:?}");
    let said = verb(&stage, &["remind", PR, "tomorrow at 25:00"]);
    assert!(said.0 == 1 && said.2.contains("no reminder was set: `25:00` is not a time of day"), "{said:?}");
    stage.comment("maintainer", "@longshore reminders").await;
    stage.until_replied("Reminders on this pull request:").await;
    let listed = stage.replies().await.into_iter().find(|it| it.contains("Reminders on")).expect("a list");
    assert!(listed.contains(": rest") && listed.contains("every weekday at 09:00, next "), "{listed}");
    stage.comment("maintainer", "@longshore remind me soon").await;
    stage.until_replied("I found no time in it").await;
    stage.comment("stranger", "@longshore remind me in 2 days to spam").await;
    stage.until_replied("`stranger` may not do this").await;
    let waiting = stage.api("/workflows?kind=reminder&status=waiting").await.expect("the API answers");
    let id = waiting["workflows"][0]["subject"].as_str().expect("an id").to_owned();
    stage.comment("maintainer", &format!("@longshore cancel reminder {id}")).await;
    stage.until_replied(&format!("Reminder `{id}` is cancelled")).await;
    stage.comment("maintainer", "@longshore cancel reminder ZZZZZZ").await;
    stage.until_replied("There is no reminder `ZZZZZZ` on this pull request").await;
    let shown = verb(&stage, &["ps", "--kind", "reminder"]);
    assert!(shown.0 == 0 && shown.1.contains(PR) && shown.1.contains("waiting"), "{shown:?}");
    stage.until("answers are out", || async { rows(&stage, "waiting").await == 1 }).await;
    let seen = stage.effects().await.into_iter().filter(|effect| effect.what == "reaction.created").count();
    assert_eq!(seen, 6, "each comment shows that it was taken in");
    // The pull request is still the one that is meant by its name.
    let shown = verb(&stage, &["show", PR]);
    assert!(shown.0 == 0 && shown.1.contains("pull_request"), "{shown:?}");
    stage.close_pull_request().await;
    stage.until("it ends with its pull request", || async { rows(&stage, "closed").await == 1 }).await;
    assert!(!stage.replies().await.iter().any(|it| it.contains("asked to be reminded")));
}

/// Reminders in this status.
async fn rows(stage: &Stage, status: &str) -> usize {
    let listed = stage.api(&format!("/workflows?kind=reminder&status={status}")).await.unwrap_or_default();
    listed["workflows"].as_array().map_or(0, Vec::len)
}

fn verb(stage: &Stage, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = stage.verb(arguments);
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (status.code().expect("it exited by itself"), text(stdout), text(stderr))
}
