//! The pages, over stand-ins: what they show, to whom, and that nothing in them is obeyed.

use super::{Pages, style::STYLE};
use crate::{
    http::public::{Scope, router},
    seams::WorkflowRow,
    testing::{Answer, World, finding, log_line, new_run, send, sequenced, workflow_rows},
};
use axum::http::StatusCode;
use domain::{
    ids::{PullRequestRef, RequestId},
    pull_request::{
        Check, Choice, Counts, Decision, Face, Kind, PatchFacts, Phase, Publishing, Request, Snapshot, State,
    },
};
use environment::Timestamp;
use protocol::{ClaimRequest, EventsRequest, Report};
use serde_json::json;
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const SHA: &str = "3f2a91c07d1f0f6f5f6a4d1b2c3d4e5f60718293";
const HOSTILE: &str =
    "</pre><script>alert('x')</script><img src=\"http://evil.example/p\" onerror=a> \u{202e}desrever\u{1b}[2J";

impl World {
    /// As a browser at this machine asks.
    async fn page(&self, path: &str) -> Answer {
        send(&self.router, "GET", path, &[("host", "127.0.0.1:8080")], "").await
    }

    /// As a browser elsewhere asks.
    async fn far(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        send(&self.router, "GET", path, &[&[("host", "longshore.example")], headers].concat(), "").await
    }

    async fn give(&self, token: &str, next: &str) -> Answer {
        let form = [("host", "longshore.example"), ("content-type", "application/x-www-form-urlencoded")];
        send(&self.router, "POST", "/sign-in", &form, format!("token={token}&next={next}")).await
    }

    /// Run 1 of workflow 12 wrote this line and found this.
    async fn run(&self, line: &str, title: &str) {
        let token = self.public.runs.open(&new_run(1)).await.unwrap().token.reveal().to_owned();
        let claim = ClaimRequest { token, nonce: "n".into(), worker_version: "0.1.0".into() };
        let credential = self.public.runs.claim(&claim).await.unwrap().credential;
        let finding = protocol::Finding { title: title.into(), ..finding("f1") };
        let events = vec![sequenced(1, log_line(line)), sequenced(2, Report::Finding { finding: Box::new(finding) })];
        self.public.runs.report(&credential, 1, &EventsRequest { events }).await.unwrap();
    }
}

/// A page without its style sheet, which is the same on all.
fn shown(answer: &Answer) -> String {
    assert!(answer.body.contains(STYLE), "{}", answer.body);
    answer.body.replace(STYLE, "…")
}

fn state(title: &str, branch: &str) -> State {
    let pr = PullRequestRef { installation: 1, repository_id: 2, owner: "acme".into(), name: "shop".into(), number: 7 };
    let patch = PatchFacts { digest: "9c41e7aa".into(), fixes: 3, files: 3 };
    let request = |id: &str| Request {
        id: RequestId(id.into()),
        kind: Kind::Fix { patch: patch.clone() },
        run: 1,
        head_sha: SHA.into(),
        base_ref: "main".into(),
        asked_at: NOW,
        deadline: NOW + Duration::from_secs(30 * 86_400),
        again: None,
    };
    let findings = Counts { high: 1, medium: 2, low: 1 };
    let check = |run, face| Check {
        run,
        sha: SHA.into(),
        face,
        revision: 2,
        published: 2,
        check_run: Some(1),
        publishing: Publishing::No,
        unsure: false,
    };
    State {
        phase: Phase::AwaitingDecision,
        snapshot: Some(Snapshot {
            head_sha: SHA.into(),
            head_ref: branch.into(),
            base_sha: "ab".into(),
            base_ref: "main".into(),
            title: title.into(),
            author: "dana".into(),
            author_is_bot: false,
            author_permission: domain::people::Permission::Write,
            author_listed: None,
            open: true,
            draft: false,
            fork: false,
            archived: false,
            isolated: false,
            listed: domain::gates::Listed::Yes,
        }),
        read_at: NOW,
        run: 1,
        request: Some(request("K7QF2M")),
        decisions: vec![Decision {
            request: request("ABCDEF"),
            choice: Choice::No,
            by: "maintainer".into(),
            permission: "write".into(),
            at: NOW,
            pushed: None,
            result: None,
        }],
        checks: vec![
            check(1, Face::Cancelled { why: title.into() }),
            check(1, Face::NeedsDecision { result: "r".into(), findings, request: RequestId("K7QF2M".into()) }),
        ],
        ..State::new(pr)
    }
}

#[tokio::test]
async fn a_supervisor_without_workflows_says_what_it_is() {
    let world = World::new();
    *world.look.rows.lock().unwrap() = Some(vec![]);
    let page = world.page("/").await;
    assert_eq!(page.status, StatusCode::OK);
    insta::assert_snapshot!(shown(&page));
}

#[tokio::test]
async fn a_busy_supervisor_shows_what_needs_a_person_first() {
    let world = World::new();
    insta::assert_snapshot!(shown(&world.page("/").await));
}

#[tokio::test]
async fn a_workflow_is_shown_with_its_reason_request_checks_runs_and_events() {
    let world = World::new();
    *world.look.state.lock().unwrap() = Some(serde_json::to_value(state("Raise the upload limit", "raise")).unwrap());
    world.run("cloned", "Not valid JSON: comma before `}`").await;
    insta::assert_snapshot!(shown(&world.page("/workflows/wf_12").await));
    insta::assert_snapshot!(shown(&world.page("/workflows/wf_12/runs/1/log").await));
}

#[tokio::test]
async fn nothing_hostile_is_obeyed() {
    let world = World::new();
    let row = WorkflowRow { title: HOSTILE.into(), kind: HOSTILE.into(), ..workflow_rows().pop().unwrap() };
    let row = WorkflowRow { kind: "pull_request".into(), subject: Some(HOSTILE.into()), ..row };
    *world.look.rows.lock().unwrap() = Some(vec![row]);
    *world.look.why.lock().unwrap() = Some(HOSTILE.into());
    *world.look.payload.lock().unwrap() = Some(json!({"body": HOSTILE}));
    *world.look.state.lock().unwrap() = Some(serde_json::to_value(state(HOSTILE, HOSTILE)).unwrap());
    world.run(HOSTILE, HOSTILE).await;
    let pages = [
        world.page("/").await,
        world.page("/workflows/wf_12").await,
        world.page("/workflows/wf_12/runs/1/log").await,
        world.page("/?status=%3Cscript%3Ealert(1)%3C/script%3E").await,
        world.page("/workflows/%3Cscript%3Ealert(1)%3C%2Fscript%3E").await,
        world.page("/workflows/wf_12/runs/%3Cscript%3E/log").await,
        world.far("/workflows/%22%3E%3Cscript%3E", &[]).await,
    ];
    for page in &pages {
        for bad in ["<script", "<img", "onerror=a>", "\u{202e}", "\u{1b}", "alert('"] {
            assert!(!page.body.contains(bad), "{bad:?} in {}", page.body);
        }
    }
    insta::assert_snapshot!(pages[..3].iter().map(shown).collect::<Vec<_>>().join("\n"));
}

#[tokio::test]
async fn a_page_loads_nothing_runs_nothing_and_is_kept_nowhere() {
    let world = World::new();
    for path in ["/", "/workflows/wf_12", "/workflows/wf_99"] {
        let page = world.page(path).await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.headers["cache-control"], "no-store");
        assert_eq!(page.headers["referrer-policy"], "no-referrer");
        assert_eq!(page.headers["x-content-type-options"], "nosniff");
        assert!(!page.body.contains("<script") && !page.body.contains("src="), "{}", page.body);
    }
}

#[tokio::test]
async fn only_this_machine_reads_without_a_token() {
    let world = World::new();
    assert_eq!(world.page("/").await.status, StatusCode::OK);
    let refused = |answer: Answer| {
        assert!(!answer.body.contains("acme") && answer.body.contains("<h1>Sign in</h1>"), "{}", answer.body);
        answer.status
    };
    for path in ["/", "/workflows/wf_12", "/workflows/wf_12/runs/1/log", "/workflows/wf_99"] {
        assert_eq!(refused(world.far(path, &[]).await), 401, "a name that leads here: {path}");
        let passed_on = [("host", "127.0.0.1:8080"), ("x-forwarded-for", "203.0.113.9")];
        assert_eq!(refused(send(&world.router, "GET", path, &passed_on, "").await), 401, "a proxy beside us: {path}");
    }
    let mut public = world.public.clone();
    public.pages = Pages { local_is_free: false, ..public.pages };
    let open = router(public);
    assert_eq!(refused(send(&open, "GET", "/", &[("host", "127.0.0.1:8080")], "").await), 401, "others reach it");
    let reader = world.public.access.grant("reader", vec![Scope::Read]).await.unwrap();
    let bearer = format!("Bearer {}", reader.reveal());
    assert_eq!(world.far("/", &[("authorization", &bearer)]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_token_is_given_once_in_a_form_and_the_browser_then_shows_a_cookie() {
    let world = World::new();
    let reader = world.public.access.grant("reader", vec![Scope::Read]).await.unwrap();
    let form = world.far("/workflows/wf_12", &[]).await.body;
    assert!(form.contains("name=\"next\" value=\"/workflows/wf_12\""), "{form}");
    let answer = world.give(reader.reveal(), "/workflows/wf_12").await;
    assert_eq!((answer.status.as_u16(), &answer.headers["location"]), (303, &"/workflows/wf_12".parse().unwrap()));
    let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"), "{cookie}");
    assert!(!cookie.contains(reader.reveal().rsplit('_').next().unwrap()), "the token is not in it");
    let session = cookie.split(';').next().unwrap();
    let page = world.far("/workflows/wf_12", &[("cookie", &format!("theme=dark; {session}"))]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Sign out"));
    let api = world.far("/api/v1/workflows", &[("cookie", session)]).await;
    assert_eq!(api.status, StatusCode::UNAUTHORIZED, "it opens pages and nothing else");
    for changed in [format!("{session}0"), session.replace("longshore_session=", "longshore_session=admin"), {
        let mut parts: Vec<&str> = session.split('.').collect();
        parts[1] = "99999999999999";
        parts.join(".")
    }] {
        assert_eq!(world.far("/", &[("cookie", &changed)]).await.status, StatusCode::UNAUTHORIZED, "{changed}");
    }
    world.clock.advance(Duration::from_secs(12 * 3600));
    assert_eq!(world.far("/", &[("cookie", session)]).await.status, StatusCode::UNAUTHORIZED, "its time is over");
}

#[tokio::test]
async fn a_session_ends_with_its_token_and_only_one_that_may_read_opens_one() {
    let world = World::new();
    let reader = world.public.access.grant("reader", vec![Scope::Read]).await.unwrap();
    let answer = world.give(reader.reveal(), "//evil.example/").await;
    assert_eq!(answer.headers["location"], "/", "nobody is led elsewhere");
    let cookie = answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(world.far("/", &[("cookie", &cookie)]).await.status, StatusCode::OK);
    world.public.access.revoke("reader").await.unwrap();
    assert_eq!(world.far("/", &[("cookie", &cookie)]).await.status, StatusCode::UNAUTHORIZED);
    let decider = world.public.access.grant("decider", vec![Scope::Decide]).await.unwrap();
    for token in [decider.reveal(), "lsa_guess_x", "", "longshore"] {
        let refused = world.give(token, "/").await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{token}");
        assert!(refused.headers.get("set-cookie").is_none() && refused.body.contains("not known"), "{}", refused.body);
    }
    let admin = world.give(&world.admin, "/").await;
    assert_eq!(admin.status, StatusCode::SEE_OTHER);
    let out = send(&world.router, "POST", "/sign-out", &[("host", "longshore.example")], "").await;
    assert!(out.headers["set-cookie"].to_str().unwrap().starts_with("longshore_session=; Path=/; Max-Age=0;"));
}

#[tokio::test]
async fn over_https_the_cookie_stays_there() {
    let world = World::new();
    let mut public = world.public.clone();
    public.pages.public_url = "https://longshore.example".into();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = send(&router(public), "POST", "/sign-in", &form, format!("token={}", world.admin)).await;
    assert!(answer.headers["set-cookie"].to_str().unwrap().ends_with("; SameSite=Strict; Secure"));
}

#[tokio::test]
async fn what_is_long_comes_in_pages() {
    let world = World::new();
    let row = |id: u64| WorkflowRow {
        id: format!("wf_{id}"),
        status: "idle".into(),
        title: format!("acme/shop#{id}"),
        ..workflow_rows().pop().unwrap()
    };
    *world.look.rows.lock().unwrap() = Some((1..=120).map(row).collect());
    let front = world.page("/").await.body;
    assert!(front.contains("<a href=\"/?status=idle\">All 120</a>") && !front.contains("acme/shop#21<"), "{front}");
    let second = world.page("/?status=idle&after=wf_50").await.body;
    assert!(second.contains("/?status=idle&amp;after=wf_100") && second.contains("acme/shop#51<"), "{second}");
    assert!(!world.page("/?status=idle&after=wf_100").await.body.contains("Next"));

    *world.look.events.lock().unwrap() = 130;
    let newest = world.page("/workflows/wf_12").await.body;
    assert!(newest.contains("<summary>130 ") && !newest.contains("<summary>80 "), "the newest first");
    let earlier = world.page("/workflows/wf_12?before=81").await.body;
    assert!(newest.contains("/workflows/wf_12?before=81\"") && earlier.contains("<summary>80 "), "{earlier}");
    assert!(earlier.contains("?before=31\"") && !earlier.contains("<summary>30 "), "{earlier}");
    assert!(!world.page("/workflows/wf_12?before=31").await.body.contains("Earlier events"));
}

#[tokio::test]
async fn another_kind_of_workflow_is_shown_too() {
    let world = World::new();
    let row = WorkflowRow {
        kind: "task".into(),
        status: "waiting".into(),
        run: 0,
        subject: None,
        volume_id: None,
        ..workflow_rows().pop().unwrap()
    };
    *world.look.rows.lock().unwrap() = Some(vec![row]);
    *world.look.state.lock().unwrap() = Some(json!({"text": "check the <rollout>"}));
    let front = world.page("/").await.body;
    assert!(front.contains("<h2>waiting</h2>") && front.contains("task · wf_12"), "{front}");
    let page = world.page("/workflows/wf_12").await.body;
    assert!(page.contains("<dd>task</dd>") && page.contains("check the &lt;rollout&gt;"), "{page}");
}

#[tokio::test]
async fn a_reminder_is_shown_with_what_when_and_by_whom() {
    use domain::{
        people::{Person, Via},
        reminder::{Phase, Plan, ReminderId, State, Wish},
    };
    let world = World::new();
    let pr = PullRequestRef { installation: 1, repository_id: 2, owner: "acme".into(), name: "shop".into(), number: 7 };
    let plan = Plan::Every { rule: "0 0 9 * * Mon-Fri".into(), words: "every weekday at 09:00".into(), first: NOW };
    let state = State {
        pr,
        id: ReminderId("R7QF2M".into()),
        ask: "c1".into(),
        by: Person { login: "dana".into(), bot: false },
        via: Via::Comment { comment: 1 },
        asked_at: NOW,
        wish: Wish::Remind { plan, zone: "Europe/Berlin".into(), text: HOSTILE.into() },
        phase: Phase::Waiting { due: NOW + Duration::from_secs(86_400) },
        delivered: 2,
        cancels: vec![],
        owed: vec![],
    };
    let row = WorkflowRow {
        kind: "reminder".into(),
        run: 0,
        subject: None,
        volume_id: None,
        ..workflow_rows().pop().unwrap()
    };
    let row = WorkflowRow { status: "waiting".into(), ..row };
    *world.look.rows.lock().unwrap() = Some(vec![row]);
    *world.look.state.lock().unwrap() = Some(serde_json::to_value(state).unwrap());
    insta::assert_snapshot!(shown(&world.page("/workflows/wf_12").await));
}

#[tokio::test]
async fn what_is_not_there_and_what_cannot_be_read_are_pages_too() {
    let world = World::new();
    for path in ["/workflows/wf_99", "/workflows/nonsense", "/workflows/wf_12/runs/9/log", "/?status=idle&after=x"] {
        let page = world.page(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.body.contains("<h1>Not found</h1>"), "{}", page.body);
    }
    world.look.fails.store(true, std::sync::atomic::Ordering::SeqCst);
    let page = world.page("/").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.body.contains("<h1>Not now</h1>") && !page.body.contains("disk full"), "{}", page.body);
}
