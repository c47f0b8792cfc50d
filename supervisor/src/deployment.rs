//! What makes this deployment itself: a secret in the data folder, from which tokens are derived, and a random id in the
//! database, which is in every name and label so that two deployments never touch each other's machines.
//!
//! Why derived: starting a machine is repeated after a crash, and the repetition must hand out the same token. Why not in
//! the database: whoever reads a backup of it must not be able to speak for a run (P9).

use engine::beside::{Beside, Expected, Put, StoreError};
use environment::Environment;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::{
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

const SECRET_FILE: &str = "deployment.secret";

/// The deployment's secret; never shown.
#[derive(Clone)]
pub struct DeploymentSecret([u8; 32]);

impl std::fmt::Debug for DeploymentSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeploymentSecret")
    }
}

impl DeploymentSecret {
    /// From bytes, for tests.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The configured secret: as it lies in a data folder, or any text.
    pub fn of(text: &str) -> Self {
        let mut bytes = [0; 32];
        if hex::decode_to_slice(text.trim(), &mut bytes).is_err() {
            bytes = sha2::Digest::finalize(<Sha256 as sha2::Digest>::new_with_prefix(text.as_bytes())).into();
        }
        Self(bytes)
    }

    /// The secret in the data folder, made at the first start.
    ///
    /// # Errors
    /// The folder or file cannot be made or read, or does not hold a secret.
    pub fn open(data: &Path, environment: &Environment) -> std::io::Result<Self> {
        data_folder(data)?;
        let path = data.join(SECRET_FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let mut bytes = [0; 32];
                hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| {
                    let sentence = format!("`{}` does not hold a deployment secret; restore it", path.display());
                    std::io::Error::new(ErrorKind::InvalidData, sentence)
                })?;
                Ok(Self(bytes))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let mut bytes = [0; 32];
                bytes[..16].copy_from_slice(&environment.random_bytes());
                bytes[16..].copy_from_slice(&environment.random_bytes());
                write_private(&path, &hex::encode(bytes))?;
                Ok(Self(bytes))
            }
            Err(error) => Err(error),
        }
    }

    /// Where it lies in a data folder.
    pub fn file(data: &Path) -> PathBuf {
        data.join(SECRET_FILE)
    }

    /// Sixty-four hexadecimal digits that follow from the secret and `parts` and tell nothing of either.
    pub fn derive(&self, purpose: &str, parts: &[&str]) -> String {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { unreachable!("a key of 32 bytes fits HMAC") };
        for part in [purpose].iter().chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        hex::encode(mac.finalize().into_bytes())
    }
}

/// Makes the data folder for its owner alone.
///
/// # Errors
/// It cannot be made.
pub fn data_folder(data: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data)
}

/// What to say of a data folder that was there before and that others may look into. It is not ours to close: it may be
/// a folder that others need.
pub fn open_to_others(data: &Path) -> Option<String> {
    let mode = std::fs::metadata(data).ok()?.permissions().mode();
    let folder = data.display();
    (mode & 0o077 != 0).then(|| {
        format!("other users of this machine may look into `{folder}`, where the database is; `chmod 700 {folder}` keeps it yours")
    })
}

/// Writes a file for its owner alone, at once and durably: it is there whole or not at all.
///
/// # Errors
/// It cannot be written.
pub fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let aside = path.with_extension("new");
    match std::fs::remove_file(&aside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = new_private(&aside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&aside, path)?;
    path.parent().map_or(Ok(()), |folder| std::fs::File::open(folder)?.sync_all())
}

/// A new file for its owner alone.
///
/// # Errors
/// It is there, or cannot be made.
pub fn new_private(path: &Path) -> std::io::Result<std::fs::File> {
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// The random id of this deployment, made with its database.
///
/// # Errors
/// The database failed.
pub async fn deployment_id(beside: &dyn Beside, environment: &Environment) -> Result<String, StoreError> {
    let made = serde_json::Value::String(environment.random_id()[..8].to_owned());
    let stored = match beside.put_document("deployment", "id", &made, Expected::Absent).await? {
        Put::Done(_) => made,
        Put::Conflict(there) => there.map_or(made, |document| document.value),
    };
    stored.as_str().map(str::to_owned).ok_or_else(|| StoreError("the deployment id is not a text".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let environment = Environment::real();
        let first = DeploymentSecret::open(&data, &environment).unwrap();
        let again = DeploymentSecret::open(&data, &environment).unwrap();
        assert_eq!(first.derive("a", &["b"]), again.derive("a", &["b"]));
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&data), mode(&data.join(SECRET_FILE))), (0o700, 0o600));
    }

    #[test]
    fn a_folder_that_others_may_look_into_is_told_of_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        data_folder(&data).unwrap();
        assert_eq!(open_to_others(&data), None);
        std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).unwrap();
        data_folder(&data).unwrap();
        let shown = data.display();
        assert_eq!(
            open_to_others(&data),
            Some(format!(
                "other users of this machine may look into `{shown}`, where the database is; `chmod 700 {shown}` keeps it yours"
            ))
        );
    }

    #[test]
    fn a_configured_secret_is_a_data_folder_s_or_any_text() {
        let of = |text: &str| DeploymentSecret::of(text).derive("a", &[]);
        assert_eq!(of(&hex::encode([7; 32])), DeploymentSecret::from_bytes([7; 32]).derive("a", &[]));
        assert_ne!(of("a long sentence that nobody guesses"), of("a long sentence that nobody guesses."));
    }

    #[test]
    fn a_damaged_secret_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(SECRET_FILE), "oops").unwrap();
        let error = DeploymentSecret::open(folder.path(), &Environment::real()).unwrap_err();
        assert!(error.to_string().ends_with("does not hold a deployment secret; restore it"), "{error}");
    }

    #[test]
    fn derived_values_tell_their_parts_apart() {
        let secret = DeploymentSecret::from_bytes([7; 32]);
        assert_ne!(secret.derive("token", &["wf_1", "23"]), secret.derive("token", &["wf_12", "3"]));
        assert_ne!(secret.derive("token", &["wf_1"]), secret.derive("credential", &["wf_1"]));
        assert!(!format!("{secret:?}").contains('7'));
    }
}
