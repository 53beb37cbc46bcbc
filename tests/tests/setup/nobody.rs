//! Ids that stand for nobody in particular, accounts that were merged, and results that no rule knows: what is told of them.

use postgres::Client;
use promo_guard_tests::{promoctl, server, table};

/// A once-per-user code used by 20 customers, 12 of whom were erased since: their rows went to user 0.
fn shop() -> (Client, String) {
    let (mut db, name) = server().bound_database();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, discount_type, discount_value, target_scope, status,
                                  valid_from, valid_until, max_uses_per_user, used_total)
         VALUES (1, repeat('a', 64), 'ONCE', 'Once each', 'PERCENT_DISCOUNT', 'PERCENT', 20, 'STARS', 'ACTIVE', now() - interval '9 days',
                 now() + interval '9 days', 1, 20);
         INSERT INTO purchases (id, user_id, product_code, base_stars_amount, discount_stars_amount, stars_amount, status, applied_promo_code_id,
                                created_at, paid_at, credited_at)
         SELECT md5('p' || g)::uuid, CASE WHEN g <= 12 THEN 0 ELSE g END, 'P', 100, 20, 80, 'CREDITED', 1, n.at, n.at, n.at
         FROM generate_series(1, 20) AS g, LATERAL (SELECT now() - interval '40 min' + g * interval '1 min') AS n (at);
         INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, applied_purchase_id, created_at, applied_at, updated_at)
         SELECT md5('r' || p.id)::uuid, 1, p.user_id, 'APPLIED', p.id, p.created_at, p.created_at, p.created_at FROM purchases AS p;
         INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at, metadata)
         SELECT g, p.user_id, repeat('a', 64), 'ACCEPTED', 'COMMAND', p.created_at, '{}' FROM purchases AS p, generate_series(1, 1) AS g
         WHERE p.user_id = 20;
         -- 150 attempts of guests on 140 codes that no campaign has
         INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at, metadata)
         SELECT 1000 + g, 0, lpad(md5('guess' || g % 140), 64, '0'), 'INVALID', 'API', now() - interval '20 min' + g * interval '5 s', '{}'
         FROM generate_series(1, 150) AS g",
    )
    .unwrap();
    (db, name)
}

#[test]
fn an_id_of_nobody_is_no_attacker_and_uses_no_code_too_often() {
    let (mut db, name) = shop();
    let clusters =
        "SELECT kind, attempts, users FROM promo_guard.failure_clusters() WHERE kind <> 'BACKGROUND'";
    let over = "SELECT rule, user_id FROM promo_guard.settlement_violations()";
    let failing = "SELECT promo_guard.triage() -> 'headline' ->> 'failing_users', (SELECT sum(failing_users) FROM promo_guard.blast_radius()),
                   (SELECT max(users) FROM promo_guard.failed_attempts())";
    assert_eq!(table(&mut db, clusters), [["ENUMERATION", "150", "1"]]);
    assert_eq!(table(&mut db, over), [["over_redeemed", "0"]]);
    assert_eq!(table(&mut db, failing), [["1", "1", "1"]]);

    db.batch_execute(
        "SELECT promo_guard.set_policy('nobody_user_ids', '{0}', '0 stands for guests and erased accounts')",
    )
    .unwrap();
    assert_eq!(table(&mut db, clusters), [[""; 0]; 0]);
    assert_eq!(table(&mut db, over), [[""; 0]; 0]);
    assert_eq!(table(&mut db, failing), [["0", "0", "0"]]);
    let members = "SELECT count(*), count(user_id), sum(attempts) FROM promo_guard.failure_cluster_members()";
    assert_eq!(table(&mut db, members), [["140", "0", "150"]], "each failure is in a cluster, of no user");
    let report = "SELECT r -> 'user_impact' ->> 'failing', r -> 'user_impact' ->> 'failures_without_user' FROM promo_guard.incident_report() AS r";
    assert_eq!(table(&mut db, report), [["0", "150"]]);
    let out = promoctl(server(), &name).arg("triage").output().unwrap();
    let page = String::from_utf8(out.stdout).unwrap();
    assert!(page.contains("0 users had failures") && !page.contains("guessed"), "{page}");
    // a known user is one as before
    db.batch_execute("UPDATE promo_attempts SET user_id = 77 WHERE user_id = 0").unwrap();
    assert_eq!(table(&mut db, clusters), [["ENUMERATION", "150", "1"]]);
}

/// The application's job counts the id as it stands, so its replay does too.
#[test]
fn the_replay_of_the_auto_pause_job_keeps_ids_as_they_are() {
    let (mut db, _) = shop();
    db.batch_execute(
        "INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at, metadata)
         SELECT 5000 + g, g % 2 * 77, repeat('a', 64), 'NOT_APPLICABLE', 'API', now() - g * interval '2 s', '{}' FROM generate_series(1, 120) AS g;
         SELECT promo_guard.set_policy('nobody_user_ids', '{0}', 'guests');
         SELECT promo_guard.pause(1, 'a look')",
    )
    .unwrap();
    let check =
        "SELECT passed, detail FROM promo_guard.check_unpause(1) WHERE name = 'guard_would_not_repause'";
    let said = table(&mut db, check);
    assert_eq!(said[0][0], "f", "user 0 and user 77 are the two users that the job needs: {said:?}");
}

/// Two accounts became one: the purchase moved, the redemption did not.
#[test]
fn a_merged_account_is_a_mismatch_that_policy_makes_a_warning() {
    let (mut db, _) = shop();
    db.batch_execute(
        "SELECT promo_guard.set_policy('nobody_user_ids', '{0}', 'erased accounts');
         UPDATE purchases SET user_id = 13 WHERE user_id = 14;
         -- erased on one side only: not known, so no mismatch
         UPDATE purchases SET user_id = 0 WHERE user_id = 15",
    )
    .unwrap();
    let found = "SELECT rule, severity, user_id, expected, actual FROM promo_guard.settlement_violations()";
    let blocks = "SELECT passed FROM promo_guard.check_unpause(1) WHERE name = 'settlement_clean'";
    assert_eq!(table(&mut db, found), [["user_mismatch", "critical", "14", "14", "13"]]);
    assert_eq!(table(&mut db, blocks), [["f"]]);
    db.batch_execute("SELECT promo_guard.set_policy('account_merges', 'happen', 'support merges accounts')")
        .unwrap();
    assert_eq!(table(&mut db, found), [["user_mismatch", "warning", "14", "14", "13"]]);
    assert_eq!(table(&mut db, blocks), [["t"]]);
    let summary =
        "SELECT severity, violations FROM promo_guard.settlement_summary() WHERE rule = 'user_mismatch'";
    assert_eq!(table(&mut db, summary), [["warning", "1"]]);
    // Worst first, also where a rule became a warning.
    db.batch_execute("UPDATE purchases SET discount_stars_amount = 19, stars_amount = 81 WHERE user_id = 20")
        .unwrap();
    let order = table(&mut db, "SELECT rule FROM promo_guard.settlement_violations()").concat();
    assert_eq!(order, ["wrong_discount", "user_mismatch"]);
}

/// A shop's own words for results: the first screen names them, and never says that none failed.
#[test]
fn the_first_screen_names_results_that_no_rule_knows() {
    let (mut db, name) = shop();
    db.batch_execute(
        "DELETE FROM promo_attempts; ALTER TABLE promo_attempts DROP CONSTRAINT IF EXISTS promo_attempts_result_check;
         INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at, metadata)
         SELECT g, g % 40, repeat('a', 64), CASE WHEN g <= 1140 THEN 'not_found' ELSE 'ACCEPTED' END, 'API', now() - g * interval '1 s', '{}'
         FROM generate_series(1, 1300) AS g",
    )
    .unwrap();
    let page = |args: &[&str]| {
        let out = promoctl(server(), &name).args(args).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    let screen = page(&["triage"]);
    let said = "1,140 attempts with unmapped result not_found.";
    assert!(screen.contains(said) && screen.contains("promoctl doctor"), "{screen}");
    assert!(screen.lines().take(4).any(|line| line.contains(said)), "it stands at the top\n{screen}");
    assert!(screen.lines().count() <= 24 && screen.lines().all(|l| l.chars().count() <= 80), "{screen}");
    let full = page(&["triage", "--full"]);
    let joined = full.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(joined.contains(said) && !joined.contains("None of"), "{full}");
    let json: serde_json::Value = serde_json::from_str(&page(&["triage", "--output", "json"])).unwrap();
    assert_eq!(json["ingestion"]["unmapped"][0]["attempts"], 1140, "{json}");
    assert!(json["headline"].as_str().unwrap().contains(said), "{json}");

    db.batch_execute("UPDATE promo_attempts SET result = 'odd_' || id % 3").unwrap();
    let screen = page(&["triage"]);
    assert!(screen.contains("1,300 attempts. Which of them failed is unknown."), "{screen}");
    assert!(screen.contains("1,300 attempts with unmapped results odd_"), "{screen}");
    db.batch_execute("UPDATE promo_attempts SET result = 'ACCEPTED'").unwrap();
    assert!(!page(&["triage"]).contains("unmapped"));
}
