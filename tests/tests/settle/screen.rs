//! Only doubtful rows are joined, where ids can be hashed: the answer is the same as where they cannot, and as where one
//! campaign is asked about by its indexes.

use promo_guard_generator::{Config, Micros, Rule, add_pending_look_alikes, generate, plant};
use promo_guard_tests::load::{LoadOptions, load};
use promo_guard_tests::{server, table};
use std::collections::BTreeSet;

const END: Micros = Micros(1_772_414_400_000_000); // 2026-03-02 01:20 UTC

#[test]
fn what_is_found_by_tokens_is_what_is_found_by_joining_everything() {
    let mut data = generate(&Config::settlement(23, END, 6_000));
    add_pending_look_alikes(&mut data, 20, 3);
    for (i, rule) in Rule::ALL.iter().enumerate() {
        plant(&mut data, *rule, 30, i as u64);
    }
    let (mut db, _) = server().empty_database();
    load(&mut db, &data, &LoadOptions::default().without_foreign_keys()).unwrap();
    // Campaigns edited since, users who are not known, several redemptions of one purchase: nothing that hashes alike.
    db.batch_execute(
        "UPDATE promo_codes SET discount_value = discount_value + 1 WHERE id % 5 = 0 AND discount_value < 90;
         ALTER TABLE promo_redemptions ALTER user_id DROP NOT NULL;
         ALTER TABLE promo_redemptions DROP CONSTRAINT IF EXISTS promo_redemptions_applied_purchase_id_key;
         DROP INDEX IF EXISTS promo_redemptions_applied_purchase_id_key;
         UPDATE promo_redemptions SET user_id = NULL WHERE id::text LIKE 'a%';
         INSERT INTO promo_redemptions
         SELECT gen_random_uuid(), promo_code_id, user_id + g, status, reserved_until, applied_purchase_id, validation_snapshot,
                created_at, applied_at, updated_at
         FROM promo_redemptions, generate_series(0, 1) AS g WHERE id::text LIKE 'b%' AND applied_purchase_id IS NOT NULL;
         ANALYZE; CREATE EXTENSION promo_guard; SELECT promo_guard.bind(ledger => 'ledger')",
    )
    .unwrap();
    let campaigns = table(&mut db, "SELECT id FROM promo_codes ORDER BY md5(id::text) LIMIT 8");
    let windows = ["60 days", "2 days", "90 minutes"];
    let ask = |db: &mut postgres::Client, lookback: &str, campaign: &str| {
        table(
            db,
            &format!(
                "SELECT v::text, v.campaign_id FROM promo_guard.settlement_violations('{lookback}', to_timestamp({}), {campaign}) AS v",
                END.0 / 1_000_000
            ),
        )
    };
    let summarise = |db: &mut postgres::Client, lookback: &str| {
        table(
            db,
            &format!(
                "SELECT * FROM promo_guard.settlement_summary('{lookback}', to_timestamp({}))",
                END.0 / 1_000_000
            ),
        )
    };
    let mut by_tokens = Vec::new();
    for lookback in windows {
        by_tokens.push((ask(&mut db, lookback, "NULL"), summarise(&mut db, lookback)));
    }
    assert!(by_tokens[0].0.len() > 500, "{}", by_tokens[0].0.len());
    for (lookback, (all, _)) in windows.iter().zip(&by_tokens) {
        let all_lines: BTreeSet<_> = all.iter().map(|row| row[0].clone()).collect();
        for campaign in &campaigns {
            let one: BTreeSet<_> =
                ask(&mut db, lookback, &campaign[0]).into_iter().map(|row| row[0].clone()).collect();
            let expected: BTreeSet<_> =
                all.iter().filter(|row| row[1] == campaign[0]).map(|row| row[0].clone()).collect();
            assert!(one.is_superset(&expected), "{lookback}: {:?}", expected.difference(&one));
            assert!(one.is_subset(&all_lines), "{lookback}: {:?}", one.difference(&all_lines));
        }
    }

    // blanks at the end do not tell char(n) apart, so such ids are not hashed
    db.batch_execute(
        "SELECT promo_guard.unbind();
         ALTER TABLE promo_redemptions ALTER applied_purchase_id TYPE char(36); ALTER TABLE purchases ALTER id TYPE char(36);
         ALTER TABLE ledger ALTER purchase_id TYPE char(36); ANALYZE; SELECT promo_guard.bind(ledger => 'ledger')",
    )
    .unwrap();
    for (lookback, by_tokens) in windows.iter().zip(by_tokens) {
        assert_eq!(ask(&mut db, lookback, "NULL"), by_tokens.0, "{lookback}");
        assert_eq!(summarise(&mut db, lookback), by_tokens.1, "{lookback}");
    }
}
