//! What the database itself wants done from time to time.

use crate::{Deed, Kind, Outcome, duty::Round};

/// Does it, last of all: after what was removed.
pub async fn run(round: &Round<'_>) -> Result<Vec<Deed>, String> {
    let Some(what) = round.records.maintenance() else { return Ok(Vec::new()) };
    let deed = Deed {
        kind: Kind::Database,
        id: "database".to_owned(),
        name: "database".to_owned(),
        workflow: String::new(),
        since: None,
        outcome: Outcome::Mended,
        reason: what.to_owned(),
    };
    if round.order.dry_run {
        return Ok(vec![Deed { outcome: Outcome::WouldMend, ..deed }]);
    }
    // Nothing is changed that anybody could miss: it goes without an entry in the record.
    round.records.maintain().await.map_err(|error| error.to_string())?;
    Ok(vec![deed])
}
