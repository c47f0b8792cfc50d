use super::{Failure, Output};
use crate::simulate;
use clap::{Args, ValueEnum};
use serde_json::json;
use simulation::{Outcome, Profile, Summary, Things};
use std::{ops::RangeInclusive, time::Duration};

/// Seeds of a profile that was named alone: of `machines`, five hundred pull requests.
const SEEDS: u64 = 10;
/// Failing seeds whose violations are said one by one.
const SHOWN_MAX: usize = 10;

/// Run the supervisor in a simulated world, seed by seed, and check the named properties.
#[derive(Debug, Args)]
pub(super) struct Simulate {
    /// Seeds, first and last; a single number is one seed. `machines` has ten unless you say
    #[arg(long, value_name = "A..B", value_parser = range, required_unless_present = "profile")]
    seeds: Option<RangeInclusive<u64>>,
    /// What each seed is about
    #[arg(long, value_enum)]
    profile: Option<About>,
    /// Print everything that happens in one seed
    #[arg(long)]
    trace: bool,
    /// Go on after a seed with a violation
    #[arg(long)]
    keep_going: bool,
    /// Go on until a seed violates this property: `P4`
    #[arg(long, value_name = "P")]
    until: Option<String>,
}

/// What a seed is about, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum About {
    /// A few pull requests and everything that people do
    Whole,
    /// Fifty pull requests at once with every fault of machines and volumes
    Machines,
}

impl About {
    const fn profile(self) -> Profile {
        match self {
            Self::Whole => Profile::Whole,
            Self::Machines => Profile::Machines,
        }
    }
}

fn range(text: &str) -> Result<RangeInclusive<u64>, String> {
    let refused = || format!("`{text}` is no range of seeds; one looks like `1..1000`");
    let number = |text: &str| text.parse::<u64>().map_err(|_| refused());
    let range = match text.split_once("..") {
        Some((first, last)) => number(first)?..=number(last.trim_start_matches('='))?,
        None => number(text)?..=number(text)?,
    };
    if range.is_empty() { Err(refused()) } else { Ok(range) }
}

impl Simulate {
    /// Not within a runtime: each seed makes its own.
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let profile = self.profile.map(About::profile).unwrap_or_default();
        let seeds = self.seeds.clone().unwrap_or(1..=SEEDS);
        if self.trace {
            if seeds.start() != seeds.end() {
                return Err(Failure::usage("`--trace` prints one seed: `--seeds 7 --trace`"));
            }
            return traced(*seeds.start(), profile, output);
        }
        let began = environment::Environment::real().monotonic();
        let goes_on = |outcome: &Outcome| match &self.until {
            Some(property) => !violates(outcome, property),
            None => self.keep_going,
        };
        let summary = simulate::many(seeds, profile, goes_on).map_err(|error| Failure::new(error.to_string()))?;
        let took = environment::Environment::real().monotonic().saturating_sub(began);
        report(&summary, profile, took, output)?;
        failure(&summary, profile, self.until.as_deref()).map_or(Ok(()), Err)
    }
}

fn report(summary: &Summary, profile: Profile, took: Duration, output: &Output) -> Result<(), Failure> {
    let violations: usize = summary.failed.values().map(|outcome| outcome.violations.len()).sum();
    let faults: u64 = summary.faults.values().sum();
    let per_second = summary.seeds as f64 / took.as_secs_f64().max(0.001);
    let failed: Vec<_> = summary.failed.values().map(shown).collect();
    let Things { pull_requests, machines, volumes, leaked_machines, leaked_volumes } = summary.things;
    let data = json!({
        "seeds": summary.seeds,
        "violations": violations,
        "events": summary.events,
        "crashes": summary.crashes,
        "faults": faults,
        "faults_by_kind": summary.faults,
        "profile": word(profile),
        "pull_requests": pull_requests,
        "machines": machines,
        "volumes": volumes,
        "leaked_machines": leaked_machines,
        "leaked_volumes": leaked_volumes,
        "steps": summary.steps,
        "virtual_hours": summary.virtual_ms / 3_600_000,
        "seeds_per_s": (per_second * 10.0).round() / 10.0,
        "failed": failed,
    });
    output.data(&data, |_| {
        let mut words = format!(
            "{} seeds, {violations} violations; {} events, {} crashes, {faults} faults in {} h of virtual time\n",
            summary.seeds,
            summary.events,
            summary.crashes,
            summary.virtual_ms / 3_600_000,
        );
        words.push_str(&format!(
            "{pull_requests} pull requests, {machines} machines, {volumes} volumes; after the janitor's horizon \
             {leaked_machines} machines and {leaked_volumes} volumes are left over\n",
        ));
        for (seed, outcome) in summary.failed.iter().take(SHOWN_MAX) {
            for violation in &outcome.violations {
                words.push_str(&format!("seed {seed}: {} {}\n", violation.property, violation.what));
            }
        }
        words
    })
}

fn shown(outcome: &Outcome) -> serde_json::Value {
    let violations: Vec<_> =
        outcome.violations.iter().map(|it| json!({"property": it.property, "what": it.what})).collect();
    json!({"seed": outcome.seed, "violations": violations})
}

fn violates(outcome: &Outcome, property: &str) -> bool {
    outcome.violations.iter().any(|it| it.property == property)
}

const fn word(profile: Profile) -> &'static str {
    match profile {
        Profile::Whole => "whole",
        Profile::Machines => "machines",
    }
}

/// How a seed is run again.
fn again(seed: u64, profile: Profile) -> String {
    let about = if profile == Profile::Whole { "" } else { " --profile machines" };
    format!("longshore simulate{about} --seeds {seed} --trace")
}

fn failure(summary: &Summary, profile: Profile, until: Option<&str>) -> Option<Failure> {
    let wanted = |outcome: &Outcome| until.is_none_or(|property| violates(outcome, property));
    let found = summary.failed.iter().find(|(_, outcome)| wanted(outcome));
    let (seed, outcome) = found.or_else(|| summary.failed.first_key_value())?;
    let property = until.filter(|_| found.is_some()).or(outcome.violations.first().map(|it| it.property));
    let property = property.unwrap_or("a property");
    Some(
        Failure::new(format!("seed {seed} violates {property}"))
            .hint("run it again, line by line", again(*seed, profile))
            .after_its_answer(),
    )
}

fn traced(seed: u64, profile: Profile, output: &Output) -> Result<(), Failure> {
    let outcome = simulate::one(seed, profile, true).map_err(|error| Failure::new(error.to_string()))?;
    let data = json!({
        "seed": seed,
        "digest": outcome.digest,
        "violations": shown(&outcome)["violations"],
        "result": outcome.result,
        "trace": outcome.trace,
    });
    output.data(&data, |_| {
        let mut words = outcome.trace.join("\n");
        words.push_str(&format!("\n\n{}\n", outcome.result.join("\n")));
        for violation in &outcome.violations {
            words.push_str(&format!("{} {}\n", violation.property, violation.what));
        }
        words
    })?;
    match outcome.violations.first() {
        None => Ok(()),
        Some(first) => Err(Failure::new(format!("seed {seed} violates {}", first.property)).after_its_answer()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_named_by_the_first_and_the_last() {
        assert_eq!(range("1..10"), Ok(1..=10));
        assert_eq!(range("7"), Ok(7..=7));
        for text in ["", "a..b", "10..1", "1..", "-1..2"] {
            assert!(range(text).is_err(), "{text}");
        }
    }
}
