//! The workers' app: there, ours, on a network of its own.

use super::{Inner, api::Call, failure::Failure, look::retryable, pace::Action, refusal::Meaning, wire::App};
use crate::Error;
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

/// How long an app that was made may not be seen, nor the token be known for it.
const SEEN_MAX: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// The organisation's own network, which all apps share that name none.
const SHARED_NETWORK: &str = "default";

impl Inner {
    /// Whether machines can be started now. Makes what may be made: the app, its network policy.
    pub async fn check(&self) -> Result<(), Error> {
        match self.find_app().await? {
            Some(app) => self.is_apart(&app)?,
            None => self.is_apart(&self.make_app(self.organisation()?).await?)?,
        }
        self.set_policy().await
    }

    /// Whether machines can be started, without making anything; what [`Inner::check`] would make first, if there is such.
    pub async fn look(&self) -> Result<Option<String>, Error> {
        let Some(app) = self.find_app().await? else {
            self.organisation()?;
            return Ok(Some(format!("the app `{}` is not there yet: `longshore serve` makes it", self.app())));
        };
        self.is_apart(&app)?;
        let missing = self.policy_is_missing().await?;
        Ok(missing.then(|| "its network policy is not there yet: `longshore serve` makes it".to_owned()))
    }

    async fn find_app(&self) -> Result<Option<App>, Error> {
        match self.look_at_app().await {
            Ok(app) => Ok(Some(app)),
            Err(failure) => match failure.meaning() {
                Some(Meaning::Missing) => Ok(None),
                Some(Meaning::Forbidden) => Err(self.foreign(&failure)),
                _ => Err(failure.into()),
            },
        }
    }

    fn is_apart(&self, app: &App) -> Result<(), Error> {
        if app.network == SHARED_NETWORK {
            return Err(Error::Permanent {
                what: format!(
                    "the Fly app `{0}` is on its organisation's shared network, where workers would reach other apps: use one \
                     that is not (`fly apps create NAME --network NAME`), or an unused name and `machines.fly_org`",
                    self.app()
                ),
            });
        }
        Ok(())
    }

    /// In which a missing app is made.
    fn organisation(&self) -> Result<&str, Error> {
        let app = self.app();
        self.settings.organisation.as_deref().ok_or_else(|| Error::Permanent {
            what: format!(
                "there is no Fly app `{app}`: make it with `fly apps create {app} --network {app}`, or set `machines.fly_org`"
            ),
        })
    }

    async fn look_at_app(&self) -> Result<App, Failure> {
        let call = Call::new(
            Method::GET,
            self.app_path(),
            Action::LookAtApp,
            self.app(),
            format!("show app `{}`", self.app()),
        );
        self.api.call(call).await?.json()
    }

    async fn make_app(&self, organisation: &str) -> Result<App, Error> {
        let app = self.app();
        let mut call = Call::new(Method::POST, "/v1/apps".into(), Action::MakeApp, app, format!("make app `{app}`"));
        // Some versions take the one name, some the other.
        call.body = Some(json!({"name": app, "app_name": app, "org_slug": organisation, "network": app}));
        match self.api.call(call).await {
            Ok(_) => {}
            // A look says whether it is ours.
            Err(failure) if failure.is_ambiguous() || failure.meaning() == Some(&Meaning::AppNameTaken) => {}
            Err(failure) => return Err(failure.into()),
        }
        self.see_app().await
    }

    /// For a moment after an app was made Fly does not know it everywhere.
    async fn see_app(&self) -> Result<App, Error> {
        let deadline = self.deadline(SEEN_MAX);
        loop {
            let failure = match self.look_at_app().await {
                Ok(app) => return Ok(app),
                Err(failure) => failure,
            };
            match failure.meaning() {
                Some(Meaning::Missing | Meaning::Unauthorized) if !self.left(deadline).is_zero() => {}
                Some(Meaning::Missing) => {
                    return Err(retryable(format!("the Fly app `{}` was made, and is not seen", self.app())));
                }
                Some(Meaning::Forbidden) => return Err(self.foreign(&failure)),
                _ => return Err(failure.into()),
            }
            self.environment.sleep(LOOK_AGAIN).await;
        }
    }

    fn foreign(&self, failure: &Failure) -> Error {
        let words = match failure {
            Failure::Refused { refusal, .. } => refusal.words.clone(),
            Failure::Lost { what, .. } | Failure::Held { what, .. } => what.clone(),
        };
        let app = self.app();
        Error::Permanent {
            what: format!(
                "the Fly token may not use the app `{app}`, or the name is another organisation's: set `machines.fly_app` to one \
                 of yours, or use a token of that app: {words}"
            ),
        }
    }
}
