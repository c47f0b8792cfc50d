use crate::{Error, Isolation, Machine, MachineSpec, Volume, VolumeSpec};
use async_trait::async_trait;

/// A compute backend. Every driver passes the same conformance suite.
#[async_trait]
pub trait Machines: Send + Sync {
    /// `process`, `docker`, `fly`.
    fn backend(&self) -> &'static str;

    /// What keeps a machine in.
    fn isolation(&self) -> Isolation;

    /// Makes the volume, or finds the one of that name: idempotent.
    async fn create_volume(&self, spec: &VolumeSpec) -> Result<Volume, Error>;

    /// The volume of that id, if it is certainly there; `None` if it is certainly not.
    async fn volume(&self, id: &str) -> Result<Option<Volume>, Error>;

    /// All volumes of a deployment that the backend shows. Absence here proves nothing.
    async fn volumes(&self, deployment: &str) -> Result<Vec<Volume>, Error>;

    /// Deletes the volume; one that is not there is a success. [`Error::InUse`] while a machine has it.
    async fn delete_volume(&self, id: &str) -> Result<(), Error>;

    /// Creates and starts the machine, or finds the one of that name. Refuses ([`Error::InUse`]) while another machine
    /// has the volume: never two that can write one.
    async fn start_machine(&self, spec: &MachineSpec) -> Result<Machine, Error>;

    /// The machine of that id, if it is certainly there; `None` if it is certainly not.
    async fn machine(&self, id: &str) -> Result<Option<Machine>, Error>;

    /// All machines of a deployment that the backend shows. Absence here proves nothing.
    async fn machines(&self, deployment: &str) -> Result<Vec<Machine>, Error>;

    /// The machines that have a volume, also those that have ended: one that is not among them certainly has not, now. So
    /// this proves what a list does not; a call that has not landed yet may still change it. Another's machine that
    /// nothing is known of is [`Error::InUse`]; a volume that is not there has none.
    async fn holders(&self, volume: &str) -> Result<Vec<Machine>, Error>;

    /// Ends the machine with everything in it and waits until that is confirmed: `Ok` means nothing of it can write its
    /// volume any more. One that is not there is a success. [`Error::Unconfirmed`] if it cannot be known in time.
    async fn destroy_machine(&self, id: &str) -> Result<(), Error>;

    /// The last lines that the machine's program printed, oldest first: those of standard output in their order, and those
    /// of standard error in theirs. Between the two a backend may not know the order.
    async fn machine_log(&self, id: &str, lines_max: usize) -> Result<Vec<String>, Error>;
}
