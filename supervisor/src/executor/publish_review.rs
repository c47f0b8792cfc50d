use super::{Context, PullRequestExecutor, errors};
use crate::parts::repository;
use domain::pull_request::Event;
use engine::ActionError;
use github::{
    api::{InlineComment, Review},
    render,
};

impl PullRequestExecutor {
    /// At most one submitted review per run: its marker names run and head, and the client looks for it first (P5).
    pub(super) async fn publish_review(&self, context: &Context, run: u32) -> Result<Event, ActionError> {
        let state = &*context.state;
        let Some(result) = state.result.as_ref().filter(|result| result.run == run) else {
            // A later run's result took its place before this one could be shown: there is nothing left to say.
            return Ok(Event::ReviewPublished { run, review: 0, comments: 0 });
        };
        let view = self.review_view(context, run, &result.digest).await?;
        let text = render::review(&view);
        let head_sha = result.target.head_sha.clone();
        let marker = self.parts.markers.make(&format!("review:{}:{run}:{head_sha}", context.workflow));
        let workflow = context.workflow.to_string();
        let comments = text.comments.into_iter().map(|comment| InlineComment {
            marker: self.parts.markers.finding(&workflow, run, &comment.finding),
            path: comment.path,
            line: comment.line,
            start_line: comment.start_line,
            body: comment.body,
        });
        let review = Review { head_sha, body: text.body, marker, comments: comments.collect() };
        let repository = repository(state);
        let put = self.parts.github.put_review(&repository, state.pr.number, &review);
        let published = put.await.map_err(errors::github)?;
        Ok(Event::ReviewPublished { run, review: published.id, comments: published.comments })
    }
}
