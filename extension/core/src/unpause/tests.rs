//! Each check with what passes it and what does not; the plan and what may be overridden.

use super::*;
use crate::attempt::{Outcome, Outcomes};
use crate::campaign::Campaign;
use crate::classify::Verdict;
use crate::guard::Rule;
use crate::policy::Policy;
use crate::{Micros, Span};
use proptest::prelude::*;

const SEC: Micros = 1_000_000;
const MIN: Micros = 60 * SEC;
/// The moment of every decision here, and the pause half an hour before it.
const NOW: Micros = 1_000 * MIN;
const PAUSED: Micros = NOW - 30 * MIN;

fn attempt(at: Micros, user: i64, outcome: Outcome) -> Try {
    Try { at, user: Some(user), outcome, reason: Reason::Unknown }
}

/// A clean campaign whose pause the guard explains, and which is quiet since.
fn clean() -> Facts {
    Facts {
        now: NOW,
        terms: Terms {
            rule: Rule { lookback: Span::from_minutes(10), min_failures: 100, min_users: 2 },
            guard_results: Outcomes::from_iter([Outcome::Invalid, Outcome::Expired, Outcome::NotApplicable]),
            require_history: false,
            lookback: Span::from_minutes(30),
        },
        campaign: Campaign {
            id: 7,
            status: Some("PAUSED".into()),
            target_scope: Some("PREMIUM".into()),
            valid_from: Some(0),
            valid_until: Some(NOW + 1_000 * MIN),
            max_total_uses: Some(100),
            used_total: Some(40),
            new_users_only: Some(false),
            first_purchase_only: Some(false),
            ..Campaign::default()
        },
        rotated_into: Ok(None),
        open_reservations: Ok(3),
        scopes: Ok(Scopes::InUse { same: 4, others: 9 }),
        pause: Ok(Pause {
            at: PAUSED,
            source: Source::Evidence,
            cause: Cause::Guard { since: PAUSED, failures: 130, users: 40 },
            history_attached: Some(true),
        }),
        before: Ok((0..130)
            .map(|i| attempt(PAUSED - 300 * SEC + i * 2 * SEC, i % 40, Outcome::NotApplicable))
            .collect()),
        recent: Ok((0..20)
            .map(|i| attempt(NOW - 500 * SEC + i * 20 * SEC, 1_000 + i, Outcome::Expired))
            .collect()),
        taken: Ok((0..60)
            .map(|i| Taken {
                at: PAUSED - (60 - i) * MIN,
                applied_at: (i % 3 != 0).then_some(PAUSED - (60 - i) * MIN + 90 * SEC),
                over: i % 3 == 0,
            })
            .collect()),
        fixed: Vec::new(),
        settlement: Ok(Settlement { ran: 18, ..Settlement::default() }),
        traffic: Ok(Traffic { last: Some(NOW - 5 * SEC), expected: 0.0 }),
        verdict: Ok(Judged {
            verdict: Verdict::FalsePositive,
            confidence: 0.97,
            reasons: vec!["Clean.".into()],
        }),
        demand: None,
    }
}

fn plan(facts: &Facts) -> Plan {
    Plan::of(facts, &Policy::default())
}

fn failed(facts: &Facts) -> Vec<&'static str> {
    plan(facts).failed().map(|f| f.check.name()).collect()
}

/// The facts with something done to them fail exactly this check; its finding.
fn fails(which: Check, change: impl FnOnce(&mut Facts)) -> Finding {
    let mut facts = clean();
    change(&mut facts);
    assert_eq!(failed(&facts), [which.name()]);
    let finding = check(which, &facts);
    assert!(finding.detail.len() > 20, "{finding:?}");
    finding
}

#[test]
fn a_clean_campaign_passes_all_twelve_each_with_a_sentence_and_its_numbers() {
    let plan = plan(&clean());
    assert!(plan.allowed(), "{:#?}", plan.findings);
    for (finding, which) in plan.findings.iter().zip(Check::ALL) {
        assert_eq!(finding.check, which);
        assert!(finding.detail.ends_with('.') && finding.evidence.is_object(), "{finding:?}");
    }
    assert_eq!(plan.decide(&[], None), Decision::Lift(vec![]));
}

#[test]
fn a_fact_that_is_not_known_fails_its_check_and_says_what_it_lacks() {
    let lack = || "attempts.user_id is missing.".to_owned();
    let says = |finding: Finding| assert!(finding.detail.contains("attempts.user_id"), "{finding:?}");
    says(fails(Check::NotRotated, |f| f.rotated_into = Err(lack())));
    says(fails(Check::UsesLeft, |f| f.open_reservations = Err(lack())));
    says(fails(Check::ScopeKnown, |f| f.scopes = Err(lack())));
    says(fails(Check::HistoryExplainsPause, |f| f.pause = Err(lack())));
    says(fails(Check::NotAbuse, |f| f.verdict = Err(lack())));
    says(fails(Check::SettlementClean, |f| f.settlement = Err(lack())));
    says(fails(Check::TrafficObserved, |f| f.traffic = Err(lack())));
    says(fails(Check::ConfigConverts, |f| f.taken = Err(lack())));
    let mut facts = clean();
    facts.recent = Err(lack());
    facts.before = Err(lack());
    assert_eq!(failed(&facts), ["burst_over", "guard_would_not_repause", "config_converts"]);
}

#[test]
fn trap_7_what_is_over_used_up_or_not_begun_is_not_unpaused_and_only_the_last_waits() {
    let ended = fails(Check::ValidityWindow, |f| f.campaign.valid_until = Some(NOW));
    assert!(ended.retry_after.is_none() && ended.detail.contains("fix_campaign"), "{ended:?}");
    fails(Check::ValidityWindow, |f| f.campaign.valid_until = Some(-MIN));
    fails(Check::ValidityWindow, |f| f.campaign.valid_from = None);
    let early = fails(Check::ValidityWindow, |f| f.campaign.valid_from = Some(NOW + MIN));
    assert_eq!(early.retry_after, Some(NOW + MIN));
    let used = fails(Check::UsesLeft, |f| f.campaign.used_total = Some(97));
    assert!(used.detail.contains("97 of 100 uses are taken and 3 are reserved"), "{used:?}");
    let mut unlimited = clean();
    unlimited.campaign.max_total_uses = None;
    unlimited.campaign.used_total = None;
    assert!(plan(&unlimited).allowed());
    fails(Check::UsesLeft, |f| f.campaign.used_total = None);
}

#[test]
fn trap_7_a_campaign_that_is_accepted_and_never_bought_does_not_convert() {
    let never = |f: &mut Facts| {
        f.taken = Ok((0..40)
            .map(|i| Taken {
                at: PAUSED - (40 - i) * MIN,
                applied_at: (i < 25).then_some(PAUSED - (40 - i) * MIN + MIN),
                over: i >= 25,
            })
            .collect());
    };
    let finding = fails(Check::ConfigConverts, never);
    assert!(finding.detail.contains("the last 15") && finding.detail.contains("target_scope"), "{finding:?}");
    // mended since: nobody has tried it yet
    let mut mended = clean();
    never(&mut mended);
    mended.fixed = vec!["target_scope".into()];
    assert!(plan(&mended).allowed());
    // those who took it a moment ago may still buy
    let mut young = clean();
    young.taken =
        Ok((0..40).map(|i| Taken { at: NOW - 60 * SEC + i, applied_at: None, over: false }).collect());
    assert!(plan(&young).allowed());
    // a campaign of which one in fifty buys is not broken by fifteen who did not
    let mut slow = clean();
    slow.taken = Ok((0..150)
        .map(|i| Taken {
            at: PAUSED - (150 - i) * MIN,
            applied_at: (i % 50 == 30).then_some(PAUSED - (150 - i) * MIN + MIN),
            over: true,
        })
        .collect());
    assert!(plan(&slow).allowed());
}

#[test]
fn trap_7_people_turned_away_in_numbers_by_an_audience_flag_cannot_use_it() {
    let away = |reason, outcome| {
        move |f: &mut Facts| {
            f.before = Ok((0..60)
                .map(|i| Try {
                    reason,
                    ..attempt(PAUSED - 120 * SEC + i, i, if i % 2 == 0 { outcome } else { Outcome::Accepted })
                })
                .collect());
            f.campaign.new_users_only = Some(true);
        }
    };
    let finding = fails(Check::ConfigConverts, away(Reason::NewUsersOnly, Outcome::NotApplicable));
    assert!(
        finding.detail.contains("30 of 60 users") && finding.detail.contains("new_users_only"),
        "{finding:?}"
    );
    fails(Check::ConfigConverts, away(Reason::Unknown, Outcome::NotApplicable));
    let mut own = clean();
    away(Reason::AlreadyUsed, Outcome::NotApplicable)(&mut own);
    assert!(plan(&own).allowed(), "whoever has had it is not turned away by a flag");
    let mut fixed = clean();
    away(Reason::NewUsersOnly, Outcome::NotApplicable)(&mut fixed);
    fixed.campaign.new_users_only = Some(false);
    assert!(plan(&fixed).allowed(), "the flag is off since");
    fails(Check::ConfigConverts, |f| {
        f.verdict = Ok(Judged {
            verdict: Verdict::ConfigRegression,
            confidence: 0.9,
            reasons: vec!["Limits.".into()],
        });
    });
}

#[test]
fn a_scope_that_no_other_campaign_has_is_unknown() {
    fails(Check::ScopeKnown, |f| f.scopes = Ok(Scopes::InUse { same: 0, others: 9 }));
    fails(Check::ScopeKnown, |f| f.scopes = Ok(Scopes::Policy(vec!["STARS".into()])));
    fails(Check::ScopeKnown, |f| f.campaign.target_scope = None);
    let mut listed = clean();
    listed.scopes = Ok(Scopes::Policy(vec!["PREMIUM".into()]));
    assert!(plan(&listed).allowed());
}

#[test]
fn trap_9_a_pause_that_nobody_explains_blocks() {
    let cause = |cause| move |f: &mut Facts| f.pause.as_mut().unwrap().cause = cause;
    fails(Check::HistoryExplainsPause, cause(Cause::Nothing));
    let by = fails(Check::HistoryExplainsPause, cause(Cause::Somebody("shop (admin)".into())));
    assert!(by.detail.contains("shop (admin)"), "{by:?}");
    let mut ours = clean();
    cause(Cause::Action { action: "pause".into(), actor: "ann".into(), reason: Some("typo".into()), id: 3 })(
        &mut ours,
    );
    assert!(plan(&ours).allowed());
    let required = fails(Check::HistoryExplainsPause, |f| {
        f.terms.require_history = true;
        f.pause.as_mut().unwrap().history_attached = Some(false);
    });
    assert!(required.detail.contains("attach_history"), "{required:?}");
}

#[test]
fn abuse_and_what_cannot_rule_it_out_block() {
    let says = |verdict| move |f: &mut Facts| f.verdict.as_mut().unwrap().verdict = verdict;
    fails(Check::NotAbuse, says(Verdict::AbuseLikely));
    fails(Check::NotAbuse, says(Verdict::Inconclusive));
}

#[test]
fn trap_1_those_who_were_turned_away_before_are_the_burst_and_newcomers_are_its_echo() {
    let back = |n: i64| {
        move |f: &mut Facts| {
            f.recent = Ok((0..n)
                .map(|i| attempt(NOW - 300 * SEC + i * 3 * SEC, i % 40, Outcome::Expired))
                .collect());
        }
    };
    let finding = fails(Check::BurstOver, back(60));
    // over when all but ten of the sixty are older than ten minutes
    assert_eq!(finding.retry_after, Some(NOW - 300 * SEC + 49 * 3 * SEC + 10 * MIN));
    let mut few = clean();
    back(10)(&mut few);
    assert!(plan(&few).allowed());
}

#[test]
fn trap_1_a_popular_code_keeps_the_rule_true_for_ever_and_the_ways_out_are_named() {
    let popular = |f: &mut Facts| {
        f.recent = Ok((0..125)
            .map(|i| attempt(NOW - 599 * SEC + i * 4 * SEC, 1_000 + i, Outcome::Expired))
            .collect());
    };
    let finding = fails(Check::GuardWouldNotRepause, popular);
    assert_eq!(finding.retry_after, None, "waiting never helps");
    for said in ["125 failures of 125 users", "waiting does not help", "rotate", "override"] {
        assert!(finding.detail.contains(said), "{said:?} is missing in {}", finding.detail);
    }
    let mut with_demand = clean();
    popular(&mut with_demand);
    assert!(wants_demand(&with_demand));
    let mut demand = Demand { by_hour: [750 * 3; 24], days: 3.0 };
    demand.by_hour[4] = 30 * 3;
    with_demand.demand = Some(demand);
    let finding = check(Check::GuardWouldNotRepause, &with_demand);
    assert!(
        finding.detail.contains("quiet hour, from 2000-01-02 04:00:00Z on (about 5 in 10 min"),
        "{}",
        finding.detail
    );
    assert!(!wants_demand(&clean()));
}

#[test]
fn trap_1_where_the_echo_is_weak_the_rule_drains_and_the_time_is_told() {
    // two minutes after the pause: 120 failures of before it, and one of echo every twelve seconds
    let mut facts = clean();
    let pause = NOW - 2 * MIN;
    facts.pause.as_mut().unwrap().at = pause;
    let mut recent: Vec<Try> =
        (0..120).map(|i| attempt(pause - 240 * SEC + i * 2 * SEC, i % 40, Outcome::NotApplicable)).collect();
    recent.extend((0..10).map(|i| attempt(pause + i * 12 * SEC, 500 + i, Outcome::Expired)));
    facts.recent = Ok(recent);
    let finding = check(Check::GuardWouldNotRepause, &facts);
    assert!(!finding.passed);
    // ten in two minutes are fifty in ten: the other seventy must go, the last of them ...
    assert_eq!(finding.retry_after, Some(pause - 240 * SEC + 69 * 2 * SEC + 10 * MIN));
    // ... and the burst itself has to be over as well
    assert!(plan(&facts).retry_after(&[]).unwrap() >= finding.retry_after.unwrap());
}

#[test]
fn critical_violations_block_and_warnings_are_told() {
    let finding = fails(Check::SettlementClean, |f| {
        f.settlement.as_mut().unwrap().critical = vec![("zero_discount".into(), 3)];
    });
    assert!(finding.detail.contains("3 zero_discount"));
    fails(Check::SettlementClean, |f| f.settlement = Ok(Settlement::default()));
    let mut warned = clean();
    warned.settlement.as_mut().unwrap().warnings = vec![("used_total_drift".into(), 1)];
    assert!(
        plan(&warned).allowed()
            && check(Check::SettlementClean, &warned).detail.contains("1 used_total_drift")
    );
}

#[test]
fn trap_16_silence_where_there_used_to_be_attempts_is_no_calm() {
    let silent = |minutes, expected| {
        move |f: &mut Facts| {
            f.traffic = Ok(Traffic { last: Some(NOW - minutes * MIN), expected });
        }
    };
    fails(Check::TrafficObserved, silent(20, 40.0));
    fails(Check::TrafficObserved, |f| f.traffic = Ok(Traffic { last: None, expected: 0.0 }));
    let mut small = clean();
    fails(Check::TrafficObserved, silent(5, 14.0)); // five minutes are enough where three come a minute
    silent(60, 3.0)(&mut small);
    assert!(plan(&small).allowed(), "a small shop at night");
    // a week in which 70 attempts came at these times of the day, and one in which none did
    let day = 24 * 60 * MIN;
    assert_eq!(Traffic::expect(7 * day, 7 * day + 60 * MIN, 9_000, 70, 0).expected, 10.0);
    assert_eq!(Traffic::expect(7 * day, 7 * day + 60 * MIN, 9_000, 0, 0).expected, 0.0);
    // less than a day of data, or more than a day of silence: the mean rate
    assert_eq!(Traffic::expect(60 * MIN, 90 * MIN, 120, 5, 0).expected, 60.0);
    assert_eq!(Traffic::expect(7 * day, 9 * day, 700, 5, 0).expected, 200.0);
}

#[test]
fn only_risks_are_overridden_and_only_those_that_fail_are_noted() {
    let mut facts = clean();
    facts.verdict.as_mut().unwrap().verdict = Verdict::AbuseLikely;
    let made = plan(&facts);
    assert_eq!(
        made.decide(&[Check::NotAbuse, Check::BurstOver], None),
        Decision::Lift(vec![Check::NotAbuse])
    );
    assert!(
        matches!(made.decide(&[Check::BurstOver], None), Decision::Refuse(why) if why.contains("not_abuse fails"))
    );
    facts.campaign.status = Some("ACTIVE".into());
    let refused = plan(&facts).decide(&[Check::NotAbuse, Check::IsPaused], None);
    assert!(matches!(refused, Decision::Refuse(why) if why.contains("is_paused")));
}

#[test]
fn a_stale_fingerprint_is_refused_whatever_is_overridden_and_live_traffic_makes_none() {
    let seen = plan(&clean()).fingerprint;
    assert_eq!(seen.len(), 64);
    let mut moved = clean();
    moved.campaign.used_total = Some(41);
    moved.campaign.updated_at = Some(NOW);
    moved.now += MIN;
    moved.open_reservations = Ok(5);
    moved.verdict.as_mut().unwrap().confidence = 0.5;
    assert_eq!(plan(&moved).fingerprint, seen, "live traffic moves these");
    assert_eq!(plan(&moved).decide(&[], Some(&seen)), Decision::Lift(vec![]));
    let all: Vec<Check> = Check::ALL.into_iter().filter(|c| c.overridable()).collect();
    let changes: [fn(&mut Facts); 6] = [
        |f| f.campaign.max_total_uses = Some(1_000),
        |f| f.campaign.valid_until = Some(NOW + MIN),
        |f| f.campaign.target_scope = Some("STARS".into()),
        |f| f.campaign.new_users_only = None,
        |f| f.campaign.discount_value = Some(50),
        |f| f.verdict.as_mut().unwrap().verdict = Verdict::Inconclusive,
    ];
    for change in changes {
        let mut changed = clean();
        change(&mut changed);
        assert!(
            matches!(plan(&changed).decide(&all, Some(&seen)), Decision::Refuse(why) if why.contains("changed"))
        );
    }
    let policy = Policy::with_overrides([("guard_min_failures", "200")]).unwrap();
    assert_ne!(Plan::of(&clean(), &policy).fingerprint, seen);
}

#[test]
fn waiting_is_named_only_where_it_is_enough() {
    let mut facts = clean();
    facts.campaign.valid_from = Some(NOW + 90 * MIN);
    facts.recent =
        Ok((0..60).map(|i| attempt(NOW - 300 * SEC + i * 3 * SEC, i % 40, Outcome::Expired)).collect());
    assert_eq!(plan(&facts).retry_after(&[]), Some(NOW + 90 * MIN), "the later of the two");
    facts.verdict.as_mut().unwrap().verdict = Verdict::AbuseLikely;
    assert_eq!(plan(&facts).retry_after(&[]), None, "no waiting makes an attack undone");
    assert_eq!(plan(&facts).retry_after(&[Check::NotAbuse]), Some(NOW + 90 * MIN));
}

proptest! {
    #[test]
    fn whatever_the_numbers_are_nothing_panics_and_no_failing_check_is_passed_over(
        now in prop_oneof![Just(NOW), any::<i64>()],
        times in prop::collection::vec((any::<i64>(), prop::option::of(0i64..9), 0usize..6), 0..150),
        close in any::<bool>(), at in any::<i64>(), status in prop::option::of("PAUSED|ACTIVE|EXPIRED|odd"),
        limit in prop::option::of(any::<i64>()), used in prop::option::of(any::<i64>()), open in any::<i64>(),
        rate in prop_oneof![Just(0.0), any::<f64>()], overridden in prop::collection::vec(0usize..12, 0..12),
    ) {
        let mut facts = clean();
        facts.now = now;
        let tries: Vec<Try> = times.iter().map(|(t, user, outcome)| Try {
            at: if close { now.saturating_sub(t.rem_euclid(20 * MIN)) } else { *t }, user: *user, outcome: Outcome::ALL[*outcome], reason: Reason::Unknown,
        }).collect();
        let mut sorted = tries;
        sorted.sort_by_key(|t| t.at);
        facts.taken = Ok(sorted.iter().map(|t| Taken { at: t.at, applied_at: t.user.map(|u| t.at.saturating_add(u)), over: false }).collect());
        facts.before = Ok(sorted.clone());
        facts.recent = Ok(sorted);
        facts.pause.as_mut().unwrap().at = at;
        facts.campaign.status = status;
        facts.campaign.max_total_uses = limit;
        facts.campaign.used_total = used;
        facts.campaign.valid_from = limit;
        facts.open_reservations = Ok(open);
        facts.traffic = Ok(Traffic { last: Some(at), expected: rate });
        facts.demand = Some(Demand { by_hour: [9; 24], days: 2.0 });
        let made = plan(&facts);
        prop_assert_eq!(made.findings.len(), 12);
        let overrides: Vec<Check> = overridden.into_iter().map(|i| Check::ALL[i]).collect();
        if let Decision::Lift(noted) = made.decide(&overrides, None) {
            for finding in made.failed() {
                prop_assert!(finding.check.overridable() && overrides.contains(&finding.check) && noted.contains(&finding.check));
            }
            prop_assert!(facts.campaign.is("PAUSED"));
        }
    }
}
