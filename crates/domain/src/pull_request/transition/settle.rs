//! What must be done follows from the state alone.

use super::{Moment, Timer};
use crate::pull_request::{
    action::Action,
    check::Publishing,
    outside::{MachineEnd, VolumeLife},
    state::{Access, Phase, Read, Teardown},
};

impl Moment {
    pub(super) fn settle(&mut self) {
        self.settle_questions();
        self.settle_reading();
        self.settle_machine();
        self.settle_closing();
        self.settle_checks();
        self.settle_refresh();
    }

    pub(super) fn settle_reading(&mut self) {
        let readable = !matches!(self.state.access, Access::Gone { .. });
        if self.state.read == Read::Due && readable {
            self.state.read = Read::Asked;
            self.actions.push(Action::ReadPullRequest);
        }
    }

    /// A machine that no phase needs any more is ended; never before the call that starts it has answered.
    fn settle_machine(&mut self) {
        let needed = self.state.run_under_way().map(|wanted| wanted.run);
        let Some(machine) = &mut self.state.machine else { return };
        if machine.end == MachineEnd::None && needed != Some(machine.run) {
            machine.end = MachineEnd::Asked;
            self.actions.push(Action::DestroyMachine { run: machine.run, machine: machine.id.clone() });
        }
    }

    /// Order of teardown: machine, wait, volume; and the checks are concluded.
    fn settle_closing(&mut self) {
        let Phase::Closing { volume: Teardown::Deletable, .. } = self.state.phase else { return };
        if self.state.machine.is_some() {
            return;
        }
        if let Some(volume) = &mut self.state.volume {
            if volume.life == VolumeLife::There {
                self.actions.push(Action::DeleteVolume { volume: volume.id.clone(), copy: volume.copy });
                volume.life = VolumeLife::Deleting;
            }
            return;
        }
        let unpublished = self.state.checks.iter().any(|check| check.published < check.revision || check.unsure);
        if self.state.stranded.is_empty() && !(unpublished && self.state.access.can_write()) {
            self.closed();
        }
    }

    fn settle_checks(&mut self) {
        if !self.state.access.can_write() {
            return;
        }
        for check in &mut self.state.checks {
            if check.published < check.revision && check.publishing == Publishing::No {
                check.publishing = Publishing::Asked;
                self.actions.push(Action::PublishCheck { run: check.run, sha: check.sha.clone() });
            }
        }
    }

    /// Webhooks may be lost: whoever waits for news reads again after a while, also if the last reading was before the wait.
    fn settle_refresh(&mut self) {
        let begins = !self.waited || self.state.read_at == self.now;
        let shut = matches!(self.state.access, Access::Suspended { .. } | Access::Gone { .. });
        if begins && self.state.waits_for_news() && !shut && self.state.policy.refresh_ms > 0 {
            self.at(Timer::Refresh, self.now.plus_millis(self.state.policy.refresh_ms));
        }
    }
}
