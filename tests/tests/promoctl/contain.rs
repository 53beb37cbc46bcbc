//! promoctl fix and watch.

use super::rotate::{batch, run};
use super::watch::until;
use postgres::Client;
use promo_guard_tests::{Server, promoctl, promoctl_path, server, table};
use std::process::{Command, Stdio};

#[test]
fn fix_shows_before_and_after() {
    let (mut db, name) = batch(server(), 2);
    let args = ["fix", "1002", "max_total_uses=50", "valid_until=2098-01-01", "--reason", "typo"];
    let (code, out, err) = run(promoctl(server(), &name).args(args).arg("--dry-run"));
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("would become")
            && out.contains("2098-01-01 00:00:00+00")
            && out.lines().all(|l| l.chars().count() <= 80),
        "{out}"
    );
    assert_eq!(table(&mut db, "SELECT max_total_uses FROM promo_codes WHERE id = 1002"), [["10"]]);
    let (code, out, _) = run(promoctl(server(), &name).args(args));
    assert!(code == 0 && out.starts_with("Fixed campaign 1002"), "{out}");
    assert_eq!(
        table(&mut db, "SELECT max_total_uses, status FROM promo_codes WHERE id = 1002"),
        [["50", "PAUSED"]]
    );
    let (code, _, err) =
        run(promoctl(server(), &name).args(["fix", "1002", "max_total_uses=3", "--reason", "x"]));
    assert!(code == 3 && err.contains("SQLSTATE:  22023") && err.contains("used and reserved"), "{err}");
    assert_eq!(run(promoctl(server(), &name).args(["fix", "1002", "max_total_uses", "--reason", "x"])).0, 2);
}

/// A campaign that was unpaused just now, its bake so long, with users who get in or do not.
pub fn baking(length: &str, outcome: &str) -> (Client, String) {
    baking_on(server(), length, outcome)
}

/// The same on another server.
pub fn baking_on(server: &Server, length: &str, outcome: &str) -> (Client, String) {
    // Built before the bake begins, whose time passes.
    promoctl_path();
    let (mut db, name) = batch(server, 2);
    db.batch_execute(&format!(
        "UPDATE promo_codes SET status = 'ACTIVE' WHERE id = 1002;
         INSERT INTO promo_guard.bake (campaign_id, action_id, began_by, since, until, on_regression, false_alarm, paused_at, terms)
         SELECT 1002, (SELECT max(id) FROM promo_guard.action_log), 'me', now(), now() + interval '{length}', 'alert', 0.05, now() - interval '1 h',
                jsonb_build_object('valid_from', null);
         INSERT INTO promo_attempts SELECT g, g, (SELECT code_hash FROM promo_codes WHERE id = 1002), '{outcome}', 'API', now() + g * interval '10 ms'
         FROM generate_series(1, 60) AS g;
         INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, created_at, applied_at, updated_at)
         SELECT gen_random_uuid(), 1002, g, 'APPLIED', now(), now() + interval '1 s', now() FROM generate_series(1, 5) AS g"
    ))
    .unwrap();
    // the terms as they stand, so that nothing has changed
    db.batch_execute(
        "UPDATE promo_guard.bake AS b SET terms = jsonb_build_object(
             'valid_from', ((extract(epoch FROM c.valid_from) - 946684800) * 1000000)::bigint,
             'valid_until', ((extract(epoch FROM c.valid_until) - 946684800) * 1000000)::bigint,
             'target_scope', c.target_scope, 'max_total_uses', c.max_total_uses, 'max_uses_per_user', c.max_uses_per_user,
             'new_users_only', c.new_users_only, 'first_purchase_only', c.first_purchase_only, 'discount_type', c.discount_type,
             'discount_value', c.discount_value, 'discount_percent', c.discount_percent)
         FROM promo_codes AS c WHERE c.id = b.campaign_id",
    )
    .unwrap();
    (db, name)
}

#[test]
fn watch_ticks_to_the_verdict_and_its_exit_status_says_which() {
    let (mut db, name) = baking("6 s", "ACCEPTED");
    let (code, out, err) = run(promoctl(server(), &name).args(["watch", "1002"]));
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("PASSED: campaign 1002") && out.contains("Look "), "{out}");
    assert_eq!(table(&mut db, "SELECT state FROM promo_guard.bake"), [["PASSED"]]);

    let (_, name) = baking("5 min", "NOT_APPLICABLE");
    server()
        .connect(&name)
        .batch_execute("UPDATE promo_guard.bake SET since = since - interval '58 s'")
        .unwrap();
    let (code, out, _) = run(promoctl(server(), &name).args(["watch", "1002"]));
    assert!(code == 1 && out.contains("FAILED: campaign 1002") && out.contains("not accepted"), "{out}");

    let (code, _, err) = run(promoctl(server(), &name).args(["watch", "1001"]));
    assert!(code == 2 && err.contains("has had no bake"), "{err}");
}

#[test]
fn an_interrupted_watch_leaves_the_bake_running_and_says_how_to_resume() {
    let (mut db, name) = baking("10 min", "ACCEPTED");
    let child = promoctl(server(), &name)
        .args(["watch", "1002"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until(&mut db, "(SELECT ticked_at IS NOT NULL FROM promo_guard.bake)");
    // SAFETY: our own child's id.
    unsafe { libc::kill(i32::try_from(child.id()).unwrap(), libc::SIGINT) };
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(130));
    let err = String::from_utf8(out.stderr).unwrap();
    assert!(err.contains("The bake continues") && err.contains("watch 1002"), "{err}");
    assert_eq!(table(&mut db, "SELECT state FROM promo_guard.bake"), [["RUNNING"]]);
}

/// Takes upon oneself whatever of the checks can be.
pub fn override_all(command: &mut Command) {
    for check in [
        "history_explains_pause",
        "not_abuse",
        "burst_over",
        "guard_would_not_repause",
        "config_converts",
        "settlement_clean",
        "traffic_observed",
    ] {
        command.args(["--override", check]);
    }
}

#[test]
fn unpause_with_watch_ends_with_the_bakes_verdict() {
    let (mut db, name) = batch(server(), 2);
    let mut command = promoctl(server(), &name);
    command.args(["unpause", "1002", "--yes", "--reason", "x", "--bake", "6 s", "--watch"]);
    override_all(&mut command);
    let (code, out, err) = run(&mut command);
    assert_eq!(code, 1, "{out}{err}");
    assert!(
        out.contains("INCONCLUSIVE: campaign 1002") && out.contains("Too little traffic to decide"),
        "{out}{err}"
    );
    assert_eq!(table(&mut db, "SELECT state FROM promo_guard.bake"), [["INCONCLUSIVE"]]);
}
