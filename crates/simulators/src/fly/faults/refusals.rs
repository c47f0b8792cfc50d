//! Refusals in the words in which Fly was seen to give them. Fly publishes no contract of its errors.

use crate::fly::rest::Refusal;
use serde::{Deserialize, Serialize};

/// A refusal by its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Named {
    /// 400: no room in the region, as the creation of a volume says it.
    NoCapacity,
    /// 409: no room in the region, as the creation of a machine says it.
    RegionFull,
    /// 409: the host that was chosen has too little left.
    HostShort,
    /// 412: the volume's host has no room for a machine.
    VolumeHostFull,
    /// 422: no host fits what is asked for.
    NoCandidate,
    /// 403: the organisation has used its memory up.
    QuotaReached,
    /// 422: the account may have no more machines.
    MachineLimit,
    /// 412: the machine is in between two states.
    NotSettled,
    /// 429.
    TooMany,
    /// 401: the token is not known, or has expired.
    Unauthorized,
}

impl Named {
    pub fn refusal(self) -> Refusal {
        let said = |status, words: &str| Refusal::new(status, words);
        match self {
            Self::NoCapacity => said(400, "no capacity"),
            Self::RegionFull => said(409, "aborted: no capacity"),
            Self::HostShort => said(
                409,
                "aborted: could not reserve resource for machine: insufficient memory available to fulfill request on \
                 the current host",
            ),
            Self::VolumeHostFull => volume_host_full("vol_0000000000000000"),
            Self::NoCandidate => said(422, "could not find a candidate host").with_status("insufficient_capacity"),
            Self::QuotaReached => {
                said(403, "organization personal is using 40960 MB of memory in dfw which is over the allowed quota")
            }
            Self::MachineLimit => said(422, "your organization has reached its machine limit"),
            Self::NotSettled => said(412, "failed_precondition: machine still active, refusing to start"),
            Self::TooMany => said(429, "rate limit exceeded"),
            Self::Unauthorized => said(401, "unauthorized"),
        }
    }
}

/// 412, with a status of its own.
pub fn volume_host_full(volume: &str) -> Refusal {
    let words = format!("insufficient resources to create new machine with existing volume '{volume}'");
    Refusal::new(412, words).with_status("volume_placement_capacity")
}
