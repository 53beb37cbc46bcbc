//! What each check finds in tables.

use super::shop::{failed, shop};
use promo_guard_tests::table;

#[test]
fn a_clean_campaign_passes_every_check() {
    let (mut db, _) = shop();
    assert_eq!(failed(&mut db, 7), []);
    let checks = "SELECT count(*), count(DISTINCT position), bool_and(passed AND NOT blocking), bool_and(evidence IS NOT NULL AND detail LIKE '%.') FROM promo_guard.check_unpause(7)";
    assert_eq!(table(&mut db, checks), [["12", "12", "t", "t"]]);
    let plan = table(
        &mut db,
        "SELECT allowed, verdict, failed_checks, length(fingerprint), retry_after FROM promo_guard.plan_unpause(7)",
    );
    assert_eq!(plan, [["t", "FALSE_POSITIVE", "{}", "64", "∅"]]);
}

#[test]
fn settlement_counts_what_settlement_violations_lists_of_that_campaign_and_of_no_other() {
    let (mut db, _) = shop();
    db.batch_execute(
        "SELECT promo_guard.bind(ledger => 'ledger'); DELETE FROM promo_redemptions;
         ALTER TABLE promo_redemptions DROP CONSTRAINT promo_redemptions_applied_purchase_id_fkey;
         UPDATE promo_codes SET promo_type = 'PERCENT_DISCOUNT', discount_type = 'PERCENT', discount_value = 20, max_total_uses = 1000,
                                used_total = 7, status = 'PAUSED', updated_at = now() - interval '30 min' WHERE id IN (7, 8);
         CREATE FUNCTION purchase(campaign bigint, n bigint, buyer bigint, discount integer, state text) RETURNS uuid LANGUAGE sql AS $$
             INSERT INTO purchases VALUES (md5(campaign || 'p' || n)::uuid, buyer, 'star', 100, discount, 100 - discount, state, campaign,
                                           now() - interval '20 min', now() - interval '19 min', now() - interval '19 min', NULL) RETURNING id $$;
         CREATE FUNCTION redemption(campaign bigint, buyer bigint, state text, purchase uuid) RETURNS void LANGUAGE sql AS $$
             INSERT INTO promo_redemptions VALUES (gen_random_uuid(), campaign, buyer, state, now() - interval '15 min', purchase,
                 '{\"discount_type\": \"PERCENT\", \"discount_value\": 20}', now() - interval '20 min',
                 CASE WHEN state = 'APPLIED' THEN now() - interval '19 min' END, now() - interval '15 min') $$;
         -- per campaign: 3 wrong discounts, 2 without any, 4 applied to nobody's purchase, 2 that point nowhere, 1 of somebody else,
         -- 3 credited and never applied, 2 reservations overdue, and one purchase whose discount nobody redeemed
         SELECT redemption(c, 1000 + g, 'APPLIED', purchase(c, g, 1000 + g, 30, 'CREDITED')) FROM generate_series(1, 3) AS g, unnest('{7,8}'::bigint[]) AS c;
         SELECT redemption(c, 1000 + g, 'APPLIED', purchase(c, g, 1000 + g, 0, 'CREDITED')) FROM generate_series(11, 12) AS g, unnest('{7,8}'::bigint[]) AS c;
         SELECT redemption(c, 5, 'APPLIED', NULL) FROM generate_series(1, 4), unnest('{7,8}'::bigint[]) AS c;
         SELECT redemption(c, 1020 + g, 'APPLIED', gen_random_uuid()) FROM generate_series(1, 2) AS g, unnest('{7,8}'::bigint[]) AS c;
         SELECT redemption(c, 6, 'APPLIED', purchase(c, 30, 1030, 20, 'CREDITED')) FROM unnest('{7,8}'::bigint[]) AS c;
         SELECT redemption(c, 1000 + g, 'RESERVED', purchase(c, g, 1000 + g, 20, 'CREDITED')) FROM generate_series(41, 43) AS g, unnest('{7,8}'::bigint[]) AS c;
         SELECT redemption(c, 1000 + g, 'RESERVED', NULL) FROM generate_series(51, 52) AS g, unnest('{7,8}'::bigint[]) AS c;
         SELECT purchase(c, 60, 1060, 20, 'CREDITED') FROM unnest('{7,8}'::bigint[]) AS c;
         -- one whose two sides name different campaigns is found from either side
         SELECT redemption(7, 1070, 'APPLIED', purchase(8, 70, 1070, 20, 'CREDITED'))",
    )
    .unwrap();
    for id in [7, 8] {
        let listed = table(
            &mut db,
            &format!(
                "SELECT coalesce(jsonb_object_agg(rule, n) FILTER (WHERE severity = 'critical'), '{{}}'),
                        coalesce(jsonb_object_agg(rule, n) FILTER (WHERE severity = 'warning'), '{{}}'), count(*)
                 FROM (SELECT rule, severity, count(*) AS n FROM promo_guard.settlement_violations('100 min', campaign_id => {id}) GROUP BY 1, 2) AS v"
            ),
        );
        let counted = table(
            &mut db,
            &format!(
                "SELECT evidence -> 'critical', evidence -> 'warnings' FROM promo_guard.check_unpause({id}) WHERE name = 'settlement_clean'"
            ),
        );
        assert_eq!(counted[0][..2], listed[0][..2]);
        assert!(listed[0][2].parse::<u32>().unwrap() >= 9, "many rules have something to say: {listed:?}");
    }
}

#[test]
fn a_silence_is_measured_by_the_same_times_of_earlier_days() {
    let (mut db, _) = shop();
    let silent = "SELECT passed, (evidence ->> 'expected')::numeric FROM promo_guard.check_unpause(7) WHERE name = 'traffic_observed'";
    let since = |minutes: u32| {
        format!("DELETE FROM promo_attempts WHERE attempted_at > now() - interval '{minutes} min'")
    };
    // Campaign 1 was asked for every three minutes, 10 to 1.6 days ago; 2 every minute in the last 20 hours. An hour of silence:
    db.batch_execute(&since(60)).unwrap();
    let answer = table(&mut db, silent);
    let expected: f64 = answer[0][1].parse().unwrap();
    // ... 20 an hour on six of the seven days before, and none on the last: the median.
    assert!(answer[0][0] == "f" && (19.0..=21.0).contains(&expected), "{answer:?}");
    // At this time of the day nobody ever came.
    for day in 1..=10 {
        db.batch_execute(&format!(
            "DELETE FROM promo_attempts WHERE attempted_at BETWEEN now() - interval '{day} days 61 min' AND now() - interval '{day} days -1 min'"
        ))
        .unwrap();
    }
    assert_eq!(table(&mut db, silent), [["t", "0.0"]]);
    // Silent for longer than a day: by the rate of all that came.
    db.batch_execute(&since(2000)).unwrap();
    let answer = table(&mut db, silent);
    assert!(answer[0][0] == "f" && answer[0][1].parse::<f64>().unwrap() > 100.0, "{answer:?}");
}
