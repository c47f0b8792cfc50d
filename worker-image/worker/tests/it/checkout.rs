//! The checkout: history, what is not fetched, and what a hostile volume or repository tries.

use crate::support::{Repository, Stage};
use axum::http::StatusCode;
use protocol::{Outcome, Purpose};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use worker::Exit;

const CALL: &str = "fn f() {\n    dbg!(1);\n}\n";

#[tokio::test]
async fn a_base_that_is_far_back_is_reached_by_deepening() {
    let repository = Repository::new();
    repository.write("src/lib.rs", "fn f() {\n}\n");
    let fork = repository.commit("fork");
    for n in 0..120 {
        repository.git(&["commit", "--quiet", "--allow-empty", "--message", &format!("main {n}")]);
    }
    let base = repository.id("HEAD");
    repository.git(&["checkout", "--quiet", "-b", "work", &fork]);
    repository.write("src/lib.rs", CALL);
    let head = repository.commit("work");
    let result = Stage::of(repository, &base, &head).await.run_to_result().await;
    assert_eq!((result.outcome, result.merge_base), (Outcome::Reviewed, fork));
    assert_eq!(result.findings.len(), 1);
}

#[tokio::test]
async fn branches_without_common_history_are_compared_with_the_bases_tip_and_it_says_so() {
    let repository = Repository::new();
    repository.write("README", "x\n");
    let base = repository.commit("main");
    repository.git(&["checkout", "--quiet", "--orphan", "work"]);
    repository.write("src/lib.rs", CALL);
    let head = repository.commit("work");
    let result = Stage::of(repository, &base, &head).await.run_to_result().await;
    assert_eq!(result.merge_base, base);
    assert_eq!(result.findings.len(), 1);
    assert!(result.coverage.not_checked[0].contains("no common history"), "{:?}", result.coverage);
}

#[tokio::test]
async fn submodules_lfs_files_and_large_files_are_named_as_not_checked() {
    let repository = Repository::new();
    repository.write("README", "x\n");
    let base = repository.commit("main");
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 5\n", "0".repeat(64));
    repository.write("model.bin", pointer).write("huge.txt", "x\n".repeat(600 * 1024));
    repository.git(&["add", "--all"]);
    repository.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{base},vendor/x")]);
    repository.git(&["commit", "--quiet", "--message", "work"]);
    let head = repository.id("HEAD");
    let not_checked = Stage::of(repository, &base, &head).await.run_to_result().await.coverage.not_checked;
    for named in ["submodule vendor/x", "LFS file model.bin", "huge.txt (1200 KiB, too large)"] {
        assert!(not_checked.iter().any(|entry| entry == named), "{named}: {not_checked:?}");
    }
}

#[tokio::test]
async fn an_attribute_cannot_hide_a_change() {
    let repository = Repository::new();
    repository.write("src/lib.rs", "fn f() {\n}\n");
    let base = repository.commit("main");
    repository.write("src/lib.rs", CALL).write(".gitattributes", "* -diff\n*.rs binary\n");
    let head = repository.commit("work");
    let result = Stage::of(repository, &base, &head).await.run_to_result().await;
    assert_eq!(result.findings.len(), 1);
    assert!(result.patch.unwrap().diff.contains("-    dbg!(1);"));
}

#[tokio::test]
async fn what_an_earlier_run_planted_in_the_workspace_does_not_run() {
    let mut stage =
        Stage::with_a_debug_call().await.script("read -r a; git status >/dev/null; echo '{\"type\":\"done\"}'");
    stage.run_to_result().await;
    let trap = stage.at("trap.sh");
    let sprung = stage.at("sprung");
    std::fs::write(&trap, format!("#!/bin/sh\ntouch {}\n", sprung.display())).unwrap();
    std::fs::set_permissions(&trap, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (git, trap) = (stage.at("workspace/.git"), trap.display().to_string());
    let config = format!(
        "[core]\n\tfsmonitor = {trap}\n\thooksPath = {hooks}\n\tsshCommand = {trap}\n[filter \"x\"]\n\tsmudge = {trap}\n\
         [diff]\n\texternal = {trap}\n[include]\n\tpath = ../../config\n[credential]\n\thelper = {trap}\n",
        hooks = stage.at("").display()
    );
    std::fs::write(git.join("config"), config).unwrap();
    for hook in ["post-checkout", "post-index-change", "reference-transaction", "fsmonitor-watchman"] {
        std::fs::create_dir_all(git.join("hooks")).unwrap();
        symlink(&trap, git.join("hooks").join(hook)).unwrap();
        symlink(&trap, stage.at(hook)).unwrap();
    }
    std::fs::write(git.join("index.lock"), "").unwrap();
    std::fs::write(git.join("shallow.lock"), "").unwrap();
    std::fs::write(git.join("objects/pack/tmp_pack_x"), "half").unwrap();
    std::fs::write(stage.at("workspace/left-over.txt"), "").unwrap();

    stage.next_run(Purpose::Review { reason: "new commits".into() });
    assert_eq!(stage.run_to_result().await.outcome, Outcome::Reviewed);
    assert!(!sprung.exists(), "a planted program ran");
    assert!(!stage.at("workspace/left-over.txt").exists());
}

#[tokio::test]
async fn a_git_directory_that_is_a_link_or_a_file_is_replaced() {
    let outside = tempfile::tempdir().unwrap();
    for is_link in [true, false] {
        let stage = Stage::with_a_debug_call().await;
        std::fs::create_dir(stage.at("workspace")).unwrap();
        if is_link {
            symlink(outside.path(), stage.at("workspace/.git")).unwrap();
        } else {
            let pointer = format!("gitdir: {}\n", outside.path().display());
            std::fs::write(stage.at("workspace/.git"), pointer).unwrap();
        }
        stage.run_to_result().await;
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn a_hostile_link_in_the_tree_becomes_a_file_for_agents_that_want_files() {
    let repository = Repository::new();
    repository.write("README", "x\n");
    let base = repository.commit("main");
    symlink("/etc/passwd", repository.path().join("link")).unwrap();
    let head = repository.commit("work");
    let script =
        r#"read -r a; [ -f link ] && [ ! -L link ] && [ "$(cat link)" = /etc/passwd ] && echo '{"type":"done"}'"#;
    let stage = Stage::of(repository, &base, &head).await.script(script);
    assert_eq!(stage.run_to_result().await.outcome, Outcome::Reviewed);
}

#[tokio::test]
async fn a_gateway_that_refuses_makes_the_checkout_fail_with_a_sentence() {
    let stage = Stage::with_a_debug_call().await;
    stage.supervisor.refuse("git", StatusCode::FORBIDDEN);
    let outcome = stage.run_to_result().await.outcome;
    let Outcome::Failed { code, message } = outcome else { panic!("{outcome:?}") };
    assert_eq!(code, "checkout_failed");
    assert!(message.starts_with("`git fetch` failed: ") && message.contains("403"), "{message}");
}

#[tokio::test]
async fn a_head_that_is_no_commit_id_is_not_handed_to_git() {
    let mut stage = Stage::with_a_debug_call().await;
    stage.task.head_sha = "--upload-pack=touch".into();
    assert_eq!(stage.run().await, Exit::Refused);
    assert_eq!(stage.supervisor.heard().calls, 1, "only the claim was made");
}
