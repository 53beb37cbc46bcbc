//! What a few people do, and what becomes of what they buy.

use super::*;
use crate::classify::plan::HALF_HOUR;

/// Four users who each send the code `times` in one second, again and again, beside `n` regulars who tap twice.
fn bursts(n: i64, times: i64, first_seen: Option<Micros>) -> Facts {
    let mut facts = campaign();
    come(&mut facts, n, 2, Some(NOW - 20 * DAY));
    for user in 9_001..9_005 {
        let from = PAUSED - 8 * MINUTE + user % 7 * 20_000_000;
        for i in 0..28 {
            let at = from + i / times * 11_000_000 + i % times * 90_000;
            let outcome = if i == 0 { Outcome::Accepted } else { Outcome::NotApplicable };
            let reason = (i > 0).then_some(Reason::AlreadyUsed);
            facts.attempts.push(Tried { at, user: Some(user), outcome, reason, api: None, client: None });
        }
        facts.users.insert(user, User { first_seen, last_seen: first_seen, ..User::default() });
    }
    facts.attempts.sort_by_key(|t| t.at);
    facts
}

#[test]
fn a_few_new_accounts_that_send_in_parallel_are_not_called_fine() {
    let facts = bursts(0, 7, None);
    let found = concluded(&facts, &shop(0.95));
    assert_eq!((found.verdict, found.ground), (Verdict::Inconclusive, Ground::Loop));
    assert_eq!(found.explanations, [Explanation::Attack, Explanation::Repeats]);
    assert!(!found.abuse_ruled_out && found.crowd.parallel == 4);
    let text = sentences(&found, &facts, &shop(0.95));
    assert!(text[0].contains("Cannot tell an attack on campaign 7 from an app that repeats"), "{}", text[0]);
    assert!(text.contains(&"4 users sent the code six times or more within one second.".to_owned()));
    // The same on a code that nobody paused, where a handful of users is no crowd.
    let mut active = facts.clone();
    (active.pause, active.row.status) = (None, Status::Active);
    assert_eq!(concluded(&active, &shop(0.95)).verdict, Verdict::Inconclusive);
    // Customers of the shop: their app loops. And two taps at once are an app that sends twice.
    let regulars = concluded(&bursts(0, 7, Some(NOW - 9 * DAY)), &shop(0.2));
    assert_eq!((regulars.verdict, regulars.ground), (Verdict::FalsePositive, Ground::Loop));
    assert_eq!(concluded(&bursts(0, 2, None), &shop(0.95)).crowd.parallel, 0);
}

#[test]
fn what_was_paid_back_was_not_bought() {
    let mut facts = campaign();
    come(&mut facts, 70, 2, Some(NOW - 20 * DAY));
    let usual = shop(0.2);
    let bought = Crowd::of(&facts, &usual, &[]);
    facts.redemptions.iter_mut().for_each(|r| r.paid_back = r.applied_at.is_some());
    let paid_back = Crowd::of(&facts, &usual, &[]);
    assert_eq!((bought.bought, paid_back.bought), (35, 0));
    assert!(bought.does_not_buy(&usual) == 0.0 && paid_back.does_not_buy(&usual) > 5.0);
    assert!(contradictions(&facts, &usual).is_empty(), "it could be bought with");
}

#[test]
fn what_the_shop_sells_is_compared_with_the_days_before_while_purchases_were_due() {
    // Whoever buys does so within the half hour.
    let curve = Curve { points: vec![(MINUTE, 0.5), (DAY, 0.5)], of: 1_000, strength: 20.0 };
    let came = plan::half_hour(NOW - 3 * HALF_HOUR);
    let sold = |now: u64, later: u64| {
        let mut sales: Vec<(Micros, u64)> = (1..=3).rev().map(|day| (came - day * DAY, 20)).collect();
        sales.extend([(came, now), (came + HALF_HOUR, later)]);
        curve.sold_meanwhile(&sales, [came + MINUTE; 40].into_iter(), NOW)
    };
    assert_eq!(sold(19, 0), (20.0, 19.0), "as ever");
    assert_eq!(sold(0, 300), (20.0, 0.0), "payments were down then, and came back");
    assert_eq!(curve.sold_meanwhile(&[], [came; 4].into_iter(), NOW), (0.0, 0.0));
    assert_eq!(curve.sold_meanwhile(&[(came, 9)], [came; 4].into_iter(), NOW), (0.0, 9.0), "no day before");
}

#[test]
fn new_users_who_guessed_until_they_found_the_code_are_abuse_and_a_few_in_a_crowd_are_a_question() {
    let with_guessers = |n| {
        let mut facts = campaign();
        come(&mut facts, n, 1, None);
        for guesser in 0..5 {
            facts.users.insert(guesser, User { unknown_codes: 40, ..User::default() });
        }
        concluded(&facts, &shop(0.1))
    };
    let found = with_guessers(70);
    assert_eq!((found.verdict, found.explanations[0]), (Verdict::AbuseLikely, Explanation::Attack));
    assert_eq!(with_guessers(700).verdict, Verdict::Inconclusive, "5 of 700 users");
}

#[test]
fn new_users_who_buy_nothing_while_the_shop_sells_are_abuse_and_a_question_while_payments_are_down() {
    let mut facts = campaign();
    come(&mut facts, 120, 1, None);
    facts.redemptions.iter_mut().for_each(|r| r.applied_at = None);
    assert_eq!(concluded(&facts, &shop(0.1)).verdict, Verdict::AbuseLikely);
    let down = Shop { others_buy: (20.0, 1.0), ..shop(0.1) };
    assert_eq!(concluded(&facts, &down).verdict, Verdict::Inconclusive);
}

#[test]
fn a_program_that_uses_the_code_again_and_again_is_no_loop_of_an_app() {
    let mut facts = campaign();
    facts.row.status = Status::Active;
    facts.pause = None;
    let mut tried = |user: i64, nth: i64, outcome| {
        let at = PAUSED - 9 * MINUTE + user * 300_000 + nth * 4_000_000;
        facts.attempts.push(Tried { at, user: Some(user), outcome, reason: None, api: None, client: None });
    };
    for user in 0..4 {
        (0..4).for_each(|nth| tried(user, nth, Outcome::Accepted));
        (4..40).for_each(|nth| tried(user, nth, Outcome::NotApplicable));
    }
    facts.attempts.sort_by_key(|tried| tried.at);
    let found = concluded(&facts, &shop(0.2));
    assert_eq!(
        (found.verdict, found.explanations.as_slice()),
        (Verdict::Inconclusive, [Explanation::Attack, Explanation::Repeats].as_slice())
    );
    // Accepted once: an app that repeats its request.
    let mut seen = std::collections::HashSet::new();
    facts.attempts.retain(|t| t.outcome != Outcome::Accepted || seen.insert(t.user));
    assert_eq!(concluded(&facts, &shop(0.2)).verdict, Verdict::Healthy);
}

#[test]
fn a_crowd_of_whom_nobody_buys_is_not_called_fine_where_nobody_else_buys_either() {
    let mut facts = campaign();
    come(&mut facts, 70, 2, Some(NOW - 20 * DAY));
    let down = Shop { others_buy: (20.0, 1.0), ..shop(0.2) };
    assert_eq!(concluded(&facts, &down).verdict, Verdict::FalsePositive, "they buy");
    facts.redemptions.iter_mut().for_each(|r| r.applied_at = None);
    let found = concluded(&facts, &down);
    assert_eq!(
        (found.verdict, found.measures[7]),
        (Verdict::Inconclusive, 0.0),
        "an outage is no sign of abuse"
    );
}

#[test]
fn a_mass_pause_of_the_codes_of_a_batch_stays_one() {
    let mut facts = campaign();
    facts.pause = facts.pause.map(|pause| Pause { guard_since: None, source: Source::Estimated, ..pause });
    facts.records.paused_together = 12;
    let own = Judgement::of(&facts, &shop(0.2), 12);
    let batch = Judgement::of_batch(&facts, &shop(0.2), "Partner's codes", 12);
    assert!(own.mass_pause && batch.mass_pause && !batch.abuse_ruled_out);
    assert!(own.clone().or_of_batch(&batch).mass_pause, "all that is known of both");
    let open = Judgement { mass_pause: false, ..batch };
    assert!(!own.or_of_batch(&open).mass_pause, "there is a question about the batch");
}
