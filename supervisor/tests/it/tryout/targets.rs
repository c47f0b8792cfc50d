//! What a path may be: a clear sentence, or a right answer.

use super::repository::{Mine, git};

#[track_caller]
fn refuses(mine: &Mine, words: &[&str], expected: &str) {
    let said = mine.tries(words);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (Some(1), "", expected), "{words:?}");
    assert!(mine.kept().is_empty(), "{words:?} left {:?}", mine.kept());
}

#[test]
fn nothing_to_review_names_what_could_be() {
    let mine = Mine::with_a_defect();
    git(&mine.shop(), &["clone", "-q", ".", "../clone"]);
    let clone = mine.path().join("clone");
    git(&clone, &["switch", "-q", "main"]);
    git(&clone, &["branch", "feature/limits", "origin/work"]);
    git(&clone, &["remote", "set-head", "origin", "main"]);
    git(&clone, &["commit", "-q", "--allow-empty", "-m", "more"]);
    git(&clone, &["update-ref", "refs/remotes/origin/main", "HEAD"]);
    std::fs::write(clone.join("new"), "x\n").expect("a file");
    let said = mine.tries(&["clone"]);
    let expected = "nothing to review: you are on `main`, level with `origin/main`\n\n\
                    hint: uncommitted changes   longshore try clone --worktree\n\
                    hint: the last commit       longshore try clone --base HEAD~1\n\
                    hint: newest branch         longshore try clone --head feature/limits\n";
    assert_eq!((said.code, said.out.as_str()), (Some(0), expected), "{}", said.err);
    let said = mine.tries(&["clone", "--json"]).json();
    assert_eq!(
        (&said["status"], &said["next"][2]["command"]),
        (&"nothing".into(), &"longshore try clone --head feature/limits".into())
    );
    let said = mine.tries(&["shop", "--head", "main", "--base", "work"]);
    assert!(
        said.out.starts_with("nothing to review: `main` is at ") && said.out.contains(", 1 commit behind `work`\n"),
        "{}",
        said.out
    );
    assert!(mine.kept().is_empty());
}

#[test]
fn what_is_no_repository_or_has_no_such_branch_is_told_in_a_sentence() {
    let mine = Mine::with_a_defect();
    let nowhere = "error: there is nothing at `nowhere`\n";
    refuses(&mine, &["nowhere"], nowhere);
    let file = "error: `shop/README.md` is a file, not a repository\n\nhint: its folder   longshore try shop\n";
    refuses(&mine, &["shop/README.md"], file);
    let none = "error: `.` is in no git repository\n\nhint: to make it one   git init .\n";
    refuses(&mine, &["."], none);
    let missing = "error: `shop` has no branch or commit `wrk`\n\nhint: perhaps   longshore try shop --head work\n";
    refuses(&mine, &["shop", "--head", "wrk"], missing);
    let missing = "error: `shop` has no branch or commit `-x`\n\nhint: what there is   git -C shop branch --all\n";
    refuses(&mine, &["shop", "--base=-x"], missing);
    git(&mine.shop(), &["switch", "-q", "--orphan", "other"]);
    let unborn =
        "error: `other` in `shop` has no commits yet\n\nhint: newest branch   longshore try shop --head work\n";
    refuses(&mine, &["shop"], unborn);
    git(&mine.shop(), &["commit", "-q", "--allow-empty", "-m", "other"]);
    let unrelated = "error: `other` and `main` have no commit in common\n\n\
                     hint: compare with another   longshore try shop --base BRANCH\n";
    refuses(&mine, &["shop"], unrelated);
    git(&mine.shop(), &["branch", "-m", "main", "trunk"]);
    let unclear = "error: `shop` has no `origin/HEAD`, `main` or `master` to compare with\n\n\
                   hint: say what with   longshore try shop --base BRANCH\n";
    refuses(&mine, &["shop", "--head", "work"], unclear);
    git(mine.path(), &["init", "-q", "empty"]);
    refuses(&mine, &["empty"], "error: `empty` has no commits yet\n\nhint: make the first   git -C empty commit\n");
    git(mine.path(), &["init", "-q", "--object-format=sha256", "wide"]);
    let wide = "error: `wide` names its objects by SHA-256; only SHA-1 repositories, as on GitHub, can be reviewed\n";
    refuses(&mine, &["wide"], wide);
}

#[test]
fn a_repository_of_another_user_is_not_read_until_that_is_said() {
    let mine = Mine::with_a_defect();
    // Git's own switch for its tests; ours clears it, so a git in front sets it.
    let real = String::from_utf8(
        std::process::Command::new("sh").args(["-c", "command -v git"]).output().expect("a shell").stdout,
    );
    let script = format!("#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec {} \"$@\"\n", real.expect("a path").trim());
    let front = mine.path().join("front");
    std::fs::create_dir(&front).expect("a folder");
    std::fs::write(front.join("git"), script).expect("a script");
    std::fs::set_permissions(front.join("git"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a script");
    let path = format!("{}:{}", front.display(), std::env::var("PATH").expect("a path"));
    let output = mine.command(&["shop"]).env("PATH", path).output().expect("the program runs");
    let expected = format!(
        "error: `shop` belongs to another user, and git does not read it until you say so\n\n\
         hint: if you trust it   git config --global --add safe.directory {}\n",
        mine.shop().display()
    );
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned()), (Some(1), expected));
}

#[test]
fn a_shallow_clone_is_read_if_it_holds_enough() {
    let mine = Mine::with_a_defect();
    let url = format!("file://{}", mine.shop().display());
    for (depth, name) in [("--depth=1", "cut"), ("--depth=2", "enough")] {
        git(mine.path(), &["clone", "-q", depth, "--no-single-branch", &url, name]);
    }
    let cut = "error: `cut` is a shallow clone, and where `work` and `origin/main` part is not in it\n\n\
               hint: bring more of it   git -C cut fetch --deepen=100\n\
               hint: or all of it       git -C cut fetch --unshallow\n";
    refuses(&mine, &["cut", "--base", "origin/main"], cut);
    let said = mine.tries(&["enough", "--base", "origin/main", "--json"]);
    assert_eq!(said.found(), ["json-parses limits.json"], "{}", said.err);
    let id = said.request();
    assert_eq!(mine.tries(&["enough", "--approve", &id, "--yes"]).code, Some(0));
    git(&mine.path().join("enough"), &["fsck", "--connectivity-only"]);
}

#[test]
fn a_partial_clone_says_what_it_lacks() {
    let mine = Mine::with_a_defect();
    git(&mine.shop(), &["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", mine.shop().display());
    git(mine.path(), &["clone", "-q", "--filter=blob:none", "--no-checkout", &url, "partial"]);
    let said = mine.tries(&["partial", "--base", "origin/main"]);
    let expected = "error: `partial` is a partial clone, and 3 objects of this change are not in it\n\n\
                    hint: bring them   git -C partial fetch --refetch --no-filter origin\n";
    assert_eq!((said.code, said.err.as_str()), (Some(1), expected));
    git(&mine.path().join("partial"), &["fetch", "-q", "--refetch", "--no-filter", "origin"]);
    assert_eq!(mine.tries(&["partial", "--base", "origin/main", "--json"]).found(), ["json-parses limits.json"]);
}

#[test]
fn a_bare_clone_a_working_tree_a_subfolder_and_a_detached_head_are_right() {
    let mine = Mine::with_a_defect();
    git(mine.path(), &["clone", "-q", "--bare", "shop", "bare.git"]);
    let said = mine.tries(&["bare.git", "--head", "work", "--base", "main", "--json"]);
    assert_eq!(said.found(), ["json-parses limits.json"], "{}", said.err);
    let bare = mine.tries(&["bare.git", "--worktree"]);
    let expected = "error: `bare.git` has no working tree: it is bare\n\n\
                    hint: a branch of it   longshore try bare.git --head BRANCH\n";
    assert_eq!((bare.code, bare.err.as_str()), (Some(1), expected));
    git(&mine.shop(), &["worktree", "add", "-q", "--detach", "../linked", "work"]);
    let linked = mine.tries(&["linked", "--json"]);
    assert_eq!(linked.found(), ["json-parses limits.json"], "{}", linked.err);
    let id = linked.request();
    let applied = mine.tries(&["shop/.git", "--approve", &id, "--yes"]);
    assert_eq!(applied.code, Some(0), "any of its folders is the same repository: {}", applied.err);
    assert_eq!(git(&mine.shop(), &["branch", "--list", "longshore/*"]), format!("  longshore/fix-{id}"));
}
