//! Images made of this very program and this machine's git: no registry, no Dockerfile, nothing downloaded.
//!
//! What a worker needs is little: itself, git with its HTTP helper, a shell, and the libraries these are linked to. They
//! lie in the image where they lie here. A supervisor needs the same, and whom to trust on the network. For agents that need
//! more, `worker-image/Dockerfile` makes an image on a distribution, and `deploy/Dockerfile` one of the supervisor.

mod libraries;
mod root;

use libraries::libraries;
use machines::docker::{Contents, SESSION_MOUNT};
use root::Root;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Command,
};

/// The image that is used unless another one is configured; its tag is our version, so that a new program asks for a new
/// image.
pub const DEFAULT_IMAGE: &str = concat!("longshore-worker:", env!("CARGO_PKG_VERSION"));

/// The supervisor's image, unless another name is given.
pub const SUPERVISOR_IMAGE: &str = concat!("longshore:", env!("CARGO_PKG_VERSION"));

/// Where this program lies in the image.
const PROGRAM: &str = "/usr/local/bin/longshore";
/// What git calls for HTTP; it is built in nowhere.
const GIT_HTTP: &str = "git-remote-http";

/// Whom GitHub's certificate is checked against, where most systems have it.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// What an image runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A machine's program.
    Worker,
    /// The supervisor.
    Supervisor,
}

impl Role {
    /// The folder that its user writes, and where it starts.
    fn folder(self) -> &'static str {
        match self {
            Self::Worker => SESSION_MOUNT,
            Self::Supervisor => "/data",
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Supervisor => "serve",
        }
    }
}

/// Files of this machine, by their place in the image.
#[derive(Debug)]
pub struct ProgramImage {
    role: Role,
    files: BTreeMap<PathBuf, PathBuf>,
    path: String,
}

impl ProgramImage {
    /// Looks for what goes into it.
    ///
    /// # Errors
    /// What is missing.
    pub fn of_this_machine(role: Role) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|error| format!("this program cannot be found: {error}"))?;
        let git = in_path("git").ok_or("`git` is not here; what runs in the image needs it")?;
        let helper = PathBuf::from(answer(&git, "--exec-path")?).join(GIT_HTTP);
        if !helper.is_file() {
            return Err(format!("git's `{GIT_HTTP}` is not here; what runs in the image fetches through it"));
        }
        let mut files = BTreeMap::from([(PROGRAM.into(), program)]);
        for own in [git.clone(), helper, "/bin/sh".into()] {
            files.insert(own.clone(), own);
        }
        for source in files.values().cloned().collect::<Vec<_>>() {
            files.extend(libraries(&source)?.into_iter().map(|library| (library.clone(), library)));
        }
        // Without it a library in a folder that only the system's settings name would not be found.
        let cache = Path::new("/etc/ld.so.cache");
        let authorities = Path::new(AUTHORITIES);
        if role == Role::Supervisor && !authorities.is_file() {
            return Err(format!("`{AUTHORITIES}` is not here; the supervisor checks GitHub's certificate by it"));
        }
        // A worker speaks to the supervisor alone, through a socket.
        let trusted = Some(authorities).filter(|_| role == Role::Supervisor);
        for file in trusted.into_iter().chain(Some(cache).filter(|cache| cache.is_file())) {
            files.insert(file.into(), file.into());
        }
        let folder = git.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
        Ok(Self { role, files, path: format!("{folder}:/usr/local/bin:/usr/bin:/bin") })
    }

    /// Twelve digits that change when a file does.
    ///
    /// # Errors
    /// A file is gone.
    pub fn fingerprint(&self) -> Result<String, String> {
        let mut hash = Sha256::new();
        for (place, source) in &self.files {
            let found = std::fs::metadata(source).map_err(|error| unreadable(source, &error))?;
            hash.update(format!("{} {} {}.{}\n", place.display(), found.len(), found.mtime(), found.mtime_nsec()));
        }
        Ok(hex::encode(hash.finalize())[..12].to_owned())
    }

    /// The image's contents.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn contents(&self) -> Result<Contents, String> {
        let mut root = Root::new(Path::new(self.role.folder())).map_err(|error| error.to_string())?;
        for (place, source) in &self.files {
            root.file(place, source).map_err(|error| unreadable(source, &error))?;
        }
        Ok(Contents {
            root: root.finish().map_err(|error| error.to_string())?.into(),
            command: vec![PROGRAM.into(), self.role.verb().into()],
            folder: self.role.folder().into(),
            environment: self.environment(),
        })
    }
}

impl ProgramImage {
    fn environment(&self) -> Vec<String> {
        let path = format!("PATH={}", self.path);
        match self.role {
            Role::Worker => vec![path],
            Role::Supervisor => vec![path, format!("LONGSHORE_SERVER_DATA={}", self.role.folder())],
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> String {
    format!("`{}` cannot be read: {error}", path.display())
}

fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn answer(program: &Path, argument: &str) -> Result<String, String> {
    let output = Command::new(program).arg(argument).output();
    let output = output.map_err(|error| format!("`{}` does not start: {error}", program.display()))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_has_the_program_git_its_helper_a_shell_and_a_loader() {
        let image = ProgramImage::of_this_machine(Role::Worker).unwrap();
        let has = |end: &str| image.files.keys().any(|place| place.to_string_lossy().contains(end));
        for end in [PROGRAM, "/git", GIT_HTTP, "/bin/sh", "/libc.so", "/ld-"] {
            assert!(has(end), "{end} is missing in {:?}", image.files);
        }
        assert_eq!(
            image.fingerprint().unwrap(),
            ProgramImage::of_this_machine(Role::Worker).unwrap().fingerprint().unwrap()
        );
        assert!(!has(AUTHORITIES), "a worker needs nobody else");
    }

    #[test]
    fn the_supervisor_s_image_serves_from_its_own_folder_and_knows_whom_to_trust() {
        let image = ProgramImage::of_this_machine(Role::Supervisor).unwrap();
        assert!(image.files.contains_key(Path::new(AUTHORITIES)));
        let contents = image.contents().unwrap();
        assert_eq!(contents.command, [PROGRAM, "serve"]);
        assert_eq!(
            (contents.folder.as_str(), contents.environment.last().unwrap().as_str()),
            ("/data", "LONGSHORE_SERVER_DATA=/data")
        );
    }
}
