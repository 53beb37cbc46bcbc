//! Settlement of a million redemptions.

use crate::figure::{Amount, Figure, Limit, medians};
use postgres::Client;
use promo_guard_generator::Rule;
use promo_guard_tests::scoring::settle::{Broken, healthy};
use promo_guard_tests::{Server, table};

pub const REDEMPTIONS: u32 = 1_000_000;

/// One redemption a purchase, all of the last hour, 2,000 campaigns of every kind of discount; nine in ten are credited.
pub fn settlement_data(db: &mut Client) {
    db.batch_execute(&format!(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, discount_type, discount_value, target_scope, status,
                                  valid_from, valid_until, created_at, updated_at)
         SELECT g, lpad(g::text, 64, 'a'), 'P', 'C' || g, 'PERCENT_DISCOUNT', (ARRAY['PERCENT', 'FIXED', 'FREE'])[g % 3 + 1], 10 + g % 30,
                'ALL', 'ACTIVE', '2026-01-01Z', '2027-01-01Z', '2026-01-01Z', '2026-01-01Z'
         FROM generate_series(1, 2000) AS g;
         INSERT INTO purchases
         SELECT md5('p' || g)::uuid, 1000 + g, 'star', a.base, o.off, a.base - o.off,
                CASE WHEN g % 10 = 0 THEN 'FAILED' ELSE 'CREDITED' END, c.id, a.at, a.at + interval '20 s',
                CASE WHEN g % 10 <> 0 THEN a.at + interval '30 s' END, NULL
         FROM generate_series(1, {REDEMPTIONS}) AS g
         CROSS JOIN LATERAL (SELECT 50 + g % 1000 AS base, 1 + g % 2000 AS campaign,
                                    '2026-03-01 11:00:10Z'::timestamptz + g * interval '3 ms' AS at) AS a
         JOIN promo_codes AS c ON c.id = a.campaign
         CROSS JOIN LATERAL (SELECT CASE c.discount_type WHEN 'PERCENT' THEN a.base * c.discount_value / 100
                                         WHEN 'FIXED' THEN least(a.base, c.discount_value) ELSE a.base END AS off) AS o;
         INSERT INTO promo_redemptions
         SELECT md5('r' || p.id)::uuid, c.id, p.user_id, CASE WHEN p.status = 'CREDITED' THEN 'APPLIED' ELSE 'EXPIRED' END,
                p.created_at + interval '15 min', p.id,
                jsonb_build_object('discount_type', c.discount_type, 'discount_value', c.discount_value), p.created_at, p.credited_at,
                coalesce(p.credited_at, p.created_at)
         FROM purchases AS p JOIN promo_codes AS c ON c.id = p.applied_promo_code_id;
         UPDATE promo_codes AS c SET used_total = u.n
         FROM (SELECT promo_code_id, count(*) AS n FROM promo_redemptions WHERE applied_at IS NOT NULL GROUP BY 1) AS u
         WHERE u.promo_code_id = c.id;
         INSERT INTO ledger SELECT row_number() OVER (), id, 'CREDIT', stars_amount, credited_at FROM purchases WHERE status = 'CREDITED' AND stars_amount > 0;"
    ))
    .expect("a million redemptions");
    db.batch_execute("VACUUM ANALYZE").expect("VACUUM ANALYZE");
}

/// Each rule broken a thousand times in a healthy shop, among what only looks broken.
pub fn planted(server: &Server) -> Vec<Amount> {
    let (mut db, _) = server.empty_database();
    let healthy = healthy();
    let (mut planted, mut missed, mut false_alarms) = (0, 0, 0);
    for place in 0..Rule::ALL.len() {
        let broken = Broken::of(&mut db, &healthy, place);
        planted += broken.planted;
        missed += broken.missed().len();
        false_alarms += broken.false_alarms().len();
    }
    let none = Some(Limit::AtMost(0.0));
    let of = "18 rules, 1,000 plants each";
    let amount =
        |what, value: usize, must| Amount { what, of, value: value as f64, unit: "", must, aim: must };
    vec![
        amount("settlement: defects planted", planted, None),
        amount("settlement: of these not found", missed, none),
        amount("settlement: false alarms", false_alarms, none),
    ]
}

const AS_OF: &str = "'2026-03-01 12:00Z'";

pub fn settlement(db: &mut Client) -> Vec<Figure> {
    let join = "SELECT count(*) FROM promo_redemptions AS r FULL JOIN purchases AS p ON p.id = r.applied_purchase_id";
    let window = format!(
        "{join} WHERE (r.created_at >= {AS_OF}::timestamptz - interval '1 hour' AND r.created_at <= {AS_OF})
                   OR (p.created_at >= {AS_OF}::timestamptz - interval '1 hour' AND p.created_at <= {AS_OF})"
    );
    let violations = format!("SELECT count(*) FROM promo_guard.settlement_violations(as_of => {AS_OF})");
    let summary = format!("SELECT count(*) FROM promo_guard.settlement_summary(as_of => {AS_OF})");
    let drift = format!("SELECT count(*) FROM promo_guard.reconciliation_drift(as_of => {AS_OF})");
    let small = "SELECT count(*) FROM promo_guard.settlement_violations('5 seconds', '2026-03-01 11:30Z')";
    db.batch_execute("SELECT promo_guard.bind()").expect("bind");
    let found = table(db, &violations)[0][0].clone();
    assert_eq!(found, "0", "the data are healthy");
    let [index, bare, violations, summary, drift, small] =
        medians(db, [join, window.as_str(), &violations, &summary, &drift, small]);
    db.batch_execute("SELECT promo_guard.bind(ledger => 'ledger')").expect("bind");
    let ledger = format!("SELECT count(*) FROM promo_guard.settlement_violations(as_of => {AS_OF})");
    let [with_ledger] = medians(db, [ledger.as_str()]);
    let in_window = "full join of the rows in the window";
    vec![
        Figure {
            what: "settlement_violations",
            against: in_window,
            ours: violations,
            theirs: bare,
            must: Some(2.5),
            aim: Some(1.5),
        },
        Figure {
            what: "settlement_violations",
            against: "full join of the two indexes alone",
            ours: violations,
            theirs: index,
            must: Some(2.5),
            aim: Some(1.5),
        },
        Figure {
            what: "the same with a ledger",
            against: in_window,
            ours: with_ledger,
            theirs: bare,
            must: None,
            aim: None,
        },
        Figure {
            what: "the same, 5 s of the hour",
            against: in_window,
            ours: small,
            theirs: bare,
            must: None,
            aim: None,
        },
        Figure {
            what: "settlement_summary",
            against: in_window,
            ours: summary,
            theirs: bare,
            must: None,
            aim: None,
        },
        Figure {
            what: "reconciliation_drift",
            against: in_window,
            ours: drift,
            theirs: bare,
            must: None,
            aim: None,
        },
    ]
}
