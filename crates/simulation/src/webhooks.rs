//! How GitHub delivers: mostly soon and once; at times late, twice, out of order or not at all. Each attempt is in its list.

use crate::{faults::Fault, github::Delivery, production::Taken, world::World};
use serde_json::{Value, json};

impl World {
    /// Delivers in the background. `expects`: the events that must follow.
    pub(crate) fn deliver(&self, event: &str, action: &str, mut body: Value, decision: bool, expects: Option<String>) {
        body["action"] = json!(action);
        body["installation"] = json!({"id": 5});
        body["repository"] = json!({
            "id": 42, "name": "shop", "full_name": "acme/shop", "owner": {"login": "acme"}
        });
        let place = {
            let mut state = self.state();
            let guid = format!("g-{}", state.github.id());
            let expects = vec![expects.unwrap_or_else(|| format!("gh:{guid}"))];
            let (event, action) = (event.to_owned(), action.to_owned());
            let body = body.to_string().into_bytes();
            state.github.deliveries.push(Delivery { guid, event, action, body, decision, expects, ignored: false });
            state.github.deliveries.len() - 1
        };
        let world = self.clone();
        self.spawn(async move {
            let (late, lost, twice) = {
                let mut state = world.state();
                (
                    state.happens(Fault::WebhookLate),
                    state.happens(Fault::WebhookLost),
                    state.happens(Fault::WebhookTwice),
                )
            };
            world.pause(50, if late { 2 * 3_600_000 } else { 3_000 }).await;
            if lost {
                let now = world.clock.right();
                world.state().github.attempted(place, now, 0);
                return world.note(format!("webhook {place} is lost"));
            }
            world.attempt(place).await;
            if twice {
                world.pause(10, 600_000).await;
                world.attempt(place).await;
            }
        });
    }

    async fn attempt(&self, place: usize) {
        let Some(delivery) = self.state().github.deliveries.get(place).cloned() else { return };
        let at = self.clock.right();
        let Delivery { guid, event, body, .. } = delivery.clone();
        let what = format!("webhook {guid} {event} {}", delivery.action);
        let taken = self.knock(&what, |it| Box::pin(async move { it.webhook(guid, event, body).await })).await;
        self.note(format!("{what}: {taken:?}"));
        let mut state = self.state();
        let status = match &taken {
            Some(Taken::Recorded(workflows)) => {
                for workflow in workflows {
                    let facts = delivery.expects.iter().map(|event| (workflow.clone(), event.clone()));
                    state.acknowledged.extend(facts);
                }
                202
            }
            Some(Taken::Ignored(_)) => {
                if let Some(delivery) = state.github.deliveries.get_mut(place) {
                    delivery.ignored = true;
                }
                202
            }
            Some(Taken::Refused) => 503,
            None => 0,
        };
        state.github.attempted(place, at, status);
    }
}
