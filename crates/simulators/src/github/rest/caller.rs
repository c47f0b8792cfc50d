//! Who calls, and what they may reach.

use super::{Api, Refusal};
use crate::github::{
    hub::Hub,
    world::{Installation, Repository, Token, World},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// GitHub takes ten minutes, and a clock that runs a minute ahead.
const JWT_SECONDS_MAX: u64 = 600;
const CLOCK_SKEW_SECONDS_MAX: u64 = 60;

/// Who calls.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Nobody in particular.
    Anonymous,
    /// The App itself, by JWT.
    App,
    /// An installation, by token.
    Installation(Token),
}

/// A permission that a call needs: any one of the names.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    names: &'static [&'static str],
    write: bool,
}

impl Need {
    pub const fn read(names: &'static [&'static str]) -> Self {
        Self { names, write: false }
    }

    pub const fn write(names: &'static [&'static str]) -> Self {
        Self { names, write: true }
    }

    fn is_met_by(self, token: &Token) -> bool {
        self.names.iter().any(|name| match token.permissions.get(*name).map(String::as_str) {
            Some("write" | "admin") => true,
            Some("read") => !self.write,
            _ => *name == "metadata" && !self.write,
        })
    }
}

/// Reads an `Authorization` header.
pub async fn caller_of(hub: &Hub, header: &str) -> Result<Caller, Refusal> {
    let Some((scheme, credential)) = header.split_once(' ') else { return Ok(Caller::Anonymous) };
    let credential = credential.trim();
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" if credential.starts_with("ey") => {
            verify_jwt(hub, credential)?;
            Ok(Caller::App)
        }
        "bearer" | "token" => installation(hub, credential).await,
        "basic" => {
            let decoded = STANDARD.decode(credential).unwrap_or_default();
            let decoded = String::from_utf8_lossy(&decoded).into_owned();
            match decoded.split_once(':') {
                Some(("x-access-token", token)) => installation(hub, token).await,
                _ => Err(Refusal::unauthorized("Bad credentials")),
            }
        }
        _ => Err(Refusal::unauthorized("Bad credentials")),
    }
}

/// How a token is known in the log.
pub fn digest(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

async fn installation(hub: &Hub, token: &str) -> Result<Caller, Refusal> {
    let bad = || Refusal::unauthorized("Bad credentials");
    let world = hub.read().await;
    let token = world.tokens.get(&digest(token)).ok_or_else(bad)?;
    let installation = world.installations.get(&token.installation).filter(|it| !it.deleted).ok_or_else(bad)?;
    if token.expires_at <= hub.now() {
        return Err(bad());
    }
    if installation.suspended_at.is_some() {
        return Err(Refusal::forbidden("This installation has been suspended"));
    }
    Ok(Caller::Installation(token.clone()))
}

fn verify_jwt(hub: &Hub, jwt: &str) -> Result<(), Refusal> {
    let undecodable = || Refusal::unauthorized("A JSON web token could not be decoded");
    let (signed, signature) = jwt.rsplit_once('.').ok_or_else(undecodable)?;
    let (head, claims) = signed.split_once('.').ok_or_else(undecodable)?;
    let part = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| undecodable());
    let json = |text: &str| serde_json::from_slice::<Value>(&part(text)?).map_err(|_| undecodable());
    if json(head)?["alg"] != "RS256" {
        return Err(undecodable());
    }
    let key = public_key_der(&hub.options().app_public_key_pem).ok_or_else(undecodable)?;
    let key = ring::signature::UnparsedPublicKey::new(&ring::signature::RSA_PKCS1_2048_8192_SHA256, key);
    key.verify(signed.as_bytes(), &part(signature)?).map_err(|_| undecodable())?;
    judge_claims(&json(claims)?, hub.options().app_id, hub.now().as_millis() / 1000)
}

fn judge_claims(claims: &Value, app_id: u64, now: u64) -> Result<(), Refusal> {
    let issuer = claims["iss"].as_u64().or_else(|| claims["iss"].as_str().and_then(|it| it.parse().ok()));
    if issuer != Some(app_id) {
        return Err(Refusal::not_found_integration());
    }
    let number = |name: &str| claims[name].as_u64();
    let expires = number("exp").ok_or_else(|| Refusal::unauthorized("Missing 'exp' claim in assertion"))?;
    let issued = number("iat").ok_or_else(|| Refusal::unauthorized("Missing 'iat' claim in assertion"))?;
    if issued > now + CLOCK_SKEW_SECONDS_MAX {
        return Err(Refusal::unauthorized(
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
        ));
    }
    if expires <= now {
        return Err(Refusal::unauthorized(
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
        ));
    }
    if expires > now + JWT_SECONDS_MAX + CLOCK_SKEW_SECONDS_MAX {
        return Err(Refusal::unauthorized("'Expiration time' claim ('exp') is too far in the future"));
    }
    Ok(())
}

fn public_key_der(pem: &str) -> Option<Vec<u8>> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
    STANDARD.decode(body).ok()
}

impl Refusal {
    fn not_found_integration() -> Self {
        Self::unauthorized("Integration not found")
    }
}

impl Caller {
    /// Login under which the caller acts.
    pub fn login(&self, hub: &Hub) -> String {
        match self {
            Self::Anonymous => "anonymous".into(),
            Self::App | Self::Installation(_) => hub.options().bot_login(),
        }
    }

    /// A repository by its folder of today, for git: `contents: read` is needed.
    pub fn may_fetch(&self, world: &World, repository: &Repository) -> Result<(), Refusal> {
        self.reach(world, repository, Need::read(&["contents"]))
    }

    fn reach(&self, world: &World, repository: &Repository, need: Need) -> Result<(), Refusal> {
        let token = match self {
            Self::Installation(token) => token,
            Self::App => {
                return Err(Refusal::unauthorized("A JSON web token cannot be used here; use an installation token"));
            }
            // Everybody may read what is public; what is not does not exist for them.
            Self::Anonymous if repository.private => return Err(Refusal::not_found()),
            Self::Anonymous if need.write => return Err(Refusal::unauthorized("Requires authentication")),
            Self::Anonymous => return Ok(()),
        };
        let installed = world.installations.get(&token.installation).is_some_and(|it: &Installation| {
            it.repositories.contains(&repository.id)
                && token.repositories.as_ref().is_none_or(|some| some.contains(&repository.id))
        });
        if !installed {
            return Err(Refusal::not_found());
        }
        if !need.is_met_by(token) {
            return Err(Refusal::forbidden("Resource not accessible by integration"));
        }
        if need.write && repository.archived {
            return Err(Refusal::forbidden("Repository was archived so is read-only."));
        }
        Ok(())
    }
}

impl Api {
    /// Only the App itself.
    pub fn must_be_app(&self) -> Result<(), Refusal> {
        match self.caller {
            Caller::App => Ok(()),
            _ => Err(Refusal::unauthorized("A JSON web token could not be decoded")),
        }
    }

    /// The repository, if the caller may do that with it. What is out of reach does not exist, as on GitHub.
    pub fn repository(&self, world: &World, (owner, name): (&str, &str), need: Need) -> Result<Repository, Refusal> {
        if let Some(repository) = world.repository(owner, name) {
            self.caller.reach(world, repository, need)?;
            return Ok(repository.clone());
        }
        let moved = world.moved_repository(owner, name).ok_or_else(Refusal::not_found)?;
        self.caller.reach(world, moved, Need::read(&["metadata"]))?;
        Err(Refusal::moved(moved.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_jwt_may_not_live_longer_than_ten_minutes() {
        let claims = |iat: u64, exp: u64| json!({ "iss": "7", "iat": iat, "exp": exp });
        assert!(judge_claims(&claims(940, 1540), 7, 1000).is_ok());
        for (iat, exp, words) in [(940, 3000, "too far"), (100, 900, "future time"), (1200, 1300, "Issued at")] {
            assert!(judge_claims(&claims(iat, exp), 7, 1000).unwrap_err().words().contains(words));
        }
        assert_eq!(judge_claims(&claims(940, 1540), 8, 1000).unwrap_err().words(), "Integration not found");
    }
}
