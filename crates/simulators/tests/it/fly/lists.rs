//! Lists: filters, pages, and that they lag or are wrongly empty.

use crate::fly::support::{Stage, new_machine, of_app};
use serde_json::{Value, json};
use simulators::fly::control::{Action, Fault, Timings};

fn names(list: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = list.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn machines_are_found_by_metadata_region_and_state() {
    let stage = Stage::new().await;
    let a = stage.machine("m-a", None).await;
    let mut parked = new_machine("m-b", None);
    (parked["skip_launch"], parked["region"]) = (true.into(), "lhr".into());
    stage.post(&of_app("/machines"), parked).await.expect(200);
    stage.until_state(&a, "started").await;
    for (query, found) in [
        ("", &["m-a", "m-b"][..]),
        ("?metadata.owner=m-a", &["m-a"]),
        ("?metadata.owner=m-a&metadata.other=1", &[]),
        ("?region=lhr", &["m-b"]),
        ("?state=started,stopped", &["m-a"]),
        ("?state=created", &["m-b"]),
    ] {
        let list = stage.get(&of_app(&format!("/machines{query}"))).await.expect(200);
        assert_eq!(names(&list), found, "{query}");
    }
    stage.end(2).await;
}

#[tokio::test]
async fn a_list_shows_what_was_so_a_while_ago() {
    let stage = Stage::with_timings(Timings { list_lag_ms: 10_000, ..Timings::default() }).await;
    let machine = stage.machine("m-a", None).await;
    stage.until_state(&machine, "started").await;
    assert_eq!(stage.get(&of_app("/machines")).await.expect(200), json!([]));
    stage.control.advance(10_000).await.unwrap();
    stage.destroy(&machine).await;
    assert_eq!(stage.get(&of_app("/machines")).await.expect(200)[0]["state"], "started");
    stage.control.advance(10_000).await.unwrap();
    assert_eq!(stage.get(&of_app("/machines")).await.expect(200), json!([]));
}

#[tokio::test]
async fn a_list_may_be_wrongly_empty_with_and_without_saying_so() {
    let stage = Stage::new().await;
    stage.machine("m-a", None).await;
    stage.control.fail_once(Action::MachineList, Fault::EmptyList { error_regions: false }).await.unwrap();
    assert_eq!(stage.get(&of_app("/machines")).await.expect(200), json!([]));
    assert_eq!(stage.get(&of_app("/machines")).await.expect(200).as_array().unwrap().len(), 1);
    stage.control.fail_once(Action::OrgMachines, Fault::EmptyList { error_regions: true }).await.unwrap();
    let said = stage.get("/v1/orgs/personal/machines").await.expect(200);
    assert_eq!(said, json!({ "machines": [], "error_regions": ["iad", "lhr", "fra"] }));
}

#[tokio::test]
async fn an_organisation_s_list_comes_in_pages() {
    let stage = Stage::new().await;
    for number in 0..5 {
        stage.machine(&format!("m-{number}"), None).await;
    }
    let (mut cursor, mut all, mut pages) = (String::new(), Vec::new(), 0);
    loop {
        let page = stage.get(&format!("/v1/orgs/personal/machines?limit=2&cursor={cursor}")).await;
        let header = page.headers.get("fly-next-cursor").map(|it| it.to_str().unwrap().to_owned());
        let page = page.expect(200);
        all.extend(names(&page["machines"]).into_iter().map(str::to_owned));
        pages += 1;
        assert_eq!(header.as_deref(), page["next_cursor"].as_str());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = next.to_owned();
    }
    all.sort_unstable();
    assert_eq!((pages, all), (3, (0..5).map(|number| format!("m-{number}")).collect()));
}
