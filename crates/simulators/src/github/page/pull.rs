//! The page of a pull request: conversation, checks with their buttons, files.

use super::html::{diff_lines, escape, markdown, page};
use crate::github::{
    git::diff::{Diff, FileDiff},
    hub::Hub,
    rest::Refusal,
    world::{CheckRun, Comment, PullRequest, PushRecord, Repository, Review, ReviewComment, ReviewState, Role, World},
};
use environment::Timestamp;
use std::cmp::Reverse;

/// The pull request whose head, now or before, a check is about.
pub async fn of_check(hub: &Hub, check: u64) -> Option<u64> {
    let world = hub.read().await;
    let check = world.checks.get(&check)?;
    let of_repository =
        world.pulls.values().filter(|it| it.head_repository == check.repository || it.repository == check.repository);
    let pushed = |head_ref: &str| {
        let pushes =
            world.pushes.values().filter(|push| push.repository == check.repository && push.branch == head_ref);
        pushes.map(|push| push.after.clone()).collect::<Vec<_>>()
    };
    let mut found =
        of_repository.filter(|it| it.head_sha == check.head_sha || pushed(&it.head_ref).contains(&check.head_sha));
    found.next().map(|it| it.number)
}

/// Every open and closed pull request.
pub async fn index(hub: &Hub) -> String {
    let world = hub.read().await;
    let items = world.pulls.values().filter_map(|pull| {
        let repo = world.repositories.get(&pull.repository)?;
        let (name, number) = (escape(&repo.full_name()), pull.number);
        let title = escape(&pull.title);
        Some(format!("<li>{} <a href=\"/{name}/pull/{number}\">{name}#{number} {title}</a></li>", state(pull)))
    });
    let items: String = items.collect();
    let list = if items.is_empty() {
        "<p class=\"dim\">None yet.</p>".to_string()
    } else {
        format!("<ul class=\"plain\">{items}</ul>")
    };
    page("Pull requests", None, &format!("<h1>Pull requests</h1>{list}"))
}

/// One pull request.
pub async fn show(hub: &Hub, owner: &str, name: &str, number: u64, clicked: bool) -> Result<String, Refusal> {
    let world = hub.read().await;
    let repo = world.repository(owner, name).ok_or_else(Refusal::not_found)?;
    let pull = world.pulls.get(&(repo.id, number)).ok_or_else(Refusal::not_found)?;
    let diff = hub.diff(repo, &pull.base_sha, &pull.head_sha).await?;
    let bot = hub.options().bot_login();
    let body = [
        if clicked { CLICKED } else { "" }.to_string(),
        head(repo, pull, &diff),
        checks(&world, repo, pull),
        conversation(&world, repo, pull, &bot),
        files(&diff),
    ];
    let busy = world.checks_of_sha(repo.id, &pull.head_sha).iter().any(|run| run.status != "completed");
    let reload_s = (clicked || busy).then_some(RELOAD_S);
    Ok(page(&format!("{} · {}#{number}", pull.title, repo.full_name()), reload_s, &body.concat()))
}

/// While something is under way, the page is loaded again this often: there is no script that could do better.
const RELOAD_S: u32 = 2;
const CLICKED: &str = "<p class=\"note\">Clicked. The App was told; this page loads again in a moment.</p>";

/// `21 Nov, 06:25`, UTC.
fn moment(at: Timestamp) -> String {
    let millis = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
    let at = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%-d %b, %H:%M").to_string()
}

fn state(pull: &PullRequest) -> &'static str {
    match (pull.merged(), pull.open, pull.draft) {
        (true, _, _) => "<span class=\"state merged\">Merged</span>",
        (false, false, _) => "<span class=\"state closed\">Closed</span>",
        (false, true, true) => "<span class=\"state draft\">Draft</span>",
        (false, true, false) => "<span class=\"state open\">Open</span>",
    }
}

fn figures(added: u64, removed: u64) -> String {
    format!("<span class=\"plus\">+{added}</span> <span class=\"minus\">−{removed}</span>")
}

fn head(repo: &Repository, pull: &PullRequest, diff: &Diff) -> String {
    let sum = |count: fn(&FileDiff) -> u64| diff.files.iter().map(count).sum::<u64>();
    format!(
        "<p class=\"dim\"><a href=\"/\">{}</a></p><h1>{} <span>#{}</span></h1>\
         <p>{} <b>{}</b> wants <code>{}</code> into <code>{}</code> · head <code>{}</code> · {} files {}</p>{}",
        escape(&repo.full_name()),
        escape(&pull.title),
        pull.number,
        state(pull),
        escape(&pull.author),
        escape(&pull.head_ref),
        escape(&pull.base_ref),
        short(&pull.head_sha),
        diff.files.len(),
        figures(sum(|it| it.additions), sum(|it| it.deletions)),
        pull.body.as_deref().map(|body| card(&pull.author, pull.created_at, "", &markdown(body))).unwrap_or_default(),
    )
}

fn short(sha: &str) -> &str {
    sha.get(..7).unwrap_or(sha)
}

fn card(who: &str, at: Timestamp, what: &str, body: &str) -> String {
    let at = moment(at);
    format!(
        "<section class=\"card\"><header><b>{}</b> {what} <span class=\"dim\">{at}</span></header><div>{body}</div></section>",
        escape(who)
    )
}

/// The newest check runs of the head, then those of earlier commits, folded.
fn checks(world: &World, repo: &Repository, pull: &PullRequest) -> String {
    let runs: Vec<&CheckRun> = world.checks_of_sha(repo.id, &pull.head_sha).into_iter().rev().collect();
    let now: String = runs.iter().enumerate().map(|(index, run)| check(repo, pull, run, index == 0)).collect();
    let earlier = world.pushes.values().rev().filter(|push| {
        push.repository == pull.head_repository && push.branch == pull.head_ref && push.after != pull.head_sha
    });
    let earlier: String = earlier
        .flat_map(|push| world.checks_of_sha(repo.id, &push.after).into_iter().rev())
        .map(|run| check(repo, pull, run, false))
        .collect();
    let now = if now.is_empty() { "<p class=\"dim\">No check yet.</p>".to_string() } else { now };
    let earlier = if earlier.is_empty() {
        String::new()
    } else {
        format!("<details><summary class=\"dim\">Checks of earlier commits</summary>{earlier}</details>")
    };
    format!("<h2>Checks</h2>{now}{earlier}")
}

fn check(repo: &Repository, pull: &PullRequest, run: &CheckRun, newest: bool) -> String {
    let status = run.conclusion.as_deref().unwrap_or(&run.status);
    let title = run.title.as_deref().unwrap_or("");
    let summary = run.summary.as_deref().map(markdown).unwrap_or_default();
    let body = format!("{}{summary}", if run.actions.is_empty() { String::new() } else { buttons(repo, pull, run) });
    let body = if newest { body } else { format!("<details><summary class=\"dim\">Details</summary>{body}</details>") };
    format!(
        "<section class=\"card {}\"><header><span class=\"dot\"></span><b>{}</b> {} \
         <span class=\"dim\">{} · <code>{}</code></span></header><div>{body}</div></section>",
        escape(status),
        escape(&run.name),
        escape(title),
        escape(&status.replace('_', " ")),
        short(&run.head_sha),
    )
}

/// Who can click: those the repository names, writers first, the author after other writers, and somebody who may only
/// read.
fn buttons(repo: &Repository, pull: &PullRequest, run: &CheckRun) -> String {
    let mut people: Vec<(&str, Role)> = repo.roles.iter().map(|(login, role)| (login.as_str(), *role)).collect();
    people.sort_by_key(|(login, role)| (Reverse(*role), *login == pull.author, *login));
    if !people.iter().any(|(_, role)| *role <= Role::Read) {
        people.push(("stranger", Role::Read));
    }
    let options: String = people
        .iter()
        .map(|(login, role)| format!("<option value=\"{0}\">{0} ({1})</option>", escape(login), role.name()))
        .collect();
    let buttons: String = run
        .actions
        .iter()
        .map(|action| {
            format!(
                "<button name=\"identifier\" value=\"{}\" title=\"{}\">{}</button>",
                escape(&action.identifier),
                escape(&action.description),
                escape(&action.label)
            )
        })
        .collect();
    format!(
        "<form method=\"post\" action=\"/_sim/click/{}\"><input type=\"hidden\" name=\"back\" value=\"/{}/pull/{}\">\
         {buttons}<label>as <select name=\"by\">{options}</select></label></form>",
        run.id,
        escape(&repo.full_name()),
        pull.number,
    )
}

enum Item<'a> {
    Comment(&'a Comment),
    Review(&'a Review),
    Push(&'a PushRecord),
}

fn conversation(world: &World, repo: &Repository, pull: &PullRequest, bot: &str) -> String {
    let comments = world.comments.values().filter(|it| it.repository == repo.id && it.number == pull.number);
    let reviews = world
        .reviews
        .values()
        .filter(|it| it.repository == repo.id && it.number == pull.number && it.state != ReviewState::Pending);
    let pushes = world.pushes.values().filter(|it| it.repository == pull.head_repository && it.branch == pull.head_ref);
    let mut items: Vec<(u64, Item<'_>)> = comments
        .map(|it| (it.id, Item::Comment(it)))
        .chain(reviews.map(|it| (it.id, Item::Review(it))))
        .chain(pushes.map(|it| (it.id, Item::Push(it))))
        .collect();
    items.sort_by_key(|(id, _)| *id);
    let shown: String = items
        .into_iter()
        .map(|(_, item)| match item {
            Item::Comment(it) => card(&it.user, it.created_at, "commented", &markdown(&it.body)),
            Item::Review(it) => review(world, it),
            Item::Push(it) => push(it, bot),
        })
        .collect();
    format!("<h2>Conversation</h2>{shown}")
}

fn push(it: &PushRecord, bot: &str) -> String {
    let app = if it.by == bot { " (the App)" } else { "" };
    format!(
        "<p class=\"dim\">{}{app} pushed <code>{}</code> {}</p>",
        escape(&it.by),
        short(&it.after),
        escape(&it.subject)
    )
}

fn review(world: &World, it: &Review) -> String {
    let comments: String = world.comments_of_review(it.id).into_iter().map(|it| thread(world, it)).collect();
    let what = format!("reviewed <code>{}</code>", short(&it.commit_id));
    card(&it.user, it.submitted_at.unwrap_or(it.created_at), &what, &format!("{}{comments}", markdown(&it.body)))
}

/// The last lines of the hunk above a comment; more is noise on a phone.
const HUNK_LINES_SHOWN: usize = 4;

/// A comment at a line; folded away once its thread is resolved.
fn thread(world: &World, it: &ReviewComment) -> String {
    let shown = line_comment(it);
    match world.resolved_by(it.in_reply_to.unwrap_or(it.id)) {
        Some(by) => format!(
            "<details><summary><span class=\"state merged\">Resolved</span> <code>{}</code> \
             <span class=\"dim\">by {}</span></summary>{shown}</details>",
            escape(&it.path),
            escape(by)
        ),
        None => shown,
    }
}

fn line_comment(it: &ReviewComment) -> String {
    let line = it.line.map(|line| format!(":{line}")).unwrap_or_default();
    let lines: Vec<&str> = it.diff_hunk.lines().collect();
    let hunk = lines[lines.len().saturating_sub(HUNK_LINES_SHOWN)..].join("\n");
    let reply = if it.in_reply_to.is_some() { "answered at" } else { "at" };
    let body = format!("{}{}", diff_lines(&hunk), suggestions(&it.body));
    card(&it.user, it.created_at, &format!("{reply} <code>{}{line}</code>", escape(&it.path)), &body)
}

/// A comment's Markdown, with its suggestion blocks shown as such.
fn suggestions(body: &str) -> String {
    let mut shown = String::new();
    let (mut text, mut suggestion) = (String::new(), None::<(String, String)>);
    for line in body.lines() {
        match &mut suggestion {
            None => match line
                .trim_start()
                .strip_suffix("suggestion")
                .filter(|it| it.len() >= 3 && it.chars().all(|c| c == '`'))
            {
                Some(fence) => {
                    shown.push_str(&markdown(&std::mem::take(&mut text)));
                    suggestion = Some((fence.to_string(), String::new()));
                }
                None => text += &format!("{line}\n"),
            },
            Some((fence, lines)) if line.trim() == fence => {
                let lines: String =
                    lines.lines().map(|line| format!("<span class=\"a\">+ {}</span>", escape(line))).collect();
                shown += &format!(
                    "<div class=\"suggestion\"><p>Suggested change</p><pre class=\"diff\">{lines}</pre></div>"
                );
                suggestion = None;
            }
            Some((_, lines)) => *lines += &format!("{line}\n"),
        }
    }
    shown + &markdown(&text)
}

fn files(diff: &Diff) -> String {
    let files: String = diff
        .files
        .iter()
        .map(|it| {
            let patch = it.patch.as_deref().map_or("<p class=\"dim\">Binary file</p>".to_string(), diff_lines);
            format!(
                "<details><summary><code>{}</code> {}</summary>{patch}</details>",
                escape(&it.path),
                figures(it.additions, it.deletions)
            )
        })
        .collect();
    format!("<h2>Files</h2>{files}")
}
