//! A stand-in that is killed goes on from its folder.

use crate::fly::support::{Stage, of_app};
use simulators::fly::{FlySimulator, Options, control::Timings};

#[tokio::test]
async fn a_killed_stand_in_knows_everything_it_answered_and_goes_on_with_what_it_had_begun() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_owned();
    let slow = Timings { create_ms: 600_000, ..Timings::default() };
    let stage = Stage::with(|options| (options.data, options.timings) = (Some(data.clone()), slow)).await;
    let volume = stage.volume("session").await;
    let machine = stage.machine("m-1", Some(&volume)).await;
    assert_eq!(stage.shown(&machine).await["state"], "created");
    drop(stage.fly);

    let stage = Stage::with(|options| options.data = Some(data)).await;
    stage.until_state(&machine, "started").await;
    assert_eq!(stage.get(&of_app("/volumes")).await.expect(200)[0]["attached_machine_id"], *machine);
    stage.end(2).await;
}

#[tokio::test]
async fn a_second_stand_in_on_the_same_folder_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::with(|options| options.data = Some(folder.path().to_owned())).await;
    let mut options = Options::new("token");
    options.data = Some(folder.path().to_owned());
    let error = FlySimulator::start(stage.environment.clone(), options).await.unwrap_err();
    let words = "is in use by another Fly stand-in; stop it first, or give this one its own folder";
    assert_eq!(error.to_string(), format!("`{}` {words}", folder.path().display()));
}
