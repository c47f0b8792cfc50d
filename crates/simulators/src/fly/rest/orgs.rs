//! Lists over all apps, in pages.

use super::{Answer, Call, Refusal, machines::wanted, views, volumes::listed};
use crate::fly::hub::Hub;
use serde_json::{Value, json};

/// Things on a page where nothing is said; also the most.
const PAGE_MAX: u64 = 1000;

fn is_known(hub: &Hub, call: &Call) -> Result<(), Refusal> {
    if call.app == hub.options().org { Ok(()) } else { Err(Refusal::not_found("organization")) }
}

pub fn machines(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    is_known(hub, call)?;
    let (world, at, since) = (hub.read(), call.shown_at(hub), updated_after(call)?);
    let shown = wanted(&world, call, at, &|machine| machine.updated_at_ms > since);
    let rows = shown.into_iter().map(|(machine, state)| (machine.id.clone(), views::org_machine(machine, state)));
    let (page, next) = page(call, rows.collect())?;
    let mut answer = json!({ "machines": page, "error_regions": [] });
    if let Some(last) = page.last() {
        (answer["last_machine_id"], answer["last_updated_at"]) = (last["id"].clone(), last["updated_at"].clone());
    }
    Ok(finish(answer, next))
}

pub fn volumes(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    is_known(hub, call)?;
    let (world, at, since) = (hub.read(), call.shown_at(hub), updated_after(call)?);
    let in_region = |region: &str| call.query("region").is_none_or(|it| it == region);
    let shown = listed(&world, at, &|volume| volume.updated_at_ms > since && in_region(&volume.region));
    let rows = shown.into_iter().map(|(volume, state)| {
        let mut row = views::volume(&world, volume, state);
        row["app_name"] = volume.app.clone().into();
        row["updated_at"] = views::moment(volume.updated_at_ms).into();
        (volume.id.clone(), row)
    });
    let (page, next) = page(call, rows.collect())?;
    let mut answer = json!({ "volumes": page });
    if let Some(last) = page.last() {
        (answer["last_volume_id"], answer["last_updated_at"]) = (last["id"].clone(), last["updated_at"].clone());
    }
    Ok(finish(answer, next))
}

fn updated_after(call: &Call) -> Result<u64, Refusal> {
    let wrong = |_| Refusal::bad_request("invalid updated_after");
    let moment = call.query("updated_after").map(str::parse::<jiff::Timestamp>).transpose().map_err(wrong)?;
    Ok(moment.map_or(0, |it| u64::try_from(it.as_millisecond()).unwrap_or(0)))
}

/// The rows behind the cursor, which is the last id of the page before; and the next cursor.
fn page(call: &Call, rows: Vec<(String, Value)>) -> Result<(Vec<Value>, Option<String>), Refusal> {
    let limit = usize::try_from(call.number("limit")?.unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX)).unwrap_or(usize::MAX);
    let after = call.query("cursor").unwrap_or_default();
    let mut rest: Vec<_> = rows.into_iter().filter(|(id, _)| id.as_str() > after).collect();
    let more = rest.len() > limit;
    rest.truncate(limit);
    let next = rest.last().filter(|_| more).map(|(id, _)| id.clone());
    Ok((rest.into_iter().map(|(_, row)| row).collect(), next))
}

fn finish(mut answer: Value, next: Option<String>) -> Answer {
    match next {
        Some(next) => {
            answer["next_cursor"] = next.clone().into();
            Answer::ok(answer).with_header("fly-next-cursor", next)
        }
        None => Answer::ok(answer),
    }
}
