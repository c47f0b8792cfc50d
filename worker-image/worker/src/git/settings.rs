//! The settings that each call of git starts with. They go by environment, which overrides every file.

/// Configuration; keys are git's.
///
/// `core.symlinks=false`: links in a working tree become plain files that hold their target. A hostile link could lead an
/// agent that reads or writes "in the workspace" elsewhere; nothing of a review needs to follow one, and the rule that
/// looks at links reads them as blobs.
pub(super) const CONFIG: &[(&str, &str)] = &[
    // Nothing of the repository runs.
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.attributesFile", "/dev/null"),
    ("core.excludesFile", "/dev/null"),
    ("core.sshCommand", "false"),
    ("core.askPass", "false"),
    ("core.editor", "false"),
    ("core.pager", "cat"),
    ("credential.helper", ""),
    ("submodule.recurse", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    // The gateway, by http, and nothing else.
    ("protocol.allow", "never"),
    ("protocol.http.allow", "always"),
    ("protocol.https.allow", "always"),
    ("protocol.file.allow", "never"),
    ("protocol.ext.allow", "never"),
    ("protocol.version", "2"),
    ("http.followRedirects", "false"),
    ("http.proxy", ""),
    ("transfer.bundleURI", "false"),
    // A gateway that sends under 1 KB/s for half a minute is not sending.
    ("http.lowSpeedLimit", "1000"),
    ("http.lowSpeedTime", "30"),
    // Objects are checked as they arrive; old repositories are full of these harmless flaws.
    ("transfer.fsckObjects", "true"),
    ("fetch.fsck.zeroPaddedFilemode", "warn"),
    ("fetch.fsck.missingSpaceBeforeDate", "warn"),
    ("fetch.fsck.missingEmail", "warn"),
    ("fetch.fsck.badEmail", "warn"),
    ("fetch.fsck.badTimezone", "warn"),
    // A tree is written as it is, within its directory.
    ("core.symlinks", "false"),
    ("core.autocrlf", "false"),
    ("core.protectHFS", "true"),
    ("core.protectNTFS", "true"),
    // Paths are printed as UTF-8, quoted only where they must be.
    ("core.quotePath", "false"),
    ("advice.detachedHead", "false"),
];

/// Environment beside the configuration.
pub(super) const ENVIRONMENT: &[(&str, &str)] = &[
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ALLOW_PROTOCOL", "http:https"),
    ("GIT_LFS_SKIP_SMUDGE", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_LITERAL_PATHSPECS", "1"),
    ("LC_ALL", "C"),
];
