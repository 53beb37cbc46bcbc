//! Odd types, partitions, and views written by hand give the same answer as the reference schema.

use super::shop::{AS_OF, clusters, shop};
use promo_guard_tests::table;

const TRIED: &str = "
    SELECT try(repeat('2', 64), 'EXPIRED', 1, 60, '2026-03-01 11:35Z', '10 s');
    SELECT try(code(g), 'INVALID', 500, 500, '2026-03-01 11:40Z'::timestamptz + g * interval '3 s') FROM generate_series(1, 200) AS g;
    SELECT try(code(777), 'INVALID', 601, 640, '2026-03-01 11:40Z', '5 s');
    SELECT try(repeat('1', 64), 'ACCEPTED', 601, 640, '2026-03-01 11:41Z', '5 s');";

#[test]
fn whatever_types_the_application_has_the_answer_is_the_same() {
    let members =
        format!("SELECT * FROM promo_guard.failure_cluster_members(as_of => {AS_OF}) ORDER BY 1, 2, 3");
    let (mut db, _) = shop();
    db.batch_execute(TRIED).unwrap();
    let (expected, expected_members) = (clusters(&mut db), table(&mut db, &members));
    assert!(expected.len() >= 3, "{expected:?}");
    for change in [
        "ALTER TABLE promo_attempts ALTER normalized_code_hash TYPE text; ALTER TABLE promo_codes ALTER code_hash TYPE text",
        "ALTER TABLE promo_attempts ALTER normalized_code_hash TYPE varchar(80), ALTER user_id TYPE integer, ALTER result TYPE char(20)",
        "ALTER TABLE promo_attempts ALTER normalized_code_hash TYPE bytea USING decode(normalized_code_hash, 'hex');
         ALTER TABLE promo_codes ALTER code_hash TYPE bytea USING decode(code_hash, 'hex')",
        "CREATE DOMAIN digest AS char(64); ALTER TABLE promo_attempts ALTER normalized_code_hash TYPE digest",
        "CREATE TYPE answer AS ENUM ('ACCEPTED', 'INVALID', 'EXPIRED', 'NOT_APPLICABLE', 'RATE_LIMITED');
         ALTER TABLE promo_attempts DROP CONSTRAINT IF EXISTS promo_attempts_result_check, ALTER result TYPE answer USING result::answer",
        "ALTER TABLE promo_attempts ALTER attempted_at TYPE timestamp USING attempted_at AT TIME ZONE 'UTC'",
        "ALTER TABLE promo_attempts RENAME TO old; CREATE TABLE promo_attempts (LIKE old) PARTITION BY RANGE (attempted_at);
         CREATE TABLE before PARTITION OF promo_attempts FOR VALUES FROM (MINVALUE) TO ('2026-03-01 11:40Z');
         CREATE TABLE after PARTITION OF promo_attempts FOR VALUES FROM ('2026-03-01 11:40Z') TO (MAXVALUE);
         INSERT INTO promo_attempts SELECT * FROM old",
    ] {
        let (mut db, _) = shop();
        db.batch_execute(&format!("{TRIED}; SELECT promo_guard.unbind(); {change}; SELECT promo_guard.bind()"))
            .unwrap_or_else(|e| panic!("{change}: {e:?}"));
        assert_eq!(clusters(&mut db), expected, "{change}");
        assert_eq!(table(&mut db, &members), expected_members, "{change}");
    }
}

#[test]
fn a_view_written_by_hand_serves_and_what_an_application_lacks_is_not_needed() {
    let (mut db, _) = shop();
    db.batch_execute(TRIED).unwrap();
    let expected = clusters(&mut db);
    db.batch_execute(
        "DROP VIEW promo_guard.attempts;
         CREATE TABLE raw AS SELECT to_jsonb(a) AS doc FROM promo_attempts AS a;
         CREATE VIEW promo_guard.attempts AS
             SELECT (doc ->> 'id')::bigint AS id, (doc ->> 'user_id')::bigint AS user_id, doc ->> 'normalized_code_hash' AS code_hash,
                    doc ->> 'result' AS result, doc ->> 'source' AS source, (doc ->> 'attempted_at')::timestamptz AS attempted_at,
                    doc -> 'metadata' AS metadata
             FROM raw;
         ALTER TABLE raw OWNER TO shop;
         SELECT promo_guard.bind();",
    )
    .unwrap();
    assert_eq!(clusters(&mut db), expected);

    let (mut db, _) = shop();
    db.batch_execute(&format!(
        "{TRIED}; SELECT promo_guard.unbind(); ALTER TABLE promo_attempts DROP user_id; ALTER TABLE promo_codes DROP code_hash CASCADE;
         SELECT promo_guard.bind()"
    ))
    .unwrap();
    let rows = clusters(&mut db);
    assert!(rows.iter().all(|r| r[3] == "0"), "nobody is known: {rows:?}");
    assert_eq!(rows.iter().map(|r| r[2].parse::<i64>().unwrap()).sum::<i64>(), 300);
}
