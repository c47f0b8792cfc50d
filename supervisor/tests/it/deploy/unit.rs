//! The systemd unit, by systemd's own judgement.

use super::text;
use std::{path::Path, process::Command};

const NAME: &str = "longshore.service";
const PROGRAM: &str = "/usr/local/bin/longshore";
/// `systemd-analyze security` counts from 0, safe, to 10. What is left are the network, control groups for the `process`
/// backend, and what agents need.
const EXPOSURE_MAX: f64 = 2.5;

/// What of it can be read without systemd.
#[test]
fn the_unit_serves_the_configuration_that_the_guide_installs_and_leaves_machines_alone_at_a_restart() {
    let (unit, guide) = (text(NAME), text("README.md"));
    let serve = format!("ExecStart={PROGRAM} serve --config /etc/longshore/longshore.toml");
    for line in
        [&*serve, "KillMode=process", "NoNewPrivileges=yes", "ProtectSystem=strict", "SystemCallFilter=@system-service"]
    {
        assert!(unit.lines().any(|it| it == line), "{line} is missing");
    }
    for secret in ["private-key", "webhook-secret"] {
        assert!(unit.contains(&format!("LoadCredential={secret}:/etc/longshore/{secret}")), "{secret}");
        assert!(guide.contains(secret), "the guide puts {secret} there");
    }
    assert!(guide.contains("deploy/longshore.service /etc/systemd/system/"));
}

#[test]
fn systemd_finds_nothing_wrong_with_the_unit_and_little_exposed() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        println!("`systemd-analyze` is not here: the unit was read, and not verified");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(NAME);
    // What it starts is not installed here.
    let here = env!("CARGO_BIN_EXE_longshore");
    std::fs::write(&path, text(NAME).replace(PROGRAM, here)).expect("a unit");
    let verified = Command::new("systemd-analyze").arg("verify").arg(&path).output().expect("it runs");
    let words = String::from_utf8_lossy(&verified.stderr).into_owned();
    let about_ours: Vec<_> = words.lines().filter(|line| line.contains("longshore")).collect();
    assert!(verified.status.success() && about_ours.is_empty(), "{words}");
    let exposure = exposure(&path);
    assert!(exposure <= EXPOSURE_MAX, "{exposure} is more than {EXPOSURE_MAX}");

    std::fs::write(&path, text(NAME).replace(PROGRAM, here).replace("[Service]", "[Service]\nProtectSytem=yes"))
        .expect("a unit");
    let verified = Command::new("systemd-analyze").arg("verify").arg(&path).output().expect("it runs");
    assert!(String::from_utf8_lossy(&verified.stderr).contains("ProtectSytem"), "a wrong word is noticed");
}

fn exposure(unit: &Path) -> f64 {
    let output = Command::new("systemd-analyze").args(["security", "--offline=true", "--no-pager"]).arg(unit).output();
    let words = String::from_utf8_lossy(&output.expect("it runs").stdout).into_owned();
    let level = words
        .split("Overall exposure level")
        .nth(1)
        .and_then(|rest| rest.split(": ").nth(1)?.split(' ').next()?.parse().ok());
    level.unwrap_or_else(|| panic!("no level in {words}"))
}
