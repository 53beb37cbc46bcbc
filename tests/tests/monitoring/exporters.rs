//! The files of the three exporters ask the same and name it alike.

use crate::{NIGHT, monitoring, reader_of};
use promo_guard_tests::{server, table};
use std::collections::{BTreeMap, BTreeSet};

/// The blocks of SQL of a file, by the name that stands before them.
fn queries(file: &str, name: &str) -> BTreeMap<String, String> {
    let text = monitoring(file);
    let mut queries: BTreeMap<String, String> = BTreeMap::new();
    let (mut current, mut depth) = (String::new(), None);
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let indent = line.len() - line.trim_start().len();
        if depth.is_some_and(|depth| indent <= depth) {
            depth = None;
        }
        if depth.is_some() {
            let sql = queries.get_mut(&current).unwrap();
            sql.push_str(line.trim());
            sql.push('\n');
        } else if line.trim() == "query: |" {
            depth = Some(indent);
            assert!(queries.insert(current.clone(), String::new()).is_none(), "{file}: {current} twice");
        } else if name.is_empty() && indent == 0 {
            line.trim_end_matches(':').clone_into(&mut current);
        } else if let Some(named) = line.trim().strip_prefix(name).filter(|_| !name.is_empty()) {
            named.trim().clone_into(&mut current);
        }
    }
    queries
}

pub struct Metric {
    pub name: String,
    labels: BTreeSet<String>,
    value: String,
    query: String,
}

/// The metrics of sql_exporter.yml. Every line of the file must have one of these forms.
pub fn metrics() -> Vec<Metric> {
    let text = monitoring("sql_exporter.yml");
    let list = |inside: &str| -> BTreeSet<String> {
        inside.trim_start_matches('[').trim_end_matches(']').split(", ").map(str::to_owned).collect()
    };
    let mut metrics: Vec<Metric> = Vec::new();
    let mut section = "";
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match line.split_once(": ").unwrap_or((line, "")) {
            ("collector_name", "promo_guard") | ("min_interval", "1m") => {}
            ("metrics:" | "queries:", "") => section = line,
            ("  - metric_name", name) if section == "metrics:" => metrics.push(Metric {
                name: name.to_owned(),
                labels: BTreeSet::new(),
                value: String::new(),
                query: String::new(),
            }),
            ("    type", "gauge") | ("    help", _) => {}
            ("    key_labels", labels) => metrics.last_mut().unwrap().labels = list(labels),
            ("    values", value) => metrics.last_mut().unwrap().value = list(value).pop_first().unwrap(),
            ("    query_ref", query) => query.clone_into(&mut metrics.last_mut().unwrap().query),
            ("  - query_name", _) | ("    query", "|") if section == "queries:" => {}
            _ if section == "queries:" && line.starts_with("      ") => {}
            _ => panic!("sql_exporter.yml: {line}"),
        }
    }
    metrics
}

#[test]
fn every_query_runs_as_a_reader_and_has_the_columns_of_its_metrics() {
    let (mut db, name) = server().bound_database();
    db.batch_execute(NIGHT).unwrap();
    reader_of(&mut db, "exporter", "grant_reader");
    let mut reader = server().connect_as("exporter", &name);
    let queries = queries("sql_exporter.yml", "- query_name:");
    let mut used = BTreeSet::new();
    for metric in metrics() {
        let sql = &queries[&metric.query];
        used.insert(metric.query.clone());
        let columns = reader.prepare(sql).unwrap_or_else(|e| panic!("{sql}: {e:?}"));
        let columns: BTreeSet<_> = columns.columns().iter().map(|column| column.name().to_owned()).collect();
        assert!(columns.contains(&metric.value) && columns.is_superset(&metric.labels), "{}", metric.name);
        // Each value is told from every other by its labels.
        let rows = reader.query(sql, &[]).unwrap_or_else(|e| panic!("{sql}: {e:?}"));
        assert!(metric.labels.is_empty() == (columns.len() == 1 && rows.len() == 1), "{}", metric.name);
    }
    assert_eq!(used.len(), queries.len(), "every query is used");
}

#[test]
fn the_three_exporters_ask_the_same() {
    let first = queries("sql_exporter.yml", "- query_name:");
    assert_eq!(first.len(), 8);
    assert_eq!(queries("prometheus-sql-exporter.yml", "- name:"), first);
    assert_eq!(queries("postgres_exporter.yml", ""), first);
}

#[test]
fn the_exporters_give_the_series_of_the_view_metrics() {
    let (mut db, name) = server().bound_database();
    db.batch_execute(NIGHT).unwrap();
    // More paused campaigns than have a series, purchases of two currencies beside the redemption without one, and a bake.
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         SELECT g, repeat('a', 62) || g, 'P' || g, 'Paused', 'PERCENT_DISCOUNT', 'ALL', 'ACTIVE', now(), now() + interval '1 day'
         FROM generate_series(10, 60) AS g;
         UPDATE promo_codes SET status = 'PAUSED', updated_at = now() WHERE id >= 10;
         ALTER TABLE purchases ADD COLUMN currency text;
         INSERT INTO purchases (id, user_id, product_code, base_stars_amount, discount_stars_amount, stars_amount, status, applied_promo_code_id, created_at, paid_at, credited_at, currency)
         SELECT gen_random_uuid(), g, 'STARS', 100, 10, 90, 'CREDITED', 1, at, at, at, (ARRAY['XTR', 'EUR'])[g]
         FROM generate_series(1, 2) AS g, (VALUES (now() - interval '20 min')) AS t (at);
         SELECT promo_guard.bind();
         INSERT INTO promo_guard.bake (campaign_id, action_id, began_by, since, until, on_regression, false_alarm, paused_at, terms)
         SELECT 1, min(id), session_user, now(), now() + interval '15 minutes', 'alert', 0.05, now(), '{}' FROM promo_guard.action_log",
    )
    .unwrap();
    reader_of(&mut db, "compared", "grant_reader");
    let mut reader = server().connect_as("compared", &name);
    // The age of a pause grows between two readings.
    let view =
        "SELECT name, labels::text, (CASE WHEN name <> 'promo_guard_paused_seconds' THEN value END)::text
                FROM promo_guard.metrics WHERE name <> 'promo_guard_incident_open'";
    let view: BTreeSet<Vec<String>> = table(&mut reader, view).into_iter().collect();
    let queries = queries("sql_exporter.yml", "- query_name:");
    let mut exported = BTreeSet::new();
    for metric in &metrics() {
        // An empty label is no label to Prometheus.
        let labels: Vec<_> =
            metric.labels.iter().map(|label| format!("'{label}', nullif(q.{label}, '')")).collect();
        let value = if metric.name == "promo_guard_paused_seconds" { "NULL" } else { &metric.value };
        exported.extend(table(
            &mut reader,
            &format!(
                "SELECT '{}', jsonb_strip_nulls(jsonb_build_object({}))::text, ({value})::float8::text FROM ({}) AS q",
                metric.name,
                labels.join(", "),
                queries[&metric.query]
            ),
        ));
    }
    assert_eq!(exported, view);
    let of = |what: &str| exported.iter().filter(|series| series[0] == what).count();
    assert_eq!((of("promo_guard_paused_seconds"), of("promo_guard_drift_stars")), (20, 3), "{exported:?}");
}
