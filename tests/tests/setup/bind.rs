//! Whatever the application's tables are called and however they are typed, the answers are the same.

use postgres::Client;
use promo_guard_tests::{server, table};

/// A small incident: a campaign paused under a burst, an active one, an unknown code; the same whatever the tables.
const DATA: &str = "
    INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until,
                             max_total_uses, used_total, updated_at)
    SELECT g, lpad(g::text, 64, 'a'), 'P' || g, 'Campaign ' || g, 'PERCENT_DISCOUNT', 'ALL',
           CASE g WHEN 1 THEN 'PAUSED' ELSE 'ACTIVE' END, '2026-01-01Z', '2027-01-01Z', NULL, 0, '2026-03-01 12:05Z'
    FROM generate_series(1, 3) AS g;
    INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
    SELECT g, g % 7, lpad(CASE WHEN g % 10 = 0 THEN '9' ELSE '1' END, 64, 'a'),
           CASE WHEN g % 10 = 0 THEN 'INVALID' WHEN g % 3 = 0 THEN 'ACCEPTED' ELSE 'NOT_APPLICABLE' END, 'API',
           '2026-03-01 12:00Z'::timestamptz + g * interval '1 second'
    FROM generate_series(1, 300) AS g;
    INSERT INTO purchases (id, user_id, product_code, base_stars_amount, discount_stars_amount, stars_amount, status, applied_promo_code_id, created_at)
    VALUES ('00000000-0000-0000-0000-000000000001', 5, 'star', 100, 20, 80, 'INVOICE_SENT', 2, '2026-03-01 12:01Z');
    INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, reserved_until, applied_purchase_id, created_at, updated_at)
    VALUES ('00000000-0000-0000-0000-000000000002', 2, 5, 'RESERVED', '2026-03-01 12:16Z', '00000000-0000-0000-0000-000000000001',
            '2026-03-01 12:01Z', '2026-03-01 12:01Z');
";

const AS_OF: &str = "lookback => '30 min', as_of => '2026-03-01 12:06Z'";

/// Every reading function's answer over the small incident.
fn answers(db: &mut Client) -> Vec<Vec<Vec<String>>> {
    ["blast_radius", "failed_attempts", "paused_campaigns"]
        .iter()
        .map(|f| table(db, &format!("SELECT * FROM promo_guard.{f}({AS_OF})")))
        .collect()
}

fn reference() -> (Client, Vec<Vec<Vec<String>>>) {
    let (mut db, _) = server().database();
    db.batch_execute(DATA).unwrap();
    db.batch_execute("SELECT promo_guard.bind()").unwrap();
    let answers = answers(&mut db);
    (db, answers)
}

#[test]
fn the_reference_schema_is_found_by_its_names() {
    let (mut db, answers) = reference();
    let bound =
        table(&mut db, "SELECT DISTINCT entity, required, found FROM promo_guard.bind() WHERE NOT found");
    assert!(bound.is_empty(), "{bound:?}");
    let [blast, failed, paused] = &answers[..] else { panic!() };
    assert_eq!(blast[0], ["ACTIVE", "2", "2", "0", "0", "0", "1", "20"]);
    assert_eq!(blast[1][..6], ["PAUSED", "1", "1", "270", "180", "7"]);
    assert_eq!(blast[4], ["∅", "0", "0", "30", "30", "7", "0", "0"], "codes that no campaign has");
    assert_eq!(failed[0][1..5], ["1", "NOT_APPLICABLE", "180", "7"]);
    assert_eq!(failed[0][7], "90", "accepted on the same code");
    assert_eq!(failed[1][1..4], ["∅", "INVALID", "30"]);
    assert_eq!(paused[0][6..9], ["evidence", "auto-pause guard (inferred)", "180"]);
    // The rule has held since 12:02:47, and the last success came at 12:04:57: until then it was ACTIVE.
    assert_eq!(paused[0][5], "2026-03-01 12:04:57+00");
}

#[test]
fn odd_names_and_other_types_give_the_same_answers() {
    let (_, expected) = reference();
    let (mut db, _) = server().database();
    db.batch_execute(DATA).unwrap();
    db.batch_execute(
        r#"
        CREATE SCHEMA "Odd ""schema"" 日本";
        ALTER TABLE promo_codes SET SCHEMA "Odd ""schema"" 日本"; ALTER TABLE promo_attempts SET SCHEMA "Odd ""schema"" 日本";
        ALTER TABLE promo_redemptions SET SCHEMA "Odd ""schema"" 日本"; ALTER TABLE purchases SET SCHEMA "Odd ""schema"" 日本";
        SET search_path = "Odd ""schema"" 日本";
        ALTER TABLE promo_codes RENAME TO "Codes; drop table x --"; ALTER TABLE promo_attempts RENAME TO "select";
        ALTER TABLE promo_codes RENAME TO "Codes; drop table x --";
        "#,
    )
    .unwrap_err(); // the second rename fails, and with it the whole batch
    db.batch_execute(
        r#"
        CREATE SCHEMA "Odd ""schema"" 日本";
        ALTER TABLE promo_codes SET SCHEMA "Odd ""schema"" 日本"; ALTER TABLE promo_attempts SET SCHEMA "Odd ""schema"" 日本";
        ALTER TABLE promo_redemptions SET SCHEMA "Odd ""schema"" 日本"; ALTER TABLE purchases SET SCHEMA "Odd ""schema"" 日本";
        SET search_path = "Odd ""schema"" 日本";
        CREATE TYPE status AS ENUM ('ACTIVE', 'PAUSED', 'EXPIRED', 'DEPLETED');
        CREATE DOMAIN code_digest AS text CHECK (value ~ '^[0-9a-z]+$');
        ALTER TABLE promo_codes DROP CONSTRAINT promo_codes_status_check;
        ALTER TABLE promo_codes
            ALTER id TYPE integer, ALTER code_hash TYPE code_digest, ALTER campaign_name TYPE text,
            ALTER status TYPE status USING status::text::status, ALTER updated_at DROP DEFAULT,
            ALTER updated_at TYPE timestamp USING updated_at AT TIME ZONE 'UTC';
        ALTER TABLE promo_attempts
            ALTER id TYPE text, ALTER user_id TYPE integer, ALTER result TYPE char(20),
            ALTER attempted_at TYPE timestamp USING attempted_at AT TIME ZONE 'UTC';
        ALTER TABLE promo_redemptions DROP CONSTRAINT promo_redemptions_applied_purchase_id_fkey;
        ALTER TABLE promo_redemptions ALTER applied_purchase_id TYPE text, ALTER id TYPE text;
        ALTER TABLE purchases ALTER discount_stars_amount TYPE bigint;
        ALTER TABLE promo_codes RENAME COLUMN status TO "Status""e";
        ALTER TABLE promo_attempts RENAME COLUMN normalized_code_hash TO "order";
        ALTER TABLE promo_codes RENAME TO "Codes; drop table x --"; ALTER TABLE promo_attempts RENAME TO "select";
        RESET search_path;
        "#,
    )
    .unwrap();
    db.batch_execute(
        r#"
        SELECT promo_guard.bind(
            '"Odd ""schema"" 日本"."Codes; drop table x --"', '"Odd ""schema"" 日本"."select"',
            '"Odd ""schema"" 日本".promo_redemptions', '"Odd ""schema"" 日本".purchases',
            '{"campaigns": {"status": "Status\"e"}, "attempts": {"code_hash": "order"}}');
        SELECT promo_guard.attach_history();
        "#,
    )
    .unwrap();
    assert_eq!(answers(&mut db), expected);

    // char(n), varchar and text compare natively; an enum and a hash of another kind are cast, and doctor says so
    let casts = table(&mut db, "SELECT detail FROM promo_guard.doctor() WHERE topic = 'casts' ORDER BY 1")
        .concat()
        .join("\n");
    assert!(casts.contains("is cast to text") && casts.contains("is cast to character(64)"), "{casts}");
    assert!(casts.contains("purchases.id is of type uuid and is cast to text"), "{casts}");

    // and the history's trigger knows the odd names too
    db.batch_execute(
        r#"UPDATE "Odd ""schema"" 日本"."Codes; drop table x --" SET "Status""e" = 'ACTIVE' WHERE id = 1"#,
    )
    .unwrap();
    let history = table(
        &mut db,
        "SELECT campaign_id, from_status, to_status FROM promo_guard.status_history WHERE kind = 'change'",
    );
    assert_eq!(history, [["1", "PAUSED", "ACTIVE"]]);
}

#[test]
fn every_optional_column_may_be_lacking_and_doctor_says_what_it_costs() {
    let (mut db, _) = reference();
    let optional = table(
        &mut db,
        "SELECT entity, canonical, split_part(bound_to, '.', 2) FROM promo_guard.bind() WHERE NOT required",
    );
    assert!(optional.len() > 20, "{optional:?}");
    for row in optional {
        let [entity, canonical, relation] = &row[..] else { panic!() };
        let (mut db, _) = server().database();
        db.batch_execute(DATA).unwrap();
        db.batch_execute(&format!("ALTER TABLE {relation} DROP COLUMN {canonical} CASCADE")).unwrap();
        let lacking = table(&mut db, "SELECT entity, canonical FROM promo_guard.bind() WHERE NOT found");
        assert_eq!(lacking, [[entity.as_str(), canonical]]);
        for answer in answers(&mut db) {
            assert!(!answer.is_empty(), "{entity}.{canonical}");
        }
        let said = table(&mut db, "SELECT detail FROM promo_guard.doctor() WHERE topic = 'columns'");
        assert!(said.len() == 1 && said[0][0].contains(&format!("has no {canonical}: ")), "{said:?}");
    }
}

#[test]
fn a_view_written_by_hand_serves_in_place_of_a_generated_one() {
    let (mut db, expected) = reference();
    // the same columns: CREATE OR REPLACE keeps the grants, and nothing else is to be done
    let definition =
        table(&mut db, "SELECT pg_get_viewdef('promo_guard.attempts')")[0][0].replace(';', " WHERE true");
    db.batch_execute(&format!("CREATE OR REPLACE VIEW promo_guard.attempts AS {definition}")).unwrap();
    assert_eq!(answers(&mut db), expected);

    // another shape altogether: the database keeps attempts as JSON
    db.batch_execute(
        "DROP VIEW promo_guard.attempts;
         CREATE TABLE public.raw_attempts AS SELECT to_jsonb(a) AS doc FROM promo_attempts AS a;
         CREATE VIEW promo_guard.attempts AS
             SELECT (doc ->> 'id')::bigint AS id, (doc ->> 'user_id')::bigint AS user_id,
                    (doc ->> 'normalized_code_hash')::char(64) AS code_hash, doc ->> 'result' AS result,
                    doc ->> 'source' AS source, (doc ->> 'attempted_at')::timestamptz AS attempted_at, doc -> 'metadata' AS metadata
             FROM public.raw_attempts;",
    )
    .unwrap();
    // its author says who may read it, or has bind() do so
    let refused = promo_guard_tests::refused(&mut db, "SELECT * FROM promo_guard.blast_radius()");
    assert_eq!(
        (refused.code.as_str(), refused.hint.contains("GRANT SELECT ON promo_guard.attempts TO shop")),
        ("42501", true)
    );
    let bound = table(
        &mut db,
        "SELECT DISTINCT bound_to LIKE '%(written by hand)' FROM promo_guard.bind() WHERE entity = 'attempts'",
    );
    assert_eq!(bound, [["t"]]);
    assert_eq!(answers(&mut db), expected);
    let notes = table(
        &mut db,
        "SELECT detail FROM promo_guard.doctor() WHERE level = 'note' AND detail LIKE '%written by hand%'",
    );
    assert_eq!(notes.len(), 1);

    // unbind leaves it alone, and so does the next bind
    let said = table(&mut db, "SELECT promo_guard.unbind()")[0][0].clone();
    assert!(said.contains("left alone: attempts"), "{said}");
    db.batch_execute("SELECT promo_guard.bind()").unwrap();
    assert_eq!(answers(&mut db), expected);

    // a contract is a contract
    db.batch_execute("DROP VIEW promo_guard.attempts; CREATE VIEW promo_guard.attempts AS SELECT 1 AS id")
        .unwrap();
    let refused = promo_guard_tests::refused(&mut db, "SELECT promo_guard.bind()");
    assert_eq!(refused.code, "42703");
    assert!(refused.detail.contains("attempted_at"), "{refused:?}");
}

#[test]
fn unbind_then_bind_remembers_mapping_and_grants() {
    let (mut db, _) = server().database();
    db.batch_execute(
        "ALTER TABLE promo_attempts RENAME COLUMN normalized_code_hash TO h;
         CREATE ROLE dashboards; CREATE ROLE gone;
         SELECT promo_guard.bind(columns => '{\"attempts\": {\"code_hash\": \"h\"}, \"campaigns\": {\"discount_type\": null}}');
         GRANT SELECT ON promo_guard.campaigns TO dashboards WITH GRANT OPTION; GRANT SELECT ON promo_guard.attempts TO gone;",
    )
    .unwrap();
    db.batch_execute("SELECT promo_guard.unbind(); DROP ROLE gone").unwrap();
    assert!(
        table(&mut db, "SELECT 1 FROM pg_views WHERE schemaname = 'promo_guard' AND viewname NOT IN ('announcements', 'metrics', 'policy')")
            .is_empty()
    );
    assert_eq!(promo_guard_tests::refused(&mut db, "SELECT promo_guard.blast_radius()").code, "55000");
    // the migration that unbind made way for
    db.batch_execute("ALTER TABLE promo_codes ALTER campaign_name TYPE text").unwrap();
    let mapped = table(
        &mut db,
        "SELECT entity, canonical, bound_to FROM promo_guard.bind() WHERE canonical IN ('code_hash', 'discount_type') ORDER BY 1, 2",
    );
    assert_eq!(
        mapped,
        [
            ["attempts", "code_hash", "public.promo_attempts.h"],
            ["campaigns", "code_hash", "public.promo_codes.code_hash"],
            ["campaigns", "discount_type", "∅"]
        ]
    );
    let acl = table(&mut db, "SELECT relacl FROM pg_class WHERE oid = 'promo_guard.campaigns'::regclass")[0]
        [0]
    .clone();
    assert!(acl.contains("dashboards=r*/"), "{acl}");
}

#[test]
fn bind_can_be_repeated_and_follows_a_changed_type() {
    let (mut db, expected) = reference();
    let oids = "SELECT array_agg(oid ORDER BY oid) FROM pg_class WHERE relnamespace = 'promo_guard'::regnamespace AND relkind = 'v'";
    let before = table(&mut db, oids);
    db.batch_execute("SELECT promo_guard.bind()").unwrap();
    assert_eq!(table(&mut db, oids), before, "the same views, not new ones");
    db.batch_execute("SELECT promo_guard.unbind(); ALTER TABLE promo_attempts ALTER user_id TYPE integer; SELECT promo_guard.bind()")
        .unwrap();
    assert_eq!(answers(&mut db), expected);
}

#[test]
fn a_time_window_touches_only_the_partitions_of_the_lookback() {
    let (mut db, _) = server().database();
    db.batch_execute(
        "ALTER TABLE promo_attempts RENAME TO old_attempts;
         CREATE TABLE promo_attempts (id bigint, user_id bigint, normalized_code_hash char(64), result varchar(32),
                                      attempted_at timestamptz, metadata jsonb) PARTITION BY RANGE (attempted_at);
         CREATE INDEX ON promo_attempts (normalized_code_hash, attempted_at);
         ALTER TABLE promo_attempts OWNER TO shop;",
    )
    .unwrap();
    for day in 1..=9 {
        db.batch_execute(&format!(
            "CREATE TABLE attempts_{day} PARTITION OF promo_attempts FOR VALUES FROM ('2026-03-0{day} 00:00Z') TO ('2026-03-{:02} 00:00Z')",
            day + 1
        ))
        .unwrap();
    }
    db.batch_execute(
        "INSERT INTO promo_attempts SELECT g, g, md5(g::text), 'INVALID', '2026-03-01Z'::timestamptz + g * interval '10 min', '{}' FROM generate_series(1, 1200) AS g;
         ANALYZE promo_attempts; SELECT promo_guard.bind();",
    )
    .unwrap();
    // What the server counted while the functions ran.
    for (function, partitions) in
        [("blast_radius", &["attempts_6"][..]), ("failed_attempts", &["attempts_6"])]
    {
        let touched = scanned(
            &mut db,
            &format!("SELECT * FROM promo_guard.{function}('2 hours', '2026-03-06 12:00Z')"),
        );
        assert_eq!(touched, partitions, "{function}");
    }
    let indexes = table(
        &mut db,
        "SELECT detail FROM promo_guard.doctor() WHERE topic = 'indexes' AND detail LIKE '%attempted_at%'",
    );
    assert!(indexes.is_empty(), "partitions by time serve a time window: {indexes:?}");
}

/// The partitions of attempts that a statement scanned, the table itself or one of its indexes.
fn scanned(db: &mut Client, sql: &str) -> Vec<String> {
    let mut transaction = db.transaction().unwrap();
    // What the session did before may still be among the counts.
    let counts = |transaction: &mut postgres::Transaction<'_>| -> Vec<(String, i64)> {
        let rows = transaction
            .query(
                "SELECT c.relname::text, (pg_stat_get_xact_numscans(c.oid) + coalesce(sum(pg_stat_get_xact_numscans(i.indexrelid)), 0))::bigint
                 FROM pg_class AS c LEFT JOIN pg_index AS i ON i.indrelid = c.oid
                 WHERE c.relname ~ '^attempts_[0-9]+$' AND c.relkind = 'r' GROUP BY c.oid, c.relname ORDER BY 1",
                &[],
            )
            .unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    };
    let before = counts(&mut transaction);
    transaction.simple_query(sql).unwrap();
    let after = counts(&mut transaction);
    after.into_iter().filter(|partition| !before.contains(partition)).map(|(name, _)| name).collect()
}
