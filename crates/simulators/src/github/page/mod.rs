//! What a person sees in a browser, and git's addresses, which lie beside the pages: `/acme/shop.git`.

mod git;
mod html;
mod pull;
mod style;

use super::{control, hub::Hub, rest::Refusal};
use axum::{
    Form, Router,
    body::Body,
    extract::{Path, State},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use http::{Request, StatusCode};
use serde::Deserialize;

pub fn routes() -> Router<Hub> {
    Router::new().route("/", get(index)).route("/_sim/click/{check_run}", post(click))
}

/// Everything that begins with an account's name.
pub async fn repository_or_git(State(hub): State<Hub>, request: Request<Body>) -> Response {
    let path = request.uri().path().trim_start_matches('/').to_string();
    let clicked = request.uri().query() == Some("clicked");
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [owner, name, rest @ ..] if name.ends_with(".git") => {
            let name = name.trim_end_matches(".git");
            git::answer(&hub, owner, name, &rest.join("/"), request).await
        }
        [owner, name, "pull", number] => {
            let (owner, name, number) = (owner.to_string(), name.to_string(), number.parse().unwrap_or(0));
            show(pull::show(&hub, &owner, &name, number, clicked).await)
        }
        // A check has no page of its own here: it stands on its pull request's.
        [owner, name, "runs", check] => match pull::of_check(&hub, check.parse().unwrap_or(0)).await {
            Some(number) => Redirect::to(&format!("/{owner}/{name}/pull/{number}")).into_response(),
            None => (StatusCode::NOT_FOUND, "the GitHub stand-in has no such check\n").into_response(),
        },
        _ => (StatusCode::NOT_FOUND, "the GitHub stand-in has no such page\n").into_response(),
    }
}

async fn index(State(hub): State<Hub>) -> Response {
    Html(pull::index(&hub).await).into_response()
}

fn show(page: Result<String, Refusal>) -> Response {
    match page {
        Ok(page) => Html(page).into_response(),
        Err(refusal) => (StatusCode::NOT_FOUND, Html(html::message("Not found", &refusal.words()))).into_response(),
    }
}

#[derive(Debug, Deserialize)]
struct Clicked {
    identifier: String,
    by: String,
    back: String,
}

async fn click(State(hub): State<Hub>, Path(check_run): Path<u64>, Form(form): Form<Clicked>) -> Response {
    match control::click(&hub, check_run, &form.identifier, &form.by).await {
        // Only back to a page of the stand-in.
        Ok(_) if form.back.starts_with('/') && !form.back.starts_with("//") => {
            Redirect::to(&format!("{}?clicked", form.back)).into_response()
        }
        Ok(_) => Redirect::to("/").into_response(),
        Err(refusal) => {
            (StatusCode::CONFLICT, Html(html::message("This button is gone", &refusal.words()))).into_response()
        }
    }
}
