use super::{
    Decide, Model, PRODUCTION,
    bounds::{self, Bounds},
    broken,
    step::Step,
    world::World,
};
use stateright::{Checker, HasDiscoveries, Property};

/// `1`: each check at the size that fits into every run of the tests; `2`: each with one more fault, overnight.
const SIZE: &str = "LONGSHORE_MODEL_SIZE";

impl stateright::Model for Model {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![World::opened(self.bounds.budget, self.bounds.policy.clone())]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        world.steps(&self.bounds, steps);
    }

    fn next_state(&self, last: &World, step: Step) -> Option<World> {
        let world = self.after(last, step);
        (world != *last).then_some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        self.named_properties()
    }

    fn within_boundary(&self, world: &World) -> bool {
        world.state.as_deref().is_none_or(|state| state.run <= self.bounds.runs)
    }
}

fn more() -> bool {
    let size = std::env::var(SIZE).unwrap_or_else(|_| "1".into());
    match size.as_str() {
        "1" => false,
        "2" => true,
        other => panic!("{SIZE} is 1 or 2, not `{other}`"),
    }
}

/// Tries everything within the bounds.
fn check(decide: Decide, bounds: &Bounds, completes_one_in: u64) -> impl Checker<Model> + use<> {
    let model = Model { decide, bounds: bounds.clone(), completes_one_in };
    stateright::Model::checker(model).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join()
}

fn violations(checker: &impl Checker<Model>) -> Vec<String> {
    let told = |(name, path): (&'static str, stateright::Path<World, Step>)| {
        let last = format!("{:?}", path.last_state());
        let steps: Vec<_> = path.into_actions().iter().map(|step| format!("  {step:?}")).collect();
        format!("{name}\n{}\n{last}", steps.join("\n"))
    };
    checker.discoveries().into_iter().map(told).collect()
}

/// Every order of everything within the bounds of one subject.
fn holds(subject: &str) {
    let bounds = bounds::all(more()).into_iter().find(|bounds| bounds.name == subject).expect("it is a subject");
    let checker = check(PRODUCTION, &bounds, 16);
    let found = violations(&checker);
    assert!(found.is_empty(), "{}", found.join("\n"));
    let states = checker.unique_state_count();
    println!("{subject}: {states} states, {} deep, {} steps", checker.max_depth(), checker.state_count());
    assert!(states >= bounds.states_min, "{states} states: the check of {subject} has shrunk");
}

macro_rules! subjects {
    ($($test:ident: $subject:literal,)*) => {
        $(#[test]
        fn $test() {
            holds($subject);
        })*

        #[test]
        fn every_subject_is_checked() {
            let checked = [$($subject),*];
            let subjects: Vec<_> = bounds::all(false).iter().map(|bounds| bounds.name).collect();
            assert_eq!(subjects, checked);
        }
    };
}

subjects! {
    machines_may_crash_land_late_and_die: "machines",
    machines_may_not_be_confirmed_gone: "unconfirmed",
    runs_may_follow_one_another_quickly: "successors",
    people_may_click_at_once: "clicks",
    approved_patches_may_be_pushed_late: "pushing",
    webhooks_may_be_lost_and_readings_late: "readings",
    publishing_and_machines_may_overtake_each_other: "overtaking",
    teardown_may_fail: "closing",
    publishing_may_fail: "checks",
    access_may_go_and_come_back: "access",
    lists_may_change: "listings",
    questions_may_be_asked_meanwhile: "questions",
    repositories_may_let_runs_finish_and_keep_requests: "finish and keep",
    own_pushes_may_be_verified_and_volumes_go_at_once: "verify",
}

#[test]
fn every_mistake_is_found_by_the_property_that_it_breaks() {
    let mut unseen = Vec::new();
    for broken in broken::all() {
        let whole = check(PRODUCTION, &broken.bounds, 1);
        assert!(violations(&whole).is_empty(), "{}: production: {}", broken.mistake, violations(&whole).join("\n"));
        let checker = check(broken.decide, &broken.bounds, 1);
        let found: Vec<_> = checker.discoveries().into_keys().collect();
        println!("{} ({} states): {found:?}", broken.mistake, checker.unique_state_count());
        if !found.contains(&broken.breaks) {
            unseen.push(format!("{}: {found:?} instead of {}", broken.mistake, broken.breaks));
        }
    }
    assert!(unseen.is_empty(), "{}", unseen.join("\n"));
}
