//! The evidence is written as PostgreSQL stores jsonb: it must be what PostgreSQL itself makes of its text.

use super::shop::{AS_OF, attempts, campaign, hiccup, set, shop, taken};
use promo_guard_tests::table;

#[test]
fn the_evidence_is_the_jsonb_that_its_text_makes() {
    let mut db = shop();
    campaign(&mut db, 7, "'ACTIVE'");
    taken(&mut db, 7, "2026-03-01 05:00Z", "1 min", "1 + g % 400", 360, "APPLIED");
    hiccup(&mut db, 7);
    campaign(&mut db, 8, "'ACTIVE'");
    taken(&mut db, 8, "2026-03-01 11:32Z", "2 s", "9000 + g", 150, "APPLIED");
    attempts(
        &mut db,
        8,
        "2026-03-01 11:40Z",
        "1 s",
        "9000 + g % 150",
        300,
        "'NOT_APPLICABLE'",
        "'ALREADY_USED'",
    );
    campaign(&mut db, 9, "'ACTIVE'");
    set(&mut db, 9, r#"target_scope = E'a "scope" of \\ its own, Größe ' || chr(9) || chr(128640)"#);
    taken(&mut db, 9, "2026-03-01 11:40Z", "3 s", "1 + g % 400", 100, "RESERVED");
    for lookback in ["30 min", "7 days", "1 s"] {
        let rows = table(
            &mut db,
            &format!(
                "SELECT count(*), count(*) FILTER (WHERE
                            evidence = evidence::text::jsonb AND evidence::text = evidence::text::jsonb::text
                        AND jsonb_hash_extended(evidence, 1) = jsonb_hash_extended(evidence::text::jsonb, 1)
                        AND pg_column_size(evidence) = pg_column_size(evidence::text::jsonb)
                        AND evidence @> evidence::text::jsonb
                        AND evidence #>> '{{failures_before_pause,rate_limited}}' = '0'
                        AND (SELECT sum(length(v)) FROM jsonb_each_text(evidence -> 'users') AS e (k, v) WHERE evidence -> 'users' ->> k = v) > 0)
                 FROM promo_guard.classify('{lookback}', '{AS_OF}')"
            ),
        );
        assert_eq!(rows[0][0], rows[0][1], "{lookback}");
        assert_ne!(rows[0][0], "0", "{lookback}");
    }
    // The words of others are kept as they are.
    campaign(&mut db, 10, "'ACTIVE'");
    db.batch_execute(r#"SELECT promo_guard.pause(10, E'a "reason" of \\ its own, Größe ' || chr(128640))"#)
        .unwrap();
    let reason = table(
        &mut db,
        "SELECT evidence #>> '{pause,reason}' = E'a \"reason\" of \\\\ its own, Größe ' || chr(128640)
         FROM promo_guard.classify() WHERE campaign_id = 10",
    );
    assert_eq!(reason, [["t"]]);
}
