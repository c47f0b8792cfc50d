//! Notifications, outside of the transactions that write.

use crate::connect::Address;
use environment::Environment;
use sqlx::{PgPool, postgres::PgListener};
use std::time::Duration;
use tokio::sync::mpsc;

const CHANNEL: &str = "longshore";
/// News that wait for this process.
const NEWS_MAX: usize = 1_024;
/// What a node is told when some were lost: nothing that it can read, so it looks at everything.
const SOME_WERE_LOST: &str = "some were lost";
/// Before a lost connection is made again.
const PAUSE: Duration = Duration::from_millis(500);

pub(super) async fn tell(on: &PgPool, news: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT pg_notify($1, $2)", CHANNEL, news).execute(on).await.map(|_| ())
}

pub(super) async fn listen(
    address: &Address,
    environment: &Environment,
) -> Result<mpsc::Receiver<String>, sqlx::Error> {
    let mut listener = PgListener::connect_with(&address.pool(1)).await?;
    listener.listen(CHANNEL).await?;
    let (sender, news) = mpsc::channel(NEWS_MAX);
    let clock = environment.clone();
    environment.spawn(async move {
        loop {
            let heard = tokio::select! {
                heard = listener.try_recv() => heard,
                () = sender.closed() => return,
            };
            let text = match heard {
                Ok(Some(notification)) => notification.payload().to_owned(),
                Ok(None) => SOME_WERE_LOST.to_owned(),
                Err(error) => {
                    tracing::debug!(%error, "news from other nodes cannot be heard; it is tried again");
                    clock.sleep(PAUSE).await;
                    continue;
                }
            };
            let _may_be_lost = sender.try_send(text);
        }
    });
    Ok(news)
}
