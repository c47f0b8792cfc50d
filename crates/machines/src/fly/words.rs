//! Words that Fly uses for states. It adds new ones, and one that nobody has heard of is no error.

use serde::{Deserialize, Deserializer};

/// An enumeration of words, of which new ones may come.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($word:ident = $text:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $name {
            $($word,)+
            /// One that nobody has heard of.
            Unknown(String),
        }

        /// As Fly writes it.
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self {
                    $(Self::$word => $text,)+
                    Self::Unknown(word) => word,
                })
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $($text => Self::$word,)+
                    _ => Self::Unknown(word),
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                String::deserialize(from).map(Self::from)
            }
        }
    };
}

words!(
    /// State of a machine.
    MachineWord {
        Created = "created", Creating = "creating", Starting = "starting", Started = "started", Stopping = "stopping",
        Stopped = "stopped", Restarting = "restarting", Suspending = "suspending", Suspended = "suspended",
        Failed = "failed", LaunchFailed = "launch_failed", Updating = "updating", Replacing = "replacing",
        Replaced = "replaced", Migrated = "migrated", Destroying = "destroying", Destroyed = "destroyed",
    }
);

words!(
    /// State of a volume.
    VolumeWord {
        Creating = "creating", Created = "created", Extending = "extending", Restoring = "restoring",
        EnablingRemoteExport = "enabling_remote_export", Hydrating = "hydrating", Recovering = "recovering",
        SchedulingDestroy = "scheduling_destroy", ForkCleanup = "fork_cleanup",
        WaitingForDetach = "waiting_for_detach", PendingDestroy = "pending_destroy", Destroying = "destroying",
        Destroyed = "destroyed",
    }
);

words!(
    /// Whether the host of a machine or volume answers.
    HostWord { Ok = "ok", Unreachable = "unreachable" }
);

impl Default for MachineWord {
    fn default() -> Self {
        Self::Unknown(String::new())
    }
}

impl Default for VolumeWord {
    fn default() -> Self {
        Self::Unknown(String::new())
    }
}

/// It is left out where nothing is wrong.
impl Default for HostWord {
    fn default() -> Self {
        Self::Ok
    }
}

impl VolumeWord {
    /// It is deleted, or going: nothing can be mounted from it, though it is still shown, for a day or a week.
    pub fn is_going(&self) -> bool {
        matches!(
            self,
            Self::SchedulingDestroy
                | Self::ForkCleanup
                | Self::WaitingForDetach
                | Self::PendingDestroy
                | Self::Destroying
                | Self::Destroyed
        )
    }
}
