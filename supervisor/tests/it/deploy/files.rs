//! The Dockerfiles: what they say twice, or as the registry-free image does, is the same.

use super::{folder, text};
use std::path::Path;
use supervisor::image::{ProgramImage, Role};

/// Lines of the last stage of a Dockerfile that begin so, without that.
pub fn said(dockerfile: &str, word: &str) -> Vec<String> {
    let last = dockerfile.rsplit("\nFROM ").next().unwrap_or_default();
    last.lines().filter_map(|line| line.strip_prefix(word)?.strip_prefix(' ')).map(str::to_owned).collect()
}

#[test]
fn the_supervisor_s_image_is_the_same_by_a_dockerfile_and_without_a_registry() {
    let dockerfile = text("Dockerfile");
    let made = ProgramImage::of_this_machine(Role::Supervisor).and_then(|image| image.contents()).expect("an image");
    assert_eq!(said(&dockerfile, "USER"), [machines::docker::ENTRYPOINT_USER]);
    assert_eq!(said(&dockerfile, "WORKDIR"), [&*made.folder]);
    assert!(said(&dockerfile, "ENV").iter().all(|variable| made.environment.contains(variable)));
    let entry: Vec<String> = serde_json::from_str(&said(&dockerfile, "ENTRYPOINT")[0]).expect("a list");
    assert_eq!(entry, ["longshore", "serve"]);
    let (name, verb) = (Path::new(&made.command[0]).file_name().expect("a program"), &made.command[1]);
    assert_eq!((name.to_str(), &**verb), (Some(&*entry[0]), &*entry[1]));
    assert!(dockerfile.contains(&format!("/usr/local/bin/{}", entry[0])));
}

#[test]
fn dockerfiles_build_with_the_toolchain_of_the_source_and_on_one_distribution() {
    let toolchain = std::fs::read_to_string(folder().join("../rust-toolchain.toml")).expect("the toolchain");
    let worker = std::fs::read_to_string(folder().join("../worker-image/Dockerfile")).expect("the worker's");
    for dockerfile in [text("Dockerfile"), worker] {
        let from: Vec<_> = dockerfile.lines().filter_map(|line| line.strip_prefix("FROM ")).collect();
        let rust = from[0].strip_prefix("rust:").and_then(|rest| rest.split_once("-slim-")).expect("Rust's image");
        assert!(toolchain.contains(&format!("channel = \"{}.", rust.0)), "{toolchain} {from:?}");
        assert_eq!(from[0].strip_suffix(" AS build").and_then(|it| it.rsplit('-').next()), Some("bookworm"));
        assert_eq!(from[1], "debian:bookworm-slim");
    }
}
