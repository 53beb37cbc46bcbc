//! Puts a generated shop with habits into a database: the reference tables, and our own records as far as the shop has any. All times
//! move, so that the shop's last moment is now.

use postgres::Client;
use promo_guard_habits::rows::{Actor, Answer, Deed, Held, Purchase, Reason, Shop, Source, Status};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;

/// The tables of the reference schema, and a column for devices.
const SCHEMA: &str = include_str!("../../sql/reference/schema.sql");
const INDEXES: &str = include_str!("../../sql/reference/indexes.sql");

const fn status(status: Status) -> &'static str {
    match status {
        Status::Active => "ACTIVE",
        Status::Paused => "PAUSED",
        Status::Expired => "EXPIRED",
        Status::Depleted => "DEPLETED",
    }
}

fn actor(by: Actor) -> (&'static str, String) {
    match by {
        Actor::Guard => ("app", "guard".to_owned()),
        Actor::Job => ("app", "job".to_owned()),
        Actor::Person(n) => ("person", format!("psql {n}")),
    }
}

/// Fills an empty database and binds it.
///
/// # Panics
/// Where the server refuses anything.
pub fn load(db: &mut Client, shop: &Shop) {
    db.batch_execute("SET TimeZone = 'UTC'").unwrap();
    db.batch_execute(SCHEMA).unwrap();
    db.batch_execute("ALTER TABLE promo_attempts ADD device bigint").unwrap();
    // Microseconds since 2000-01-01, as the shop counts.
    let now: i64 = db
        .query_one(
            "SELECT (extract(epoch FROM clock_timestamp() - '2000-01-01Z'::timestamptz) * 1000000)::bigint",
            &[],
        )
        .unwrap()
        .get(0);
    let later = now - shop.end;
    let at = |moment: i64| {
        let moment = moment + later;
        chrono::DateTime::from_timestamp_micros(moment + 946_684_800_000_000).unwrap().to_rfc3339()
    };
    let copy = |db: &mut Client, into: &str, rows: &str| {
        let mut to = db.copy_in(&format!("COPY {into} FROM STDIN")).unwrap();
        to.write_all(rows.as_bytes()).unwrap();
        to.finish().unwrap();
    };
    let null = |value: Option<String>| value.unwrap_or_else(|| "\\N".to_owned());

    let mut rows = String::new();
    for c in &shop.campaigns {
        writeln!(
            rows,
            "{}\t{:064x}\tCODE\t{}\tPERCENT_DISCOUNT\tPERCENT\t20\t20\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            c.id,
            c.code,
            c.name,
            c.scope,
            status(c.status),
            at(c.valid_from),
            at(c.valid_until),
            null(c.max_total_uses.map(|n| n.to_string())),
            c.used_total,
            c.max_uses_per_user,
            c.new_users_only,
            c.first_purchase_only,
            at(c.created_at),
            at(c.updated_at)
        )
        .unwrap();
    }
    copy(
        db,
        "promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, discount_type, discount_value, discount_percent, target_scope,
                      status, valid_from, valid_until, max_total_uses, used_total, max_uses_per_user, new_users_only, first_purchase_only,
                      created_at, updated_at)",
        &rows,
    );

    rows.clear();
    for (id, a) in (1..).zip(&shop.attempts) {
        let answer = match a.answer {
            Answer::Accepted => "ACCEPTED",
            Answer::Invalid => "INVALID",
            Answer::Expired => "EXPIRED",
            Answer::NotApplicable => "NOT_APPLICABLE",
            Answer::RateLimited => "RATE_LIMITED",
        };
        let source = match a.source {
            Source::Command => "COMMAND",
            Source::Button => "BUTTON",
            Source::Api => "API",
        };
        let reason = a.reason.map_or("{}", |reason| match reason {
            Reason::AlreadyUsed => r#"{"reason": "ALREADY_USED"}"#,
            Reason::Depleted => r#"{"reason": "DEPLETED"}"#,
            Reason::NewUsersOnly => r#"{"reason": "NEW_USERS_ONLY"}"#,
            Reason::FirstPurchaseOnly => r#"{"reason": "FIRST_PURCHASE_ONLY"}"#,
        });
        let device = null(a.client.map(|client| client.cast_signed().to_string()));
        writeln!(
            rows,
            "{id}\t{}\t{:064x}\t{answer}\t{source}\t{}\t{reason}\t{device}",
            a.user,
            a.code,
            at(a.at)
        )
        .unwrap();
    }
    copy(
        db,
        "promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at, metadata, device)",
        &rows,
    );

    let uuid = |kind: u32, n: usize| format!("{kind:08x}-0000-4000-8000-{n:012x}");
    rows.clear();
    let mut bought: HashMap<(usize, i64, i64), usize> = HashMap::new();
    for (n, p) in shop.purchases.iter().enumerate() {
        let Purchase { user, campaign, product, created_at, refunded_at } = *p;
        if let Some(campaign) = campaign {
            bought.insert((campaign, user, created_at), n);
        }
        let discount = if campaign.is_some() { 20 } else { 0 };
        writeln!(
            rows,
            "{}\t{user}\t{product}\t100\t{discount}\t{}\t{}\t{}\t{created}\t{created}\t{created}\t{}",
            uuid(1, n),
            100 - discount,
            if refunded_at.is_some() { "REFUNDED" } else { "CREDITED" },
            null(campaign.map(|place| shop.campaigns[place].id.to_string())),
            null(refunded_at.map(at)),
            created = at(created_at)
        )
        .unwrap();
    }
    copy(
        db,
        "purchases (id, user_id, product_code, base_stars_amount, discount_stars_amount, stars_amount, status, applied_promo_code_id,
                    created_at, paid_at, credited_at, refunded_at)",
        &rows,
    );

    rows.clear();
    for (n, r) in shop.redemptions.iter().enumerate() {
        let held = match r.status {
            Held::Reserved => "RESERVED",
            Held::Applied => "APPLIED",
            Held::Lapsed => "EXPIRED",
            Held::Revoked => "REVOKED",
        };
        let purchase = r.applied_at.and_then(|applied| bought.get(&(r.campaign, r.user, applied)));
        writeln!(
            rows,
            "{}\t{}\t{}\t{held}\t{}\t{}\t{{\"discount_type\": \"PERCENT\", \"discount_value\": 20}}\t{}\t{}\t{}",
            uuid(2, n),
            shop.campaigns[r.campaign].id,
            r.user,
            if r.status == Held::Reserved { at(shop.end + 600_000_000) } else { "\\N".to_owned() },
            null(purchase.map(|n| uuid(1, *n))),
            at(r.created_at),
            null(r.applied_at.map(at)),
            at(r.applied_at.unwrap_or(r.created_at))
        )
        .unwrap();
    }
    copy(
        db,
        "promo_redemptions (id, promo_code_id, user_id, status, reserved_until, applied_purchase_id, validation_snapshot, created_at,
                            applied_at, updated_at)",
        &rows,
    );
    db.batch_execute(INDEXES).unwrap();
    db.batch_execute("ANALYZE; CREATE EXTENSION promo_guard").unwrap();
    let clients = shop.attempts.iter().any(|a| a.client.is_some());
    let columns = if clients { r#"{"attempts": {"client": "device"}}"# } else { "{}" };
    db.batch_execute(&format!("SELECT promo_guard.bind(columns => '{columns}')")).unwrap();
    records(db, shop, &at);
}

/// The status history, where it is attached, and what was done through us.
fn records(db: &mut Client, shop: &Shop, at: &dyn Fn(i64) -> String) {
    if shop.history {
        db.batch_execute("SELECT promo_guard.attach_history(); DELETE FROM promo_guard.status_history")
            .unwrap();
        db.batch_execute(&format!(
            "UPDATE promo_guard.action_log SET at = '{}' WHERE action = 'attach_history'",
            at(shop.begin)
        ))
        .unwrap();
        let mut before: HashMap<usize, Status> = HashMap::new();
        for change in &shop.changes {
            let from = before.insert(change.campaign, change.to).unwrap_or(Status::Active);
            let (role, application) = actor(change.by);
            db.execute(
                &format!(
                    "INSERT INTO promo_guard.status_history (campaign_id, from_status, to_status, at, actor, application_name, transaction_id)
                     VALUES ($1, '{}', '{}', '{}', '{role}', '{application}', '0')",
                    status(from),
                    status(change.to),
                    at(change.at)
                ),
                &[&shop.campaigns[change.campaign].id],
            )
            .unwrap();
        }
    }
    for action in &shop.actions {
        let id = shop.campaigns[action.campaign].id;
        let moment = at(action.at);
        match &action.what {
            Deed::Announce(from, until) => {
                let call = format!(
                    "SELECT promo_guard.announce({id}, '{}', '{}', 'planned')",
                    at(*from),
                    at(*until)
                );
                db.batch_execute(&call).unwrap();
            }
            Deed::Pause(reason) => {
                db.execute(
                    &format!(
                        "INSERT INTO promo_guard.action_log (at, action, campaign_id, decision, actor, reason, transaction_id, after, hash)
                         VALUES ('{moment}', 'pause', {id}, 'PAUSED', 'person', $1, '0', '{{\"status\": \"PAUSED\"}}', '')"
                    ),
                    &[reason],
                )
                .unwrap();
            }
            Deed::Rotated | Deed::Successor => {}
        }
    }
    // A successor follows the code that it replaces.
    let of = |what: Deed| shop.actions.iter().filter(move |action| action.what == what);
    for (old, new) in of(Deed::Rotated).zip(of(Deed::Successor)) {
        let (old, moment) = (shop.campaigns[old.campaign].id, at(old.at));
        let new = shop.campaigns[new.campaign].id;
        db.batch_execute(&format!(
            "WITH action AS (
                 INSERT INTO promo_guard.action_log (at, action, campaign_id, decision, actor, reason, transaction_id, after, hash)
                 VALUES ('{moment}', 'rotate', {old}, 'DONE', 'person', 'leaked', '0', '{{\"status\": \"PAUSED\"}}', '') RETURNING id)
             INSERT INTO promo_guard.rotation SELECT {old}, {new}, '{moment}', id FROM action"
        ))
        .unwrap();
    }
}
