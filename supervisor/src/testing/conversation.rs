use async_trait::async_trait;
use github::{
    Error, GitHub,
    api::{
        CheckRun, Comment, CommentId, GitUpstream, OpenCheckRun, Permission, PublishedReview, PullRequest, Push,
        Pushed, Reaction, Reading, Repository, Review, ReviewThread,
    },
};
use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

/// A pull request's conversation: takes comments, keeps one per marker, and dies with the supervisor when told.
#[derive(Default)]
pub(crate) struct Conversation {
    comments: Mutex<Vec<Comment>>,
    pub(crate) closed: AtomicBool,
    /// The next comments are made, and their answers never come.
    pub(crate) answers_are_lost: AtomicBool,
    pub(crate) calls: AtomicU64,
    /// The default branch, the commit it is at, and the policy's file there; without one nobody may read the repository.
    pub(crate) branch: Mutex<Option<(&'static str, &'static str, &'static str)>>,
    /// What was read of the repository, in order.
    pub(crate) read: Mutex<Vec<String>>,
}

impl Conversation {
    /// What was said, in order.
    pub(crate) fn said(&self) -> Vec<String> {
        self.comments.lock().unwrap().iter().map(|comment| comment.body.clone()).collect()
    }
}

fn no<T>() -> Result<T, Error> {
    Err(Error::NoAccess { what: "this stand-in knows only a conversation".into() })
}

#[async_trait]
impl GitHub for Conversation {
    async fn pull_request(&self, repository: &Repository, number: u64) -> Result<Reading<PullRequest>, Error> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        Ok(Reading::Found(PullRequest {
            repository_id: repository.id,
            number,
            title: String::new(),
            author: "ann".into(),
            author_is_bot: false,
            head_sha: String::new(),
            head_ref: "topic".into(),
            head_repository_id: Some(repository.id),
            base_sha: String::new(),
            base_ref: "main".into(),
            draft: false,
            open: !self.closed.load(Ordering::SeqCst),
            merged: false,
            default_branch: self.branch.lock().unwrap().map_or("main", |(name, ..)| name).into(),
            archived: false,
            labels: Vec::new(),
        }))
    }

    async fn react(&self, _: &Repository, _: CommentId, _: Reaction) -> Result<(), Error> {
        no()
    }

    async fn permission(&self, _: &Repository, _: &str) -> Result<Permission, Error> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        Ok(Permission::Write)
    }

    async fn put_comment_once(&self, _: &Repository, _: u64, comment: &Comment) -> Result<u64, Error> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        {
            let mut comments = self.comments.lock().unwrap();
            if !comments.iter().any(|known| known.marker == comment.marker) {
                comments.push(comment.clone());
            }
        }
        if self.answers_are_lost.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        Ok(1)
    }

    async fn put_comment(&self, _: &Repository, _: u64, _: &Comment) -> Result<u64, Error> {
        no()
    }
    async fn file(&self, _: &Repository, _: &str, reference: &str) -> Result<Option<Vec<u8>>, Error> {
        self.read.lock().unwrap().push(format!("file at {reference}"));
        let branch = *self.branch.lock().unwrap();
        branch.map_or_else(no, |(_, sha, file)| Ok((sha == reference).then(|| file.into())))
    }
    async fn branch_sha(&self, _: &Repository, name: &str) -> Result<Option<String>, Error> {
        self.read.lock().unwrap().push(format!("tip of {name}"));
        let branch = *self.branch.lock().unwrap();
        branch.map_or_else(no, |(known, sha, _)| Ok((known == name).then(|| sha.into())))
    }
    async fn put_check_run(&self, _: &Repository, _: &CheckRun) -> Result<u64, Error> {
        no()
    }
    async fn open_check_runs(&self, _: &Repository, _: &str, _: &str) -> Result<Vec<OpenCheckRun>, Error> {
        no()
    }
    async fn put_review(&self, _: &Repository, _: u64, _: &Review) -> Result<PublishedReview, Error> {
        no()
    }
    async fn review_threads(&self, _: &Repository, _: u64) -> Result<Vec<ReviewThread>, Error> {
        no()
    }
    async fn resolve_thread(&self, _: &Repository, _: &str) -> Result<bool, Error> {
        no()
    }
    async fn push(&self, _: &Repository, _: &Push) -> Result<Pushed, Error> {
        no()
    }
    async fn git_upstream(&self, _: &Repository) -> Result<GitUpstream, Error> {
        no()
    }
}
