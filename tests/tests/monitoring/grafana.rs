//! The Grafana dashboard.

use crate::exporters::metrics;
use crate::program::tool;
use crate::{NIGHT, monitoring, reader_of};
use promo_guard_tests::server;
use serde_json::Value;
use std::fs;
use std::process::Command;

/// The panels that have a query.
fn panels() -> Vec<Value> {
    let dashboard: Value = serde_json::from_str(&monitoring("grafana.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter().filter(|panel| panel["type"] != "row");
    panels.cloned().collect()
}

fn text<'a>(panel: &'a Value, what: &str) -> Option<&'a str> {
    let targets = panel["targets"].as_array().unwrap();
    assert_eq!(targets.len(), 1, "{}", panel["title"]);
    targets[0][what].as_str()
}

#[test]
fn every_query_of_the_dashboard_runs_as_a_reader_and_is_bounded() {
    let (mut db, name) = server().bound_database();
    db.batch_execute(NIGHT).unwrap();
    reader_of(&mut db, "grafana_reader", "grant_reader");
    let mut reader = server().connect_as("grafana_reader", &name);
    let mut asked = 0;
    for sql in panels().iter().filter_map(|panel| text(panel, "rawSql")) {
        reader.simple_query(sql).unwrap_or_else(|e| panic!("{sql}: {e:?}"));
        let one_row = sql.starts_with("SELECT count(*) ");
        assert!(sql.contains("max_rows => 50") || sql.contains(" LIMIT ") || one_row, "{sql}");
        asked += 1;
    }
    assert_eq!(asked, 10);
}

#[test]
fn every_panel_takes_its_data_source_from_a_variable() {
    let dashboard: Value = serde_json::from_str(&monitoring("grafana.json")).unwrap();
    let variables: Vec<_> = dashboard["templating"]["list"].as_array().unwrap().iter().collect();
    let names: Vec<_> = variables.iter().map(|v| (v["type"].as_str(), v["query"].as_str())).collect();
    assert_eq!(names, [(Some("datasource"), Some("postgres")), (Some("datasource"), Some("prometheus"))]);
    let (mut ids, mut places) = (Vec::new(), Vec::new());
    for panel in panels() {
        let source = if text(&panel, "rawSql").is_some() { &variables[0] } else { &variables[1] };
        let uid = format!("${{{}}}", source["name"].as_str().unwrap());
        for place in [&panel["datasource"], &panel["targets"][0]["datasource"]] {
            assert_eq!((&place["type"], place["uid"].as_str()), (&source["query"], Some(uid.as_str())));
        }
        ids.push(panel["id"].as_i64());
        let number = |what: &str| panel["gridPos"][what].as_i64().unwrap();
        places.push((number("x"), number("y"), number("x") + number("w"), number("y") + number("h")));
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), panels().len(), "each panel has an id of its own");
    for (n, a) in places.iter().enumerate() {
        assert!(a.2 <= 24, "{a:?}");
        let over = places[..n].iter().find(|b| a.0 < b.2 && b.0 < a.2 && a.1 < b.3 && b.1 < a.3);
        assert!(over.is_none(), "{a:?} covers {over:?}");
    }
}

#[test]
#[ignore = "slow"]
fn promtool_reads_every_expression_and_each_is_of_a_metric_that_exists() {
    let known: Vec<_> = metrics().into_iter().map(|metric| metric.name).collect();
    let mut rules = String::from("groups:\n  - name: dashboard\n    rules:\n");
    let mut expressions = 0;
    for expression in panels().iter().filter_map(|panel| text(panel, "expr")) {
        let word = |at: usize| -> String {
            expression[at..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        };
        for (at, _) in expression.match_indices("promo_guard") {
            assert!(known.contains(&word(at)), "{expression}");
        }
        let bounded =
            expression.starts_with("topk(10, ") || ["sum(", "max("].iter().any(|f| expression.starts_with(f));
        assert!(bounded, "{expression}");
        expressions += 1;
        rules += &format!("      - record: panel:{expressions}\n        expr: {}\n", Value::from(expression));
    }
    assert_eq!(expressions, 6);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rules.yml");
    fs::write(&file, rules).unwrap();
    let out = Command::new(tool("promtool")).args(["check", "rules"]).arg(&file).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}
