//! Every function that reads attempts, as it is called in these tests.

use postgres::Client;

/// The functions and what they are called with, as of `$at`. `$paused` is a paused campaign, `$baked` one with a bake.
const CALLS: [&str; 23] = [
    "triage(as_of => $at)",
    "blast_radius(as_of => $at)",
    "paused_campaigns(as_of => $at, max_rows => NULL)",
    "failed_attempts(as_of => $at, max_rows => NULL)",
    "failure_clusters(as_of => $at, max_rows => NULL)",
    "failure_cluster_members(as_of => $at)",
    "classify(as_of => $at)",
    "baseline(as_of => $at)",
    "check_unpause($paused)",
    "plan_unpause($paused)",
    "bake_status()",
    "bake_series($baked)",
    "escalations($at)",
    "incident_report(as_of => $at)",
    "settlement_violations(as_of => $at)",
    "settlement_summary(as_of => $at)",
    "reconciliation_drift(as_of => $at)",
    "probe_redeem('$hash', 1)",
    "probe_progress('$hash', 1, since => $at - interval '1 hour')",
    "gauges($at)",
    "metrics",
    "doctor()",
    "find_campaigns('$paused')",
];

/// Of what reads the clock, that which does not change within a minute.
const STEADY: [(&str, &str); 7] = [
    ("check_unpause", "position, name, passed OR name = 'traffic_observed', overridable"),
    ("plan_unpause", "campaign_id, verdict, array_remove(failed_checks, 'traffic_observed')"),
    ("bake_status", "campaign_id, state, since, until, baseline_rate"),
    ("bake_series", "sum(attempts), sum(failures), sum(applied)"),
    ("metrics", "DISTINCT name"),
    ("doctor", "level, topic"),
    ("probe_redeem", "result, reason, campaign_id"),
];

/// What is called for one database.
pub struct Subjects {
    /// The moment as of which is asked.
    pub at: String,
    pub paused: String,
    pub baked: String,
    pub hash: String,
}

impl Subjects {
    /// A paused campaign and one with a bake.
    pub fn of(db: &mut Client) -> Self {
        let one = |db: &mut Client, sql: &str| -> String { db.query_one(sql, &[]).unwrap().get(0) };
        Self {
            at: one(db, "SELECT quote_literal(now()::text) || '::timestamptz'"),
            paused: one(db, "SELECT min(id)::text FROM promo_guard.campaigns WHERE status = 'PAUSED'"),
            baked: one(db, "SELECT coalesce(min(campaign_id), 0)::text FROM promo_guard.bake"),
            hash: one(db, "SELECT min(code_hash)::text FROM promo_guard.campaigns WHERE status = 'PAUSED'"),
        }
    }

    /// The statement whose rows must be the same on every layout, for each call.
    pub fn comparable(&self) -> impl Iterator<Item = (&'static str, String)> + '_ {
        self.calls().map(|(name, call)| {
            let columns =
                STEADY.iter().find(|(steady, _)| *steady == name).map_or("*", |(_, columns)| columns);
            (name, format!("SELECT {columns} FROM {call}"))
        })
    }

    /// Every call, by its name.
    pub fn calls(&self) -> impl Iterator<Item = (&'static str, String)> + '_ {
        // A shop without a bake has no series of one.
        let without = |call: &&&str| self.baked != "0" || !call.starts_with("bake_series");
        CALLS.iter().filter(without).map(|call| {
            let name = call.split('(').next().unwrap_or(call);
            let filled = call
                .replace("$at", &self.at)
                .replace("$paused", &self.paused)
                .replace("$baked", &self.baked)
                .replace("$hash", &self.hash);
            (name, format!("promo_guard.{filled}"))
        })
    }
}
