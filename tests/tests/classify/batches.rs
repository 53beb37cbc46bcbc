//! A batch of single-use codes is judged as one campaign: of a leak each code succeeds once, and nothing fails.

use super::shop::{AS_OF, shop};
use postgres::Client;
use promo_guard_core::classify::{Judgement, Verdict};
use promo_guard_core::policy::Policy;
use promo_guard_habits::gather::gather;
use promo_guard_habits::habits::Region;
use promo_guard_habits::story::{self, Choice};
use promo_guard_habits::truth::Kind;
use promo_guard_habits::view::View;
use promo_guard_tests::{habits, server, table};
use serde_json::Value;
use std::collections::BTreeSet;

/// 600 codes, each for one use: 200 were used over five days by regulars. With `status` and who takes 300 more in the last half hour.
fn batch(db: &mut Client, status: &str, user: &str) {
    db.batch_execute(&format!(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until,
                                  max_total_uses, created_at, updated_at)
         SELECT 5000 + g, md5(g::text) || md5('b' || g), 'B', 'Partner''s codes', 'PERCENT_DISCOUNT', 'ALL', 'ACTIVE', '2026-01-01Z', '2027-01-01Z',
                1, '2026-01-01Z', '2026-01-01Z' FROM generate_series(1, 600) AS g;
         CREATE TEMP TABLE used AS
         SELECT 5000 + g AS id, CASE WHEN g <= 200 THEN 1 + g % 400 ELSE {user} END AS user_id,
                CASE WHEN g <= 200 THEN '2026-02-24 12:00Z'::timestamptz + g * interval '30 min'
                     ELSE '2026-03-01 11:32Z'::timestamptz + (g - 200) * interval '5 s' END AS at
         FROM generate_series(1, 500) AS g;
         INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
         SELECT 900000 + u.id, u.user_id, c.code_hash, 'ACCEPTED', 'COMMAND', u.at FROM used AS u JOIN promo_codes AS c USING (id);
         INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, created_at, applied_at, updated_at)
         SELECT gen_random_uuid(), id, user_id, 'APPLIED', at, at + interval '1 min', at + interval '1 min' FROM used;
         UPDATE promo_codes SET used_total = 1 WHERE id IN (SELECT id FROM used);
         UPDATE promo_codes SET status = '{status}', updated_at = '2026-03-01 11:58Z' WHERE campaign_name = 'Partner''s codes' AND '{status}' <> 'ACTIVE'"
    ))
    .unwrap();
}

fn page(db: &mut Client) -> Value {
    let page = table(db, &format!("SELECT promo_guard.triage(as_of => '{AS_OF}')")).remove(0).remove(0);
    serde_json::from_str(&page).unwrap()
}

fn judged(db: &mut Client) -> Vec<Vec<String>> {
    table(
        db,
        &format!(
            "SELECT campaign_id, verdict, array_to_string(reasons, ' '), action FROM promo_guard.classify(as_of => '{AS_OF}')
             WHERE campaign_name = 'Partner''s codes'"
        ),
    )
}

#[test]
fn a_crowd_of_new_users_on_a_batch_is_one_question_with_one_answer_for_all_codes() {
    let mut db = shop();
    batch(&mut db, "ACTIVE", "90000 + g");
    let found = judged(&mut db);
    assert_eq!(found.len(), 1, "one code stands for the batch: {found:?}");
    assert_ne!(found[0][1], "HEALTHY", "{found:?}");
    assert!(
        found[0][2].contains("The 600 codes of \"Partner's codes\" are judged as one campaign"),
        "{found:?}"
    );
    assert!(found[0][3].contains("pause_batch('Partner''s codes'"), "{found:?}");
    let page = page(&mut db);
    let line = &page["batches"][0];
    assert_eq!(line["campaign_name"], "Partner's codes");
    assert_eq!(
        (&line["verdict"], &line["codes"], &line["accepted"]),
        (&found[0][1].clone().into(), &300.into(), &300.into())
    );
    assert_eq!(page["headline"]["active_with_findings"], 1);
    // The same number of regulars is no crowd of strangers.
    let mut db = shop();
    batch(&mut db, "ACTIVE", "1 + (g * 7) % 400");
    assert!(judged(&mut db).is_empty(), "{:?}", judged(&mut db));
}

#[test]
fn no_code_of_a_batch_that_may_have_leaked_is_cleared_by_its_own_single_use() {
    let mut db = shop();
    batch(&mut db, "PAUSED", "90000 + g");
    let found = judged(&mut db);
    assert_eq!(found.len(), 600);
    let open = found.iter().all(|row| row[1] == "INCONCLUSIVE" || row[1] == "ABUSE_LIKELY");
    assert!(open, "{:?}", &found[..3]);
    // Also of a code that nobody has used yet.
    let checks =
        table(&mut db, "SELECT passed, detail FROM promo_guard.check_unpause(5599) WHERE name = 'not_abuse'");
    assert_eq!(checks[0][0], "f", "{checks:?}");
    assert_eq!(page(&mut db)["batches"][0]["paused"], 600);
}

#[test]
fn the_successors_of_a_leaked_batch_are_new_codes() {
    let mut db = shop();
    batch(&mut db, "PAUSED", "90000 + g");
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until,
                                  max_total_uses, created_at, updated_at)
         SELECT 7000 + g, md5('n' || g) || md5('m' || g), 'N', 'Partner''s codes', 'PERCENT_DISCOUNT', 'ALL', 'PAUSED', '2026-01-01Z', '2027-01-01Z',
                1, '2026-03-01 11:59Z', '2026-03-01 11:59Z' FROM generate_series(1, 20) AS g;
         INSERT INTO promo_guard.rotation (old_campaign_id, new_campaign_id, at, action_id)
         SELECT 5500 + g, 7000 + g, '2026-03-01 11:59Z', g FROM generate_series(1, 20) AS g",
    )
    .unwrap();
    let verdicts = table(
        &mut db,
        &format!(
            "SELECT campaign_id > 7000, verdict, count(*) FROM promo_guard.classify(as_of => '{AS_OF}')
             WHERE campaign_name = 'Partner''s codes' GROUP BY 1, 2 ORDER BY 1, 2"
        ),
    );
    let successors: Vec<&Vec<String>> = verdicts.iter().filter(|row| row[0] == "t").collect();
    assert_eq!(successors, [&["t", "FALSE_POSITIVE", "20"].map(String::from).to_vec()], "{verdicts:?}");
    let old = verdicts.iter().filter(|row| row[0] == "f");
    assert!(old.clone().count() > 0 && old.clone().all(|row| row[1] != "FALSE_POSITIVE"), "{verdicts:?}");
}

/// The extension finds out about a batch what the simulator does, which looks at everything.
#[test]
fn generated_batches_are_judged_as_in_the_simulator() {
    let policy = Policy::default();
    let choice = Choice::of(Region::All).only(&[Kind::LeakedBatch, Kind::BatchMailing]);
    let (mut leaks, mut mailings, mut differ) = (0, 0, Vec::new());
    for seed in 9_900_000.. {
        if leaks >= 3 && mailings >= 2 {
            break;
        }
        let made = story::shop(seed, &choice);
        let view = View::of(&made);
        let expected = |place: usize| {
            let (facts, usual) = gather(&view, place, &policy);
            Judgement::of(&facts, &usual, 1).verdict
        };
        let leak = made.truth.iter().any(|truth| expected(truth.campaign) == Verdict::AbuseLikely);
        let mailing = made.truth.iter().any(|truth| truth.kind == Kind::BatchMailing);
        if !(leak && leaks < 3 || mailing && mailings < 2) {
            continue;
        }
        (leaks, mailings) = (leaks + u32::from(leak), mailings + u32::from(mailing));
        let (mut db, name) = server().empty_database();
        habits::load(&mut db, &made);
        for truth in &made.truth {
            let (row, expected) = (&made.campaigns[truth.campaign], expected(truth.campaign));
            let sql =
                format!("SELECT verdict FROM promo_guard.classify() WHERE campaign_name = '{}'", row.name);
            let found: BTreeSet<String> = table(&mut db, &sql).into_iter().flatten().collect();
            let same =
                if found.is_empty() { expected == Verdict::Healthy } else { found.contains(expected.name()) };
            println!("{seed} {:?} {}: {found:?}, {}", truth.kind, row.name, expected.name());
            if !same {
                differ.push(format!("{seed} {:?} {}: {found:?}, {}", truth.kind, row.name, expected.name()));
            }
        }
        drop(db);
        server().connect("postgres").batch_execute(&format!("DROP DATABASE {name}")).unwrap();
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
