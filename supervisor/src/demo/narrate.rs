//! Watches the supervisor's history, tells it, and does what a person would do: read, click, close.

use super::{
    Agent, Backend, DemoError, Options,
    children::Children,
    keys::Keys,
    lines,
    outcome::Outcome,
    story::Story,
    world::{Step, World},
};
use domain::pull_request::{Choice, Face, Kind, Phase, Request, State};
use environment::Environment;
use std::time::Duration;

/// Between two looks at the history.
const LOOK: Duration = Duration::from_millis(60);
/// Looks without a workflow after which somebody edits the pull request: its first webhook got lost.
const STIR_AFTER: u32 = 50;
/// Looks at a request that stays open after a click before the click is repeated: its webhook got lost.
const CLICK_AGAIN_AFTER: u32 = 60;
/// Times that `--auto` presses "Retry"; as many decisions as a workflow remembers would hide the count.
const RETRIES_MAX: usize = 4;
/// Looks after which the story is given up: something hangs, and that is a bug worth its logs.
const LOOKS_MAX: u32 = 4_000;

/// Tells the story.
#[derive(Debug)]
pub struct Narrator {
    environment: Environment,
    options: Options,
    world: World,
    /// Steps told so far.
    told: usize,
    began_ms: u64,
    /// An earlier telling was interrupted, and this has not been said yet.
    goes_on: bool,
}

/// What to do next.
enum Next {
    Watch,
    Click { check_run: u64, request: Request },
    Close,
    End,
}

impl Narrator {
    /// Over the outside.
    pub fn new(environment: Environment, options: Options, world: World) -> Self {
        let began_ms = environment.now().as_millis();
        Self { environment, options, world, told: 0, began_ms, goes_on: false }
    }

    /// Says what this is, and sets the scene.
    ///
    /// # Errors
    /// The stand-in does not answer.
    pub async fn greet(&mut self, story: &Story, children: &Children) -> Result<(), DemoError> {
        self.began_ms = story.began_ms;
        let url = &self.world.github_url;
        let stand_ins = match &self.options.backend {
            Backend::FlySim => format!("GitHub (stand-in {url}) and Fly (stand-in {})", story.fly_url()),
            Backend::Process | Backend::Docker { .. } => format!("GitHub (stand-in {url})"),
        };
        self.say(&format!("longshore demo: everything is real but {stand_ins}"));
        self.say("acme/shop #7 \"Raise the upload limit\", 6 files");
        if let Agent::Command(command) = &self.options.agent {
            self.say(&format!("agent: the command `{}`", command.join(" ")));
        }
        self.say(&format!("supervisor: process {}, story in {}", children.supervisor_pid(), story.folder().display()));
        self.say("");
        self.world.set_up().await?;
        self.goes_on = story.goes_on();
        Ok(())
    }

    /// To its end.
    ///
    /// # Errors
    /// [`DemoError`].
    pub async fn tell(&mut self, story: &mut Story, children: &mut Children) -> Result<Outcome, DemoError> {
        let mut keys = Keys::new(self.options.auto, &self.environment);
        let (mut looks, mut clicked_at, mut asked) = (0_u32, None::<(String, u32)>, None::<String>);
        let mut closing_since = None;
        loop {
            children.check()?;
            looks += 1;
            let waits_for_a_person = asked.is_some() && !self.options.auto;
            if looks > LOOKS_MAX && !waits_for_a_person {
                let folder = story.folder().display();
                return Err(DemoError::Sentence(format!("the story hangs; see the logs in `{folder}`")));
            }
            let Some(workflow) = self.world.workflow().await else {
                if looks.is_multiple_of(STIR_AFTER) {
                    self.world.stir().await?;
                }
                self.environment.sleep(LOOK).await;
                continue;
            };
            let Some(steps) = self.world.steps(&workflow.id).await else {
                self.environment.sleep(LOOK).await;
                continue;
            };
            self.told_of(&steps);
            if std::mem::take(&mut self.goes_on) {
                if story.left {
                    self.line("again", "the story goes on where it was left; 0 lost");
                } else {
                    self.restarted().await;
                }
            }
            if self.options.auto && given_up(state_of(&steps)) {
                let folder = story.folder().display();
                return Err(DemoError::Sentence(format!(
                    "the run was tried {RETRIES_MAX} times and never completed; see the lines above and the logs in `{folder}`"
                )));
            }
            let Some(state) = steps.last().map(|step| &step.after) else { continue };
            match next(state) {
                Next::Watch => {}
                Next::Click { check_run, request } => {
                    let id = request.id.to_string();
                    if asked.as_deref() != Some(&id) {
                        asked = Some(id.clone());
                        if self.options.auto && !story.killed_on_purpose {
                            self.pull_the_plug(story, children).await?;
                            continue;
                        }
                        if !self.options.auto {
                            self.your_turn(story, children);
                        }
                    }
                    let due =
                        clicked_at.as_ref().is_none_or(|(last, at)| *last != id || looks - at > CLICK_AGAIN_AFTER);
                    let choice = keys.choice()?.filter(|_| due || !self.options.auto);
                    if let Some(choice) = choice.filter(|choice| request.kind.choices().contains(choice)) {
                        let identifier = format!("{}:{id}:{}", request.kind.code(), choice.code());
                        self.world.click(check_run, &identifier).await?;
                        clicked_at = Some((id, looks));
                    }
                }
                // Resolving overtakes nothing and nothing waits for it, but the story tells it.
                Next::Close if lines::resolving(&steps) => {}
                Next::Close => {
                    if closing_since.is_none_or(|at| looks - at > CLICK_AGAIN_AFTER) {
                        self.world.close().await?;
                        closing_since = Some(looks);
                    }
                }
                Next::End => return self.end(story, &steps).await,
            }
            keys.poll()?;
            if let Some(words) = keys.correction() {
                self.say(&words);
            }
            self.environment.sleep(LOOK).await;
        }
    }

    async fn pull_the_plug(&mut self, story: &mut Story, children: &mut Children) -> Result<(), DemoError> {
        // Written down first: a plug pulled twice would be a story of its own.
        story.killed_on_purpose = true;
        story.save()?;
        self.line("kill -9", &format!("supervisor, process {}, while it waits", children.supervisor_pid()));
        children.kill_supervisor(&self.environment, story).await?;
        self.restarted().await;
        Ok(())
    }

    async fn restarted(&mut self) {
        let found = usize::from(self.world.workflow().await.is_some());
        let words = match found {
            0 => "nothing was lost; the story had not begun".to_owned(),
            _ => "supervisor was killed; 1 workflow found, 0 lost".to_owned(),
        };
        self.line("restart", &words);
    }

    fn your_turn(&self, story: &Story, children: &Children) {
        self.say("");
        self.say(&format!("Your turn: click on {}", self.world.page()));
        self.say("           or type  a apply · r reject · q leave  (and Enter)");
        let data = story.folder().join("supervisor");
        self.say(&format!("Look at it:        longshore why acme/shop#7 --data {}", data.display()));
        self.say(&format!(
            "Or pull the plug:  kill -9 {}   then run the same command, today or next week",
            children.supervisor_pid()
        ));
        self.say("");
    }

    fn told_of(&mut self, steps: &[Step]) {
        let page = self.world.page();
        for step in steps.iter().skip(self.told) {
            if let Some((what, words)) = lines::line(step, &page) {
                self.line_at(step.at_ms, what, &words);
            }
        }
        self.told = steps.len();
    }

    async fn end(&self, story: &Story, steps: &[Step]) -> Result<Outcome, DemoError> {
        let snapshot = self.world.snapshot().await?;
        let left_over = self.world.left_over().await;
        let now = self.environment.now().as_millis();
        let outcome = Outcome::of(story, steps, snapshot.as_ref(), left_over, now);
        self.say("");
        self.say(&outcome.sentence());
        self.say("next: docs/github-app.md for your own repositories, docs/development.md for this one");
        Ok(outcome)
    }

    fn line(&self, what: &str, words: &str) {
        self.line_at(self.environment.now().as_millis(), what, words);
    }

    fn line_at(&self, at_ms: u64, what: &str, words: &str) {
        self.say(&format!("  {:>8}  {what:<9} {words}", span(at_ms.saturating_sub(self.began_ms))));
    }

    /// Words go to stdout, unless that is kept for data.
    fn say(&self, words: &str) {
        if self.options.json {
            eprintln!("{words}");
        } else {
            println!("{words}");
        }
    }
}

fn next(state: &State) -> Next {
    match (&state.phase, &state.request) {
        (Phase::Closed, _) => Next::End,
        (Phase::AwaitingDecision, Some(request)) => {
            let check = state.checks.iter().find(|check| check.face.request() == Some(&request.id));
            match check.filter(|check| check.published == check.revision && state.machine.is_none()) {
                Some(check) => match check.check_run {
                    Some(check_run) => Next::Click { check_run, request: request.clone() },
                    None => Next::Watch,
                },
                None => Next::Watch,
            }
        }
        (Phase::Idle, None) if state.machine.is_none() && all_told(state) => Next::Close,
        _ => Next::Watch,
    }
}

/// Every check has been published, and something was concluded at all.
fn all_told(state: &State) -> bool {
    !state.checks.is_empty()
        && state.checks.iter().all(|check| check.is_settled(&state.policy))
        && state.checks.iter().any(|check| !matches!(check.face, Face::Superseded { .. }))
}

fn state_of(steps: &[Step]) -> Option<&State> {
    steps.last().map(|step| &step.after)
}

/// Pressing "Retry" again would not help.
fn given_up(state: Option<&State>) -> bool {
    let retried =
        |state: &State| state.decisions.iter().filter(|decision| decision.request.kind == Kind::Retry).count();
    state.is_some_and(|state| retried(state) >= RETRIES_MAX && state.request.is_some())
}

/// `0.41 s`, `3 m 12`.
fn span(millis: u64) -> String {
    let (minutes, seconds) = (millis / 60_000, millis / 1000 % 60);
    if minutes == 0 { format!("{}.{:02} s", seconds, millis % 1000 / 10) } else { format!("{minutes} m {seconds:02}") }
}

/// The answer of `--auto`.
pub const AUTO: Choice = Choice::Yes;

#[cfg(test)]
mod tests {
    #[test]
    fn a_span_is_short_at_first_and_coarse_later() {
        assert_eq!(super::span(410), "0.41 s");
        assert_eq!(super::span(59_990), "59.99 s");
        assert_eq!(super::span(192_000), "3 m 12");
    }
}
