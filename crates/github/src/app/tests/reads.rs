use super::*;
use serde_json::{Value, json};

const PULL: &str = "GET /repos/acme/shop/pulls/7";
const BY_ID: &str = "GET /repositories/1";
const MINT: &str = "POST /app/installations/5/access_tokens";

pub(super) fn pull(repository: u64) -> Value {
    json!({
        "number": 7, "title": "Raise the limit", "state": "open", "draft": false, "merged": false,
        "user": { "login": "octo", "type": "User" }, "labels": [{ "name": "bug" }],
        "head": { "sha": HEAD, "ref": "limits", "repo": { "id": 1 } },
        "base": { "sha": "b".repeat(40), "ref": "main", "repo": { "id": repository, "default_branch": "main", "archived": false } },
    })
}

#[tokio::test]
async fn a_pull_request_is_read_with_its_repository() {
    let server = Server::start().await;
    server.on(PULL, 200, pull(1));
    let Reading::Found(read) = app(&server).pull_request(&shop(), 7).await.unwrap() else { panic!("not found") };
    assert_eq!((read.head_sha.as_str(), read.head_ref.as_str(), read.head_repository_id), (HEAD, "limits", Some(1)));
    assert_eq!((read.author.as_str(), read.author_is_bot, read.open), ("octo", false, true));
    assert_eq!((read.default_branch.as_str(), read.labels), ("main", vec!["bug".to_owned()]));
}

#[tokio::test]
async fn a_deleted_fork_and_a_deleted_author_are_no_error() {
    let server = Server::start().await;
    let mut body = pull(1);
    (body["head"]["repo"], body["user"]) = (Value::Null, Value::Null);
    server.on(PULL, 200, body);
    let Reading::Found(read) = app(&server).pull_request(&shop(), 7).await.unwrap() else { panic!("not found") };
    assert_eq!((read.head_repository_id, read.author.as_str()), (None, "ghost"));
}

#[tokio::test]
async fn a_renamed_repository_is_found_by_its_id_and_the_redirect_is_not_followed() {
    let (server, elsewhere) = (Server::start().await, Server::start().await);
    let location = format!("{}/steal", elsewhere.url);
    server.on_with(PULL, 301, &[("location", &location)], json!({ "message": "Moved Permanently" }));
    server.on(BY_ID, 200, json!({ "id": 1, "full_name": "acme/store" }));
    let reading = app(&server).pull_request(&shop(), 7).await.unwrap();
    assert_eq!(reading, Reading::Moved { owner: "acme".into(), name: "store".into() });
    assert!(elsewhere.asked("GET /steal").is_empty());
}

#[tokio::test]
async fn gone_forbidden_and_suspended_are_told_apart() {
    let server = Server::start().await;
    assert_eq!(app(&server).pull_request(&shop(), 7).await.unwrap(), Reading::NotFound);
    server.on(BY_ID, 200, json!({ "id": 1, "full_name": "acme/shop" }));
    assert_eq!(app(&server).pull_request(&shop(), 7).await.unwrap(), Reading::NotFound);
    server.on(PULL, 403, json!({ "message": "Resource not accessible by integration" }));
    assert_eq!(app(&server).pull_request(&shop(), 7).await.unwrap(), Reading::Forbidden);
    server.on(MINT, 403, json!({ "message": "This installation has been suspended" }));
    assert_eq!(app(&server).pull_request(&shop(), 7).await.unwrap(), Reading::Forbidden);
}

#[tokio::test]
async fn an_installation_that_is_gone_or_does_not_reach_the_repository_is_not_found() {
    let server = Server::start().await;
    server.on(MINT, 422, json!({ "message": "There is at least one repository that does not exist or is not accessible to the parent installation." }));
    assert_eq!(app(&server).pull_request(&shop(), 7).await.unwrap(), Reading::NotFound);
    let server = Server::start().await;
    server.on(MINT, 404, json!({ "message": "Integration not found" }));
    assert_eq!(app(&server).pull_request(&shop(), 7).await.unwrap(), Reading::NotFound);
}

#[tokio::test]
async fn another_repository_under_the_old_name_is_not_ours() {
    let server = Server::start().await;
    server.on(PULL, 200, pull(2));
    server.on(BY_ID, 200, json!({ "id": 1, "full_name": "other/shop" }));
    let reading = app(&server).pull_request(&shop(), 7).await.unwrap();
    assert_eq!(reading, Reading::Moved { owner: "other".into(), name: "shop".into() });
}

#[tokio::test]
async fn a_path_of_the_address_is_kept() {
    let server = Server::start().await;
    server.on("POST /api/v3/app/installations/5/access_tokens", 201, json!({ "token": "ghs_1" }));
    server.on("GET /api/v3/repos/acme/shop/pulls/7", 200, pull(1));
    let app = App::new(config(&format!("{}/api/v3/", server.url)), fixed_clock()).unwrap();
    assert!(matches!(app.pull_request(&shop(), 7).await.unwrap(), Reading::Found(_)));
    assert_eq!(app.git_upstream(&shop()).await.unwrap().url, format!("{}/acme/shop.git", server.url));
}

#[tokio::test]
async fn files_are_read_up_to_a_bound() {
    let server = Server::start().await;
    let file = |size: u64| json!({ "type": "file", "size": size, "encoding": "base64", "content": "aGVs\nbG8=\n" });
    server.on("GET /repos/acme/shop/contents/.github/longshore.yml", 200, file(5));
    server.on("GET /repos/acme/shop/contents/large", 200, file(70_000));
    server.on("GET /repos/acme/shop/contents/folder", 200, json!([{ "type": "file", "size": 1 }]));
    server.on("GET /repos/acme/shop/contents/link", 200, json!({ "type": "symlink", "size": 3, "target": "x" }));
    let app = app(&server);
    assert_eq!(app.file(&shop(), ".github/longshore.yml", "main").await.unwrap().as_deref(), Some(&b"hello"[..]));
    for absent in ["folder", "link", "nothing"] {
        assert_eq!(app.file(&shop(), absent, "main").await.unwrap(), None, "{absent}");
    }
    let error = app.file(&shop(), "large", "main").await.unwrap_err().to_string();
    assert_eq!(error, "GitHub: `large` has 70000 bytes, at most 65536 are read; make it smaller");
}

#[tokio::test]
async fn a_permission_is_the_role_and_a_custom_role_what_it_stands_for() {
    let server = Server::start().await;
    let may = |login: &str, permission: &str, role: &str| {
        let call = format!("GET /repos/acme/shop/collaborators/{login}/permission");
        server.on(&call, 200, json!({ "permission": permission, "role_name": role }));
    };
    may("m", "write", "maintain");
    may("t", "read", "triage");
    may("c", "write", "release-captain");
    let app = app(&server);
    for (login, expected) in
        [("m", Permission::Maintain), ("t", Permission::Triage), ("c", Permission::Write), ("x", Permission::None)]
    {
        assert_eq!(app.permission(&shop(), login).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_login_cannot_lead_the_call_elsewhere() {
    let server = Server::start().await;
    app(&server).permission(&shop(), "../../../app").await.unwrap();
    assert!(server.asked("GET /app").is_empty());
}
