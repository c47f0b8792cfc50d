//! Letting go of descriptors that the supervisor's own parent left open in it: they are nobody's business in a machine.

use std::{
    io::{Error, Result},
    os::unix::process::CommandExt,
    process::Command,
};

/// The first descriptor that is not one of the standard three.
const FIRST: i32 = 3;
/// Set in the second life of this process, so that there is no third.
const CLEANED: &str = "LONGSHORE_KEEPER_CLEANED";

/// Marks all inherited descriptors to be closed when this process becomes another program.
pub fn mark_to_close() {
    close_fds::set_fds_cloexec(FIRST, &[]);
}

/// Starts this process over without inherited descriptors, if it has any. Marking them is safe where closing a
/// descriptor by its number is not, and the kernel closes what is marked at exec.
pub fn descriptors() -> Result<()> {
    // One of those listed is the listing's own.
    let open = std::fs::read_dir("/proc/self/fd")?.count();
    if open <= 4 || std::env::var_os(CLEANED).is_some() {
        return Ok(());
    }
    mark_to_close();
    let again = Command::new("/proc/self/exe").args(std::env::args_os().skip(1)).env(CLEANED, "1").exec();
    Err(Error::other(format!("the machine keeper could not start over: {again}")))
}
