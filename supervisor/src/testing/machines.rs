use async_trait::async_trait;
use machines::{Error, Isolation, Labels, Machine, MachineSpec, MachineState, Machines, Volume, VolumeSpec};

/// One volume and one machine, which only can be looked at.
pub(crate) struct OneMachine;

fn labels(run: u32) -> Labels {
    Labels { deployment: "d".into(), workflow: "wf_12".into(), run, operation: "1".into() }
}

fn no<T>() -> Result<T, Error> {
    Err(Error::Permanent { what: "this stand-in can only be looked at".into() })
}

#[async_trait]
impl Machines for OneMachine {
    fn backend(&self) -> &'static str {
        "process"
    }
    fn isolation(&self) -> Isolation {
        Isolation::None
    }
    async fn volumes(&self, deployment: &str) -> Result<Vec<Volume>, Error> {
        let volume = Volume {
            id: "pr_8c41f2".into(),
            name: "pr_8c41f2".into(),
            labels: labels(0),
            created_at_ms: 1_700_000_000_000,
            adopted: false,
        };
        Ok(if deployment == "d" { vec![volume] } else { vec![] })
    }
    async fn machines(&self, deployment: &str) -> Result<Vec<Machine>, Error> {
        let machine = Machine {
            id: "m-8c41f2-1".into(),
            name: "m-8c41f2-1".into(),
            labels: labels(1),
            volume_id: "pr_8c41f2".into(),
            state: MachineState::Running,
            created_at_ms: 1_700_000_000_000,
        };
        Ok(if deployment == "d" { vec![machine] } else { vec![] })
    }
    async fn create_volume(&self, _: &VolumeSpec) -> Result<Volume, Error> {
        no()
    }
    async fn volume(&self, _: &str) -> Result<Option<Volume>, Error> {
        no()
    }
    async fn delete_volume(&self, _: &str) -> Result<(), Error> {
        no()
    }
    async fn start_machine(&self, _: &MachineSpec) -> Result<Machine, Error> {
        no()
    }
    async fn machine(&self, _: &str) -> Result<Option<Machine>, Error> {
        no()
    }
    async fn holders(&self, _: &str) -> Result<Vec<Machine>, Error> {
        no()
    }
    async fn destroy_machine(&self, _: &str) -> Result<(), Error> {
        no()
    }
    async fn machine_log(&self, _: &str, _: usize) -> Result<Vec<String>, Error> {
        no()
    }
}
