//! What a person is asked, and the answer.

use super::result::PatchFacts;
use crate::ids::RequestId;
use engine::Timestamp;
use serde::{Deserialize, Serialize};

/// An open request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Request {
    /// Its id; the buttons carry it.
    pub id: RequestId,
    /// What is asked.
    pub kind: Kind,
    /// Run whose check shows the buttons.
    pub run: u32,
    /// Commit it is about.
    pub head_sha: String,
    /// Base branch it is about.
    pub base_ref: String,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// When it ends as "not decided".
    pub deadline: Timestamp,
    /// The request whose decision is carried out again, if what failed was its run; none if it was a review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<RequestId>,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// Push this patch?
    Fix {
        /// The patch.
        patch: PatchFacts,
    },
    /// Review it although a gate is closed?
    RunReview,
    /// Try again?
    Retry,
    /// Try again on a copy of the volume, since the previous machine is not confirmed gone?
    RetryOnCopy,
    /// Go on beyond the budget?
    Continue,
    /// A question of the agent.
    Ask,
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Do it.
    Yes,
    /// Do not.
    No,
    /// Ask again tomorrow.
    Later,
}

/// A button as GitHub takes it: label ≤ 20, description ≤ 40, identifier ≤ 20 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// On it.
    pub label: &'static str,
    /// Beside it.
    pub description: String,
    /// Comes back with the click.
    pub identifier: String,
}

impl Kind {
    /// Stable code: in identifiers and tables.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Fix { .. } => "fix",
            Self::RunReview => "run",
            Self::Retry => "retry",
            Self::RetryOnCopy => "copy",
            Self::Continue => "more",
            Self::Ask => "ask",
        }
    }

    /// The answers it takes.
    pub const fn choices(&self) -> &'static [Choice] {
        match self {
            Self::Fix { .. } | Self::Ask => &[Choice::Yes, Choice::No, Choice::Later],
            Self::RunReview | Self::Retry | Self::RetryOnCopy | Self::Continue => &[Choice::Yes],
        }
    }
}

impl Choice {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Later => "later",
        }
    }

    fn of(code: &str) -> Option<Self> {
        [Self::Yes, Self::No, Self::Later].into_iter().find(|choice| choice.code() == code)
    }
}

impl Request {
    /// Its buttons, at most three.
    pub fn buttons(&self) -> Vec<Button> {
        self.kind.choices().iter().map(|choice| self.button(*choice)).collect()
    }

    fn button(&self, choice: Choice) -> Button {
        let (label, description) = match (&self.kind, choice) {
            (Kind::Fix { patch }, Choice::Yes) => ("Apply fix", format!("Push patch {} as one commit", patch.short())),
            (Kind::Fix { .. }, Choice::No) => ("Keep as is", "Push nothing; findings stay open".into()),
            (_, Choice::Later) => ("Ask tomorrow", "Same question again in 24 hours".into()),
            (Kind::RunReview, _) => ("Review it", "Run the review although it was skipped".into()),
            (Kind::Retry, _) if self.again.is_some() => ("Retry", "Carry the decision out again".into()),
            (Kind::Retry, _) => ("Retry", "Start the review again".into()),
            (Kind::RetryOnCopy, _) => ("Start on a copy", "The old machine may still hold the disk".into()),
            (Kind::Continue, _) => ("Continue", "Go on beyond the limit, once".into()),
            (Kind::Ask, Choice::Yes) => ("Yes", "Answer the question with yes".into()),
            (Kind::Ask, Choice::No) => ("No", "Answer the question with no".into()),
        };
        let identifier = format!("{}:{}:{}", self.kind.code(), self.id, choice.code());
        Button { label, description, identifier }
    }
}

/// What a button's identifier says.
pub fn parse_identifier(identifier: &str) -> Option<(RequestId, Choice)> {
    let mut parts = identifier.split(':');
    let (Some(_kind), Some(id), Some(choice), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return None;
    };
    Some((RequestId::parse(id)?, Choice::of(choice)?))
}

/// A request that was answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Decision {
    /// The request.
    pub request: Request,
    /// The answer.
    pub choice: Choice,
    /// Login of who gave it.
    pub by: String,
    /// What they may do, in a word.
    pub permission: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// The commit it led to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed: Option<String>,
    /// Its result's digest: what was open when it was asked.
    pub result: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(kind: Kind) -> Request {
        Request {
            id: RequestId("K7QF2M".into()),
            kind,
            run: 1,
            head_sha: "3f2a91c".into(),
            base_ref: "main".into(),
            asked_at: Timestamp::default(),
            deadline: Timestamp::default(),
            again: None,
        }
    }

    #[test]
    fn the_button_that_tries_again_says_what() {
        let review = request(Kind::Retry);
        let decision = Request { again: Some(RequestId("K7QF2L".into())), ..review.clone() };
        let said = |request: &Request| request.buttons().remove(0).description;
        assert_eq!(said(&review), "Start the review again");
        assert_eq!(said(&decision), "Carry the decision out again");
    }

    #[test]
    fn every_button_fits_into_what_github_takes_and_says_what_it_answers() {
        let patch = PatchFacts { digest: "9c41e7aa".into(), fixes: 3, files: 3 };
        let kinds = [Kind::Fix { patch }, Kind::RunReview, Kind::Retry, Kind::RetryOnCopy, Kind::Continue, Kind::Ask];
        for kind in kinds {
            let request = request(kind);
            let buttons = request.buttons();
            assert!((1..=3).contains(&buttons.len()));
            for (button, choice) in buttons.iter().zip(request.kind.choices()) {
                assert!(button.label.chars().count() <= 20, "{button:?}");
                assert!(button.description.chars().count() <= 40, "{button:?}");
                assert!(button.identifier.chars().count() <= 20, "{button:?}");
                assert_eq!(parse_identifier(&button.identifier), Some((request.id.clone(), *choice)));
            }
        }
    }

    #[test]
    fn an_identifier_of_somebody_else_says_nothing() {
        for identifier in ["", "fix", "fix:K7QF2M", "fix:K7QF2M:maybe", "fix:K7QF2M:yes:yes", "lgtm|26764"] {
            assert_eq!(parse_identifier(identifier), None, "{identifier}");
        }
    }
}
