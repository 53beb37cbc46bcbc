//! `promoctl clusters` on a simulated night.

use promo_guard_generator::{Config, Micros, generate};
use promo_guard_tests::load::{LoadOptions, load};
use promo_guard_tests::{promoctl, server};
use serde_json::Value;
use std::process::Command;

const END: Micros = Micros(1_772_414_400_000_000); // 2026-03-02 01:20 UTC
const AS_OF: &str = "2026-03-02 01:20:00Z";

fn run(command: &mut Command) -> (i32, String, String) {
    let out = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (out.status.code().unwrap_or(-1), text(&out.stdout), text(&out.stderr))
}

#[test]
fn the_clusters_of_a_night_in_every_format() {
    let (mut db, name) = server().empty_database();
    load(&mut db, &generate(&Config::demo(2, END)), &LoadOptions::default().without_foreign_keys()).unwrap();
    db.batch_execute("CREATE EXTENSION promo_guard; SELECT promo_guard.bind()").unwrap();
    let ask = |more: &[&str]| run(promoctl(server(), &name).args(["clusters", "--as-of", AS_OF]).args(more));

    let (code, page, err) = ask(&[]);
    assert_eq!(code, 0, "{page}{err}");
    assert!(page.starts_with("Failure clusters: database "), "{page}");
    for said in ["ENUMERATION", "PAUSE_ECHO", "a minute", "▁", "█", "worst first"] {
        assert!(page.contains(said), "{said:?} is missing in\n{page}");
    }
    assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");

    let (code, json, err) = ask(&["--output", "json"]);
    assert_eq!(code, 0, "{err}");
    let json: Value = serde_json::from_str(&json).unwrap();
    let clusters = json.as_array().unwrap();
    let sum = |key: &str| clusters.iter().map(|c| c[key].as_i64().unwrap()).sum::<i64>();
    assert!(clusters.iter().all(|c| c["series"].as_array().unwrap().len() == 30 && c["results"].is_object()));
    assert!(clusters.iter().all(|c| c["campaign_id"].is_string() || c["campaign_id"].is_null()));

    let (code, csv, err) = ask(&["--members", "--output", "csv"]);
    assert_eq!(code, 0, "{err}");
    let failed: i64 =
        csv.lines().skip(1).map(|l| l.rsplit(',').next().unwrap().parse::<i64>().unwrap()).sum();
    assert_eq!(failed, sum("attempts"), "members add up to their clusters");
    let (code, page, _) = ask(&["--members"]);
    assert!(code == 0 && page.contains("pairs of user and code"), "{page}");
    let (code, page, _) = ask(&["--output", "markdown"]);
    assert!(code == 0 && page.contains("| cluster_id |"), "{page}");
    let (code, page, _) = ask(&["--lookback", "1 us"]);
    assert!(code == 0 && page.contains("No attempt failed in this window."), "{page}");
    let (code, _, err) = ask(&["--members", "--max-rows", "3"]);
    assert!(code == 2 && err.contains("--max-rows"), "{err}");
}
