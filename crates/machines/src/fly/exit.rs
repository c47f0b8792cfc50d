//! How a machine's program ended. Read from its events before it is destroyed, which is why it never destroys itself.

use super::{
    Inner,
    api::Call,
    pace::Action,
    wire::{ExitEvent, FlyEvent, FlyMachine},
};
use crate::Error;
use reqwest::Method;

/// How a machine's program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// Exit code; 0 also where a signal ended it.
    pub code: i32,
    /// Signal that ended it; 0 if none did.
    pub signal: i32,
    /// Something in the machine was ended at its memory limit.
    pub oom_killed: bool,
    /// We asked it to end; otherwise it ended by itself, or Fly ended it.
    pub requested: bool,
}

impl Inner {
    /// How the machine's program ended last; none if it did not, or nobody knows any more.
    pub async fn exit(&self, id: &str) -> Result<Option<Exit>, Error> {
        let path = format!("{}/machines/{id}/events", self.app_path());
        let call = Call::new(Method::GET, path, Action::ListEvents, id, format!("list events of machine `{id}`"));
        let answer = self.api.call(call).await.map_err(Error::from)?;
        let events = answer.json::<Option<Vec<FlyEvent>>>().map_err(Error::from)?.unwrap_or_default();
        Ok(last(&events))
    }
}

/// Says what an operator should know of an end.
pub fn tell(found: &FlyMachine) {
    match last(&found.events) {
        Some(exit) if exit.oom_killed => {
            tracing::warn!(machine = found.id, "something in the machine was ended at its memory limit");
        }
        Some(exit) if exit.code != 0 || exit.signal != 0 => {
            tracing::info!(machine = found.id, code = exit.code, signal = exit.signal, "a machine's program failed");
        }
        _ => {}
    }
}

/// Events come newest first, but nobody promises it.
fn last(events: &[FlyEvent]) -> Option<Exit> {
    let newest = events.iter().filter(|event| event.kind == "exit").max_by_key(|event| event.timestamp)?;
    let request = newest.request.as_ref();
    let nested = || request.and_then(|request| request.monitor_event.as_ref()?.exit_event.as_ref());
    let ExitEvent { exit_code, guest_signal, oom_killed, requested_stop, .. } =
        request.and_then(|request| request.exit_event.as_ref()).or_else(nested)?;
    Some(Exit { code: *exit_code, signal: *guest_signal, oom_killed: *oom_killed, requested: *requested_stop })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit(events: &str) -> Option<Exit> {
        last(&serde_json::from_str::<Vec<FlyEvent>>(events).unwrap())
    }

    #[test]
    fn a_code_of_zero_is_left_out_and_the_newest_end_counts() {
        let events = r#"[
            {"type":"start","timestamp":9},
            {"type":"exit","timestamp":5,"request":{"exit_event":{"exit_code":137,"oom_killed":true}}},
            {"type":"exit","timestamp":8,"request":{"exit_event":{"requested_stop":true}}}]"#;
        assert_eq!(exit(events), Some(Exit { code: 0, signal: 0, oom_killed: false, requested: true }));
    }

    #[test]
    fn the_older_place_is_read_too() {
        let events = r#"[{"type":"exit","timestamp":5,"request":{"MonitorEvent":{"exit_event":{"exit_code":1,"guest_signal":9}}}}]"#;
        assert_eq!(exit(events), Some(Exit { code: 1, signal: 9, oom_killed: false, requested: false }));
    }

    #[test]
    fn what_did_not_end_has_none() {
        assert_eq!(exit(r#"[{"type":"start","timestamp":1}]"#), None);
        assert_eq!(exit(r#"[{"type":"exit","timestamp":1,"request":null}]"#), None);
    }
}
