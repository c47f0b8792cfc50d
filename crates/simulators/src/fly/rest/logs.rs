//! What machines printed. On Fly this is another service (`api.fly.io`), as Fly's own client calls it; here it answers on
//! the same address.

use super::{Answer, Call, Refusal, views};
use crate::fly::{hub::Hub, world::Machine};
use serde_json::{Value, json};

/// Lines that are asked of a runner.
const LINES_MAX: usize = 2_000;

/// Oldest first. `next_token` is the number of lines that were read; it is counted for each machine by itself, so it is
/// given where one is asked for.
pub async fn list(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let wanted = call.query("instance").unwrap_or_default();
    let machines: Vec<Machine> = {
        let world = hub.read();
        call.app_exists(&world)?;
        let of_call = world.machines.values().filter(|it| it.app == call.app && (wanted.is_empty() || it.id == wanted));
        of_call.cloned().collect()
    };
    let mut rows = Vec::new();
    for Machine { id, region, created_at_ms, log: mut lines, run, .. } in machines {
        if let (Some(run), Some(runner)) = (run, &hub.options().runner) {
            lines.extend(runner.log(&run, LINES_MAX).await.map_err(|why| Refusal::new(500, why))?);
        }
        // Nobody wrote down when a line was printed: they are a millisecond apart, so that their order is kept.
        let numbered = lines.iter().enumerate();
        rows.extend(numbered.map(|(at, line)| row(&id, &region, created_at_ms + at as u64, at, line)));
    }
    let read: usize = call.query("next_token").and_then(|token| token.parse().ok()).unwrap_or(0);
    let next = if wanted.is_empty() { String::new() } else { rows.len().to_string() };
    let rows = rows.split_off(read.min(rows.len()));
    Ok(Answer::ok(json!({ "data": rows, "meta": { "next_token": next } })))
}

fn row(machine: &str, region: &str, at_ms: u64, number: usize, line: &str) -> Value {
    let attributes = json!({
        "timestamp": views::moment(at_ms),
        "message": line,
        "level": "info",
        "instance": machine,
        "region": region,
        "meta": { "instance": machine, "region": region, "event": { "provider": "app" } },
    });
    json!({ "id": format!("{machine}-{number}"), "type": "log", "attributes": attributes })
}
