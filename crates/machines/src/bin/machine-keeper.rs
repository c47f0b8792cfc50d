//! The keeper as a program of its own, for the tests of this crate.

fn main() -> std::process::ExitCode {
    machines::process::keeper::main(std::env::args_os().skip(1))
}
