//! What nodes tell each other so that nobody has to wait for the next look. News may be lost: everything is also looked
//! at from time to time. They gather for some milliseconds, so that many commits cost one notification, outside of the
//! writing transactions.

use super::handle::Inner;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::Notify;

/// Workflow ids in one notification; PostgreSQL takes 8,000 bytes.
const IDS_MAX: usize = 400;

/// What happened, in few bytes.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct News {
    /// Partitions whose inbox has something new.
    #[serde(rename = "i", skip_serializing_if = "BTreeSet::is_empty")]
    pub inbox: BTreeSet<u16>,
    /// Workflows whose workers were heard.
    #[serde(rename = "h", skip_serializing_if = "BTreeSet::is_empty")]
    pub heard: BTreeSet<u64>,
    /// Workflows that an operator wants looked at.
    #[serde(rename = "r", skip_serializing_if = "BTreeSet::is_empty")]
    pub repair: BTreeSet<u64>,
    /// Slots were wanted or given back.
    #[serde(rename = "s", skip_serializing_if = "std::ops::Not::not")]
    pub slots: bool,
    /// A node came or went, or gave partitions back.
    #[serde(rename = "m", skip_serializing_if = "std::ops::Not::not")]
    pub members: bool,
}

impl News {
    /// Takes out what fits into one notification; `None`: there is nothing.
    fn take(&mut self) -> Option<Self> {
        if *self == Self::default() {
            return None;
        }
        let mut rest = Self::default();
        let split = |ids: &mut BTreeSet<u64>, rest: &mut BTreeSet<u64>| {
            if let Some(first) = ids.iter().nth(IDS_MAX / 2).copied() {
                *rest = ids.split_off(&first);
            }
        };
        split(&mut self.heard, &mut rest.heard);
        split(&mut self.repair, &mut rest.repair);
        Some(std::mem::replace(self, rest))
    }
}

/// Where news gather, and who in this process is woken by them.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    gathered: Mutex<News>,
    any: Notify,
    /// Somebody should look at the inbox.
    pub(super) inbox: Notify,
    /// Somebody should look at the slots.
    pub(super) slots: Notify,
    /// Somebody should look at who is there.
    pub(super) members: Notify,
}

impl Bell {
    /// To be told to all nodes soon.
    pub(super) fn ring(&self, change: impl FnOnce(&mut News)) {
        change(&mut self.gathered.lock().unwrap_or_else(PoisonError::into_inner));
        self.any.notify_one();
    }

    /// A workflow wants, holds or gave back a slot.
    pub fn slots_moved(&self) {
        self.slots.notify_one();
        self.ring(|news| news.slots = true);
    }

    fn take(&self) -> Option<News> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Tells what gathers.
pub(super) async fn tell(inner: Arc<Inner>) {
    loop {
        tokio::select! {
            () = inner.bell.any.notified() => {}
            () = inner.closed() => return,
        }
        inner.environment.sleep(Duration::from_millis(inner.limits.news_ms)).await;
        while let Some(news) = inner.bell.take() {
            let Ok(text) = serde_json::to_string(&news) else { continue };
            if let Err(error) = inner.shared.tell(&text).await {
                tracing::debug!(%error, "news were lost");
            }
        }
    }
}

/// Hears what others tell, and this node itself.
pub(super) async fn hear(inner: Arc<Inner>) {
    loop {
        let mut news = match inner.shared.listen().await {
            Ok(news) => news,
            Err(error) => {
                tracing::warn!(%error, "news from other nodes cannot be heard; it is tried again");
                tokio::select! {
                    () = inner.environment.sleep(Duration::from_millis(inner.limits.beat_ms)) => continue,
                    () = inner.closed() => return,
                }
            }
        };
        loop {
            let text = tokio::select! {
                text = news.recv() => text,
                () = inner.closed() => return,
            };
            let Some(text) = text else { break };
            // A later version's news that this one cannot read: it looks at everything.
            let everything = News { slots: true, members: true, inbox: [0].into(), ..News::default() };
            spread(&inner, &serde_json::from_str(&text).unwrap_or(everything));
        }
    }
}

fn spread(inner: &Inner, news: &News) {
    if !news.inbox.is_empty() {
        inner.bell.inbox.notify_one();
    }
    if news.slots {
        inner.bell.slots.notify_one();
    }
    if news.members {
        inner.bell.members.notify_one();
    }
    for id in &news.heard {
        inner.heard_here(crate::WorkflowId(*id));
    }
    for id in &news.repair {
        inner.repair_here(crate::WorkflowId(*id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_are_short_and_split_before_they_get_too_long() {
        let mut news = News { inbox: [3].into(), slots: true, ..News::default() };
        assert_eq!(serde_json::to_string(&news.take()).unwrap(), r#"{"i":[3],"s":true}"#);
        assert_eq!(news.take(), None);
        news.heard = (0..1_000).map(|n| u64::MAX - n).collect();
        let texts: Vec<_> =
            std::iter::from_fn(|| news.take()).map(|part| serde_json::to_string(&part).unwrap()).collect();
        assert_eq!(texts.len(), 5);
        assert!(texts.iter().all(|text| text.len() < 8_000));
        let heard: usize = texts.iter().map(|text| serde_json::from_str::<News>(text).unwrap().heard.len()).sum();
        assert_eq!(heard, 1_000);
    }
}
