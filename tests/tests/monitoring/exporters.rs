//! The files of the three exporters ask the same and name it alike.

use crate::{NIGHT, monitoring, reader_of};
use promo_guard_tests::server;
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
