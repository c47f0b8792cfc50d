use async_trait::async_trait;
use machines::{Error, Isolation, Labels, Machine, MachineSpec, MachineState, Machines, Volume, VolumeSpec};
use std::sync::{Mutex, MutexGuard};

/// One volume. What is made on it is in no list; a start may be answered by nothing and land when the test wants.
#[derive(Default)]
pub(crate) struct LateMachines {
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    there: Option<Machine>,
    under_way: Option<MachineSpec>,
    loses_answer: bool,
}

fn made(spec: &MachineSpec) -> Machine {
    Machine {
        id: format!("id-of-{}", spec.name),
        name: spec.name.clone(),
        labels: spec.labels.clone(),
        volume_id: spec.volume_id.clone(),
        state: MachineState::Running,
        created_at_ms: 1_700_000_000_000,
    }
}

impl LateMachines {
    pub(crate) const VOLUME: &str = "pr_8c41f2";

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap()
    }

    /// The next start is sent, and nobody hears what became of it.
    pub(crate) fn loses_the_next_answer(&self) {
        self.inside().loses_answer = true;
    }

    /// It takes effect now.
    pub(crate) fn lands(&self) {
        let mut inside = self.inside();
        let spec = inside.under_way.take().expect("a start is under way");
        assert!(inside.there.replace(made(&spec)).is_none(), "the volume was free");
    }

    /// A machine of somebody else has the volume.
    pub(crate) fn is_taken_by(&self, change: impl FnOnce(&mut Labels)) {
        let (workflow, operation) = ("wf_12".to_owned(), "1".to_owned());
        let mut labels = Labels { deployment: "d".into(), workflow, run: 1, operation };
        change(&mut labels);
        let volume_id = Self::VOLUME.to_owned();
        let (id, name, state) = ("id-of-other".to_owned(), "other".to_owned(), MachineState::Running);
        self.inside().there = Some(Machine { id, name, labels, volume_id, state, created_at_ms: 0 });
    }

    /// Runs whose machines can write the volume.
    pub(crate) fn runs(&self) -> Vec<u32> {
        self.inside().there.iter().map(|machine| machine.labels.run).collect()
    }
}

#[async_trait]
impl Machines for LateMachines {
    fn backend(&self) -> &'static str {
        "late"
    }
    fn isolation(&self) -> Isolation {
        Isolation::Vm
    }
    async fn create_volume(&self, _: &VolumeSpec) -> Result<Volume, Error> {
        panic!("the volume is there")
    }
    async fn volume(&self, id: &str) -> Result<Option<Volume>, Error> {
        let labels = Labels { deployment: "d".into(), workflow: "wf_12".into(), run: 0, operation: "1".into() };
        let (name, adopted) = (id.to_owned(), true);
        let volume = Volume { id: id.to_owned(), name, labels, created_at_ms: 1_700_000_000_000, adopted };
        Ok((id == Self::VOLUME).then_some(volume))
    }
    async fn volumes(&self, _: &str) -> Result<Vec<Volume>, Error> {
        Ok(Vec::new())
    }
    async fn delete_volume(&self, _: &str) -> Result<(), Error> {
        panic!("nobody deletes it")
    }
    async fn start_machine(&self, spec: &MachineSpec) -> Result<Machine, Error> {
        let mut inside = self.inside();
        if std::mem::take(&mut inside.loses_answer) {
            inside.under_way = Some(spec.clone());
            return Err(Error::Ambiguous { what: "no answer".into() });
        }
        if let Some(holder) = &inside.there {
            return Err(Error::InUse { volume: spec.volume_id.clone(), machine: holder.name.clone() });
        }
        Ok(inside.there.insert(made(spec)).clone())
    }
    async fn machine(&self, id: &str) -> Result<Option<Machine>, Error> {
        Ok(self.inside().there.clone().filter(|machine| machine.id == id))
    }
    async fn machines(&self, _: &str) -> Result<Vec<Machine>, Error> {
        Ok(Vec::new())
    }
    async fn holders(&self, volume: &str) -> Result<Vec<Machine>, Error> {
        Ok(self.inside().there.iter().filter(|machine| machine.volume_id == volume).cloned().collect())
    }
    async fn destroy_machine(&self, id: &str) -> Result<(), Error> {
        let mut inside = self.inside();
        if inside.there.as_ref().is_some_and(|machine| machine.id == id) {
            inside.there = None;
        }
        Ok(())
    }
    async fn machine_log(&self, _: &str, _: usize) -> Result<Vec<String>, Error> {
        Ok(Vec::new())
    }
}
