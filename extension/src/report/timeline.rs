//! The timeline: the incident's own times, every pause and unpause, and the actions of promo_guard.

use super::parts::{Campaigns, Incident, line};
use super::scope::Scope;
use crate::window::moment;
use promo_guard_core::triage::Source;
use serde_json::Value;

/// Lines in order of time.
pub struct Timeline;

impl Timeline {
    /// Every line up to the end of the window.
    pub fn of(scope: &Scope, incident: Option<&Incident>, campaigns: &Campaigns) -> Value {
        let mut lines = Vec::new();
        if let Some(incident) = incident {
            let source = |key: &str| incident.facts[key].as_str().unwrap_or("unknown").to_owned();
            if let Some(at) = incident.started_at {
                lines.push(line(at, "start", None, "The incident began.", &source("started_at_source")));
            }
            // A detection that is only the declaration is no line of its own.
            let detected = source("detected_at_source");
            if let Some(at) = incident.detected_at.filter(|_| detected != "declared") {
                lines.push(line(at, "detected", None, "The first pause could be seen.", &detected));
            }
        }
        for change in &campaigns.changes {
            let Some(at) = change.at else { continue };
            // What we did ourselves stands among the actions.
            if !change.ours {
                let (kind, what) = if change.paused {
                    ("paused", format!("Paused by {}.", change.by))
                } else {
                    let to = change.to.as_deref().unwrap_or("null");
                    (
                        "unpaused",
                        format!("Changed from PAUSED to {to} by {}, outside promo_guard.", change.by),
                    )
                };
                lines.push(line(at, kind, Some(change.campaign), &what, "history"));
            }
        }
        for (id, campaign) in &campaigns.assessed {
            let Some(pause) = &campaign.pause else { continue };
            if let Some(at) = pause.at.map(moment)
                && pause.source != Source::History
                && campaigns.is_affected(*id)
                && at <= scope.until
            {
                let by = pause.by().map_or_else(String::new, |by| format!(" by {by}"));
                let what = match pause.source {
                    Source::Estimated => format!("Paused{by}; it may have been earlier."),
                    _ => format!("Paused{by}."),
                };
                lines.push(line(at, "paused", Some(*id), &what, pause.source.name()));
            }
        }
        for action in &campaigns.actions {
            let Some(at) = action.at else { continue };
            let reason = action.facts["reason"].as_str().map_or_else(String::new, |r| format!(": {r}"));
            let actor = action.facts["actor"].as_str().unwrap_or_default();
            let (kind, what) = match action.action.as_str() {
                "open_incident" => ("declared", format!("Declared by {actor}{reason}")),
                "checkpoint" => ("checkpoint", format!("Checkpoint by {actor}{reason}")),
                "close_incident" => ("closed", format!("Closed by {actor}{reason}")),
                other => {
                    let kind = match action.decision.as_str() {
                        "PAUSED" => "paused",
                        "UNPAUSED" => "unpaused",
                        _ => "action",
                    };
                    (kind, format!("{other}: {} by {actor}{reason}", action.decision))
                }
            };
            lines.push(line(at, kind, action.campaign, &what, "action log"));
        }
        lines.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.to_string().cmp(&b.1.to_string())));
        Value::Array(lines.into_iter().map(|(_, line)| line).collect())
    }
}
