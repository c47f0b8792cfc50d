//! Check runs, brought to what is wanted. A completed one is never taken back: GitHub answers 200 and shows nothing.

use super::{App, answer::Answer, client::Call, limits, route};
use crate::api::{Annotation, CheckRun, CheckState, Conclusion, OpenCheckRun, Purpose, Repository};
use crate::encoder::cut;
use crate::error::Error;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A check run as GitHub has it.
#[derive(Deserialize)]
struct Existing {
    id: u64,
    #[serde(default)]
    status: String,
    #[serde(default)]
    external_id: Option<String>,
    #[serde(default)]
    app: Option<AppBody>,
    #[serde(default)]
    output: Option<OutputBody>,
}

#[derive(Deserialize)]
struct AppBody {
    id: u64,
}

#[derive(Deserialize)]
struct OutputBody {
    #[serde(default)]
    annotations_count: Option<usize>,
}

impl Existing {
    fn annotations(&self) -> usize {
        self.output.as_ref().and_then(|output| output.annotations_count).unwrap_or(0)
    }
}

impl App {
    /// GitHub refuses a whole call for one annotation that it does not take, and their places come from machines: a
    /// check without annotations is better than one that stays open (P4).
    pub(super) async fn bring_check_run_about(&self, repository: &Repository, check: &CheckRun) -> Result<u64, Error> {
        match self.bring_about_as_it_is(repository, check).await {
            Err(Error::Permanent { status: Some(422), .. }) if !check.annotations.is_empty() => {
                let bare = CheckRun { annotations: Vec::new(), ..check.clone() };
                self.bring_about_as_it_is(repository, &bare).await
            }
            other => other,
        }
    }

    async fn bring_about_as_it_is(&self, repository: &Repository, check: &CheckRun) -> Result<u64, Error> {
        if let Some(action) =
            check.actions.iter().find(|it| it.identifier.chars().count() > limits::ACTION_LABEL_CHARS_MAX)
        {
            // An identifier cut short would come back as another answer.
            let what = format!("the button `{}` has an identifier longer than 20 characters", action.label);
            return Err(Error::Permanent { what, status: None });
        }
        let existing = match check.id {
            Some(id) => Some(self.check_run(repository, id).await?),
            None => self.find_check_run(repository, check).await?,
        };
        let existing = match existing {
            Some(existing) => existing,
            None => {
                let mut body = wanted(check, first_page(&check.annotations, 0));
                body.insert("name".into(), json!(check.name));
                body.insert("head_sha".into(), json!(check.head_sha));
                let call = Call::create(route::repository(repository, "/check-runs"), Value::Object(body));
                let created: Existing = self.publish(repository, &call).await?.json()?;
                return self
                    .append_annotations(repository, check, created.id, first_page(&check.annotations, 0).len())
                    .await;
            }
        };
        if existing.status == "completed" && !matches!(check.state, CheckState::Completed(_)) {
            return Ok(existing.id);
        }
        // Annotations are appended, never replaced: what GitHub counts is what it has.
        let page = first_page(&check.annotations, existing.annotations());
        let body = Value::Object(wanted(check, page));
        self.publish(repository, &update(repository, existing.id, body, page)).await?;
        let id = self.append_annotations(repository, check, existing.id, existing.annotations() + page.len()).await?;
        if check.id.is_some() && matches!(check.state, CheckState::Completed(_)) {
            self.end_twins(repository, check, id).await?;
        }
        Ok(id)
    }

    /// A creation whose answer was lost may land after the next attempt looked, and then there are two. When one of them
    /// is concluded, the other is ended: no check run of ours is left open (P4).
    async fn end_twins(&self, repository: &Repository, check: &CheckRun, id: u64) -> Result<(), Error> {
        let all = self.own_check_runs(repository, check).await?;
        for twin in all.into_iter().filter(|it| it.id != id && it.status != "completed") {
            let body = json!({
                "status": "completed",
                "conclusion": word(Conclusion::Cancelled),
                "output": { "title": "Shown by another check run", "summary": "It was made twice; the other one counts." },
                "actions": [],
            });
            self.publish(repository, &update(repository, twin.id, body, &[])).await?;
        }
        Ok(())
    }

    async fn check_run(&self, repository: &Repository, id: u64) -> Result<Existing, Error> {
        let call = Call::read(route::repository(repository, &format!("/check-runs/{id}")));
        self.publish(repository, &call).await?.json()
    }

    /// Ours with this name, commit and external id; the newest if there are several.
    async fn find_check_run(&self, repository: &Repository, check: &CheckRun) -> Result<Option<Existing>, Error> {
        Ok(self.own_check_runs(repository, check).await?.into_iter().max_by_key(|it| it.id))
    }

    pub(super) async fn list_open_check_runs(
        &self,
        repository: &Repository,
        name: &str,
        sha: &str,
    ) -> Result<Vec<OpenCheckRun>, Error> {
        let all = self.check_runs_of(repository, name, sha).await?.into_iter();
        let open = all.filter(|it| it.status != "completed");
        Ok(open.filter_map(|it| Some(OpenCheckRun { id: it.id, external_id: it.external_id? })).collect())
    }

    async fn own_check_runs(&self, repository: &Repository, check: &CheckRun) -> Result<Vec<Existing>, Error> {
        let all = self.check_runs_of(repository, &check.name, &check.head_sha).await?.into_iter();
        Ok(all.filter(|it| it.external_id.as_deref() == Some(check.external_id.as_str())).collect())
    }

    /// All that we ever made of this name on a commit; the newest hundred.
    async fn check_runs_of(&self, repository: &Repository, name: &str, sha: &str) -> Result<Vec<Existing>, Error> {
        #[derive(Deserialize)]
        struct Body {
            check_runs: Vec<Existing>,
        }
        let rest = format!(
            "/commits/{}/check-runs?check_name={}&app_id={}&filter=all&per_page=100",
            route::segment(sha),
            route::segment(name),
            self.app_id
        );
        let body: Body = self.publish(repository, &Call::read(route::repository(repository, &rest))).await?.json()?;
        let ours = |it: &Existing| it.app.as_ref().is_some_and(|app| app.id == self.app_id);
        Ok(body.check_runs.into_iter().filter(ours).collect())
    }

    async fn append_annotations(
        &self,
        repository: &Repository,
        check: &CheckRun,
        id: u64,
        mut sent: usize,
    ) -> Result<u64, Error> {
        while sent < check.annotations.len() {
            let page = first_page(&check.annotations, sent);
            let body = json!({ "output": output(check, page) });
            self.publish(repository, &update(repository, id, body, page)).await?;
            sent += page.len();
        }
        Ok(id)
    }

    pub(super) async fn publish(&self, repository: &Repository, call: &Call) -> Result<Answer, Error> {
        self.call(repository, Purpose::Publish, call).await?.ok()
    }
}

fn update(repository: &Repository, id: u64, body: Value, annotations: &[Annotation]) -> Call {
    let route = route::repository(repository, &format!("/check-runs/{id}"));
    let call = Call::update(route, body);
    // Appending twice would show places twice; the count is looked at before it is done again.
    if annotations.is_empty() { call } else { Call { effect: super::client::Effect::Creates, ..call } }
}

fn first_page(annotations: &[Annotation], from: usize) -> &[Annotation] {
    let from = from.min(annotations.len());
    &annotations[from..annotations.len().min(from + limits::ANNOTATIONS_PER_REQUEST)]
}

fn wanted(check: &CheckRun, annotations: &[Annotation]) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("external_id".into(), json!(check.external_id));
    if let Some(url) = &check.details_url {
        body.insert("details_url".into(), json!(url));
    }
    let (status, conclusion) = state(check.state);
    body.insert("status".into(), json!(status));
    if let Some(conclusion) = conclusion {
        body.insert("conclusion".into(), json!(conclusion));
    }
    body.insert("output".into(), output(check, annotations));
    let actions: Vec<_> = check.actions.iter().take(limits::ACTIONS_MAX).map(action).collect();
    body.insert("actions".into(), Value::Array(actions));
    body
}

fn action(action: &crate::api::CheckAction) -> Value {
    json!({
        "label": cut(&action.label, limits::ACTION_LABEL_CHARS_MAX),
        "description": cut(&action.description, limits::ACTION_DESCRIPTION_CHARS_MAX),
        "identifier": action.identifier,
    })
}

fn output(check: &CheckRun, annotations: &[Annotation]) -> Value {
    let mut output = json!({
        "title": cut(&check.title, limits::TITLE_CHARS_MAX),
        "summary": limits::fit(&check.summary, limits::BODY_CHARS_MAX),
    });
    if !annotations.is_empty() {
        output["annotations"] = annotations.iter().map(annotation).collect();
    }
    output
}

fn annotation(it: &Annotation) -> Value {
    json!({
        "path": it.path,
        "start_line": it.start_line.max(1),
        "end_line": it.end_line.max(it.start_line).max(1),
        "annotation_level": it.level,
        "title": cut(&it.title, limits::TITLE_CHARS_MAX),
        "message": cut(&it.message, limits::MESSAGE_CHARS_MAX),
    })
}

fn state(state: CheckState) -> (&'static str, Option<&'static str>) {
    match state {
        CheckState::Queued => ("queued", None),
        CheckState::InProgress => ("in_progress", None),
        CheckState::Completed(conclusion) => ("completed", Some(word(conclusion))),
    }
}

fn word(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::Success => "success",
        Conclusion::Neutral => "neutral",
        Conclusion::Failure => "failure",
        Conclusion::ActionRequired => "action_required",
        Conclusion::Skipped => "skipped",
        Conclusion::Cancelled => "cancelled",
    }
}
