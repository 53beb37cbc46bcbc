//! The policy, or the guard's rule, changes while unpause() works: it starts over twice and no more, and says what changed.
//!
//! Every read of the attempts stops until a second session lets it go on, so the second session decides at which read it commits a change.

use super::shop::shop;
use postgres::Client;
use promo_guard_tests::{server, table};
use std::thread;
use std::time::{Duration, Instant};

/// The view `attempts` counts its reads in the sequence `reads`, and each waits until `allowed` has come as far.
const STOPS: &str = "
    CREATE SEQUENCE reads MINVALUE 0 START 0;
    CREATE SEQUENCE allowed MINVALUE 0 START 0;
    SELECT nextval('reads'), nextval('allowed');
    CREATE FUNCTION stop() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
    DECLARE mine bigint := nextval('public.reads'); started timestamptz := clock_timestamp();
    BEGIN
        WHILE (SELECT last_value FROM public.allowed) < mine LOOP
            IF clock_timestamp() > started + interval '30 s' THEN RAISE 'nobody lets read % go on', mine; END IF;
            PERFORM pg_sleep(0.001);
        END LOOP;
        RETURN true;
    END $$;
    DO $$ BEGIN
        EXECUTE 'CREATE OR REPLACE VIEW promo_guard.attempts AS '
            || rtrim(pg_get_viewdef('promo_guard.attempts'::regclass), ';') || ' WHERE (SELECT public.stop())';
    END $$";

/// Runs `call` in a session of its own, and `before_read` in `other` before each of its reads goes on; gives the answer and the number of
/// reads.
fn run(
    other: &mut Client,
    name: &str,
    call: &str,
    mut before_read: impl FnMut(&mut Client, i64),
) -> (Vec<Vec<String>>, i64) {
    let count = |db: &mut Client, sequence: &str| -> i64 {
        db.query_one(&format!("SELECT last_value FROM {sequence}"), &[]).unwrap().get(0)
    };
    let start = count(other, "reads");
    let (call, name) = (call.to_owned(), name.to_owned());
    let caller = thread::spawn(move || table(&mut server().connect(&name), &call));
    let began = Instant::now();
    while !caller.is_finished() && began.elapsed() < Duration::from_secs(120) {
        let allowed = count(other, "allowed");
        if count(other, "reads") > allowed {
            before_read(other, allowed - start + 1);
            other.execute("SELECT nextval('allowed')", &[]).unwrap();
        } else {
            thread::sleep(Duration::from_millis(1));
        }
    }
    (caller.join().unwrap(), count(other, "reads") - start)
}

fn change_policy(db: &mut Client, n: i64) {
    let value = (20_000 + n).to_string();
    db.execute("SELECT promo_guard.set_policy('high_value_stars', $1, 'test')", &[&value]).unwrap();
}

#[test]
fn a_policy_that_changes_is_assessed_again_twice_and_the_third_change_is_refused_on_record() {
    // How often one assessment reads; an unpause reads once more, for the guard's rule under the lock.
    let (mut db, name) = shop();
    db.batch_execute(STOPS).unwrap();
    let (plan, reads) = run(&mut db, &name, "SELECT allowed FROM promo_guard.plan_unpause(7)", |_, _| ());
    assert_eq!(plan, [["t"]]);
    for changes in 0..=3 {
        let (mut db, name) = shop();
        db.batch_execute(STOPS).unwrap();
        let call = "SELECT decision, status, failed_checks, retry_after, action_id, detail FROM promo_guard.unpause(7, 'test')";
        let (answer, made) = run(&mut db, &name, call, |db, read| {
            // The last read of an assessment: the policy is compared next.
            if read % reads == 0 && read / reads <= changes {
                change_policy(db, read);
            }
        });
        let answer = &answer[0];
        let status = table(&mut db, "SELECT status FROM promo_codes WHERE id = 7");
        let logged = table(
            &mut db,
            &format!(
                "SELECT decision, after ->> 'detail', policy ->> 'high_value_stars', jsonb_array_length(checks) > 0 FROM promo_guard.action_log
                 WHERE action = 'unpause' AND id = {}",
                answer[4]
            ),
        );
        // The policy that it was decided under: the one before the change that was one too many.
        let seen = if changes == 0 { 10_000 } else { 20_000 + changes.min(2) * reads };
        assert_eq!(logged[0][1..], [answer[5].as_str(), &seen.to_string(), "t"], "{changes}");
        if changes < 3 {
            assert_eq!(answer[..4], ["UNPAUSED", "ACTIVE", "{}", "∅"], "{changes}");
            assert_eq!(
                (made, status),
                ((changes + 1) * reads + 1, vec![vec!["ACTIVE".to_owned()]]),
                "{changes}"
            );
            continue;
        }
        assert_eq!(answer[..4], ["REFUSED", "PAUSED", "{}", "∅"]);
        assert_eq!(
            (made, status, logged[0][0].as_str()),
            (3 * reads, vec![vec!["PAUSED".to_owned()]], "REFUSED")
        );
        let detail = &answer[5];
        assert!(detail.contains("changed 3 times") && detail.contains("policy high_value_stars"), "{detail}");
        // The statement that it ends in names who changed the policy.
        let statement = &detail[detail.find("SELECT").unwrap()..];
        assert_eq!(table(&mut db, statement).len(), 3, "{statement}");
        let line = format!("promo_guard refused unpause of campaign 7 to postgres (action {})", answer[4]);
        let log = server().log();
        assert!(log.contains(&line) && log.contains("changed 3 times"), "{line}");
    }
}

#[test]
fn a_campaign_whose_terms_change_before_the_lock_is_assessed_again() {
    let (mut db, name) = shop();
    db.batch_execute(STOPS).unwrap();
    let (answer, _) = run(
        &mut db,
        &name,
        "SELECT decision, failed_checks FROM promo_guard.unpause(7, 'test')",
        |db, read| {
            if read == 1 {
                db.execute("UPDATE promo_codes SET target_scope = 'NOWHERE' WHERE id = 7", &[]).unwrap();
            }
        },
    );
    assert_eq!(answer, [["REFUSED", "{scope_known}"]]);
}

#[test]
fn a_guard_rule_that_begins_to_hold_before_the_lock_is_a_failed_check_beside_an_overridden_one() {
    let (mut db, name) = shop();
    db.batch_execute(STOPS).unwrap();
    db.execute("UPDATE promo_codes SET target_scope = 'NOWHERE' WHERE id = 7", &[]).unwrap();
    let (_, reads) = run(&mut db, &name, "SELECT allowed FROM promo_guard.plan_unpause(7)", |_, _| ());
    let (answer, made) = run(
        &mut db,
        &name,
        "SELECT decision, status, failed_checks, overridden, detail FROM promo_guard.unpause(7, 'test', '{scope_known}')",
        |db, read| {
            if read == reads {
                db.execute("SELECT attempts(7, 4000, 50, 'EXPIRED', NULL, 200, '40 s', '100 ms')", &[])
                    .unwrap();
            }
        },
    );
    assert_eq!(made, reads + 1);
    assert_eq!(answer[0][..4], ["REFUSED", "PAUSED", "{scope_known,guard_would_not_repause}", "{}"]);
    assert!(answer[0][4].starts_with("guard_would_not_repause fails."), "{}", answer[0][4]);
}
