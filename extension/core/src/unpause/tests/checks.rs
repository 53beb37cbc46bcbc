//! Each check with what passes it and what does not.

use super::*;
use crate::triage::{Action, Cause};

#[test]
fn a_clean_campaign_passes_every_check_each_with_a_sentence_and_its_numbers() {
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
    assert!(ended.retry_after.is_none() && ended.detail.contains("fix valid_until"), "{ended:?}");
    fails(Check::ValidityWindow, |f| f.campaign.valid_until = Some(-MIN));
    fails(Check::ValidityWindow, |f| f.campaign.valid_from = None);
    let early = fails(Check::ValidityWindow, |f| f.campaign.valid_from = Some(NOW + MIN));
    assert_eq!(early.retry_after, Some(NOW + MIN));
    let used = fails(Check::UsesLeft, |f| f.campaign.used_total = Some(97));
    assert!(used.detail.contains("limit 100, used 97, reserved 3"), "{used:?}");
    let behind = fails(Check::UsesLeft, |f| f.uses = Ok(98));
    assert!(behind.detail.contains("used 98, reserved 3; used_total says 40"), "{behind:?}");
    fails(Check::UsesLeft, |f| f.uses = Err("no column".to_owned()));
    let mut unlimited = clean();
    unlimited.campaign.max_total_uses = None;
    unlimited.campaign.used_total = None;
    assert!(plan(&unlimited).allowed());
    fails(Check::UsesLeft, |f| f.campaign.used_total = None);
    let mut no_counter = clean();
    (no_counter.campaign.used_total, no_counter.has_counter) = (None, false);
    assert!(plan(&no_counter).allowed(), "uses are counted from redemptions");
    no_counter.uses = Ok(97);
    assert!(!plan(&no_counter).allowed());
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
    // where everything can be bought with it, a crowd that does not buy is no fault of its scope
    let mut any = clean();
    never(&mut any);
    any.campaign.target_scope = Some("ANY".into());
    assert!(plan(&any).allowed());
    // no purchase tells how long people take, and their reservations still hold
    let mut unknown = clean();
    unknown.taken =
        Ok((0..40).map(|i| Taken { at: PAUSED - (40 - i) * MIN, applied_at: None, over: false }).collect());
    assert!(plan(&unknown).allowed());
    // fixed since: nobody has tried it yet
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
            abuse_ruled_out: false,
        });
    });
}

#[test]
fn a_scope_that_no_other_campaign_has_is_unknown() {
    fails(Check::ScopeKnown, |f| f.scopes = Ok(Scopes::InUse { same: 0, others: 9, sold: false }));
    let mut small = clean();
    small.scopes = Ok(Scopes::InUse { same: 0, others: 2, sold: true });
    assert!(plan(&small).allowed(), "a product of that name is sold");
    small.scopes = Ok(Scopes::InUse { same: 0, others: 2, sold: false });
    small.campaign.target_scope = Some("ANY".to_owned());
    assert!(plan(&small).allowed(), "everything can be bought with it");
    let mut none = clean();
    none.scopes = Ok(Scopes::None);
    none.campaign.target_scope = None;
    assert!(plan(&none).allowed(), "an application without scopes");
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
    let action = |action: &str| {
        Cause::Action(Action {
            action: action.into(),
            actor: "ann".into(),
            reason: Some("typo".into()),
            id: 3,
            at: None,
            paused_at: None,
        })
    };
    cause(action("rotate"))(&mut ours);
    assert!(plan(&ours).allowed(), "a successor is made paused");
    // A decision of an operator, until what it was about is mended.
    let decided = fails(Check::HistoryExplainsPause, cause(action("pause")));
    assert!(decided.detail.contains("Reason: typo. Ask ann"), "{decided:?}");
    cause(action("pause"))(&mut ours);
    ours.fixed = vec!["valid_until".into()];
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
    for said in ["125 failures from 125 users", "Waiting does not help", "Rotate", "override"] {
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
        finding.detail.contains("quiet hour, from 2000-01-02 04:00:00Z (about 5 failures in 10 min"),
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
    facts.pause.as_mut().unwrap().at = Some(pause);
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
    let by_day = |of: &[i64]| Traffic::expect(7 * day, 7 * day + 60 * MIN, 9_000, of.to_vec(), 0).expected;
    assert_eq!(by_day(&[10; 7]), 10.0);
    assert_eq!(by_day(&[]), 0.0);
    // a promotion on one day, two days without any attempt
    assert_eq!(by_day(&[4, 900, 3, 2, 4]), 3.0);
    assert_eq!(by_day(&[900, 900, 1]), 0.0, "most days had none");
    // less than a day of data, or more than a day of silence: the mean rate
    assert_eq!(Traffic::expect(60 * MIN, 90 * MIN, 120, vec![5], 0).expected, 60.0);
    assert_eq!(Traffic::expect(7 * day, 9 * day, 700, vec![5], 0).expected, 200.0);
}
