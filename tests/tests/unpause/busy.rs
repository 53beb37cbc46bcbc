//! A busy shop: campaigns on which everything happens at once, and what must be true of it afterwards.

use postgres::{Client, Error};
use promo_guard_tests::{Server, table};
use std::collections::BTreeMap;

/// The campaigns that things happen to.
pub const CAMPAIGNS: i64 = 4;

/// Every risk but the guard's is taken, so that campaigns are paused and unpaused all the time.
const UNPAUSE: &str = "SELECT decision, action_id FROM promo_guard.unpause($1, 'test', '{scope_known,history_explains_pause,not_abuse,burst_over,config_converts,settlement_clean,traffic_observed}')";

/// The application's auto-pause job (DOMAIN), as its owner runs it.
const JOB: &str = "
    UPDATE promo_codes AS c SET status = 'PAUSED', updated_at = now()
    WHERE c.status = 'ACTIVE' AND c.code_hash IN (
        SELECT a.normalized_code_hash FROM promo_attempts AS a
        WHERE a.attempted_at >= now() - interval '10 min' AND a.result IN ('INVALID', 'EXPIRED', 'NOT_APPLICABLE')
        GROUP BY a.normalized_code_hash HAVING count(*) > 100 AND count(DISTINCT a.user_id) >= 2)";

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// An operator unpauses.
    Unpause,
    /// An operator pauses.
    Pause,
    /// The application's auto-pause job runs.
    Job,
    /// A redemption, with the row locks that applications take.
    Redeem,
    /// Somebody edits the limit.
    Edit,
    /// People fail in numbers, so that the job's rule holds.
    Burst,
    /// ... and it no longer does.
    Calm,
}

impl Act {
    /// Every one, what is tested most the most often.
    pub const ALL: [Self; 10] = [
        Self::Unpause,
        Self::Unpause,
        Self::Unpause,
        Self::Pause,
        Self::Job,
        Self::Job,
        Self::Redeem,
        Self::Edit,
        Self::Burst,
        Self::Calm,
    ];
}

/// What came of it.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    /// Redemptions committed, by campaign.
    pub redeemed: BTreeMap<i64, i64>,
    /// Edits committed, by campaign.
    pub edited: BTreeMap<i64, i64>,
    /// Actions of ours that were answered.
    pub actions: Vec<i64>,
    /// Decisions by their word.
    pub decisions: BTreeMap<String, u64>,
    /// Errors by their SQLSTATE.
    pub errors: BTreeMap<String, u64>,
}

impl Tally {
    /// Both together.
    pub fn add(&mut self, other: Self) {
        let sum = |into: &mut BTreeMap<i64, i64>, from: BTreeMap<i64, i64>| {
            for (key, n) in from {
                *into.entry(key).or_default() += n;
            }
        };
        sum(&mut self.redeemed, other.redeemed);
        sum(&mut self.edited, other.edited);
        self.actions.extend(other.actions);
        for (into, from) in [(&mut self.decisions, other.decisions), (&mut self.errors, other.errors)] {
            for (key, n) in from {
                *into.entry(key).or_default() += n;
            }
        }
    }
}

/// Makes the shop in a new database; gives its name.
pub fn make(server: &Server) -> String {
    let (mut db, name) = server.bound_database();
    db.batch_execute(&format!(
        "DO $$ BEGIN CREATE ROLE busy_operator LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         SELECT promo_guard.grant_operator('busy_operator');
         CREATE SEQUENCE attempt_ids; GRANT USAGE ON attempt_ids TO shop;
         INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, grant_premium_days, target_scope, status, valid_from, valid_until, max_total_uses, max_uses_per_user)
         SELECT g, lpad(g::text, 64, 'c'), 'C' || g, 'Campaign ' || g, 'PREMIUM_GRANT', 7, 'ALL', 'PAUSED', now() - interval '9 days', now() + interval '9 days', 1000000, 1000000
         FROM generate_series(1, {CAMPAIGNS}) AS g"
    ))
    .unwrap();
    name
}

/// Somebody with his connections.
pub struct Worker {
    operator: Client,
    shop: Client,
    /// What came of what he did.
    pub tally: Tally,
}

impl Worker {
    /// Connects.
    pub fn new(server: &Server, name: &str) -> Result<Self, Error> {
        let mut shop = server.try_connect_as("shop", name)?;
        shop.batch_execute("SET lock_timeout = '30s'")?;
        Ok(Self { operator: server.try_connect_as("busy_operator", name)?, shop, tally: Tally::default() })
    }

    /// Does it; an error of the server's is noted, a lost connection is given back.
    pub fn act(&mut self, act: Act, campaign: i64, pause: impl Fn()) -> Result<(), Error> {
        let done = self.try_act(act, campaign, pause);
        match done {
            Err(error) if error.as_db_error().is_some_and(|e| !e.code().code().starts_with("57P")) => {
                let code = error
                    .as_db_error()
                    .map_or_else(String::new, |e| format!("{} {}", e.code().code(), e.message()));
                *self.tally.errors.entry(code).or_default() += 1;
                Ok(())
            }
            other => other,
        }
    }

    fn try_act(&mut self, act: Act, campaign: i64, pause: impl Fn()) -> Result<(), Error> {
        match act {
            Act::Unpause | Act::Pause => {
                let sql = if act == Act::Unpause {
                    UNPAUSE
                } else {
                    "SELECT decision, action_id FROM promo_guard.pause($1, 'test')"
                };
                // Half of them within a transaction that goes on for a while.
                let row = if campaign % 2 == 0 {
                    self.operator.query_one(sql, &[&campaign])?
                } else {
                    let mut transaction = self.operator.transaction()?;
                    let row = transaction.query_one(sql, &[&campaign])?;
                    pause();
                    transaction.commit()?;
                    row
                };
                self.tally.actions.push(row.get(1));
                *self.tally.decisions.entry(row.get(0)).or_default() += 1;
            }
            Act::Job => {
                self.shop.batch_execute(JOB)?;
            }
            Act::Redeem => {
                let mut transaction = self.shop.transaction()?;
                transaction.execute("SELECT FROM promo_codes WHERE id = $1 FOR UPDATE", &[&campaign])?;
                transaction.execute(
                    "INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, created_at, applied_at, updated_at)
                     VALUES (gen_random_uuid(), $1, 1, 'APPLIED', now(), now(), now())",
                    &[&campaign],
                )?;
                pause();
                transaction.execute(
                    "UPDATE promo_codes SET used_total = used_total + 1 WHERE id = $1",
                    &[&campaign],
                )?;
                transaction.commit()?;
                *self.tally.redeemed.entry(campaign).or_default() += 1;
            }
            Act::Edit => {
                let mut transaction = self.shop.transaction()?;
                transaction.execute("UPDATE promo_codes SET max_total_uses = max_total_uses + 1, updated_at = now() WHERE id = $1", &[&campaign])?;
                pause();
                transaction.commit()?;
                *self.tally.edited.entry(campaign).or_default() += 1;
            }
            Act::Burst => {
                self.shop.execute(
                    "INSERT INTO promo_attempts SELECT nextval('attempt_ids'), g % 20, lpad($1::bigint::text, 64, 'c'), 'NOT_APPLICABLE', 'API', clock_timestamp()
                     FROM generate_series(1, 101) AS g",
                    &[&campaign],
                )?;
            }
            Act::Calm => {
                self.shop.execute(
                    "DELETE FROM promo_attempts WHERE normalized_code_hash = lpad($1::bigint::text, 64, 'c')",
                    &[&campaign],
                )?;
            }
        }
        Ok(())
    }
}

/// What must be true whatever happened: nothing lost, every transition on record once, the records agreeing with each other
/// and with the table, the chains unbroken. `exact` is false where answers may have been lost on their way (a crash): then
/// at least what was answered must be there.
pub fn check(db: &mut Client, tally: &Tally, exact: bool) {
    let nothing = |db: &mut Client, what: &str, sql: &str| {
        let rows = table(db, sql);
        assert!(rows.is_empty(), "{what}: {rows:?}");
    };
    nothing(
        db,
        "a status that is not the last on record",
        "SELECT c.id, c.status, h.to_status FROM promo_codes AS c
         JOIN LATERAL (SELECT to_status FROM promo_guard.status_history AS h WHERE h.campaign_id = c.id ORDER BY h.id DESC LIMIT 1) AS h ON true
         WHERE h.to_status <> c.status",
    );
    nothing(
        db,
        "a transition that does not go on from the one before",
        "SELECT * FROM (SELECT campaign_id, id, from_status, to_status, lag(to_status, 1, 'PAUSED') OVER (PARTITION BY campaign_id ORDER BY id) AS before
                        FROM promo_guard.status_history) AS t WHERE from_status <> before OR from_status = to_status",
    );
    nothing(
        db,
        "an action of ours that is not exactly one transition",
        "SELECT l.id, l.action, l.decision, count(h.id) FROM promo_guard.action_log AS l
         LEFT JOIN promo_guard.status_history AS h ON h.transaction_id = l.transaction_id AND h.campaign_id = l.campaign_id
              AND (h.from_status, h.to_status) = (l.before ->> 'status', l.after ->> 'status')
         WHERE l.decision IN ('UNPAUSED', 'PAUSED') GROUP BY l.id HAVING count(h.id) <> 1",
    );
    nothing(
        db,
        "a transition by an operator that is no action of ours",
        "SELECT h.* FROM promo_guard.status_history AS h
         WHERE h.actor = 'busy_operator' AND NOT EXISTS (
             SELECT FROM promo_guard.action_log AS l WHERE l.transaction_id = h.transaction_id AND l.campaign_id = h.campaign_id
               AND l.decision IN ('UNPAUSED', 'PAUSED'))",
    );
    nothing(
        db,
        "an unpause without its bake, or a bake without its unpause",
        "SELECT l.id, b.id FROM (SELECT * FROM promo_guard.action_log WHERE decision = 'UNPAUSED') AS l
         FULL JOIN promo_guard.bake AS b ON b.action_id = l.id WHERE l.id IS NULL OR b.id IS NULL",
    );
    nothing(
        db,
        "a broken chain",
        "SELECT detail FROM promo_guard.doctor() WHERE topic = 'chain' AND level <> 'ok'",
    );
    nothing(
        db,
        "uses that are lost",
        "SELECT c.id, c.used_total, count(r.id) FROM promo_codes AS c LEFT JOIN promo_redemptions AS r ON r.promo_code_id = c.id
         GROUP BY c.id HAVING c.used_total <> count(r.id)",
    );
    for row in table(db, "SELECT id, used_total, max_total_uses - 1000000 FROM promo_codes") {
        let number = |i: usize| row[i].parse::<i64>().unwrap();
        let (id, used, edits) = (number(0), number(1), number(2));
        let (redeemed, edited) =
            (tally.redeemed.get(&id).copied().unwrap_or(0), tally.edited.get(&id).copied().unwrap_or(0));
        if exact {
            assert_eq!((used, edits), (redeemed, edited), "campaign {id}");
        } else {
            assert!(used >= redeemed && edits >= edited, "campaign {id}: {used} {redeemed} {edits} {edited}");
        }
    }
    let logged: i64 = db
        .query_one("SELECT count(*) FROM promo_guard.action_log WHERE id = ANY ($1)", &[&tally.actions])
        .unwrap()
        .get(0);
    assert_eq!(logged, tally.actions.len() as i64, "an action that was answered is not on record");
}
