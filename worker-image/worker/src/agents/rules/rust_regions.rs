//! Which lines of a Rust file are tests: what follows `#[test]` or `#[cfg(test)]`, to its closing brace.

use super::lexis;
use std::ops::RangeInclusive;

/// Lines, from 1, of test modules and test functions; `code` is without comments and literals.
pub(super) fn test_regions(code: &str) -> Vec<RangeInclusive<u32>> {
    let mut regions: Vec<RangeInclusive<u32>> = Vec::new();
    let mut depth = 0_u32;
    let mut open: Option<(u32, u32)> = None;
    let mut waiting: Option<u32> = None;
    for (index, line) in code.lines().enumerate() {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let starts = is_test_attribute(line);
        if starts && open.is_none() {
            waiting = Some(number);
        }
        for character in line.chars() {
            match character {
                '{' => {
                    depth += 1;
                    if let Some(start) = waiting.take() {
                        open = Some((start, depth));
                    }
                }
                '}' => {
                    regions.extend(open.take_if(|(_, at)| *at == depth).map(|(start, _)| start..=number));
                    depth = depth.saturating_sub(1);
                }
                // `#[cfg(test)] mod tests;` or a `use`: no body here.
                ';' => waiting = None,
                _ => {}
            }
        }
    }
    // A file cut off in a test is a test to its end.
    regions.extend(open.map(|(start, _)| start..=u32::MAX));
    regions
}

/// Whether a line lies in one of the regions.
pub(super) fn contains(regions: &[RangeInclusive<u32>], line: u32) -> bool {
    let after = regions.partition_point(|region| *region.start() <= line);
    after > 0 && regions[after - 1].contains(&line)
}

/// `#[test]`, `#[tokio::test(…)]`, `#[cfg(test)]`, `#[cfg(any(test, …))]` and the like.
fn is_test_attribute(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("#[") && lexis::words(line, "test").next().is_some() && !line.contains("not(test)")
        || line.starts_with("proptest!")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_ends_with_its_brace() {
        let code = "fn a() { }\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn b() { }\n}\nfn c() {}\n#[test]\nfn d() {\n}\n#[cfg(not(test))]\nfn e() {}\n";
        assert_eq!(test_regions(code), [2..=6, 8..=10]);
        assert_eq!(test_regions("#[cfg(test)]\nmod tests;\nfn a() {}\n"), []);
    }
}
