//! Real time, finer than the milliseconds of `Environment`: what a benchmark measures is the machine's own time.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time, which no simulation owns")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A running stopwatch.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Milliseconds since the Unix epoch, to be held against the times of files.
///
/// # Errors
/// The clock is before that.
pub fn unix_ms() -> std::io::Result<f64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_err(std::io::Error::other)?;
    Ok(since.as_secs_f64() * 1e3)
}

/// The value below which a share of the samples lies; sorts them. Not a number without samples.
pub fn percentile(samples: &mut [f64], share: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let place = (samples.len() as f64 * share).ceil() as usize;
    samples.get(place.clamp(1, samples.len().max(1)) - 1).copied().unwrap_or(f64::NAN)
}

/// The middle one; the lower of two.
pub fn median(samples: &mut [f64]) -> f64 {
    percentile(samples, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_sample_and_not_between_two() {
        let mut samples: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(percentile(&mut samples, 0.5), 50.0);
        assert_eq!(percentile(&mut samples, 0.99), 99.0);
        assert_eq!(percentile(&mut samples, 1.0), 100.0);
        assert_eq!(percentile(&mut [7.0], 0.01), 7.0);
        assert!(percentile(&mut [], 0.5).is_nan());
    }
}
