//! The bars that lie down: clusters, and from attempt to redemption.

use serde::Serialize;
use serde_json::Value;

use super::span::{number, rounded};

/// Bars of clusters that are drawn; the table has them all.
const CLUSTERS: usize = 12;

/// A bar lying down.
#[derive(Debug, Serialize)]
pub struct Bar {
    class: String,
    label: String,
    campaign_id: Option<String>,
    value: i64,
    width: f64,
    note: String,
    y: usize,
}

pub(super) fn clusters(report: &Value) -> Vec<Bar> {
    let all = report["clusters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let most = all.iter().map(|cluster| number(cluster, "attempts")).max().unwrap_or(1).max(1);
    let mut largest: Vec<&Value> = all.iter().collect();
    largest.sort_by_key(|cluster| std::cmp::Reverse(number(cluster, "attempts")));
    let bar = |(y, cluster): (usize, &&Value)| {
        let kind = cluster["kind"].as_str().unwrap_or_default();
        let attempts = number(cluster, "attempts");
        Bar {
            class: kind.to_lowercase(),
            label: kind_title(kind),
            campaign_id: cluster["campaign_id"].as_str().map(str::to_owned),
            value: attempts,
            width: rounded((attempts as f64 / most as f64 * 100.0).max(0.4)),
            note: crate::output::text::counted(number(cluster, "users"), "user"),
            y,
        }
    };
    largest.iter().take(CLUSTERS).enumerate().map(bar).collect()
}

/// A kind of cluster in the words of readers who do not know its name.
pub fn kind_title(kind: &str) -> String {
    match kind {
        "CONFIG_FAILURE" => "wrong configuration",
        "ENUMERATION" => "guessed codes",
        "SURGE" => "surge of users",
        "PAUSE_ECHO" => "caused by the pause",
        "BACKGROUND" => "unrelated failures",
        // What its name says, and a kind of a later version.
        _ => return kind.replace('_', " ").to_lowercase(),
    }
    .to_owned()
}

pub(super) fn funnel(report: &Value) -> Vec<Bar> {
    let steps = [
        ("attempts", "Attempts"),
        ("accepted", "Accepted"),
        ("redemptions", "Redemptions made"),
        ("applied", "Applied"),
    ];
    let most = number(&report["funnel"], "attempts").max(1);
    let mut before: Option<i64> = None;
    let mut bars = Vec::new();
    for (y, (key, label)) in steps.into_iter().enumerate() {
        let value = number(&report["funnel"], key);
        let note = match before {
            Some(before) if before > 0 => {
                format!(
                    "{} of the step before",
                    promo_guard_core::words::percent(value as f64 / before as f64)
                )
            }
            _ => String::new(),
        };
        before = Some(value);
        bars.push(Bar {
            class: key.to_owned(),
            label: label.to_owned(),
            campaign_id: None,
            value,
            width: rounded((value as f64 / most as f64 * 100.0).clamp(0.4, 100.0)),
            note,
            y,
        });
    }
    bars
}
