//! Loss of access: named transitions. A 404 or 403 alone is none of them.

use super::Moment;
use crate::pull_request::{
    check::Face,
    event::AccessChange,
    state::{Access, Phase, Read, Teardown},
    timer::Timer,
};

impl Moment {
    pub(super) fn access_changed(&mut self, change: &AccessChange) {
        if self.state.read == Read::Asked {
            // What is being read was perhaps found before this.
            self.state.read = Read::AskedAndDue;
        }
        match change {
            AccessChange::InstallationRemoved => self.gone("the app was uninstalled"),
            AccessChange::RepositoryWithdrawn => self.gone("the repository was taken from the installation"),
            AccessChange::RepositoryDeleted => self.gone("the repository was deleted"),
            AccessChange::InstallationSuspended => self.suspended("the installation is suspended"),
            AccessChange::RepositoryArchived => self.suspended("the repository is archived"),
            AccessChange::InstallationRestored | AccessChange::RepositoryUnarchived => self.restored(),
            AccessChange::RepositoryMoved { installation, owner, name } => {
                (self.state.pr.owner, self.state.pr.name) = (owner.clone(), name.clone());
                if let Some(installation) = installation {
                    self.state.pr.installation = *installation;
                }
                self.restored();
            }
        }
    }

    /// Nobody is left to review for: everything of ours goes, nothing can be written any more.
    fn gone(&mut self, why: &str) {
        self.state.access = Access::Gone { why: why.into() };
        match &mut self.state.phase {
            // Nobody is left to ask.
            Phase::Closing { volume, .. } if *volume == Teardown::Rereading => *volume = Teardown::Deletable,
            Phase::Closing { .. } | Phase::Closed => {}
            _ => self.begin_closing(why, self.state.policy.retention_ms),
        }
    }

    /// It may come back: what runs is stopped, the volume and an open request stay.
    pub(super) fn suspended(&mut self, why: &str) {
        self.state.access = Access::Suspended { why: why.into() };
        self.set_question_aside();
        if matches!(self.state.phase, Phase::Queued | Phase::Provisioning { .. } | Phase::Running) {
            self.cancel_watchdogs();
            self.show_wanted(Face::Cancelled { why: why.into() });
            self.idle();
        }
        self.cancel(Timer::Refresh);
    }

    /// Access is there again; a reading says what became of the pull request meanwhile.
    fn restored(&mut self) {
        if self.state.phase == Phase::Closed {
            return;
        }
        self.state.access = Access::Open;
        self.publish_anew();
        self.read_again();
    }
}
