//! Each rule on a campaign made for it.

mod people;
mod sentences;

use super::facts::Reason;
use super::weights::Model;
use super::*;
use crate::Micros;
use crate::attempt::Outcome;
use std::collections::HashMap;

const MINUTE: Micros = 60_000_000;
const DAY: Micros = 1_440 * MINUTE;
/// The moment of every test.
const NOW: Micros = 9_000 * DAY;
/// When the guard paused.
const PAUSED: Micros = NOW - 20 * MINUTE;

/// A campaign of known users with nothing wrong.
fn campaign() -> Facts {
    Facts {
        as_of: NOW,
        row: Row {
            id: 7,
            status: Status::Paused,
            valid_from: Some(NOW - 20 * DAY),
            valid_until: Some(NOW + 20 * DAY),
            max_total_uses: Some(10_000),
            used_total: Some(60),
            new_users_only: Some(false),
            first_purchase_only: Some(false),
            scope: Some("ANY".to_owned()),
        },
        pause: Some(Pause {
            at: PAUSED,
            source: Source::History,
            guard_since: Some(PAUSED - MINUTE / 2),
            by: Some("guard".to_owned()),
        }),
        records: Records::default(),
        evidence: (PAUSED - 15 * MINUTE, PAUSED + 10 * MINUTE),
        attempts: Vec::new(),
        users: HashMap::new(),
        redemptions: Vec::new(),
        before: Before::default(),
        pause_induced: 0,
        missing: Vec::new(),
        looked_up: true,
    }
}

/// A shop with ten bursts of which this share of users is new, and where half of all buy at once.
fn shop(new: f64) -> Shop {
    let burst = Burst { users: 50.0, new: 50.0 * new, dormant: 2.0, api: 2.0, ..Burst::default() };
    Shop {
        bursts: vec![burst; 10],
        curve: Curve { points: vec![(MINUTE, 0.5), (DAY, 0.5)], of: 1_000, strength: 20.0 },
        others_buy: (20.0, 20.0),
        api: (20.0, 400.0),
        ingestion: Ingestion::Alive,
        guard_failures: 100,
        guard_lookback: 10 * MINUTE,
    }
}

/// `n` users: accepted, bought by every second, and `taps` times more, at uneven distances.
fn come(facts: &mut Facts, n: i64, taps: i64, first_seen: Option<Micros>) {
    for i in 0..n {
        let at = PAUSED - 9 * MINUTE + i * (8 * MINUTE / n);
        let tried =
            |at, outcome| Tried { at, user: Some(i), outcome, reason: None, api: Some(false), client: None };
        facts.attempts.push(tried(at, Outcome::Accepted));
        for tap in 1..=taps {
            let uneven = at + tap * tap * 1_700_000 + (i * tap % 7) * 400_000;
            facts.attempts.push(tried(uneven, Outcome::NotApplicable));
        }
        let applied_at = (i % 2 == 0).then_some(at + MINUTE);
        facts.redemptions.push(Redeemed { user: i, at, applied_at, paid_back: false });
        let seen = first_seen.map(|first| first + i * 90 * MINUTE);
        facts.users.insert(i, User { first_seen: seen, last_seen: seen, ..User::default() });
    }
    facts.attempts.sort_by_key(|t| t.at);
}

fn concluded(facts: &Facts, shop: &Shop) -> Conclusion {
    assess(facts, shop, &Model::default())
}

#[test]
fn known_people_who_tap_twice_are_a_false_positive() {
    let mut facts = campaign();
    come(&mut facts, 70, 2, Some(NOW - 20 * DAY));
    let found = concluded(&facts, &shop(0.2));
    assert_eq!((found.verdict, found.explanations[0]), (Verdict::FalsePositive, Explanation::Repeats));
    assert!(found.by_guard && found.trigger.share(Cause::Repeat) > 0.9);
}

#[test]
fn new_people_are_usual_where_the_shops_promotions_bring_them_and_a_question_elsewhere() {
    let mut facts = campaign();
    come(&mut facts, 120, 1, None);
    facts.attempts.retain(|t| t.outcome != Outcome::NotApplicable || t.user.is_some_and(|u| u < 110));
    let (usual, unlike) = (concluded(&facts, &shop(0.97)), concluded(&facts, &shop(0.1)));
    assert!(usual.abuse < unlike.abuse);
    assert_eq!(unlike.verdict, Verdict::Inconclusive);
    assert_eq!(unlike.explanations, [Explanation::Leak, Explanation::Promotion]);
    let text = sentences(&unlike, &facts, &shop(0.1));
    assert!(
        text[0].contains("Cannot tell a promotion from a leak") && text[0].contains("whether it was planned")
    );
    let (shop, id) = (shop(0.1), facts.row.id);
    let open = Judgement::of(&facts, &shop, 1);
    let command =
        format!("SELECT promo_guard.announce({id}, '2024-08-21 23:25:00Z', '2024-08-21 23:50:00Z', '...');");
    assert!(open.action.ends_with(&format!("record it: {command}")), "{}", open.action);
    facts.records.announced.push(Announcement {
        by: "ann".into(),
        note: "TV spot".into(),
        ..(PAUSED - DAY, PAUSED + DAY).into()
    });
    let announced = Judgement::of(&facts, &shop, 1);
    assert_eq!(announced.verdict, Verdict::FalsePositive, "somebody vouches for it");
    assert!(announced.reasons[1].starts_with("Announced by ann: \"TV spot\" ("), "{:?}", announced.reasons);
    assert_eq!(evidence(&facts, &shop, crate::Span::from_days(7))["announced"][0]["by"], "ann");
    // one of another time vouches for nothing, and is not told
    facts.records.announced = vec![(PAUSED + DAY, PAUSED + 2 * DAY).into()];
    assert_eq!(Judgement::of(&facts, &shop, 1).reasons, open.reasons);
}

#[test]
fn an_announcement_never_excuses_a_program_that_hammers() {
    let mut facts = campaign();
    come(&mut facts, 40, 0, None);
    for i in 0..40 {
        for k in 1..15 {
            facts.attempts.push(Tried {
                at: PAUSED - 9 * MINUTE + i * 10_000_000 + k * 2_000_000,
                user: Some(i),
                outcome: Outcome::NotApplicable,
                reason: None,
                api: Some(true),
                client: None,
            });
        }
    }
    facts.attempts.sort_by_key(|t| t.at);
    facts.records.announced.push((PAUSED - DAY, PAUSED + DAY).into());
    assert_eq!(concluded(&facts, &shop(0.3)).verdict, Verdict::AbuseLikely);
}

#[test]
fn a_contradiction_of_the_row_decides_whatever_the_crowd_is() {
    type Change = fn(&mut Facts);
    let cases: [(&str, Change); 7] = [
        ("end before begin", |f| f.row.valid_until = f.row.valid_from),
        ("end moved back", |f| {
            f.row.valid_until = Some(NOW - 2 * DAY);
            f.before.after_end = 9;
        }),
        ("begin moved on", |f| {
            f.row.valid_from = Some(NOW + DAY);
            f.before.before_begin = 9;
        }),
        ("limit lowered", |f| {
            f.row.max_total_uses = Some(6);
            f.row.used_total = Some(50);
        }),
        ("uses a user lowered", |f| f.before.users_over_limit = 8),
        ("audience flag set", |f| {
            f.row.first_purchase_only = Some(true);
            (f.before.accepted, f.before.accepted_buyers) = (30, 25);
        }),
        ("scope edited", |f| {
            (f.before.sold, f.before.sold_outside_scope) = (20, 20);
            f.before.scope_names_product = true;
        }),
    ];
    for (name, change) in cases {
        let mut facts = campaign();
        come(&mut facts, 120, 1, None);
        change(&mut facts);
        let found = concluded(&facts, &shop(0.1));
        assert_eq!(found.verdict, Verdict::ConfigRegression, "{name}");
        assert_eq!(found.contradictions.len(), 1, "{name}");
        assert!(sentences(&found, &facts, &shop(0.1)).len() > 2);
    }
}

#[test]
fn a_scope_of_its_own_is_no_fault_while_people_buy() {
    let mut facts = campaign();
    come(&mut facts, 70, 2, Some(NOW - 20 * DAY));
    (facts.before.sold, facts.before.sold_outside_scope) = (35, 35);
    assert!(contradictions(&facts, &shop(0.2)).is_empty(), "every second user buys");
    facts.redemptions.iter_mut().skip(4).for_each(|r| r.applied_at = None);
    assert_eq!(contradictions(&facts, &shop(0.2)), [Contradiction::SoldOutsideScope(35, 35)]);
}

#[test]
fn regulars_who_buy_nothing_mean_a_wrong_scope_and_never_where_everything_can_be_bought() {
    let mut facts = campaign();
    come(&mut facts, 70, 2, Some(NOW - 20 * DAY));
    facts.redemptions.iter_mut().for_each(|r| r.applied_at = None);
    assert!(contradictions(&facts, &shop(0.2)).is_empty(), "scope ANY");
    facts.row.scope = Some("PREMIUM_2025".to_owned());
    let found = concluded(&facts, &shop(0.2));
    assert_eq!(found.verdict, Verdict::ConfigRegression);
    assert!(matches!(found.contradictions[..], [Contradiction::NobodyBuys(_)]));
    assert_eq!(found.measures[7], 0.0, "the fault explains that nobody buys");
    let down = Shop { others_buy: (20.0, 2.0), ..shop(0.2) };
    assert!(contradictions(&facts, &down).is_empty(), "nobody buys anything");
}

#[test]
fn a_launch_whose_audience_flag_turns_most_people_away_is_a_fault() {
    let mut facts = campaign();
    facts.row.new_users_only = Some(true);
    for i in 0..110 {
        let tried = rejected(1_000 + i, Outcome::NotApplicable, Some(Reason::Audience));
        facts.attempts.push(tried);
        let seen = Some(NOW - 20 * DAY + i * 90 * MINUTE);
        facts.users.insert(1_000 + i, User { first_seen: seen, last_seen: seen, ..User::default() });
    }
    let found = concluded(&facts, &shop(0.2));
    assert_eq!((found.verdict, found.ground), (Verdict::ConfigRegression, Ground::Audience));
    // A flag that has stood for long does what it is for.
    facts.before.accepted = 200;
    assert_ne!(concluded(&facts, &shop(0.2)).verdict, Verdict::ConfigRegression);
}

#[test]
fn a_pause_that_nothing_explains_and_one_on_purpose_are_never_false_positives() {
    let mut facts = campaign();
    come(&mut facts, 30, 0, Some(NOW - 20 * DAY));
    let pause = facts.pause.as_mut().expect("it is paused");
    pause.guard_since = None;
    let found = concluded(&facts, &shop(0.2));
    assert_eq!((found.verdict, found.explanations[0]), (Verdict::Inconclusive, Explanation::Unexplained));
    facts.records.pause_reason = Some("leaked on a coupon site".to_owned());
    let found = concluded(&facts, &shop(0.2));
    assert_eq!((found.verdict, found.explanations[0]), (Verdict::Inconclusive, Explanation::Decision));
    // The guard's rule may hold as well: we paused it all the same.
    facts.pause.as_mut().expect("it is paused").guard_since = Some(PAUSED - MINUTE);
    assert_eq!(concluded(&facts, &shop(0.2)).explanations[0], Explanation::Decision);
    facts.records.pause_reason = None;
    facts.records.successor = true;
    let found = concluded(&facts, &shop(0.2));
    assert_eq!((found.verdict, found.explanations[0]), (Verdict::FalsePositive, Explanation::Successor));
}

#[test]
fn many_pauses_of_one_minute_are_one_event() {
    let mut facts = campaign();
    let pause = facts.pause.as_mut().expect("it is paused");
    pause.guard_since = None;
    facts.records.paused_together = 12;
    assert_eq!(concluded(&facts, &shop(0.2)).explanations, [Explanation::MassPause]);
}

#[test]
fn a_guard_stretch_of_last_week_explains_no_pause_of_today() {
    let mut facts = campaign();
    facts.pause.as_mut().expect("it is paused").guard_since = Some(PAUSED - 6 * DAY);
    let found = concluded(&facts, &shop(0.2));
    assert!(!found.by_guard);
    assert_eq!(found.verdict, Verdict::Inconclusive);
}

#[test]
fn an_end_in_the_ordinary_course_is_healthy_and_a_limit_that_turns_people_away_is_not() {
    let mut facts = campaign();
    facts.row.valid_until = Some(PAUSED - 2 * MINUTE);
    facts.pause.as_mut().expect("it is paused").guard_since = Some(PAUSED - MINUTE);
    come(&mut facts, 30, 0, Some(NOW - 20 * DAY));
    for i in 0..120 {
        facts.attempts.push(rejected(1_000 + i, Outcome::Expired, None));
    }
    facts.attempts.sort_by_key(|t| t.at);
    let found = concluded(&facts, &shop(0.2));
    assert_eq!(found.trigger.main(), Some(Cause::Validity));
    assert_eq!((found.verdict, found.explanations[0]), (Verdict::Healthy, Explanation::Ended));

    let mut facts = campaign();
    (facts.row.max_total_uses, facts.row.used_total) = (Some(30), Some(30));
    for i in 0..120 {
        facts.attempts.push(rejected(1_000 + i, Outcome::NotApplicable, Some(Reason::Depleted)));
    }
    let found = concluded(&facts, &shop(0.2));
    assert_eq!(found.trigger.main(), Some(Cause::Limit));
    assert_eq!(
        (found.verdict, found.explanations[0]),
        (Verdict::ConfigRegression, Explanation::LimitTooSmall)
    );
}

fn rejected(user: i64, outcome: Outcome, reason: Option<Reason>) -> Tried {
    let at = PAUSED - MINUTE + (user % 60) * 900_000;
    Tried { at, user: Some(user), outcome, reason, api: Some(false), client: None }
}

#[test]
fn a_few_clients_that_loop_are_no_crowd() {
    let mut facts = campaign();
    come(&mut facts, 3, 0, Some(NOW - 20 * DAY));
    for i in 0..120 {
        let at = PAUSED - MINUTE + i * 450_000;
        facts.attempts.push(Tried { at, ..rejected(i % 3, Outcome::NotApplicable, None) });
    }
    let found = concluded(&facts, &shop(0.2));
    assert_eq!((found.verdict, found.ground), (Verdict::FalsePositive, Ground::Loop));
}

#[test]
fn failures_without_a_success_leave_the_pause_unexplained() {
    let mut facts = campaign();
    for i in 0..120 {
        facts.attempts.push(rejected(1_000 + i, Outcome::NotApplicable, Some(Reason::Other)));
        let seen = Some(NOW - 20 * DAY + i * 90 * MINUTE);
        facts.users.insert(1_000 + i, User { first_seen: seen, last_seen: seen, ..User::default() });
    }
    let found = concluded(&facts, &shop(0.2));
    assert_eq!(found.trigger.main(), Some(Cause::Rejected));
    assert_eq!(found.verdict, Verdict::Inconclusive);
}

#[test]
fn purchases_count_once_five_are_expected_and_others_still_buy() {
    let mut facts = campaign();
    come(&mut facts, 60, 2, None);
    facts.redemptions.iter_mut().for_each(|r| r.applied_at = None);
    let usual = shop(0.9);
    let crowd = Crowd::of(&facts, &usual, &[]);
    assert!(crowd.does_not_buy(&usual) > 5.0, "30 expected, none seen");
    let young = Shop { curve: Curve { points: vec![(DAY, 0.5)], ..usual.curve.clone() }, ..usual.clone() };
    assert_eq!(
        Crowd::of(&facts, &young, &[]).does_not_buy(&young),
        0.0,
        "people of this shop buy after a day"
    );
    let down = Shop { others_buy: (20.0, 1.0), ..usual };
    assert_eq!(Crowd::of(&facts, &down, &[]).does_not_buy(&down), 0.0, "nobody buys anything");
}

#[test]
fn no_weight_speaks_for_abuse_where_a_sign_is_absent() {
    let weights = Model::default().weights;
    assert!(weights.each.iter().all(|w| *w >= 0.0), "monotone");
    assert!(weights.intercept < -2.0);
}

#[test]
fn facts_of_nothing_are_judged_without_a_panic() {
    let mut facts = campaign();
    facts.pause = None;
    facts.row.status = Status::Active;
    let bare = Shop {
        bursts: Vec::new(),
        curve: Curve::default(),
        others_buy: (0.0, 0.0),
        api: (0.0, 0.0),
        ingestion: Ingestion::Unknown,
        guard_failures: 100,
        guard_lookback: 10 * MINUTE,
    };
    let found = concluded(&facts, &bare);
    assert_eq!(found.verdict, Verdict::Healthy);
    assert!(found.measures.iter().all(|m| *m == 0.0));
    (facts.evidence, facts.as_of) = ((Micros::MIN, Micros::MAX), Micros::MAX);
    come(&mut facts, 20, 1, Some(Micros::MIN));
    facts.users.insert(3, User { first_seen: Some(5), last_seen: Some(NOW), ..User::default() });
    let _ = sentences(&concluded(&facts, &bare), &facts, &bare);
    assert_eq!(ingestion(NOW, &[Micros::MAX, Micros::MIN]), Ingestion::Alive);
}

#[test]
fn what_an_earlier_pause_turns_away_explains_no_pause() {
    let mut facts = campaign();
    come(&mut facts, 30, 0, Some(NOW - 20 * DAY));
    for i in 0..120 {
        let at = PAUSED - 8 * MINUTE + i * 3_000_000;
        let (user, outcome) = (Some(100 + i % 60), Outcome::Expired);
        facts.attempts.push(Tried { at, user, outcome, reason: None, api: None, client: None });
    }
    facts.attempts.sort_by_key(|t| t.at);
    let found = concluded(&facts, &shop(0.2));
    assert!(!found.by_guard && found.trigger.failures(Cause::EarlierPause) > 100);
    assert_eq!((found.verdict, found.explanations[0]), (Verdict::Inconclusive, Explanation::Unexplained));
}

#[test]
fn the_applications_own_word_for_a_repeat_is_believed() {
    let mut facts = campaign();
    come(&mut facts, 70, 2, Some(NOW - 20 * DAY));
    // Their successes are not on record.
    facts.attempts.retain(|t| t.outcome == Outcome::NotApplicable);
    assert_eq!(concluded(&facts, &shop(0.2)).trigger.main(), Some(Cause::Rejected));
    for tried in &mut facts.attempts {
        tried.reason = Some(Reason::AlreadyUsed);
    }
    let found = concluded(&facts, &shop(0.2));
    assert_eq!((found.trigger.main(), found.crowd.went_on), (Some(Cause::Repeat), (0, 70)));
}

#[test]
fn a_flag_that_turns_users_away_since_today_is_a_fault_and_users_who_go_on_are_another_question() {
    let mut facts = campaign();
    come(&mut facts, 30, 0, Some(NOW - 20 * DAY));
    facts.row.new_users_only = Some(true);
    (facts.before.accepted, facts.before.accepted_lately) = (400, 60);
    for i in 0..120 {
        let at = PAUSED - 30_000_000 + i * 200_000;
        let user = 500 + i;
        let tried = Tried {
            at,
            user: Some(user),
            outcome: Outcome::NotApplicable,
            reason: Some(Reason::Audience),
            api: None,
            client: None,
        };
        facts.attempts.push(tried);
        let seen = Some(NOW - 9 * DAY - user * 90 * MINUTE);
        facts.users.insert(user, User { first_seen: seen, last_seen: seen, ..User::default() });
    }
    facts.attempts.sort_by_key(|t| t.at);
    let found = concluded(&facts, &shop(0.2));
    assert_eq!(found.verdict, Verdict::ConfigRegression);
    assert!(
        matches!(found.contradictions[..], [Contradiction::AudienceSince(120)]),
        "{:?}",
        found.contradictions
    );
    // It turned as many away the day before: it does what it is for.
    let mut stood = facts.clone();
    stood.before.turned_away_lately = 150;
    assert!(concluded(&stood, &shop(0.2)).contradictions.is_empty());
    // Whether it knew them makes no difference; that they go on does.
    let mut strangers = facts.clone();
    strangers.users.retain(|id, _| *id < 500);
    assert_eq!(concluded(&strangers, &shop(0.2)).verdict, Verdict::ConfigRegression);
    for tried in facts.attempts.clone().into_iter().filter(|t| t.user >= Some(500)) {
        facts.attempts.extend((1..4).map(|i| Tried { at: tried.at + i * 5_000_000, ..tried }));
    }
    facts.attempts.sort_by_key(|t| t.at);
    assert_ne!(concluded(&facts, &shop(0.2)).verdict, Verdict::ConfigRegression);
}

#[test]
fn a_pause_of_ours_with_a_reason_is_open_and_no_sign_of_abuse() {
    let mut facts = campaign();
    come(&mut facts, 30, 0, Some(NOW - 20 * DAY));
    facts.pause.as_mut().expect("it is paused").guard_since = None;
    let found = concluded(&facts, &shop(0.2));
    assert!(found.verdict == Verdict::Inconclusive && !found.abuse_ruled_out, "no record says why");
    facts.records.pause_reason = Some("the landing page is broken".to_owned());
    let found = concluded(&facts, &shop(0.2));
    assert!(found.verdict == Verdict::Inconclusive && found.abuse_ruled_out);
}

/// Programs that send the code at an even pace, and results that no rule knows.
fn come_unread(facts: &mut Facts) {
    for i in 0..400 {
        let at = PAUSED - 10 * MINUTE + i * MINUTE / 50;
        let user = Some(i % 40);
        facts.attempts.push(Tried {
            at,
            user,
            outcome: Outcome::Other,
            reason: None,
            api: None,
            client: None,
        });
    }
}

#[test]
fn results_that_no_rule_knows_are_no_sign_of_an_attack() {
    let mut facts = campaign();
    come_unread(&mut facts);
    let found = concluded(&facts, &shop(0.2));
    assert_eq!((found.verdict, found.ground), (Verdict::Inconclusive, Ground::NoData));
    let text = sentences(&found, &facts, &shop(0.2));
    assert!(text[0].contains("the results of 400 of its 400 attempts"), "{text:?}");
    facts.pause = None;
    let found = concluded(&facts, &shop(0.2));
    assert_eq!((found.verdict, found.ground), (Verdict::Inconclusive, Ground::NoData));
    // The campaign's own row still speaks.
    facts.row.used_total = Some(12);
    facts.row.max_total_uses = Some(10);
    assert_eq!(concluded(&facts, &shop(0.2)).verdict, Verdict::ConfigRegression);
    // Fewer than half of them leave the rest to be read.
    let mut mixed = campaign();
    come(&mut mixed, 70, 6, Some(NOW - 20 * DAY));
    come_unread(&mut mixed);
    mixed.attempts.sort_by_key(|tried| tried.at);
    assert_ne!(concluded(&mixed, &shop(0.2)).ground, Ground::NoData);
}

#[test]
fn without_the_columns_that_tell_users_apart_nothing_is_said_in_favour() {
    let mut facts = campaign();
    come(&mut facts, 70, 2, Some(NOW - 20 * DAY));
    let sure = concluded(&facts, &shop(0.2));
    facts.missing = vec!["attempts.metadata".to_owned()];
    let less = concluded(&facts, &shop(0.2));
    assert!(less.verdict == Verdict::FalsePositive && less.confidence < sure.confidence);
    facts.missing = vec!["attempts.user_id".to_owned()];
    let none = concluded(&facts, &shop(0.2));
    assert_eq!((none.verdict, none.ground), (Verdict::Inconclusive, Ground::NoData));
}
