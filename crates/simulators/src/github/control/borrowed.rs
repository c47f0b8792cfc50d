//! A repository over objects that somebody else keeps: nothing is copied, and nothing is written where they lie.

use super::{
    BorrowedRepository, Done, installations,
    repositories::{blank, sound},
};
use crate::github::{
    hub::Hub,
    rest::{Refusal, commit_and_level},
    world::{Fact, UserKind},
};

pub async fn borrow(hub: &Hub, new: BorrowedRepository) -> Result<Done, Refusal> {
    sound(&new.owner)?;
    sound(&new.name)?;
    let mut change = hub.change(None).await;
    let known = change.repository(&new.owner, &new.name).cloned();
    let is_new = known.is_none();
    let mut repo = match known {
        Some(known) => known,
        None => {
            let folder = format!("{}/{}.git", new.owner, new.name);
            hub.git().init(&folder).await?;
            blank(&mut change, &new.owner, &new.name, folder)
        }
    };
    hub.git().borrow(&repo, &new.objects, &new.shallow)?;
    repo.private = true;
    change.user(&new.owner, UserKind::Organization);
    for (login, role) in new.roles {
        change.user(&login, UserKind::User);
        repo.roles.insert(login.to_lowercase(), role);
    }
    for (branch, sha) in new.branches {
        let known = hub.git().commit_info(&repo, &sha).await?;
        known.ok_or_else(|| Refusal::absent(&format!("there is no commit {sha}")))?;
        repo.branches.insert(branch, sha);
    }
    change.put(Fact::Repository(repo.clone()));
    let installation = match change.installation_of(repo.id) {
        Some(there) if !is_new => there.id,
        _ => installations::cover(&mut change, &repo),
    };
    commit_and_level(change, "repository.borrowed", &[repo.id]).await?;
    Ok(Done { id: repo.id, installation, ..Done::default() })
}
