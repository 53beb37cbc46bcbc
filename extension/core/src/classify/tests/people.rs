//! What a few people do, and what becomes of what they buy.

use super::*;
use crate::classify::plan::{HALF_HOUR, Peak};

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
fn what_others_buy_is_measured_without_the_bursts_of_other_campaigns() {
    let from = NOW - 2 * HALF_HOUR;
    let curve = Curve { points: vec![(MINUTE, 0.5), (DAY, 0.5)], of: 1_000, strength: 20.0 };
    let slot = |all, bought| {
        let mut slot = Slot { from, all, ..Slot::default() };
        slot.bought[0] = bought;
        slot
    };
    let peak = |campaign, all, of_day| Peak { campaign, from, all, bought: 0, of_day };
    // 20 here and there, of whom 10 bought; 200 accounts of an attack on another code, who bought nothing; 40 on this code.
    let (slots, own) = ([slot(260, 11)], [slot(40, 1)]);
    let of = |peaks: &[Peak]| curve.due_of_others(&slots, &own, peaks.iter(), (from, NOW));
    assert_eq!(of(&[]), (110.0, 10.0), "it would look as if payments were down");
    assert_eq!(of(&[peak(8, 200, 210)]), (10.0, 10.0));
    assert_eq!(of(&[peak(8, 200, 9_600)]), (110.0, 10.0), "as busy as all day");
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
