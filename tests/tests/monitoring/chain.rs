//! From the database through an exporter and Prometheus to an alert.

use crate::exporters::metrics;
use crate::program::{Program, free_port, get, tool, wait_for};
use crate::{NIGHT, monitoring, reader_of};
use promo_guard_tests::{repo, server};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

fn promtool(arguments: &[&str]) {
    let out = Command::new(tool("promtool"))
        .current_dir(repo().join("sql/monitoring"))
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success() && said.contains("SUCCESS"), "promtool {arguments:?}: {said}");
}

#[test]
#[ignore = "slow"]
fn promtool_accepts_the_rules_the_jobs_and_the_rules_own_tests() {
    promtool(&["check", "rules", "alerts.yml"]);
    promtool(&["check", "config", "prometheus.yml"]);
    promtool(&["test", "rules", "alerts_test.yml"]);
}

/// The text, in which something must be there to be replaced.
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replace(from, to)
}

/// Series as labels and value; without what says where it comes from.
fn series(prometheus: u16, query: &str) -> BTreeMap<Vec<(String, String)>, String> {
    let answer = get(prometheus, &format!("/api/v1/query?query={query}")).expect("an answer of Prometheus");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let found = answer["data"]["result"].as_array().unwrap().iter().map(|one| {
        let labels = one["metric"].as_object().unwrap().iter();
        let labels = labels.filter(|(name, _)| !["instance", "job", "server"].contains(&name.as_str()));
        let labels = labels.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect();
        (labels, one["value"][1].as_str().unwrap().to_owned())
    });
    found.collect()
}

#[test]
#[ignore = "slow"]
fn both_exporters_of_debian_give_prometheus_the_same_metrics_and_it_raises_the_alerts() {
    let (mut db, name) = server().bound_database();
    db.batch_execute(NIGHT).unwrap();
    // A checkpoint is overdue, and there is a bake.
    db.batch_execute(
        "INSERT INTO promo_guard.incident (title, trigger, declared_at, declared_by)
         VALUES ('t', 'by hand', now() - interval '2 hours', session_user);
         INSERT INTO promo_guard.bake (campaign_id, action_id, began_by, since, until, on_regression, false_alarm, paused_at, terms)
         SELECT 1, min(id), session_user, now(), now() + interval '15 minutes', 'alert', 0.05, now(), '{}' FROM promo_guard.action_log",
    )
    .unwrap();
    reader_of(&mut db, "chained", "grant_reader");
    let dir = tempfile::tempdir().unwrap();
    let here = |file: &str| dir.path().join(file).display().to_string();
    let (own, other, prometheus) = (free_port(), free_port(), free_port());
    let connection = "postgres://grafana@/shop?host=/var/run/postgresql&";
    let to = format!("postgres://chained@/{name}?host={}&port={}&", server().host(), server().port());
    let limit = "SELECT setting::float8 AS ms FROM pg_settings WHERE name = 'statement_timeout'";

    let config = replaced(&monitoring("prometheus-sql-exporter.yml"), connection, &to);
    let more =
        format!("      - name: limit\n        help: h\n        values: [ms]\n        query: {limit}\n");
    fs::write(here("own.yml"), config + &more).unwrap();
    let _own = Program::start(
        Command::new(tool("prometheus-sql-exporter"))
            .arg(format!("-config.file={}", here("own.yml")))
            .arg(format!("-web.listen-address=127.0.0.1:{own}")),
    );

    let queries = monitoring("postgres_exporter.yml");
    let source = queries.lines().find_map(|line| line.strip_prefix("#   DATA_SOURCE_NAME='")).unwrap();
    let source = replaced(&source.replace("postgresql://", "postgres://"), connection, &to);
    let more =
        format!("limit:\n  query: {limit}\n  metrics:\n    - ms: {{ usage: GAUGE, description: 'd' }}\n");
    fs::write(here("queries.yml"), queries + &more).unwrap();
    let _other = Program::start(
        Command::new(tool("prometheus-postgres-exporter"))
            .env("DATA_SOURCE_NAME", source.trim_end_matches('\''))
            .args(["--disable-default-metrics", "--disable-settings-metrics"])
            .arg(format!("--extend.query-path={}", here("queries.yml")))
            .arg(format!("--web.listen-address=127.0.0.1:{other}")),
    );

    let mut config = monitoring("prometheus.yml");
    for (from, to) in [
        ("localhost:9399", "127.0.0.1:1".to_owned()),
        ("localhost:9187", format!("127.0.0.1:{other}")),
        ("localhost:9237", format!("127.0.0.1:{own}")),
        ("scrape_interval: 1m", "scrape_interval: 2s".to_owned()),
        ("scrape_timeout: 30s", "scrape_timeout: 2s".to_owned()),
        ("evaluation_interval: 1m", "evaluation_interval: 1s".to_owned()),
    ] {
        config = replaced(&config, from, &to);
    }
    fs::write(here("prometheus.yml"), config).unwrap();
    fs::write(here("alerts.yml"), monitoring("alerts.yml")).unwrap();
    let _prometheus = Program::start(
        Command::new(tool("prometheus"))
            .arg(format!("--config.file={}", here("prometheus.yml")))
            .arg(format!("--storage.tsdb.path={}", here("data")))
            .arg(format!("--web.listen-address=127.0.0.1:{prometheus}")),
    );

    let wanted: BTreeSet<_> = metrics().into_iter().map(|metric| metric.name).collect();
    let named = |series: &BTreeMap<Vec<(String, String)>, String>| -> BTreeSet<String> {
        let names = series.keys().flatten().filter(|(label, _)| label == "__name__");
        names.map(|(_, name)| name.clone()).collect()
    };
    wait_for("answer of Prometheus", || get(prometheus, "/-/ready"));
    let of = |job: &str| {
        let query = format!("%7Bjob=%22{job}%22,__name__=~%22promo_guard.%2A%22%7D");
        wait_for(job, || {
            let found = series(prometheus, &query);
            (named(&found) == wanted).then_some(found)
        })
    };
    let steady = |mut found: BTreeMap<Vec<(String, String)>, String>| {
        for (labels, value) in &mut found {
            if labels.iter().any(|(_, name)| name == "promo_guard_paused_seconds") {
                value.clear();
            }
        }
        found
    };
    assert_eq!(
        steady(of("promo_guard_prometheus_sql_exporter")),
        steady(of("promo_guard_postgres_exporter"))
    );
    for limit in ["sql_limit", "limit_ms"] {
        let found: Vec<_> = series(prometheus, limit).into_values().collect();
        assert_eq!(found, ["25000"], "{limit}: the data source sets the timeout");
    }

    let states = wait_for("alerts", || {
        let answer: Value = serde_json::from_str(&get(prometheus, "/api/v1/alerts")?).ok()?;
        let alerts = answer["data"]["alerts"].as_array()?.iter();
        let alerts = alerts
            .map(|alert| format!("{} {}", alert["labels"]["alertname"], alert["state"]).replace('"', ""));
        let alerts: BTreeSet<_> = alerts.collect();
        (alerts.len() >= 3).then_some(alerts)
    });
    assert_eq!(
        states.into_iter().collect::<Vec<_>>(),
        [
            "PromoGuardEscalationOverdue firing",
            "PromoGuardPauseSeen firing",
            "PromoGuardSettlementCritical pending"
        ]
    );
}
