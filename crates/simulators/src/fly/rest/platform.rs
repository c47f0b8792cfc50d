use super::{Answer, Call, Refusal};
use crate::fly::hub::Hub;
use serde_json::{Value, json};

pub fn regions(hub: &Hub) -> Result<Answer, Refusal> {
    let regions = &hub.options().regions;
    let row =
        |code: &String| json!({ "code": code, "name": code, "gateway_available": true, "requires_paid_plan": false });
    Ok(Answer::ok(json!({ "nearest": regions.first(), "regions": regions.iter().map(row).collect::<Vec<_>>() })))
}

/// Where machines would find room. In PascalCase, as the live API was seen to answer, whatever the description says.
pub fn placements(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let _: Value = call.input()?;
    let row = |region: &String| json!({ "Region": region, "Count": 1, "Concurrency": 1 });
    Ok(Answer::ok(json!({ "Regions": hub.options().regions.iter().map(row).collect::<Vec<_>>() })))
}
