//! A small shop, made by hand: two campaigns, and what a test has people try.

use postgres::Client;
use promo_guard_tests::{server, table};

/// The end of the window of every test here.
pub const AS_OF: &str = "'2026-03-01 12:00Z'";

/// Campaign 1 is ACTIVE, campaign 2 PAUSED; both are popular. `try` has users `first` to `last` try a code, one after the other, from a time on.
const DATA: &str = "
    INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, discount_type, discount_value, target_scope, status,
                             valid_from, valid_until, created_at, updated_at)
    VALUES (1, repeat('1', 64), 'ONE', 'One', 'PERCENT_DISCOUNT', 'PERCENT', 20, 'ALL', 'ACTIVE', '2026-01-01Z', '2027-01-01Z', '2026-01-01Z', '2026-01-01Z'),
           (2, repeat('2', 64), 'TWO', 'Two', 'PERCENT_DISCOUNT', 'PERCENT', 20, 'ALL', 'PAUSED', '2026-01-01Z', '2027-01-01Z', '2026-01-01Z', '2026-03-01 11:20Z');
    CREATE SEQUENCE attempt_id START 10000000;
    CREATE FUNCTION try(code text, answer text, first bigint, last bigint, at timestamptz, every interval DEFAULT '1 s', times integer DEFAULT 1,
                        gap interval DEFAULT '3 min') RETURNS void LANGUAGE sql AS $$
        INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
        SELECT nextval('attempt_id'), u, code, answer, 'COMMAND', at + (u - first) * every + n * gap
        FROM generate_series(first, last) AS u, generate_series(0, times - 1) AS n;
    $$;
    -- both have had customers every five seconds for hours
    SELECT try(repeat(c, 64), 'ACCEPTED', 1000000, 1004000, '2026-03-01 05:00Z', '5 s') FROM unnest(ARRAY['1', '2']) AS c;
    CREATE FUNCTION code(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT encode(sha256(n::text::bytea), 'hex') $$;
";

/// The shop before anybody has tried anything, bound; and its database's name.
pub fn shop() -> (Client, String) {
    let (mut db, name) = server().bound_database();
    db.batch_execute("SET TimeZone = 'UTC'").unwrap();
    db.batch_execute(DATA).unwrap();
    (db, name)
}

/// The shop where something was tried.
pub fn shop_where(sql: &str) -> Client {
    let (mut db, _) = shop();
    db.batch_execute(sql).unwrap_or_else(|e| panic!("{sql}: {e:?}"));
    db
}

/// Kind, campaign, attempts, users and codes of every cluster, worst first.
pub fn clusters(db: &mut Client) -> Vec<Vec<String>> {
    table(
        db,
        &format!(
            "SELECT kind, campaign_id, attempts, users, codes FROM promo_guard.failure_clusters(as_of => {AS_OF})"
        ),
    )
}

/// The kinds, worst first.
pub fn kinds(db: &mut Client) -> Vec<String> {
    clusters(db).into_iter().map(|mut row| row.swap_remove(0)).collect()
}

/// Everything that must hold of any answer: members are the failed pairs, each once, and their numbers add up.
pub fn holds(db: &mut Client, lookback: &str, as_of: &str) {
    let wrong = table(
        db,
        &format!(
            "WITH member AS MATERIALIZED (SELECT * FROM promo_guard.failure_cluster_members({lookback}, {as_of})),
                  cluster AS MATERIALIZED (SELECT * FROM promo_guard.failure_clusters({lookback}, {as_of}, NULL)),
                  failed AS (SELECT user_id, normalized_code_hash::text AS code_hash, count(*) AS attempts FROM promo_attempts
                             WHERE attempted_at BETWEEN {as_of} - {lookback} AND {as_of}
                               AND result IN ('INVALID', 'EXPIRED', 'NOT_APPLICABLE', 'RATE_LIMITED') GROUP BY 1, 2)
             SELECT 'pair', m.user_id::text, m.code_hash, m.attempts::text, f.attempts::text FROM
                 (SELECT user_id, code_hash, sum(attempts) AS attempts, count(*) AS n FROM member GROUP BY 1, 2) AS m
             FULL JOIN failed AS f ON f.user_id IS NOT DISTINCT FROM m.user_id AND f.code_hash = m.code_hash
             WHERE m.attempts IS DISTINCT FROM f.attempts OR m.n <> 1
             UNION ALL
             SELECT 'cluster', cluster_id, c.attempts::text, m.attempts::text, m.users::text FROM cluster AS c
             FULL JOIN (SELECT cluster_id, sum(attempts) AS attempts, count(DISTINCT user_id) AS users, count(DISTINCT code_hash) AS codes
                        FROM member GROUP BY 1) AS m USING (cluster_id)
             WHERE (c.attempts, c.users, c.codes) IS DISTINCT FROM (m.attempts, m.users, m.codes)
                OR c.attempts <> (SELECT sum(value::bigint) FROM jsonb_each_text(c.results))
                OR c.attempts <> (SELECT sum(s) FROM unnest(c.series) AS s)
                OR c.first_seen > c.last_seen OR c.first_seen < {as_of} - {lookback} OR c.last_seen > {as_of}
                OR c.peak_per_minute NOT BETWEEN 1 AND c.attempts OR c.recovered_users > c.users OR c.explanation = ''"
        ),
    );
    assert!(wrong.is_empty(), "{wrong:?}");
}
