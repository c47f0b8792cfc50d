//! The Machines API as Fly gives it when it behaves: one file per resource. Calls are told apart by one table
//! ([`action`]), which the faults and the rate limits read too.

mod action;
mod apps;
mod call;
mod create;
mod events;
mod gate;
mod lease;
mod logs;
mod machines;
mod metadata;
mod orgs;
mod platform;
mod policies;
mod refusal;
mod steer;
mod update;
mod views;
mod volumes;
mod wait;

pub use action::Action;
pub use call::{Answer, Call};
pub use gate::through_the_gate;
pub use refusal::Refusal;
pub use volumes::erase;

use super::hub::Hub;

/// Does what a call asks for.
async fn perform(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    match call.action {
        Action::AppList => apps::list(hub, call),
        Action::AppCreate => apps::create(hub, call),
        Action::AppGet => apps::get(hub, call),
        Action::AppDelete => apps::delete(hub, call).await,
        Action::DeployToken => apps::deploy_token(hub, call),
        Action::PolicyList => policies::list(hub, call),
        Action::PolicyPut => policies::put(hub, call),
        Action::PolicyDelete => policies::delete(hub, call),
        Action::MachineList => machines::list(hub, call),
        Action::MachineCreate => create::create(hub, call),
        Action::MachineGet => machines::get(hub, call),
        Action::MachineUpdate => update::update(hub, call),
        Action::MachineDelete => steer::delete(hub, call),
        Action::MachineStart => steer::start(hub, call),
        Action::MachineStop => steer::stop(hub, call),
        Action::MachineRestart => steer::restart(hub, call),
        Action::MachineSuspend => steer::suspend(hub, call),
        Action::MachineSignal => steer::signal(hub, call),
        Action::MachineCordon => steer::cordon(hub, call, true),
        Action::MachineUncordon => steer::cordon(hub, call, false),
        Action::MachineWait => wait::wait(hub, call).await,
        Action::MachineEvents => events::list(hub, call),
        Action::MachineVersions => machines::versions(hub, call),
        Action::LeaseGet => lease::get(hub, call),
        Action::LeaseCreate => lease::create(hub, call),
        Action::LeaseRelease => lease::release(hub, call),
        Action::MetadataGet => metadata::get(hub, call),
        Action::MetadataUpdate => metadata::update(hub, call),
        Action::MetadataKeyGet => metadata::get_key(hub, call),
        Action::MetadataKeySet => metadata::set_key(hub, call),
        Action::MetadataKeyDelete => metadata::delete_key(hub, call),
        Action::VolumeList => volumes::list(hub, call),
        Action::VolumeCreate => volumes::create(hub, call).await,
        Action::VolumeGet => volumes::get(hub, call),
        Action::VolumeUpdate => volumes::update(hub, call),
        Action::VolumeDelete => volumes::delete(hub, call).await,
        Action::VolumeExtend => volumes::extend(hub, call),
        Action::SnapshotList => volumes::snapshots(hub, call),
        Action::SnapshotCreate => volumes::snapshot(hub, call),
        Action::OrgMachines => orgs::machines(hub, call),
        Action::OrgVolumes => orgs::volumes(hub, call),
        Action::Regions => platform::regions(hub),
        Action::Placements => platform::placements(hub, call),
        Action::Logs => logs::list(hub, call).await,
    }
}
