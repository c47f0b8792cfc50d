//! What a session volume is: whose, how it is called, what lies in it, and when it is nobody's.
//!
//! A volume is the only thing that outlives a run, and the only thing whose loss a person feels. So its name follows from
//! its owner alone, and whether it may be removed is decided in one pure function, [`judge`], which has to give a reason.

pub mod layout;
mod orphan;
mod owner;

pub use orphan::{Finding, Known, Tombstone, Verdict, Wanted, in_words, judge};
pub use owner::{MachineName, Owner, VolumeName, volume_name};
