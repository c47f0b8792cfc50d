use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// What a program is linked to, loader included, as this machine's loader finds it. None for one that is linked to nothing.
///
/// # Errors
/// A library is missing, or there is no `ldd`.
pub fn libraries(program: &Path) -> Result<Vec<PathBuf>, String> {
    let output = Command::new("ldd").arg(program).env("LC_ALL", "C").output();
    let output = output.map_err(|error| format!("`ldd` does not start: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.success() {
        return parse(&said);
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    if said.contains(STATIC) || complaint.contains(STATIC) {
        return Ok(Vec::new());
    }
    Err(format!("`ldd {}` failed: {}", program.display(), complaint.trim()))
}

/// What `ldd` says of a program that is linked to nothing.
const STATIC: &str = "not a dynamic executable";

/// `libz.so.1 => /lib/libz.so.1 (0x…)`, `/lib64/ld-linux-x86-64.so.2 (0x…)`; `linux-vdso.so.1 (0x…)` is the kernel's.
fn parse(said: &str) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    for line in said.lines().map(str::trim) {
        let place = line.split_once(" => ").map_or(line, |(_, place)| place);
        if place.starts_with("not found") {
            return Err(format!("a library is missing: {line}"));
        }
        let path = place.rsplit_once(" (0x").map_or(place, |(path, _)| path);
        if path.starts_with('/') {
            found.push(PathBuf::from(path));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_and_loader_are_read_and_the_kernel_s_is_not() {
        let said = "\tlinux-vdso.so.1 (0x00007ffd)\n\tlibz.so.1 => /lib/x/libz.so.1 (0x00007f)\n\t/lib64/ld-linux.so.2 (0x7f)\n";
        assert_eq!(parse(said).unwrap(), [PathBuf::from("/lib/x/libz.so.1"), "/lib64/ld-linux.so.2".into()]);
        assert_eq!(parse("\tstatically linked\n").unwrap(), Vec::<PathBuf>::new());
        assert!(parse("\tlibx.so => not found\n").is_err());
    }
}
