//! Section 4: how long plan_unpause() takes at 10 million attempts; how long a campaign's row is locked by unpause(), as
//! another session that keeps updating that row sees it; and what would be decided about held-out incidents.

use crate::figure::{Amount, Figure, Limit, Row, median, medians, show, write};
use postgres::Client;
use promo_guard_tests::scoring::facts::History;
use promo_guard_tests::scoring::scenario::HELD_OUT;
use promo_guard_tests::scoring::unpause::{Judge, Tally};
use promo_guard_tests::{Server, table};
use std::env;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const ATTEMPTS: u32 = 10_000_000;
const REDEMPTIONS: u32 = 1_000_000;
/// Held-out incidents whose paused campaigns are decided on.
const INCIDENTS: u32 = 1_000;
/// Unpauses during which the lock is watched.
const UNPAUSES: usize = 30;

/// 30 days of attempts on 5,000 codes by 60,000 users; campaign 7 is asked for once a minute, and was paused by the guard half
/// an hour ago.
const DATA: &str = "
    CREATE FUNCTION code(id bigint) RETURNS char(64) LANGUAGE sql IMMUTABLE AS $$ SELECT lpad(id::text, 64, 'c') $$;
    INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, grant_premium_days, target_scope, status, valid_from, valid_until, used_total)
    SELECT g, code(g), 'C', 'Campaign ' || g, 'PREMIUM_GRANT', 7, 'PREMIUM', 'ACTIVE', now() - interval '40 days', now() + interval '40 days', 200
    FROM generate_series(1, 5000) AS g;
    INSERT INTO promo_attempts
    SELECT g, (hashint8(g)::bigint + 3000000000) % 60000, code(1 + (g::bigint * 7919) % 5000),
           CASE WHEN g % 10 = 0 THEN 'NOT_APPLICABLE' ELSE 'ACCEPTED' END, 'COMMAND', now() - interval '30 days' + g * (interval '30 days' / :attempts), '{}'
    FROM generate_series(1, :attempts - 50000) AS g;
    INSERT INTO promo_attempts
    SELECT 20000000 + g, 1000 + g % 20000, code(7), 'ACCEPTED', 'COMMAND', now() - interval '30 days' + g * interval '1 min', '{}' FROM generate_series(1, 43170) AS g;
    INSERT INTO promo_attempts
    SELECT 30000000 + g, 2300 + g % 90, code(7), 'NOT_APPLICABLE', 'COMMAND', now() - interval '35 min' + g * interval '2300 ms', '{\"reason\": \"ALREADY_USED\"}' FROM generate_series(1, 130) AS g;
    INSERT INTO promo_attempts
    SELECT 40000000 + g, 4000 + g, code(7), 'EXPIRED', 'COMMAND', now() - interval '29 min' + g * interval '20 s', '{}' FROM generate_series(1, 85) AS g;
    INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, validation_snapshot, created_at, applied_at, updated_at)
    SELECT gen_random_uuid(), CASE WHEN g <= 4317 THEN 7 ELSE 8 + g % 4900 END, g % 60000, 'APPLIED', '{\"grant_premium_days\": 7}',
           now() - interval '30 days' + t.after, now() - interval '30 days' + t.after, now() - interval '30 days' + t.after
    FROM generate_series(1, :redemptions) AS g, LATERAL (SELECT (g % 4317) * interval '10 min' AS after) AS t;
    UPDATE promo_codes SET used_total = 4317, status = 'PAUSED', updated_at = now() - interval '30 min' WHERE id = 7;
    ANALYZE";

pub fn run() {
    let size = |name: &str, usual: u32| env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual);
    let (attempts, redemptions) = (size("ATTEMPTS", ATTEMPTS), size("REDEMPTIONS", REDEMPTIONS));
    println!("{attempts} attempts, {redemptions} redemptions; one campaign, paused half an hour ago.");
    let server = Server::start(&["shared_buffers=512MB", "max_wal_size=8GB", "autovacuum=off"]);
    let (mut db, name) = server.database();
    load(&mut db, attempts, redemptions);
    let mut figures = figures(&server, &name, &mut db);
    figures.extend(judgement());
    show(&figures);
    write("unpause", &figures);
}

fn load(db: &mut Client, attempts: u32, redemptions: u32) {
    // Keys and the usual indexes last: ten million rows at once go in faster.
    db.batch_execute("ALTER TABLE promo_attempts DROP CONSTRAINT promo_attempts_pkey; DROP INDEX promo_attempts_user_id_attempted_at_idx, promo_attempts_normalized_code_hash_attempted_at_idx").expect("indexes");
    db.batch_execute(
        &DATA.replace(":attempts", &attempts.to_string()).replace(":redemptions", &redemptions.to_string()),
    )
    .expect("data");
    for statement in [
        "SET maintenance_work_mem = '512MB'",
        "CREATE INDEX ON promo_attempts (user_id, attempted_at)",
        "CREATE INDEX ON promo_attempts (normalized_code_hash, attempted_at)",
        "CREATE INDEX ON promo_attempts (attempted_at)",
        "VACUUM (ANALYZE) promo_attempts",
        "VACUUM (ANALYZE) promo_redemptions",
        "SELECT promo_guard.bind()",
        "SELECT promo_guard.attach_history()",
    ] {
        db.batch_execute(statement).expect(statement);
    }
}

fn figures(server: &Server, name: &str, db: &mut Client) -> Vec<Row> {
    let plan = "SELECT * FROM promo_guard.plan_unpause(7)";
    let scan = "SELECT count(*) FROM promo_attempts WHERE normalized_code_hash = code(7) AND attempted_at >= now() - interval '90 min'";
    // What the first call in a session also does: read the catalogs, make the views' rules into trees.
    table(db, plan);
    // The load has taken minutes in which nobody tried anything: a silence, into which the check traffic_observed looks by
    // counting a week of attempts. Both are shown: that, and a shop in which attempts go on.
    let [silent] = medians(db, [plan]);
    db.batch_execute("INSERT INTO promo_attempts SELECT 50000000 + g, 1000, code(8), 'ACCEPTED', 'COMMAND', clock_timestamp() + g * interval '10 s', '{}' FROM generate_series(0, 60) AS g").expect("live attempts");
    let [live, scan] = medians(db, [plan, scan]);
    let held = locked(server, name, db);
    let worst = held.iter().copied().fold(0.0, f64::max);
    let amount = |what, of, seconds: f64, limits: Option<(f64, f64)>| {
        Row::from(Amount {
            what,
            of,
            value: seconds * 1e3,
            unit: "ms",
            must: limits.map(|(must, _)| Limit::AtMost(must)),
            aim: limits.map(|(_, aim)| Limit::AtMost(aim)),
        })
    };
    vec![
        amount("plan_unpause, 10 million attempts", "in all; or the next line", live, Some((50.0, 20.0))),
        // Either of the two will do (5 and 2): a scan of 200 rows takes less than a call of any function.
        Figure {
            what: "the same",
            against: "index scan of the campaign's own",
            ours: live,
            theirs: scan,
            must: None,
            aim: None,
        }
        .into(),
        amount("the same, nobody tries anything", "a silence of minutes", silent, Some((50.0, 20.0))),
        amount("campaign row locked during unpause", "median of 30", median(held), Some((20.0, 5.0))),
        amount("the same", "the worst of 30", worst, Some((20.0, 5.0))),
    ]
}

/// Decisions over held-out incidents; `make score-unpause` shows them one by one.
fn judgement() -> Vec<Row> {
    let [attached, none] = [History::Attached, History::None]
        .map(|history| Tally::of(&HELD_OUT, INCIDENTS, history, Judge::SectionTwo));
    let unexplained = |tally: &Tally| tally.of_clean(tally.unexplained as usize) * 100.0;
    let amount = |what, value, unit, must, aim| {
        Row::from(Amount {
            what,
            of: "1,000 incidents, history or none",
            value,
            unit,
            must: Some(Limit::AtMost(must)),
            aim: Some(Limit::AtMost(aim)),
        })
    };
    let lifted = attached.unsafe_unpauses.len() + none.unsafe_unpauses.len();
    vec![
        amount("unsafe unpauses", lifted as f64, "", 0.0, 0.0),
        amount(
            "clean, refused without a reason",
            unexplained(&attached).max(unexplained(&none)),
            "%",
            3.0,
            1.0,
        ),
    ]
}

/// The longest, in seconds, that another session's update of the row took during each unpause.
fn locked(server: &Server, name: &str, db: &mut Client) -> Vec<f64> {
    let mut held = Vec::new();
    let unpause = "SELECT promo_guard.unpause(7, 'bench', '{scope_known,history_explains_pause,not_abuse,burst_over,guard_would_not_repause,config_converts,settlement_clean,traffic_observed}')";
    for _ in 0..UNPAUSES {
        let over = AtomicBool::new(false);
        let longest = thread::scope(|scope| {
            let prober = scope.spawn(|| {
                let mut other = server.connect_as("shop", name);
                let update = other
                    .prepare("UPDATE promo_codes SET used_total = used_total + 1 WHERE id = 7")
                    .expect("update");
                let mut longest = 0.0_f64;
                while !over.load(Ordering::SeqCst) {
                    // Its own commit takes time too, in which it waits for nobody.
                    let mut transaction = other.transaction().expect("BEGIN");
                    let began = Instant::now();
                    transaction.execute(&update, &[]).expect("update");
                    longest = longest.max(began.elapsed().as_secs_f64());
                    transaction.commit().expect("COMMIT");
                    // The row itself is free now and then, as in life.
                    thread::sleep(Duration::from_micros(200));
                }
                longest
            });
            thread::sleep(Duration::from_millis(20));
            db.batch_execute(unpause).expect(unpause);
            over.store(true, Ordering::SeqCst);
            prober.join().expect("the other session")
        });
        held.push(longest);
        db.batch_execute(
            "UPDATE promo_codes SET status = 'PAUSED', updated_at = now() - interval '30 min' WHERE id = 7",
        )
        .expect("pause");
    }
    held
}
