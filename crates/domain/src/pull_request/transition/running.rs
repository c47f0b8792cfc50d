//! From the granted slot to the running worker.

use super::{
    EARLY_MS, Moment,
    watchdog::{AGAIN_MS, REPUBLISH_MS},
};
use crate::pull_request::{
    action::Action,
    check::{Face, Publishing},
    outside::{Machine, MachineEnd, Stranded, Volume, VolumeLife},
    state::{Phase, STRANDED_MAX, Step},
    timer::Timer,
};
use engine::Illegal;

/// A reading older than this is repeated before a machine starts, in milliseconds.
const READ_FRESH_MS: u64 = 60_000;

impl Moment {
    pub(super) fn slot_granted(&mut self) {
        let ready = self.state.phase == Phase::Queued && self.state.wanted.is_some() && self.state.machine.is_none();
        if !ready {
            return; // The slot is derived from the state: it is free again with this very commit.
        }
        if u128::from(READ_FRESH_MS) < self.now.since(self.state.read_at).as_millis() {
            self.state.phase = Phase::Provisioning { step: Step::Read };
            self.read_again();
        } else {
            self.provision();
        }
    }

    pub(super) fn provision(&mut self) {
        let Some(run) = self.state.wanted.as_ref().map(|wanted| wanted.run) else { return };
        if self.state.volume.as_ref().is_some_and(|volume| volume.id.is_some()) {
            return self.start_machine(run);
        }
        self.state.phase = Phase::Provisioning { step: Step::Volume };
        let life = match self.state.volume.as_ref().map(|volume| volume.life) {
            // A run before this one asked for it; its answer serves this one.
            Some(VolumeLife::Creating | VolumeLife::CreatingAgain) => return,
            Some(VolumeLife::There | VolumeLife::Deleting) => VolumeLife::CreatingAgain,
            None => VolumeLife::Creating,
        };
        self.state.volume = Some(Volume { id: None, copy: self.state.copies, life });
        self.actions.push(Action::CreateVolume { run, copy: self.state.copies });
    }

    fn start_machine(&mut self, run: u32) {
        self.state.phase = Phase::Provisioning { step: Step::Machine };
        self.state.machine = Some(Machine { run, id: None, end: MachineEnd::Starting });
        self.actions.push(Action::StartMachine { run });
    }

    pub(super) fn volume_created(&mut self, run: u32, copy: u32, id: &str) {
        if let Some(volume) = self.state.volume.as_mut().filter(|volume| volume.copy == copy) {
            volume.id = Some(id.to_owned());
            volume.life = VolumeLife::There;
        }
        match self.state.phase {
            Phase::Provisioning { step: Step::Volume } if self.is_wanted(run) => self.start_machine(run),
            // A later run was wanted meanwhile and waits for this very volume.
            Phase::Provisioning { step: Step::Volume } => {
                if let Some(run) = self.state.wanted.as_ref().map(|wanted| wanted.run) {
                    self.start_machine(run);
                }
            }
            _ => {}
        }
    }

    /// A new volume takes its place, seeded from the last checkpoint; the run says what became of the session.
    pub(super) fn volume_lost(&mut self, run: u32) {
        if self.state.machine.as_ref().is_none_or(|machine| machine.run != run || machine.end != MachineEnd::Starting) {
            return;
        }
        self.state.machine = None;
        // Its name is not used again: what is lost may come back with its host, and must not be taken for the new one. Until
        // somebody says that it is gone it is not forgotten; its deletion keeps nobody waiting now.
        if let Some(volume) = self.state.volume.take() {
            self.keep_stranded(Stranded {
                machine: None,
                volume: Some(Volume { life: VolumeLife::Deleting, ..volume }),
            });
            self.at(Timer::DestroyAgain, self.now.plus_millis(AGAIN_MS));
        }
        self.state.copies += 1;
        self.state.session_lost |= self.state.session;
        self.state.session = false;
        if self.is_wanted(run) && self.state.run_under_way().is_some() {
            self.provision();
        }
    }

    pub(super) fn keep_stranded(&mut self, stranded: Stranded) {
        if self.state.stranded.len() >= STRANDED_MAX {
            self.state.stranded.remove(0); // The janitor finds what is left of it by its labels.
        }
        self.state.stranded.push(stranded);
    }

    /// The next run begins on a new volume, seeded from what was imported; the old volume goes. Only while no machine has it,
    /// since a run's own checkpoint would take the place of the imported one.
    pub(super) fn session_imported(&mut self) -> Result<(), Illegal> {
        let refused = |why: &str| Err(Illegal::Refused(why.into()));
        if matches!(self.state.phase, Phase::Closing { .. } | Phase::Closed) {
            return refused("the pull request is closed");
        }
        if self.state.machine.is_some() || self.state.run_under_way().is_some() {
            return refused(
                "a machine runs, or its end is not confirmed yet; wait until it is over, or `longshore cancel` it",
            );
        }
        if self.state.stranded.len() >= STRANDED_MAX {
            return refused("too many volumes of it are still being deleted; try again later");
        }
        if let Some(volume) = self.state.volume.take() {
            self.actions.push(Action::DeleteVolume { volume: volume.id.clone(), copy: volume.copy });
            let volume = Some(Volume { life: VolumeLife::Deleting, ..volume });
            self.state.stranded.push(Stranded { machine: None, volume });
            self.state.copies += 1;
        }
        (self.state.session, self.state.session_lost) = (false, true);
        Ok(())
    }

    pub(super) fn machine_started(&mut self, run: u32, id: &str) {
        let Some(machine) = self.state.machine.as_mut().filter(|machine| machine.run == run) else { return };
        machine.id = Some(id.to_owned());
        if machine.end == MachineEnd::Starting {
            machine.end = MachineEnd::None;
        }
        if self.state.phase == (Phase::Provisioning { step: Step::Machine }) && self.is_wanted(run) {
            self.state.phase = Phase::Provisioning { step: Step::Claim };
            self.after_silence(Timer::Claim, self.state.policy.watchdog.claim_ms, false);
            self.show_in_progress(0, 0, 0);
        }
    }

    /// A worker may be quicker than the answer of the call that started its machine.
    pub(super) fn run_claimed(&mut self, run: u32) -> Result<(), Illegal> {
        self.only_current(run)?;
        if self.state.phase != Phase::Running {
            self.state.phase = Phase::Running;
            self.cancel(Timer::Claim);
            self.after_silence(Timer::FirstHeartbeat, self.state.policy.watchdog.first_heartbeat_ms, false);
            self.after_silence(Timer::Total, self.state.policy.watchdog.total_ms, false);
            self.show_in_progress(0, 0, 0);
        }
        Ok(())
    }

    pub(super) fn run_heard(&mut self, run: u32) {
        if self.state.phase == Phase::Running && self.is_wanted(run) {
            self.cancel(Timer::FirstHeartbeat);
            self.after_silence(Timer::Silence, self.state.policy.watchdog.silence_ms, true);
        }
    }

    pub(super) fn run_progressed(&mut self, run: u32, findings: u32, files_read: u32, files_total: u32) {
        if self.state.phase == Phase::Running && self.is_wanted(run) {
            self.show_in_progress(findings, files_read, files_total);
        }
    }

    fn show_in_progress(&mut self, findings: u32, files_read: u32, files_total: u32) {
        self.show_wanted(Face::InProgress { findings, files_read, files_total });
    }

    pub(super) fn check_published(&mut self, run: u32, sha: &str, check_run: u64, revision: u32, unsure: bool) {
        if unsure {
            // Where everything is read again sooner, nothing lands later than that, either.
            let refresh_ms = Some(self.state.policy.refresh_ms).filter(|ms| *ms > 0);
            self.at(Timer::Republish, self.now.plus_millis(refresh_ms.unwrap_or(REPUBLISH_MS).min(REPUBLISH_MS)));
        }
        if let Some(check) = self.state.checks.iter_mut().find(|check| check.run == run && check.sha == sha) {
            check.check_run = Some(check_run);
            check.published = check.published.max(revision);
            check.publishing = Publishing::No;
            check.unsure |= unsure;
        }
    }

    /// An open check run without a run behind it is published anew; one that nobody remembers is cancelled.
    pub(super) fn check_found_open(&mut self, run: u32, sha: &str, check_run: u64) {
        if self.is_wanted(run) {
            return;
        }
        if self.state.check(run, sha).is_none() {
            self.show(run, sha, Face::Cancelled { why: "its run is over".into() });
        }
        let policy = self.state.policy.clone();
        let Some(check) = self.state.checks.iter_mut().find(|check| check.run == run && check.sha == sha) else {
            return;
        };
        if check.face.conclusion(&policy).is_some() {
            check.check_run.get_or_insert(check_run);
            check.published = 0;
        }
    }

    pub(super) fn is_wanted(&self, run: u32) -> bool {
        self.state.wanted.as_ref().is_some_and(|wanted| wanted.run == run)
    }

    /// Fencing by number: only the run under way may speak.
    pub(super) fn only_current(&self, run: u32) -> Result<(), Illegal> {
        match self.state.run_under_way() {
            Some(wanted) if wanted.run == run => Ok(()),
            _ if run > self.state.run => {
                Err(Illegal::TooEarly { why: format!("run {run} is not known yet"), keep_ms: EARLY_MS })
            }
            _ => Err(Illegal::Refused(format!("run {run} is over"))),
        }
    }
}
