use async_trait::async_trait;
use github::{
    Error, GitHub,
    api::{
        CheckRun, Comment, CommentId, GitUpstream, OpenCheckRun, Permission, PublishedReview, PullRequest, Push,
        Pushed, Reaction, Reading, Repository, Review, ReviewThread,
    },
};

/// Knows only where git is; everything else is not asked of it here.
pub(crate) struct OnlyGit(pub(crate) Option<String>);

fn no<T>() -> Result<T, Error> {
    Err(Error::NoAccess { what: "this stand-in knows only git".into() })
}

#[async_trait]
impl GitHub for OnlyGit {
    async fn git_upstream(&self, repository: &Repository) -> Result<GitUpstream, Error> {
        let Some(origin) = &self.0 else { return no() };
        let url = format!("{origin}/{}/{}.git", repository.owner, repository.name);
        Ok(GitUpstream { url, authorization: "Basic c2VjcmV0".into() })
    }

    async fn pull_request(&self, _: &Repository, _: u64) -> Result<Reading<PullRequest>, Error> {
        no()
    }
    async fn file(&self, _: &Repository, _: &str, _: &str) -> Result<Option<Vec<u8>>, Error> {
        no()
    }
    async fn branch_sha(&self, _: &Repository, _: &str) -> Result<Option<String>, Error> {
        no()
    }
    async fn permission(&self, _: &Repository, _: &str) -> Result<Permission, Error> {
        no()
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
    async fn put_comment(&self, _: &Repository, _: u64, _: &Comment) -> Result<u64, Error> {
        no()
    }
    async fn review_threads(&self, _: &Repository, _: u64) -> Result<Vec<ReviewThread>, Error> {
        no()
    }
    async fn resolve_thread(&self, _: &Repository, _: &str) -> Result<bool, Error> {
        no()
    }
    async fn put_comment_once(&self, _: &Repository, _: u64, _: &Comment) -> Result<u64, Error> {
        no()
    }
    async fn react(&self, _: &Repository, _: CommentId, _: Reaction) -> Result<(), Error> {
        no()
    }
    async fn push(&self, _: &Repository, _: &Push) -> Result<Pushed, Error> {
        no()
    }
}
