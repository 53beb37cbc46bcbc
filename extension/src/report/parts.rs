//! What the report is put together from: the incident as it stood, and the campaigns with all that is known of them.

use super::scope::Scope;
use crate::clusters::{self, Tried};
use crate::db;
use crate::failure::Answer;
use crate::window::{iso, micros, moment};
use pgrx::JsonB;
use pgrx::prelude::*;
use promo_guard_core::classify::Verdict;
use promo_guard_core::triage::CampaignAssessment;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A point in time.
pub type Time = TimestampWithTimeZone;

/// An incident as it stood.
pub struct Incident {
    /// Its id.
    pub id: i64,
    /// Its start, where it is known.
    pub started_at: Option<Time>,
    /// When it could be seen.
    pub detected_at: Option<Time>,
    /// When it was declared.
    pub declared_at: Time,
    /// When it was closed.
    pub closed_at: Option<Time>,
    /// As the report shows it.
    pub facts: Value,
    /// The next checkpoint, as the report shows it.
    pub next_checkpoint: Value,
}

/// The incident of this id, or the one that was open at `as_of`.
pub fn incident(id: Option<i64>, as_of: Time) -> Answer<Option<Incident>> {
    let rows = db::read(
        include_str!("../../../sql/query/report/parts/incident.sql"),
        &[id.into(), as_of.into()],
        |row| {
            let json = |column| row.get::<JsonB>(column).map(|json| json.map_or(Value::Null, |json| json.0));
            Ok(Incident {
                id: db::number(row, 1)?,
                started_at: row.get(2)?,
                detected_at: row.get(3)?,
                declared_at: row.get::<Time>(4)?.unwrap_or(as_of),
                closed_at: row.get(5)?,
                facts: json(6)?,
                next_checkpoint: json(7)?,
            })
        },
    )?;
    Ok(rows.into_iter().next())
}

/// A recorded change of a status.
pub struct Change {
    /// Whose.
    pub campaign: i64,
    /// Whether it was a pause; else it was the end of one.
    pub paused: bool,
    /// When.
    pub at: Option<Time>,
    /// The status then.
    pub to: Option<String>,
    /// By whom.
    pub by: String,
    /// Whether an action of promo_guard did it.
    pub ours: bool,
}

/// An action of promo_guard.
pub struct Action {
    /// When.
    pub at: Option<Time>,
    /// The function.
    pub action: String,
    /// The campaign.
    pub campaign: Option<i64>,
    /// What came of it.
    pub decision: String,
    /// As the report shows it.
    pub facts: Value,
}

/// The campaigns of the report, with all that is known of them.
pub struct Campaigns {
    /// Those that are paused, fail or have a finding.
    pub assessed: BTreeMap<i64, CampaignAssessment>,
    /// Recorded changes in the window.
    pub changes: Vec<Change>,
    /// Actions of the incident.
    pub actions: Vec<Action>,
    affected: Vec<Value>,
}

impl Campaigns {
    /// Looks it all up.
    pub fn look(
        scope: &Scope,
        incident: Option<&Incident>,
        assessed: Vec<CampaignAssessment>,
    ) -> Answer<Self> {
        let changes = db::read(
            include_str!("../../../sql/query/report/parts/changes.sql"),
            &[scope.start.into(), scope.until.into()],
            |row| {
                let actor = db::text(row, 5)?;
                Ok(Change {
                    campaign: db::number(row, 1)?,
                    paused: db::flag(row, 2)?,
                    at: row.get(3)?,
                    to: row.get(4)?,
                    by: row.get::<String>(6)?.map_or_else(|| actor.clone(), |app| format!("{actor} ({app})")),
                    ours: db::flag(row, 7)?,
                })
            },
        )?;
        let actions = db::read(
            include_str!("../../../sql/query/report/parts/actions.sql"),
            &[
                incident.map(|i| i.id).into(),
                scope.start.into(),
                incident.map(|i| i.declared_at).into(),
                scope.until.into(),
            ],
            |row| {
                Ok(Action {
                    at: row.get(2)?,
                    action: db::text(row, 3)?,
                    campaign: row.get(4)?,
                    decision: db::text(row, 5)?,
                    facts: row.get::<JsonB>(6)?.map_or(Value::Null, |json| json.0),
                })
            },
        )?;
        let mut campaigns = Self {
            assessed: assessed.into_iter().map(|c| (c.id, c)).collect(),
            changes,
            actions,
            affected: Vec::new(),
        };
        campaigns.affected = campaigns.list(scope)?;
        Ok(campaigns)
    }

    /// Every campaign that the incident touched, and why it is among them.
    fn list(&self, scope: &Scope) -> Answer<Vec<Value>> {
        let mut why: BTreeMap<i64, BTreeSet<&'static str>> = BTreeMap::new();
        let mut add = |id: i64, reason| why.entry(id).or_default().insert(reason);
        let window = micros(scope.start)..=micros(scope.until);
        for (id, campaign) in &self.assessed {
            let paused_at = campaign.pause.as_ref().and_then(|pause| pause.at);
            if paused_at.is_some_and(|at| window.contains(&at)) {
                add(*id, "paused");
            }
        }
        for change in &self.changes {
            add(change.campaign, if change.paused { "paused" } else { "unpaused" });
        }
        for action in self.actions.iter().filter(|a| a.decision != "REFUSED") {
            action.campaign.map(|id| add(id, "action"));
        }
        for (id, campaign) in &self.assessed {
            if !matches!(campaign.judgement.verdict, Verdict::Healthy | Verdict::Inconclusive) {
                add(*id, "verdict");
            }
        }
        // Of those that have been unpaused, and did not fail, the row alone is wanted.
        let others: Vec<i64> = why.keys().filter(|id| !self.assessed.contains_key(id)).copied().collect();
        let others: BTreeMap<i64, Tried> = clusters::by_id(&scope.reading.app, others, false)?
            .into_iter()
            .filter_map(|row| Some((row.id?, row)))
            .collect();
        let mut listed = Vec::new();
        for (id, why) in &why {
            let assessed = self.assessed.get(id);
            let other = others.get(id);
            if assessed.is_none() && other.is_none() {
                continue;
            }
            let pause = assessed.and_then(|c| c.pause.as_ref());
            let stats = assessed.map(|c| c.stats).unwrap_or_default();
            let facts = json!({
                "campaign_id": id.to_string(),
                "campaign_name": assessed.map_or_else(|| other.and_then(|c| c.name.clone()), |c| c.name.clone()),
                "status": assessed.map_or_else(|| other.and_then(|c| c.status.clone()), |c| Some(c.status.clone())),
                "why": why,
                "paused_at": iso(pause.and_then(|p| p.at).map(moment)),
                "paused_at_source": pause.map(|p| p.source.name()),
                "verdict": assessed.map(|c| c.judgement.verdict.name()),
                "failed_attempts": stats.failed,
                "failing_users": stats.failing_users,
            });
            listed.push((stats.failed, *id, facts));
        }
        listed.sort_by_key(|(failed, id, _)| (std::cmp::Reverse(*failed), *id));
        Ok(listed.into_iter().map(|(.., facts)| facts).collect())
    }

    /// The campaigns and their number.
    pub fn affected(&self) -> Value {
        json!({ "count": self.affected.len(), "campaigns": self.affected })
    }

    /// Whether a campaign is among them.
    pub fn is_affected(&self, id: i64) -> bool {
        let id = id.to_string();
        self.affected.iter().any(|campaign| campaign["campaign_id"] == id.as_str())
    }

    /// What was done: the whole log, and the ids that the runbook asks for.
    pub fn actions(&self) -> Value {
        let of = |decisions: &[&str]| {
            let ids = self.actions.iter().filter(|a| decisions.contains(&a.decision.as_str()));
            let mut seen = BTreeSet::new();
            ids.filter_map(|a| a.campaign)
                .filter(|id| seen.insert(*id))
                .map(|id| id.to_string())
                .collect::<Vec<_>>()
        };
        // A batch is one action without a campaign of its own; which campaigns they were stands in the rotation.
        let rotated =
            self.actions.iter().flat_map(|a| a.facts["rotated"].as_array().cloned().unwrap_or_default());
        let rotated: Vec<_> = rotated.collect();
        json!({
            "paused": of(&["PAUSED"]),
            "unpaused": of(&["UNPAUSED"]),
            "rotated": rotated,
            "fixed": of(&["FIXED"]),
            "refused": self.actions.iter().filter(|a| a.decision == "REFUSED").count(),
            "log": self.actions.iter().map(|a| a.facts.clone()).collect::<Vec<_>>(),
        })
    }

    /// The verdicts on campaigns that are affected or stand out, the gravest first as classify() has them.
    pub fn verdicts(&self) -> Value {
        let shown = self
            .assessed
            .values()
            .filter(|c| c.judgement.verdict != Verdict::Healthy || self.is_affected(c.id));
        let mut shown: Vec<_> = shown
            .map(|c| {
                let judgement = &c.judgement;
                let facts = json!({
                    "campaign_id": c.id.to_string(), "campaign_name": c.name, "status": c.status,
                    "verdict": judgement.verdict.name(), "confidence": judgement.rounded(), "action": judgement.action,
                    "reasons": judgement.reasons,
                });
                (judgement.verdict, c.id, facts)
            })
            .collect();
        shown.sort_by_key(|(verdict, id, _)| (*verdict, *id));
        Value::Array(shown.into_iter().map(|(.., facts)| facts).collect())
    }
}

/// A line of the timeline.
pub fn line(at: Time, kind: &str, campaign: Option<i64>, what: &str, known: &str) -> (i64, Value) {
    let mut facts = Map::new();
    facts.insert("at".into(), iso(Some(at)));
    facts.insert("kind".into(), kind.into());
    facts.insert("campaign_id".into(), campaign.map(|id| id.to_string()).into());
    facts.insert("what".into(), what.into());
    facts.insert("known_from".into(), known.into());
    (micros(at), Value::Object(facts))
}
