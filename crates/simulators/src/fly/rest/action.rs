use serde::{Deserialize, Serialize};

/// What a call asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    AppList,
    AppCreate,
    AppGet,
    AppDelete,
    DeployToken,
    PolicyList,
    PolicyPut,
    PolicyDelete,
    MachineList,
    MachineCreate,
    MachineGet,
    MachineUpdate,
    MachineDelete,
    MachineStart,
    MachineStop,
    MachineRestart,
    MachineSuspend,
    MachineSignal,
    MachineCordon,
    MachineUncordon,
    MachineWait,
    MachineEvents,
    MachineVersions,
    LeaseGet,
    LeaseCreate,
    LeaseRelease,
    MetadataGet,
    MetadataUpdate,
    MetadataKeyGet,
    MetadataKeySet,
    MetadataKeyDelete,
    VolumeList,
    VolumeCreate,
    VolumeGet,
    VolumeUpdate,
    VolumeDelete,
    VolumeExtend,
    SnapshotList,
    SnapshotCreate,
    OrgMachines,
    OrgVolumes,
    Regions,
    Placements,
    Logs,
}

/// Where a call leads: the action, and up to three names from the path: app or organisation, id, key.
pub type Place<'a> = (Action, &'a str, &'a str, &'a str);

/// The place of a call; none: there is no such route.
pub fn place<'a>(method: &str, path: &'a str) -> Option<Place<'a>> {
    if let Some(rest) = path.strip_prefix("/api/v1/apps/") {
        let app = rest.strip_suffix("/logs")?;
        return (method == "GET" && !app.contains('/')).then_some((Action::Logs, app, "", ""));
    }
    let parts: Vec<&str> = path.strip_prefix("/v1/")?.trim_end_matches('/').split('/').collect();
    match parts[..] {
        ["apps"] => Some((of(method, &[("GET", Action::AppList), ("POST", Action::AppCreate)])?, "", "", "")),
        ["apps", app] => Some((of(method, &[("GET", Action::AppGet), ("DELETE", Action::AppDelete)])?, app, "", "")),
        ["apps", app, "machines", id, ref rest @ ..] => machine(method, app, id, rest),
        ["apps", app, "volumes", id, ref rest @ ..] => volume(method, app, id, rest),
        ["apps", app, kind] => Some((of_app(method, kind)?, app, "", "")),
        ["apps", app, "network_policies", id] => Some((of(method, &[("DELETE", Action::PolicyDelete)])?, app, id, "")),
        ["orgs", org, "machines"] => Some((of(method, &[("GET", Action::OrgMachines)])?, org, "", "")),
        ["orgs", org, "volumes"] => Some((of(method, &[("GET", Action::OrgVolumes)])?, org, "", "")),
        ["platform", "regions"] => Some((of(method, &[("GET", Action::Regions)])?, "", "", "")),
        ["platform", "placements"] => Some((of(method, &[("POST", Action::Placements)])?, "", "", "")),
        _ => None,
    }
}

fn of(method: &str, actions: &[(&str, Action)]) -> Option<Action> {
    actions.iter().find(|(it, _)| *it == method).map(|(_, action)| *action)
}

fn of_app(method: &str, kind: &str) -> Option<Action> {
    match (method, kind) {
        ("GET", "machines") => Some(Action::MachineList),
        ("POST", "machines") => Some(Action::MachineCreate),
        ("GET", "volumes") => Some(Action::VolumeList),
        ("POST", "volumes") => Some(Action::VolumeCreate),
        ("GET", "network_policies") => Some(Action::PolicyList),
        ("POST", "network_policies") => Some(Action::PolicyPut),
        ("POST", "deploy_token") => Some(Action::DeployToken),
        _ => None,
    }
}

fn machine<'a>(method: &str, app: &'a str, id: &'a str, rest: &[&'a str]) -> Option<Place<'a>> {
    let (action, key) = match (method, rest) {
        ("GET", []) => (Action::MachineGet, ""),
        ("POST", []) => (Action::MachineUpdate, ""),
        ("DELETE", []) => (Action::MachineDelete, ""),
        ("POST", ["start"]) => (Action::MachineStart, ""),
        ("POST", ["stop"]) => (Action::MachineStop, ""),
        ("POST", ["restart"]) => (Action::MachineRestart, ""),
        ("POST", ["suspend"]) => (Action::MachineSuspend, ""),
        ("POST", ["signal"]) => (Action::MachineSignal, ""),
        ("POST", ["cordon"]) => (Action::MachineCordon, ""),
        ("POST", ["uncordon"]) => (Action::MachineUncordon, ""),
        ("GET", ["wait"]) => (Action::MachineWait, ""),
        ("GET", ["events"]) => (Action::MachineEvents, ""),
        ("GET", ["versions"]) => (Action::MachineVersions, ""),
        ("GET", ["lease"]) => (Action::LeaseGet, ""),
        ("POST", ["lease"]) => (Action::LeaseCreate, ""),
        ("DELETE", ["lease"]) => (Action::LeaseRelease, ""),
        ("GET", ["metadata"]) => (Action::MetadataGet, ""),
        // PUT is an older name of PATCH, and merges as well.
        ("PATCH" | "PUT", ["metadata"]) => (Action::MetadataUpdate, ""),
        ("GET", ["metadata", key]) => (Action::MetadataKeyGet, *key),
        ("POST", ["metadata", key]) => (Action::MetadataKeySet, *key),
        ("DELETE", ["metadata", key]) => (Action::MetadataKeyDelete, *key),
        _ => return None,
    };
    Some((action, app, id, key))
}

fn volume<'a>(method: &str, app: &'a str, id: &'a str, rest: &[&str]) -> Option<Place<'a>> {
    let action = match (method, rest) {
        ("GET", []) => Action::VolumeGet,
        ("PUT", []) => Action::VolumeUpdate,
        ("DELETE", []) => Action::VolumeDelete,
        ("PUT", ["extend"]) => Action::VolumeExtend,
        ("GET", ["snapshots"]) => Action::SnapshotList,
        ("POST", ["snapshots"]) => Action::SnapshotCreate,
        _ => return None,
    };
    Some((action, app, id, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_told_apart_by_method_and_path() {
        assert_eq!(place("POST", "/v1/apps/w/machines"), Some((Action::MachineCreate, "w", "", "")));
        assert_eq!(place("GET", "/v1/apps/w/machines/m/metadata/k"), Some((Action::MetadataKeyGet, "w", "m", "k")));
        assert_eq!(place("GET", "/v1/apps/w/network_policies/"), Some((Action::PolicyList, "w", "", "")));
        assert_eq!(place("GET", "/api/v1/apps/w/logs"), Some((Action::Logs, "w", "", "")));
        for (method, path) in [("PUT", "/v1/apps"), ("GET", "/apps"), ("GET", "/v1/apps/w/machines/m/start")] {
            assert_eq!(place(method, path), None, "{method} {path}");
        }
    }
}
