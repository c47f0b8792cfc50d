//! Where several supervisors share a database, one of them catches up, and the others pass on what they are asked.

use super::{CatchUp, Turns};
use engine::beside::Expected;
use environment::Environment;
use std::time::Duration;

/// Installations that another supervisor asked to be read, by id.
const WANTED: &str = "catch_up_wanted";
/// Between two looks at who catches up and what others ask.
const LOOK: Duration = Duration::from_secs(2);
/// Documents in one look.
const PAGE: usize = 100;

/// Decides whose duty it is.
pub(super) struct Shift {
    pub(super) duty: CatchUp,
    pub(super) environment: Environment,
}

impl Shift {
    /// Does what is due if it is this supervisor's to do; how long there is nothing to do then. Whoever begins, begins anew:
    /// with everything that is open.
    pub(super) async fn turn(&self, turns: &mut Option<Turns>) -> Duration {
        let Ok(engine) = self.duty.intake.parts.engine.engine() else { return LOOK };
        if !engine.leads() {
            *turns = None;
            self.pass_on().await;
            return LOOK;
        }
        if !engine.is_one_of_several() {
            return turns.get_or_insert_with(|| Turns::new(self.duty.clone())).next().await;
        }
        let begun = turns.is_some();
        let turns = turns.get_or_insert_with(|| Turns::new(self.duty.clone()));
        // One that begins reads everything anyway; what it was asked before is then done.
        self.take_over(begun).await;
        turns.next().await.min(LOOK)
    }

    async fn pass_on(&self) {
        let parts = &self.duty.intake.parts;
        for installation in parts.wanted.take() {
            let at = serde_json::json!(self.environment.now().as_millis());
            let put = parts.beside.put_document(WANTED, &installation.to_string(), &at, Expected::Any).await;
            if let Err(error) = put {
                tracing::warn!(%error, installation, "an installation is to be read, and nobody could be told yet");
                parts.wanted.installation(installation);
                return;
            }
        }
    }

    async fn take_over(&self, read_them: bool) {
        let parts = &self.duty.intake.parts;
        let asked = parts.beside.documents(WANTED, "", None, PAGE).await.unwrap_or_default();
        for (key, _) in asked {
            if let (true, Ok(installation)) = (read_them, key.parse()) {
                parts.wanted.installation(installation);
            }
            if let Err(error) = parts.beside.delete_document(WANTED, &key).await {
                tracing::debug!(%error, "an installation will be read again");
            }
        }
    }
}
