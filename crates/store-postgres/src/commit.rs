//! One commit: events, rows and early events of a batch, and the check of the fences, in one statement and so in one
//! round trip and one transaction.
//!
//! `held` locks the fences shared: whoever wants to raise one waits for the commits that hold it, and a commit that comes
//! later finds another epoch. Without all of them `ok` is empty, and every other part writes what it joins with: nothing.
//!
//! The statement is so long that it has a file of its own, `commit.sql`.

use crate::{
    code::Codes,
    convert::{limit, number},
    fences::Fences,
    records::{Early, Event, Workflow},
    text::{Texts, stored},
};
use engine::{Batch, EventId, InboxDone};
use sqlx::PgConnection;
use std::{borrow::Cow, sync::Arc};

/// Columns that name early events.
struct Used<'a> {
    kind: Vec<Cow<'a, str>>,
    key: Vec<Cow<'a, str>>,
    id: Vec<Cow<'a, str>>,
}

impl<'a> Used<'a> {
    fn of(names: &'a [(Arc<str>, Arc<str>, EventId)]) -> Self {
        Self {
            kind: names.iter().map(|(kind, ..)| stored(kind)).collect(),
            key: names.iter().map(|(_, key, _)| stored(key)).collect(),
            id: names.iter().map(|(.., id)| stored(id.as_str())).collect(),
        }
    }
}

/// Places of the inbox that were dealt with.
struct Done<'a> {
    taken: Vec<i64>,
    refused: Vec<i64>,
    why: Vec<Cow<'a, str>>,
}

impl<'a> Done<'a> {
    fn of(done: &'a [InboxDone]) -> Self {
        let taken = done.iter().filter(|it| it.refusal.is_none()).map(|it| number(it.place)).collect();
        let refused = done.iter().filter_map(|it| Some((number(it.place), stored(it.refusal.as_deref()?))));
        let (refused, why) = refused.unzip();
        Self { taken, refused, why }
    }
}

/// Writes a batch if all fences hold; `None`: they do not, and nothing was written.
pub(crate) async fn write(
    connection: &mut PgConnection,
    fences: &Fences,
    codes: &Codes,
    batch: &Batch,
) -> Result<Option<()>, sqlx::Error> {
    let mut events = Vec::with_capacity(batch.events.len());
    for event in &batch.events {
        events.push(Event::of(event, codes.number(connection, &event.code).await?));
    }
    let used = Used::of(&batch.early_used);
    let done = Done::of(&batch.inbox_done);
    let rested: Vec<i64> = batch.rested.iter().map(|id| number(id.0)).collect();
    let query = sqlx::query_file!(
        "src/commit.sql",
        &fences.partitions[..],
        &fences.epochs[..],
        &events[..] as &[Event<'_>],
        &Workflow::all(&batch.inserts)[..] as &[Workflow<'_>],
        &Workflow::all(&batch.updates)[..] as &[Workflow<'_>],
        &Early::all(&batch.early)[..] as &[Early<'_>],
        &used.kind as &Texts<'_>,
        &used.key as &Texts<'_>,
        &used.id as &Texts<'_>,
        &done.taken[..],
        &done.refused[..],
        &done.why as &Texts<'_>,
        &rested[..]
    );
    let written = query.fetch_one(connection).await?;
    if written.held == 0 {
        return Ok(None);
    }
    if written.changed != limit(batch.updates.len()) {
        let missing = limit(batch.updates.len()) - written.changed;
        return Err(sqlx::Error::Protocol(format!("{missing} workflows are gone from the database")));
    }
    Ok(Some(()))
}
