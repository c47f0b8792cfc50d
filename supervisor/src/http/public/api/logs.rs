use super::{Public, page, shortened, workflows::unknown};
use crate::http::{ApiError, public::Scope};
use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
};
use engine::WorkflowId;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
pub(super) struct LogsQuery {
    run: Option<u32>,
    after: Option<u64>,
    limit: Option<usize>,
}

/// `GET /workflows/{id}/logs?run=`: lines of one run's log, the latest run's if none is named.
pub(super) async fn logs(
    State(public): State<Public>,
    headers: HeaderMap,
    Path(name): Path<String>,
    Query(query): Query<LogsQuery>,
) -> Result<Json<Value>, ApiError> {
    public.may(&headers, Scope::Read).await?;
    let id = public.find(&name).await?;
    let (row, _) = public.look.show(id).await?.ok_or_else(|| unknown(&name))?;
    let run = query.run.unwrap_or(row.run);
    if run != row.run {
        must_be_there(&public, id, &name, run).await?;
    }
    let limit = page(query.limit);
    let lines = public.runs.log(id, run, query.after.unwrap_or(0), limit).await?;
    let next = lines.last().filter(|_| lines.len() == limit).map(|line| line.sequence);
    Ok(Json(json!({"run": run, "lines": lines, "next": next})))
}

/// The current run may not have begun yet; any other one that is asked for must have been.
async fn must_be_there(public: &Public, id: WorkflowId, name: &str, run: u32) -> Result<(), ApiError> {
    let runs: Vec<u32> = public.runs.of_workflow(id).await?.iter().map(|it| it.run).collect();
    if runs.contains(&run) {
        return Ok(());
    }
    let sentence = format!("there is no run {run} of `{}`; {}", shortened(name), those(&runs));
    Err(ApiError::new(StatusCode::NOT_FOUND, "run_not_found", sentence))
}

/// `it has had run 1`, `it has had runs 1 to 3`.
fn those(runs: &[u32]) -> String {
    match runs {
        [] => "it has had none yet".to_owned(),
        [one] => format!("it has had run {one}"),
        [first, .., last] if (last - first) as usize + 1 == runs.len() => format!("it has had runs {first} to {last}"),
        many => {
            let words: Vec<String> = many.iter().map(u32::to_string).collect();
            format!("it has had runs {}", words.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::those;

    #[test]
    fn runs_that_are_there_are_named_shortly() {
        assert_eq!(
            [&[][..], &[1], &[1, 2, 3], &[1, 4]].map(those),
            ["it has had none yet", "it has had run 1", "it has had runs 1 to 3", "it has had runs 1, 4"]
        );
    }
}
