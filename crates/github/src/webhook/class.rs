//! What a webhook is for, known before its body is read.

/// What a webhook is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Somebody did something that only this webhook says: a click, a re-run, a comment. It is a fact.
    Decision,
    /// Something may have changed; a reading says what.
    Hint,
}

/// What a webhook of this event and action is to us; none if nothing follows from it.
pub fn class(event: &str, action: Option<&str>) -> Option<Class> {
    match (event, action.unwrap_or_default()) {
        ("check_run", "requested_action" | "rerequested")
        | ("check_suite", "rerequested")
        | ("issue_comment" | "pull_request_review_comment", "created") => Some(Class::Decision),
        (
            "pull_request",
            "opened" | "synchronize" | "reopened" | "ready_for_review" | "converted_to_draft" | "closed" | "edited",
        )
        | ("installation" | "installation_repositories" | "repository", _) => Some(Class::Hint),
        _ => None,
    }
}
