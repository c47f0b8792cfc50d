/// Why the configuration is not usable: a sentence that says what to change and where.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read the configuration file `{path}`")]
    Unreadable {
        /// File.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("`{origin}` is not valid TOML: {what}")]
    NotToml {
        /// File.
        origin: String,
        /// What the parser says, with line and column.
        what: String,
    },
    /// A section that does not exist.
    #[error("unknown section `[{section}]` in `{origin}`; the nearest known one is `[{nearest}]`")]
    UnknownSection {
        /// As written.
        section: String,
        /// File.
        origin: String,
        /// The nearest known one.
        nearest: &'static str,
    },
    /// A key that does not exist.
    #[error("unknown key `{key}` in `{origin}`; the nearest known one is `{nearest}`")]
    UnknownKey {
        /// As written, with its section.
        key: String,
        /// File.
        origin: String,
        /// The nearest known one.
        nearest: String,
    },
    /// A rule that does not exist.
    #[error("unknown rule `{name}` in `agent.rules_off`; the nearest known one is `{nearest}`")]
    UnknownRule {
        /// As written.
        name: String,
        /// The nearest known one.
        nearest: &'static str,
    },
    /// An environment variable of a known section that no key has.
    #[error("unknown environment variable `{name}`; the nearest known one is `{nearest}`")]
    UnknownVariable {
        /// Name.
        name: String,
        /// The nearest known one.
        nearest: String,
    },
    /// A value that does not fit; the value itself is not shown, it may be a secret.
    #[error("`{key}` in `{origin}` must be {wanted}")]
    BadValue {
        /// Key with its section.
        key: String,
        /// File or variable.
        origin: String,
        /// What would fit.
        wanted: String,
    },
    /// A secret and its file at once.
    #[error("`{name}` and `{name}_FILE` are both set; set one of them")]
    Twice {
        /// Variable.
        name: String,
    },
    /// The file of a secret cannot be read.
    #[error("cannot read `{path}`, named by `{name}`")]
    SecretFile {
        /// Variable.
        name: String,
        /// File.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Nothing says it and it has no default.
    #[error("`{key}` is not set; set it in the configuration file or as `{variable}`")]
    Missing {
        /// Key with its section.
        key: String,
        /// Its variable.
        variable: String,
    },
    /// Values that do not go together.
    #[error("{0}")]
    Conflict(String),
}
