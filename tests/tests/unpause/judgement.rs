//! Zero unsafe unpauses over held-out incidents of the generator, in core and through SQL.
//! PROMO_GUARD_INCIDENTS says over how many. `make test-full` takes 1,000.

use chrono::Utc;
use postgres::Client;
use promo_guard_generator::{Dataset, IncidentKind, Micros, Status, Verdict, generate};
use promo_guard_tests::load::{LoadOptions, load};
use promo_guard_tests::scoring::facts::History;
use promo_guard_tests::scoring::scenario::HELD_OUT;
use promo_guard_tests::scoring::unpause::{Judge, Tally};
use promo_guard_tests::{server, table};
use std::env;

fn incidents(usual: u32) -> u32 {
    env::var("PROMO_GUARD_INCIDENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

#[test]
fn in_core_no_pause_is_lifted_that_should_stay_and_every_refusal_says_why() {
    for history in [History::Attached, History::None] {
        let tally = Tally::of(&HELD_OUT, incidents(72), history, Judge::SectionTwo);
        assert!(tally.unsafe_unpauses.is_empty(), "{history:?}: {:#?}", tally.unsafe_unpauses);
        assert!(tally.unexplained * 100 <= 3 * tally.clean, "{history:?}: {:#?}", tally.refused);
        assert!(tally.paused > 20 && tally.refused.len() < tally.clean as usize, "{history:?}: {tally:#?}");
    }
}

#[test]
fn the_other_eleven_let_nothing_through_but_abuse_even_where_the_verdict_sees_no_evil() {
    for history in [History::Attached, History::None] {
        let tally = Tally::of(&HELD_OUT, incidents(72), history, Judge::Trusting);
        for (n, decided) in &tally.unsafe_unpauses {
            assert_eq!(
                decided.truth.verdict,
                Verdict::AbuseLikely,
                "scenario {n}, {history:?}: {decided:#?}"
            );
        }
        assert!(tally.paused > 20, "{} paused campaigns were looked at", tally.paused);
    }
}

/// A shop's tables as of now in a database of their own, bound. The history is replayed into our records where it is said to
/// be attached.
fn database(data: &Dataset, history: History) -> (Client, String) {
    let (mut db, name) = server().empty_database();
    load(&mut db, data, &LoadOptions::default().without_foreign_keys()).unwrap();
    db.batch_execute("CREATE EXTENSION promo_guard; SELECT promo_guard.bind(ledger => 'ledger')").unwrap();
    if history == History::Attached {
        let mut rows = String::new();
        for change in &data.status_changes {
            rows.push_str(&format!(
                "INSERT INTO promo_guard.status_history (campaign_id, from_status, to_status, at, actor, transaction_id)
                 VALUES ({}, '{}', '{}', to_timestamp({}::numeric / 1000000), '{:?}', pg_current_xact_id());",
                data.campaign(change.campaign).id.0, change.from, change.to, change.at.0, change.by
            ));
        }
        db.batch_execute(&rows).unwrap();
        db.batch_execute("SELECT promo_guard.attach_history()").unwrap();
    }
    (db, name)
}

#[test]
fn through_sql_no_pause_is_lifted_that_should_stay_and_every_refusal_says_why() {
    let (mut paused, mut clean, mut lifted, mut refused) = (0, 0, 0, Vec::new());
    for n in 0..incidents(18) {
        let mut scenario = HELD_OUT.scenario(n);
        scenario.config.end = Micros(Utc::now().timestamp_micros());
        let history = if n % 2 == 0 { History::None } else { History::Attached };
        let data = generate(&scenario.config);
        let (mut db, name) = database(&data, history);
        for truth in
            data.truth.campaigns.iter().filter(|t| data.campaign(t.campaign).status == Status::Paused)
        {
            paused += 1;
            clean += u32::from(truth.unpause_safe);
            let id = data.campaign(truth.campaign).id.0;
            let answer = table(
                &mut db,
                &format!(
                    "SELECT decision, failed_checks, detail, retry_after, status FROM promo_guard.unpause({id}, 'held out')"
                ),
            );
            let about = format!("scenario {n}, {:?}, {history:?}, {truth:?}: {answer:?}", scenario.kind);
            if answer[0][0] == "UNPAUSED" {
                assert!(truth.unpause_safe, "UNSAFE {about}");
                assert_eq!(answer[0][4], "ACTIVE");
                lifted += 1;
            } else {
                assert_eq!((answer[0][0].as_str(), answer[0][4].as_str()), ("REFUSED", "PAUSED"), "{about}");
                assert!(answer[0][1].len() > 2 && answer[0][2].len() > 40, "a refusal says why: {about}");
                if truth.unpause_safe {
                    refused.push(answer[0][1].clone());
                }
            }
        }
        drop(db);
        server().connect("postgres").batch_execute(&format!("DROP DATABASE {name}")).unwrap();
    }
    refused.sort();
    println!(
        "{paused} paused, {clean} of them clean: {lifted} lifted, {} refused with a reason: {refused:?}",
        refused.len()
    );
    assert!(paused > 5 && IncidentKind::ALL.len() == 18);
}
