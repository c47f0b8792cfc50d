//! What can befall a volume, and lists of them.

use super::stage::{APP, Stage, TOKEN, labels, machine_spec, volume_spec};
use crate::fly_error;
use machines::{Labels, Machines, VolumeSpec};
use serde_json::json;
use simulators::fly::control::{Action, Command, Fault, Named, Rule};

#[tokio::test]
async fn f02_a_volume_that_was_made_though_the_call_failed_is_found_by_its_name() {
    for fault in [
        Fault::DoneBut { status: 408 },
        Fault::DoneBut { status: 502 },
        Fault::AnswerLost,
        Fault::Late { status: Some(500), millis: 500 },
    ] {
        let stage = Stage::new().await;
        stage.fail_once(Action::VolumeCreate, fault.clone()).await;
        let volume = stage.volume().await;
        assert_eq!(stage.volume_ids().await, std::slice::from_ref(&volume.id), "{fault:?}");
        assert!(!volume.adopted, "it was made by this call");
        assert!(stage.volume().await.adopted);
        stage.end().await;
    }
}

#[tokio::test]
async fn f02_of_two_volumes_that_lost_answers_left_one_is_kept_the_same_one_for_all() {
    let stage = Stage::new().await;
    stage.fail_once(Action::VolumeCreate, Fault::AnswerLost).await;
    // Lists lag: the one that was made is not seen, and an attempt later a second one is made.
    let lagging = Rule { times: Some(4), ..Rule::once(Action::VolumeList, Fault::EmptyList { error_regions: false }) };
    stage.run(Command::AddRule(lagging)).await;
    let said = fly_error!(stage.driver.create_volume(&volume_spec()).await, Ambiguous);
    assert!(said.starts_with("Fly was asked to make a volume in iad, but its answer was lost"), "{said}");
    let first = stage.volume_ids().await;
    assert_eq!(first.len(), 1);
    stage.fail_once(Action::VolumeList, Fault::EmptyList { error_regions: false }).await;
    let volume = stage.volume().await;
    assert_eq!((std::slice::from_ref(&volume.id), volume.adopted), (&first[..], true));
    assert_eq!(stage.volume_ids().await, first, "the surplus one is gone again");
    stage.end().await;
}

#[tokio::test]
async fn f03_what_is_not_in_a_list_is_not_gone() {
    let stage = Stage::new().await;
    let volume = stage.volume().await;
    let machine = stage.start(1, &volume).await;
    let empty = Fault::EmptyList { error_regions: false };
    stage.fail_always(Action::MachineList, empty.clone()).await;
    // A volume leads to its machine.
    assert_eq!(stage.forgetful().machines("here").await.unwrap().len(), 1);
    stage.fail_always(Action::VolumeList, empty).await;
    // Whoever made it still lists it; whoever did not finds it by its id, and never makes a second one.
    assert_eq!(stage.driver.machines("here").await.unwrap().len(), 1);
    let other = stage.forgetful();
    assert_eq!(other.machines("here").await.unwrap(), []);
    assert!(other.machine(&machine.id).await.unwrap().is_some());
    assert!(other.volume(&volume.id).await.unwrap().is_some());
    assert_eq!(other.start_machine(&machine_spec(1, &volume)).await.unwrap().id, machine.id);
    fly_error!(other.start_machine(&machine_spec(2, &volume)).await, InUse);
    stage.run(Command::ClearRules).await;
    assert_eq!((stage.machine_names().await.len(), stage.volume_ids().await), (1, vec![volume.id]));
    stage.end().await;
}

#[tokio::test]
async fn f03_a_list_that_lags_shows_the_volume_later_and_it_is_the_one_that_is_used() {
    let stage = Stage::new().await;
    let session = stage.volume().await;
    stage.fail_once(Action::VolumeList, Fault::EmptyList { error_regions: false }).await;
    let again = stage.forgetful().create_volume(&volume_spec()).await.unwrap();
    assert_eq!((&again.id, again.adopted), (&session.id, true));
    assert_eq!(stage.volume_ids().await, [session.id]);
    stage.end().await;
}

#[tokio::test]
async fn f07_a_full_host_is_said_and_the_volume_is_kept() {
    let stage = Stage::new().await;
    let volume = stage.volume().await;
    stage.run(Command::FillHost { of: volume.id.clone(), full: true }).await;
    let said = fly_error!(stage.driver.start_machine(&machine_spec(1, &volume)).await, VolumeStuck);
    let front = format!(
        "no machine can be started where volume `{0}` lies: the Fly host has no room to make a machine: insufficient resources \
         to create new machine with existing volume '{0}' (412, request ",
        volume.id
    );
    assert!(said.starts_with(&front), "{said}");
    assert_eq!(stage.volume_ids().await, std::slice::from_ref(&volume.id));
    stage.run(Command::FillHost { of: volume.id.clone(), full: false }).await;
    stage.start(1, &volume).await;
    stage.end().await;
}

#[tokio::test]
async fn f08_a_full_region_leads_to_the_next_one_but_only_while_there_is_no_volume() {
    let stage = Stage::new().await;
    let full = |region: &str, fault| {
        let contains = Some(format!("\"region\":\"{region}\""));
        Command::AddRule(Rule { contains, ..Rule::always(Action::VolumeCreate, fault) })
    };
    stage.run(full("iad", Fault::Named(Named::NoCapacity))).await;
    let volume = stage.volume().await;
    assert_eq!(stage.control.truth().await.unwrap().volumes[0].region, "lhr");
    let asked: Vec<_> =
        stage.calls(Action::VolumeCreate).await.iter().map(|call| call.body["region"].clone()).collect();
    assert_eq!(asked, ["iad", "lhr"]);
    // The machine goes where the volume is.
    stage.start(1, &volume).await;
    assert_eq!(stage.calls(Action::MachineCreate).await[0].body["region"], "lhr");
    // Everywhere full: said, with the regions.
    stage.run(full("lhr", Fault::Named(Named::NoCandidate))).await;
    let other = VolumeSpec { name: "pr_000000000000000000000001".into(), ..volume_spec() };
    let said = fly_error!(stage.driver.create_volume(&other).await, Retryable);
    let front = "no Fly region has room for a volume (iad, lhr): name more in `machines.region`: the Fly region has no room to \
                 make a volume in lhr: could not find a candidate host (422, request ";
    assert!(said.starts_with(front), "{said}");
    stage.end().await;
}

#[tokio::test]
async fn f12_what_is_ours_is_known_by_its_name_and_nothing_else_is_touched() {
    let stage = Stage::new().await;
    let ours = stage.volume().await;
    let theirs = VolumeSpec { labels: Labels { deployment: "there".into(), ..labels(0) }, ..volume_spec() };
    // The same name of another deployment is another's, and not adopted.
    fly_error!(stage.driver.create_volume(&theirs).await, Permanent);
    let theirs =
        stage.driver.create_volume(&VolumeSpec { name: "pr_000000000000000000000002".into(), ..theirs }).await.unwrap();
    // Somebody made one by hand.
    let url = format!("{}/v1/apps/{APP}/volumes", stage.fly.url());
    let body = json!({"name": "data", "region": "iad", "size_gb": 1});
    let client = reqwest::Client::new();
    let made = client.post(url).header("authorization", format!("Bearer {TOKEN}")).json(&body).send().await.unwrap();
    let by_hand: serde_json::Value = serde_json::from_str(&made.text().await.unwrap()).unwrap();
    let by_hand = by_hand["id"].as_str().unwrap();
    // A driver that knows nothing yet: the owner stands in the name.
    let driver = stage.forgetful();
    let listed = driver.volumes("here").await.unwrap();
    assert_eq!(listed.iter().map(|volume| &volume.id).collect::<Vec<_>>(), [&ours.id]);
    let expected = Labels { operation: String::new(), ..labels(0) };
    assert_eq!((&listed[0].name, &listed[0].labels), (&ours.name, &expected));
    assert_eq!(driver.volume(by_hand).await.unwrap(), None);
    driver.delete_volume(by_hand).await.unwrap();
    assert!(stage.volume_ids().await.iter().any(|id| id == by_hand), "it is not ours to delete");
    // Its owner is another one, whichever deployment is spoken of.
    assert_ne!(driver.volume(&theirs.id).await.unwrap().unwrap().labels.deployment, "here");
    driver.delete_volume(&theirs.id).await.unwrap();
    stage.run(Command::DeleteVolume { volume: by_hand.to_owned() }).await;
    stage.end().await;
}

#[tokio::test]
async fn f16_a_volume_that_is_deleted_but_still_shown_is_lost() {
    let stage = Stage::new().await;
    let volume = stage.volume().await;
    // Shown as usual, and "not found" when it is mounted.
    let body = json!({"error": "volume not found"});
    stage.fail_once(Action::MachineCreate, Fault::Refused { status: 400, body, retry_after: None }).await;
    let said = fly_error!(stage.driver.start_machine(&machine_spec(1, &volume)).await, VolumeLost);
    assert_eq!(said, format!("volume `{}` is lost: Fly has deleted it, though it still shows it", volume.id));
    assert_eq!(stage.driver.volume(&volume.id).await.unwrap(), None);
    assert_eq!(stage.driver.volumes("here").await.unwrap(), []);
    let anew = stage.volume().await;
    assert_ne!(anew.id, volume.id);
    stage.run(Command::DeleteVolume { volume: volume.id.clone() }).await;
    // Shown as `pending_destroy`, for a day.
    stage.run(Command::DeleteVolume { volume: anew.id.clone() }).await;
    assert_eq!(stage.forgetful().volume(&anew.id).await.unwrap(), None);
    let said = fly_error!(stage.forgetful().start_machine(&machine_spec(1, &anew)).await, Permanent);
    assert_eq!(said, format!("volume `{}` is not there; create it first", anew.id));
    stage.end().await;
}
