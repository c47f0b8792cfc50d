//! More than there is room for (E9): what is too much is turned away with the time to come again, before anything of it is
//! accepted; and what was acknowledged in between is kept.

use crate::{full, stage::Stage};
use serde_json::Value;
use std::net::Ipv4Addr;
use testkit::postgres::Cluster;
use tokio::{io::AsyncWriteExt, net::TcpStream};

/// Bodies of this size fill the room for bodies but for [`LEFT_KIB`]: 128 MiB by 25 MiB.
const LARGEST_BYTES: usize = 25 * 1024 * 1024;
const LARGE_BODIES: usize = 5;
/// What they leave free.
const LEFT_KIB: usize = 128 * 1024 - LARGE_BODIES * LARGEST_BYTES / 1024;
/// Webhooks that are to be turned away while there is no room at all.
const TURNED_AWAY: usize = 25;
/// Webhooks of the flood, and how long each is: together more than is left free.
const FLOOD: usize = 96;
const FLOOD_BYTES: usize = 200 * 1024;

#[tokio::test]
async fn a_flood_is_turned_away_and_nothing_acknowledged_is_lost_on_sqlite() {
    is_turned_away(Stage::waiting("").await).await;
}

#[tokio::test]
async fn a_flood_is_turned_away_and_nothing_acknowledged_is_lost_on_postgresql() {
    let postgres = Cluster::start().database("longshore");
    is_turned_away(Stage::waiting(&format!("database.url = {}", Value::from(&*postgres.url))).await).await;
}

/// What became of webhooks, by their delivery ids.
#[derive(Default)]
struct Answered {
    taken: Vec<String>,
    turned_away: Vec<String>,
}

impl Answered {
    fn note(&mut self, (guid, answer): (String, Option<reqwest::Response>)) {
        let answer = answer.expect("every webhook is answered");
        match answer.status().as_u16() {
            202 => self.taken.push(guid),
            503 => {
                assert_eq!(answer.headers()["retry-after"].to_str().unwrap(), "2");
                self.turned_away.push(guid);
            }
            other => panic!("answered {other}"),
        }
    }
}

async fn is_turned_away(mut stage: Stage) {
    let payload = full::edited(&stage).await;
    let (sender, mut answered) = (stage.sender(), Answered::default());

    // No room at all: bodies that were announced and do not come.
    let mut held = Vec::new();
    while answered.turned_away.len() < TURNED_AWAY {
        let before = answered.taken.len();
        answered.note(sender.post("pull_request", &payload).await);
        if answered.taken.len() > before {
            // At first there is; and what does not come is not waited for for ever.
            held = no_room(&stage).await;
        }
    }
    assert!(!stage.get("/health").await.is_empty(), "whoever looks is answered");
    drop(held);

    // A little room, and more at once than fits: some are taken, some are not, each is told which.
    let held = little_room(&stage).await;
    let mut large = payload.clone();
    large["padding"] = Value::from("x".repeat(FLOOD_BYTES));
    let flood = (0..FLOOD).map(|_| {
        let (sender, large) = (sender.clone(), large.clone());
        async move { sender.post("pull_request", &large).await }
    });
    for answer in futures_util::future::join_all(flood).await {
        answered.note(answer);
    }
    drop(held);
    stage
        .until("there is room again", || async {
            let answer = sender.post("pull_request", &payload).await.1;
            answer.is_some_and(|answer| answer.status().is_success())
        })
        .await;

    // Acknowledged is durable: also if the supervisor dies now.
    stage.kill_supervisor();
    stage.start_supervisor().await;
    stage.until("it answers", || async { stage.state().await.is_some() }).await;
    let missing = full::missing(&stage, &answered.taken).await;
    assert!(missing.is_empty(), "of {} acknowledged, {missing:?} are lost", answered.taken.len());
    let accepted = full::missing(&stage, &answered.turned_away).await;
    assert_eq!(accepted.len(), answered.turned_away.len(), "turned away, and recorded all the same");
    stage.close_pull_request().await;
    stage.until_status("closed").await;
}

/// Announces bodies that take all the room.
async fn no_room(stage: &Stage) -> Vec<TcpStream> {
    let mut held = little_room(stage).await;
    held.push(announce(stage, LEFT_KIB * 1024).await);
    held
}

/// Announces bodies that leave [`LEFT_KIB`].
async fn little_room(stage: &Stage) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for _ in 0..LARGE_BODIES {
        held.push(announce(stage, LARGEST_BYTES).await);
    }
    held
}

async fn announce(stage: &Stage, length: usize) -> TcpStream {
    let address = (Ipv4Addr::LOCALHOST, stage.addresses()[0]);
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let head = format!("POST /webhooks/github HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("it reads");
    stream
}
