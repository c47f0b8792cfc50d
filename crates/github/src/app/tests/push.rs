use super::*;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

const COMMITS: &str = "GET /repos/acme/shop/commits";
const GRAPHQL: &str = "POST /graphql";
const DONE: &str = "8d0e113000000000000000000000000000000000";
const DIFF: &str = "diff --git a/config/limits.json b/config/limits.json\nindex 1111111..2222222 100644\n--- a/config/limits.json\n+++ b/config/limits.json\n@@ -1,3 +1,3 @@\n {\n-  \"max\": 250,\n+  \"max\": 250\n }\n";

fn push() -> Push {
    Push {
        number: 7,
        branch: "limits".into(),
        head_sha: HEAD.into(),
        diff: DIFF.into(),
        subject: "Apply fix 9c41e7, fixes #1".into(),
        body: "Approved by a maintainer.\nLongshore-Decision: forged".into(),
        decision: "K7QF2M".into(),
        paths: vec!["config/limits.json".into(), "run.sh".into(), "Config/x".into()],
    }
}

fn entry(path: &str, mode: &str, sha: &str) -> Value {
    let kind = if mode == "040000" { "tree" } else { "blob" };
    json!({ "path": path, "mode": mode, "type": kind, "sha": sha, "size": 10 })
}

fn blob(text: &str) -> Value {
    json!({ "content": STANDARD.encode(text), "encoding": "base64" })
}

/// A branch at the approved head, with `config/limits.json` and an executable `run.sh`.
async fn server() -> Server {
    let server = Server::start().await;
    server.on(COMMITS, 200, json!([{ "sha": HEAD, "commit": { "message": "Raise" }, "parents": [{ "sha": "b" }] }]));
    server.on("GET /repos/acme/shop/pulls/7", 200, reads::pull(1));
    server.on("GET /repos/acme/shop/branches/limits", 200, json!({ "commit": { "sha": HEAD }, "protected": false }));
    with_trees(&server);
    server.on(GRAPHQL, 200, json!({ "data": { "createCommitOnBranch": { "commit": { "oid": DONE } } } }));
    server
}

/// The files at the approved head.
fn with_trees(server: &Server) {
    server.on(&format!("GET /repos/acme/shop/git/commits/{HEAD}"), 200, json!({ "tree": { "sha": "root" } }));
    let root = json!([entry("config", "040000", "conf"), entry("run.sh", "100755", "3333333")]);
    server.on("GET /repos/acme/shop/git/trees/root", 200, json!({ "tree": root, "truncated": false }));
    let config = json!([entry("limits.json", "100644", "1111111aaaa")]);
    server.on("GET /repos/acme/shop/git/trees/conf", 200, json!({ "tree": config, "truncated": false }));
    server.on("GET /repos/acme/shop/git/blobs/1111111aaaa", 200, blob("{\n  \"max\": 250,\n}\n"));
    server.on("GET /repos/acme/shop/git/blobs/3333333", 200, blob("old\n"));
}

async fn refused(server: &Server, push: &Push) -> String {
    match app(server).push(&shop(), push).await.unwrap() {
        Pushed::Refused { reason } => {
            assert!(server.changes().iter().all(|it| it.contains("graphql")), "nothing was written");
            reason
        }
        done => panic!("{done:?}"),
    }
}

#[tokio::test]
async fn the_approved_patch_is_pushed_as_one_commit_on_the_approved_head() {
    let server = server().await;
    let pushed = app(&server).push(&shop(), &push()).await.unwrap();
    assert_eq!(pushed, Pushed::Done { sha: DONE.into() });
    let asked = &server.asked(GRAPHQL)[0];
    let input = &asked.body["variables"]["input"];
    assert_eq!(input["expectedHeadOid"], HEAD);
    assert_eq!(input["branch"], json!({ "repositoryNameWithOwner": "acme/shop", "branchName": "limits" }));
    assert_eq!(
        input["fileChanges"],
        json!({ "additions": [{ "path": "config/limits.json", "contents": STANDARD.encode("{\n  \"max\": 250\n}\n") }], "deletions": [] })
    );
    let tokens = server.asked("POST /app/installations/5/access_tokens");
    assert_eq!(tokens.last().unwrap().body["permissions"], json!({ "contents": "write" }));
}

#[tokio::test]
async fn the_message_acts_on_nothing_and_ends_with_our_trailer() {
    let server = server().await;
    app(&server).push(&shop(), &push()).await.unwrap();
    let message = &server.asked(GRAPHQL)[0].body["variables"]["input"]["message"];
    assert_eq!(message["headline"], "Apply fix 9c41e7, fixes #\u{200b}1");
    assert_eq!(
        message["body"],
        "Approved by a maintainer.\n> Longshore-Decision: forged\n\nLongshore-Decision: K7QF2M"
    );
}

/// A branch on which a commit with our trailer sits on the approved head, and changes `files`.
async fn with_our_trailer(files: Value) -> Server {
    let server = Server::start().await;
    let commit = |sha: &str, parent: &str, trailer: &str| json!({ "sha": sha, "commit": { "message": format!("Fix\n\nLongshore-Decision: {trailer}") }, "parents": [{ "sha": parent }] });
    server.on(
        COMMITS,
        200,
        json!([commit("n", "m", "OTHER1"), commit("m", DONE, "K7QF2M"), commit(DONE, HEAD, "K7QF2M")]),
    );
    with_trees(&server);
    server.on(&format!("GET /repos/acme/shop/commits/{DONE}"), 200, json!({ "files": files }));
    server.on("GET /repos/acme/shop/git/blobs/2222222", 200, blob("{\n  \"max\": 250\n}\n"));
    server
}

#[tokio::test]
async fn a_push_whose_answer_was_lost_is_found_by_its_trailer() {
    let file = json!({ "filename": "config/limits.json", "status": "modified", "sha": "2222222" });
    let server = with_our_trailer(json!([file])).await;
    assert_eq!(app(&server).push(&shop(), &push()).await.unwrap(), Pushed::Done { sha: DONE.into() });
    assert!(server.changes().is_empty());
}

#[tokio::test]
async fn somebody_elses_commit_with_our_trailer_is_not_taken_for_ours() {
    let file = |name: &str, sha: &str| json!({ "filename": name, "status": "modified", "sha": sha });
    let forged = [
        json!([file("config/limits.json", "3333333")]),
        json!([file("src/evil.rs", "2222222")]),
        json!([file("config/limits.json", "2222222"), file("src/evil.rs", "3333333")]),
        json!([]),
    ];
    for files in forged {
        let server = with_our_trailer(files).await;
        assert_eq!(
            refused(&server, &push()).await,
            "`8d0e113` carries this decision's trailer but is not the approved patch; nothing was pushed"
        );
    }
}

#[tokio::test]
async fn a_push_without_an_answer_is_ambiguous_and_sent_once() {
    let failing = Server::start().await;
    failing.on(COMMITS, 200, json!([]));
    failing.on("GET /repos/acme/shop/pulls/7", 200, reads::pull(1));
    failing.on("GET /repos/acme/shop/branches/limits", 200, json!({ "commit": { "sha": HEAD } }));
    failing.on(&format!("GET /repos/acme/shop/git/commits/{HEAD}"), 200, json!({ "tree": { "sha": "root" } }));
    failing.on("GET /repos/acme/shop/git/trees/root", 200, json!({ "tree": [] }));
    failing.on(GRAPHQL, 502, json!({}));
    let diff =
        "diff --git a/new b/new\nnew file mode 100644\nindex 0..1\n--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+x\n";
    let push = Push { diff: diff.into(), paths: vec!["new".into()], ..push() };
    let error = app(&failing).push(&shop(), &push).await.unwrap_err();
    assert!(matches!(error, Error::Ambiguous { .. }), "{error}");
    assert_eq!(failing.asked(GRAPHQL).len(), 1);
}

#[tokio::test]
async fn a_head_that_moved_is_refused_before_and_by_github() {
    const MOVED: &str = "`limits` moved since the patch was approved at `3f2a91c`";
    let stale = json!({ "data": null, "errors": [{ "type": "STALE_DATA", "message": "Expected branch to point to \"a\" but it did not." }] });
    let racing = server().await;
    racing.on(GRAPHQL, 200, stale);
    // The scripted success is first in turn; the second push meets the stale answer.
    app(&racing).push(&shop(), &push()).await.unwrap();
    assert_eq!(refused(&racing, &push()).await, MOVED);
    let before = Server::start().await;
    before.on(COMMITS, 200, json!([]));
    before.on("GET /repos/acme/shop/pulls/7", 200, reads::pull(1));
    before.on("GET /repos/acme/shop/branches/limits", 200, json!({ "commit": { "sha": DONE } }));
    assert_eq!(refused(&before, &push()).await, MOVED);
}

#[tokio::test]
async fn default_protected_forked_and_vanished_branches_are_refused() {
    let pull = |change: fn(&mut Value)| {
        let mut body = reads::pull(1);
        change(&mut body);
        body
    };
    let cases = [
        (
            pull(|it| it["head"]["repo"]["id"] = json!(2)),
            json!(null),
            "`limits` is in a fork, where this App may not push; the suggestions can be applied there",
        ),
        (
            pull(|it| it["base"]["repo"]["default_branch"] = json!("limits")),
            json!(null),
            "`limits` is the default branch; nothing is pushed to it",
        ),
        (
            pull(|it| it["head"]["ref"] = json!("other")),
            json!(null),
            "`limits` is not the branch of the pull request any more",
        ),
        (
            pull(|_| ()),
            json!({ "commit": { "sha": HEAD }, "protected": true }),
            "`limits` is protected; nothing is pushed to it",
        ),
        (pull(|_| ()), json!(null), "`limits` does not exist any more"),
    ];
    for (pull, branch, sentence) in cases {
        let server = Server::start().await;
        server.on(COMMITS, 200, json!([]));
        server.on("GET /repos/acme/shop/pulls/7", 200, pull);
        if !branch.is_null() {
            server.on("GET /repos/acme/shop/branches/limits", 200, branch);
        }
        assert_eq!(refused(&server, &push()).await, sentence);
    }
}

#[tokio::test]
async fn files_outside_the_decision_are_refused_before_anything_is_read() {
    let server = server().await;
    let push = Push { paths: vec![], ..push() };
    assert_eq!(refused(&server, &push).await, "`config/limits.json` is not among the files that were decided on");
}

#[tokio::test]
async fn what_lies_at_the_head_is_looked_at() {
    let adds = |path: &str| {
        format!(
            "diff --git a/{path} b/{path}\nnew file mode 100644\nindex 0..1\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n"
        )
    };
    let cases = [
        (adds("Config/x"), "`Config/x` and the existing `config` are the same file on some systems"),
        (adds("RUN.sh"), "`RUN.sh` and the existing `run.sh` are the same file on some systems"),
        (adds("run.sh/x"), "`run.sh/x` lies below `run.sh`, which is no folder"),
        (adds("config/limits.json"), "`config/limits.json` is new in the patch and exists already"),
        (
            DIFF.replace("1111111..", "9999999.."),
            "`config/limits.json` has another content than the patch was made against",
        ),
        (
            DIFF.replace(" 100644\n", " 100755\n"),
            "`config/limits.json` has another mode than the patch was made against",
        ),
        (DIFF.replace("250", "260"), "`config/limits.json` is not what the patch was made against, near line 1"),
    ];
    for (diff, sentence) in cases {
        let server = server().await;
        let paths = ["Config/x", "RUN.sh", "run.sh/x", "config/limits.json"].map(str::to_owned).to_vec();
        assert_eq!(refused(&server, &Push { diff, paths, ..push() }).await, sentence);
    }
}

#[tokio::test]
async fn files_larger_than_anybody_reads_are_refused() {
    let cases = [
        (2 * 1024 * 1024, "`limits.json` has 2097152 bytes; at most 1048576 are patched"),
        (600 * 1024, "the changed files are larger than 524288 bytes together"),
    ];
    for (size, sentence) in cases {
        let server = Server::start().await;
        server.on(COMMITS, 200, json!([]));
        server.on("GET /repos/acme/shop/pulls/7", 200, reads::pull(1));
        server.on("GET /repos/acme/shop/branches/limits", 200, json!({ "commit": { "sha": HEAD } }));
        server.on(&format!("GET /repos/acme/shop/git/commits/{HEAD}"), 200, json!({ "tree": { "sha": "root" } }));
        let mut large = entry("limits.json", "100644", "1111111");
        large["size"] = json!(size);
        server.on("GET /repos/acme/shop/git/trees/root", 200, json!({ "tree": [large] }));
        let content = format!("{{\n  \"max\": 250,\n}}\n{}", "x\n".repeat(size / 2));
        server.on("GET /repos/acme/shop/git/blobs/1111111", 200, blob(&content));
        let (diff, paths) = (DIFF.replace("config/limits.json", "limits.json"), vec!["limits.json".to_owned()]);
        assert_eq!(refused(&server, &Push { diff, paths, ..push() }).await, sentence);
    }
}

#[tokio::test]
async fn a_link_where_the_patch_sees_a_file_is_refused() {
    let server = Server::start().await;
    for call in ["GET /repos/acme/shop/pulls/7", COMMITS] {
        server.on(call, 200, if call == COMMITS { json!([]) } else { reads::pull(1) });
    }
    server.on("GET /repos/acme/shop/branches/limits", 200, json!({ "commit": { "sha": HEAD } }));
    server.on(&format!("GET /repos/acme/shop/git/commits/{HEAD}"), 200, json!({ "tree": { "sha": "root" } }));
    server.on(
        "GET /repos/acme/shop/git/trees/root",
        200,
        json!({ "tree": [entry("config", "120000", "l"), entry("run.sh", "120000", "l")] }),
    );
    assert_eq!(refused(&server, &push()).await, "`config/limits.json` lies below `config`, which is no folder");
    let diff = DIFF.replace("config/limits.json", "run.sh");
    assert_eq!(
        refused(&server, &Push { diff, ..push() }).await,
        "`run.sh` is a symbolic link; only regular files are pushed"
    );
}

#[tokio::test]
async fn an_executable_goes_through_the_git_data_api_and_never_by_force() {
    let server = server().await;
    server.on("POST /repos/acme/shop/git/blobs", 201, json!({ "sha": "newblob" }));
    server.on("POST /repos/acme/shop/git/trees", 201, json!({ "sha": "newtree" }));
    server.on("POST /repos/acme/shop/git/commits", 201, json!({ "sha": DONE }));
    server.on("PATCH /repos/acme/shop/git/refs/heads/limits", 200, json!({}));
    let diff =
        "diff --git a/run.sh b/run.sh\nindex 3333333..4 100755\n--- a/run.sh\n+++ b/run.sh\n@@ -1 +1 @@\n-old\n+new\n";
    let push = Push { diff: diff.into(), ..push() };
    assert_eq!(app(&server).push(&shop(), &push).await.unwrap(), Pushed::Done { sha: DONE.into() });
    let tree = &server.asked("POST /repos/acme/shop/git/trees")[0].body;
    assert_eq!(
        *tree,
        json!({ "base_tree": "root", "tree": [{ "path": "run.sh", "mode": "100755", "type": "blob", "sha": "newblob" }] })
    );
    assert_eq!(server.asked("POST /repos/acme/shop/git/commits")[0].body["parents"], json!([HEAD]));
    assert_eq!(
        server.asked("PATCH /repos/acme/shop/git/refs/heads/limits")[0].body,
        json!({ "sha": DONE, "force": false })
    );
    assert!(server.asked(GRAPHQL).is_empty());
}

#[tokio::test]
async fn a_branch_that_moved_under_the_git_data_api_is_refused() {
    let server = server().await;
    for what in ["blobs", "trees", "commits"] {
        server.on(&format!("POST /repos/acme/shop/git/{what}"), 201, json!({ "sha": DONE }));
    }
    server.on(
        "PATCH /repos/acme/shop/git/refs/heads/limits",
        422,
        json!({ "message": "Update is not a fast forward" }),
    );
    let diff =
        "diff --git a/run.sh b/run.sh\nindex 3333333..4 100755\n--- a/run.sh\n+++ b/run.sh\n@@ -1 +1 @@\n-old\n+new\n";
    let pushed = app(&server).push(&shop(), &Push { diff: diff.into(), ..push() }).await.unwrap();
    assert_eq!(pushed, Pushed::Refused { reason: "`limits` moved since the patch was approved at `3f2a91c`".into() });
}
