use super::*;
use crate::{
    deployment::DeploymentSecret,
    testing::{Answer, HandClock, MemoryBeside, OnlyGit, RecordedEvents, finding, new_run, result, send},
};
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use engine::WorkflowId;
use serde_json::{Value, json};
use std::sync::{Mutex, atomic::Ordering};

struct World {
    beside: Arc<MemoryBeside>,
    runs: Runs,
    router: Router,
}

impl World {
    /// A machine listener whose git server is at `git`.
    fn new(git: Option<String>) -> Self {
        let environment = HandClock::default().environment();
        let beside = Arc::<MemoryBeside>::default();
        let secret = DeploymentSecret::from_bytes([7; 32]);
        let store = Arc::<MemoryBeside>::clone(&beside);
        let runs = Runs::new(environment.clone(), store, Arc::<RecordedEvents>::default(), secret);
        let client = crate::http::client().unwrap();
        let router = router(Machine { environment, runs: runs.clone(), github: Arc::new(OnlyGit(git)), client });
        Self { beside, runs, router }
    }

    async fn post(&self, path: &str, credential: &str, body: Value) -> Answer {
        let authorization = format!("Bearer {credential}");
        send(&self.router, "POST", path, &[("authorization", &authorization)], body.to_string()).await
    }

    async fn claim(&self, nonce: &str) -> Answer {
        let token = self.runs.open(&new_run(1)).await.unwrap().token;
        let body = json!({"token": token.reveal(), "nonce": nonce, "worker_version": "0.1.0"});
        self.post("/worker/v1/claim", "", body).await
    }

    async fn credential(&self) -> String {
        self.claim("nonce").await.json()["credential"].as_str().unwrap().to_owned()
    }

    async fn git(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let authorization = format!("Bearer {}", self.credential().await);
        let headers = [headers, &[("authorization", authorization.as_str())]].concat();
        send(&self.router, method, &format!("/gateway/git/run.git/{path}"), &headers, body).await
    }
}

type Headers = &'static [(&'static str, &'static str)];

const REFS: &str = "info/refs?service=git-upload-pack";
const FETCH: (&str, &str) = ("content-type", "application/x-git-upload-pack-request");

#[tokio::test]
async fn a_worker_claims_reports_and_finishes() {
    let world = World::new(None);
    let claimed = world.claim("nonce").await;
    assert_eq!(claimed.status, StatusCode::OK);
    assert_eq!(claimed.json()["task"]["head_sha"], "3f2a91c");
    let credential = claimed.json()["credential"].as_str().unwrap().to_owned();
    let report = json!({"type": "finding", "finding": finding("a")});
    let events = json!({"events": [{"sequence": 1, "report": report}]});
    let answer = world.post("/worker/v1/runs/1/events", &credential, events).await;
    assert_eq!(answer.json(), json!({"acknowledged": 1, "directive": {"directive": "continue"}}));
    let answer = world.post("/worker/v1/runs/1/result", &credential, json!({"result": result(vec![])})).await;
    assert_eq!((answer.status, answer.json()), (StatusCode::OK, json!("accepted")));
    let answer = world.post("/worker/v1/runs/1/result", &credential, json!({"result": result(vec![])})).await;
    assert_eq!(answer.json(), json!("already_have"));
}

#[tokio::test]
async fn each_refusal_has_its_status_and_code() {
    let world = World::new(None);
    let credential = world.credential().await;
    let events = |count: u64| {
        let event = |sequence| json!({"sequence": sequence, "report": {"type": "heartbeat"}});
        json!({"events": (1..=count).map(event).collect::<Vec<_>>()})
    };
    let shown = |answer: Answer| (answer.status.as_u16(), answer.code());
    assert_eq!(shown(world.claim("other").await), (409, "claimed_by_another".into()));
    let path = "/worker/v1/runs/1/events";
    assert_eq!(shown(world.post(path, "guess", events(1)).await), (401, "unknown_credential".into()));
    assert_eq!(shown(world.post(path, &credential, events(257)).await), (400, "bad_request".into()));
    assert_eq!(shown(world.post(path, &credential, json!({"events": 7})).await), (400, "bad_request".into()));
    let large = json!("x".repeat(protocol::BODY_BYTES_MAX));
    assert_eq!(shown(world.post(path, &credential, large).await), (413, "too_large".into()));
    assert_eq!(
        shown(world.post("/worker/v1/runs/x/events", &credential, events(1)).await),
        (400, "bad_request".into())
    );
    assert_eq!(shown(world.post("/api/v1/workflows", &credential, events(1)).await), (404, "not_found".into()));
    let get = send(&world.router, "GET", path, &[], "").await;
    assert_eq!(shown(get), (405, "method_not_allowed".into()));
    world.beside.fails.store(true, Ordering::SeqCst);
    let busy = world.post(path, &credential, events(1)).await;
    assert_eq!(busy.headers["retry-after"], "1");
    assert_eq!(shown(busy), (503, "busy".into()));
    world.beside.fails.store(false, Ordering::SeqCst);
    world.runs.end(WorkflowId(12), 1, "superseded").await.unwrap();
    assert_eq!(shown(world.post(path, &credential, events(1)).await), (410, "stale_run".into()));
    let recovered = json!({"run": 1, "result": result(vec![])});
    assert_eq!(shown(world.post("/worker/v1/runs/1/recovered", &credential, recovered).await).0, 400);
}

/// What a git server was asked: method, path with query, headers, body.
type Asked = Arc<Mutex<Vec<(String, String, HeaderMap, Vec<u8>)>>>;

/// A git server that remembers what it was asked and answers by the repository's name.
async fn git_server() -> (String, Asked) {
    async fn answer(State(asked): State<Asked>, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, 10_000_000).await.unwrap().to_vec();
        let (method, path) = (parts.method.to_string(), parts.uri.to_string());
        let kind = if method == "GET" { "advertisement" } else { "result" };
        asked.lock().unwrap().push((method, path, parts.headers, body));
        let content = format!("application/x-git-upload-pack-{kind}");
        (StatusCode::OK, [("content-type", content), ("set-cookie", "a=b".into())], "0000pack").into_response()
    }
    let asked = Asked::default();
    let router = Router::new().fallback(answer).with_state(Arc::clone(&asked));
    (listen(router).await, asked)
}

async fn listen(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    Environment::real().spawn(async move { axum::serve(listener, router).await });
    origin
}

#[tokio::test]
async fn git_reads_the_repository_of_its_run_with_a_token_it_never_sees() {
    let (origin, asked) = git_server().await;
    let world = World::new(Some(origin));
    let refs = world.git("GET", REFS, &[("git-protocol", "version=2"), ("cookie", "x=y")], "").await;
    assert_eq!((refs.status, refs.body.as_str()), (StatusCode::OK, "0000pack"));
    assert_eq!(refs.headers["content-type"], "application/x-git-upload-pack-advertisement");
    assert!(!refs.headers.contains_key("set-cookie"), "only what git needs comes back");
    let headers = [FETCH, ("content-encoding", "gzip"), ("git-protocol", "version=2")];
    let pack = world.git("POST", "git-upload-pack", &headers, "squeezed").await;
    assert_eq!(pack.status, StatusCode::OK);
    let asked = asked.lock().unwrap();
    let (method, path, headers, body) = &asked[0];
    assert_eq!((method.as_str(), path.as_str()), ("GET", "/acme/shop.git/info/refs?service=git-upload-pack"));
    assert_eq!(
        (headers["authorization"].as_bytes(), headers["git-protocol"].as_bytes()),
        (&b"Basic c2VjcmV0"[..], &b"version=2"[..])
    );
    assert!(!headers.contains_key("cookie") && body.is_empty(), "only what git needs goes up");
    let (method, path, headers, body) = &asked[1];
    assert_eq!((method.as_str(), path.as_str()), ("POST", "/acme/shop.git/git-upload-pack"));
    assert_eq!((headers["content-encoding"].as_bytes(), body.as_slice()), (&b"gzip"[..], &b"squeezed"[..]));
}

#[tokio::test]
async fn the_git_gateway_opens_nothing_else() {
    let (origin, asked) = git_server().await;
    let world = World::new(Some(origin));
    let table: [(&str, &str, Headers, u16); 11] = [
        ("GET", "info/refs?service=git-receive-pack", &[], 403),
        ("GET", "info/refs", &[], 403),
        ("GET", "info/refs?service=git-upload-pack&x=1", &[], 403),
        ("POST", "git-receive-pack", &[FETCH], 404),
        ("GET", "HEAD", &[], 404),
        ("GET", "objects/info/packs", &[], 404),
        ("GET", "../shop.git/HEAD", &[], 404),
        ("GET", "git-upload-pack", &[FETCH], 405),
        ("POST", "git-upload-pack", &[], 415),
        ("POST", "git-upload-pack", &[FETCH, ("content-encoding", "br")], 415),
        ("GET", REFS, &[("git-protocol", "version=2:evil")], 400),
    ];
    for (method, path, headers, status) in table {
        let answer = world.git(method, path, headers, "").await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path} {headers:?}");
    }
    let large = world.git("POST", "git-upload-pack", &[FETCH], vec![0; 1024 * 1024 + 1]).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(asked.lock().unwrap().is_empty(), "none of these reached the git server");
}

#[tokio::test]
async fn the_git_gateway_closes_with_its_run() {
    let (origin, _) = git_server().await;
    let world = World::new(Some(origin));
    let path = format!("/gateway/git/run.git/{REFS}");
    assert_eq!(send(&world.router, "GET", &path, &[], "").await.status, StatusCode::UNAUTHORIZED);
    let credential = format!("Bearer {}", world.credential().await);
    world.runs.end(WorkflowId(12), 1, "superseded").await.unwrap();
    let closed = send(&world.router, "GET", &path, &[("authorization", &credential)], "").await;
    assert_eq!(closed.status, StatusCode::GONE);
}

#[tokio::test]
async fn what_the_git_server_does_wrong_becomes_a_sentence() {
    let answer = |status: u16, headers: Headers| {
        move || async move {
            let mut response = (StatusCode::from_u16(status).unwrap(), "a body with secrets").into_response();
            for (name, value) in headers {
                response.headers_mut().insert(*name, value.parse().unwrap());
            }
            response
        }
    };
    let table: [(u16, Headers, &str); 5] = [
        (301, &[("location", "http://127.0.0.1:1/")], "the git server answered with a redirect, which is not followed"),
        (404, &[], "the git server does not show this repository to the supervisor"),
        (429, &[], "the git server asks to wait; try again later"),
        (500, &[], "the git server answered with status 500; try again"),
        (200, &[("content-type", "text/html")], "the git server answered something that is not git"),
    ];
    for (status, headers, words) in table {
        let world = World::new(Some(listen(Router::new().fallback(answer(status, headers))).await));
        let shown = world.git("GET", REFS, &[], "").await;
        assert_eq!((shown.status, shown.body.as_str()), (StatusCode::BAD_GATEWAY, words));
    }
    let nowhere = World::new(Some("http://127.0.0.1:1".into())).git("GET", REFS, &[], "").await;
    assert_eq!(nowhere.body, "the git server could not be reached; try again");
    let no_access = World::new(None).git("GET", REFS, &[], "").await;
    assert_eq!(no_access.body, "the supervisor cannot reach the repository now; try again");
}

/// A run's own listener, as its machine reaches it.
async fn over(socket: &std::path::Path, request: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = connected(socket).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// By a short way: a path may be longer than an address.
async fn connected(socket: &std::path::Path) -> std::io::Result<tokio::net::UnixStream> {
    use std::os::fd::AsRawFd;
    let folder = std::fs::File::open(socket.parent().unwrap())?;
    tokio::net::UnixStream::connect(format!("/proc/self/fd/{}/{SOCKET}", folder.as_raw_fd())).await
}

fn post(path: &str, credential: &str, body: &Value) -> String {
    let body = body.to_string();
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {credential}\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
}

struct Sockets {
    world: World,
    folder: tempfile::TempDir,
    closing: tokio_util::sync::CancellationToken,
}

impl Sockets {
    fn new() -> Self {
        Self { world: World::new(None), folder: tempfile::tempdir().unwrap(), closing: Default::default() }
    }

    /// Deeper than an address of a socket may be long.
    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("a-data-folder-with-a-long-name".repeat(5))
    }

    /// As a supervisor that has just started has them.
    async fn of_a_supervisor(&self) -> RunSockets {
        let client = crate::http::client().unwrap();
        let sockets = RunSockets::new(Environment::real(), self.path(), client, self.closing.clone()).unwrap();
        sockets.begin(&self.world.runs, &(Arc::new(OnlyGit(None)) as Arc<dyn GitHub>)).await.unwrap();
        sockets
    }
}

#[tokio::test]
async fn a_run_s_socket_answers_for_that_run_and_serves_nothing_else() {
    let sockets = Sockets::new();
    let opened = sockets.of_a_supervisor().await;
    let token = sockets.world.runs.open(&new_run(1)).await.unwrap().token;
    let claim = json!({"token": token.reveal(), "nonce": "n", "worker_version": "0.1.0"});
    let (own, others) =
        (opened.open(WorkflowId(12), 1).unwrap().join(SOCKET), opened.open(WorkflowId(12), 2).unwrap().join(SOCKET));
    let answer = over(&others, &post("/worker/v1/claim", "", &claim)).await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    let answer = over(&own, &post("/worker/v1/claim", "", &claim)).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let credential = answer.split("\"credential\":\"").nth(1).unwrap().split('"').next().unwrap();
    let events = json!({"events": []});
    let answer = over(&others, &post("/worker/v1/runs/1/events", credential, &events)).await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    let answer = over(&own, &post("/worker/v1/runs/1/events", credential, &events)).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    for path in ["/", "/api/v1/workflows", "/webhooks/github"] {
        let answer = over(&own, &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    }
}

#[tokio::test]
async fn sockets_are_made_again_after_a_restart_until_their_run_has_ended() {
    let sockets = Sockets::new();
    let first = sockets.of_a_supervisor().await;
    for run in [1, 2] {
        sockets.world.runs.open(&new_run(run)).await.unwrap();
        first.open(WorkflowId(12), run).unwrap();
    }
    sockets.closing.cancel();
    first.ended().await;
    let socket = |run: u32| sockets.path().join(format!("wf_12-{run}")).join(SOCKET);
    let nobody = connected(&socket(1)).await.unwrap_err();
    assert_eq!(nobody.kind(), std::io::ErrorKind::ConnectionRefused);
    sockets.world.runs.end(WorkflowId(12), 2, "it is over").await.unwrap();
    let second = Sockets { closing: Default::default(), ..sockets };
    let again = second.of_a_supervisor().await;
    let answer = over(&second.path().join("wf_12-1").join(SOCKET), "GET / HTTP/1.0\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.0 404 "), "{answer}");
    assert!(!second.path().join("wf_12-2").exists(), "the run has ended");
    again.close(WorkflowId(12), 1).unwrap();
    assert_eq!(std::fs::read_dir(second.path()).unwrap().count(), 0);
}
