//! The plan: what may be overridden, what a fingerprint holds, when waiting is enough.

use super::*;
use proptest::prelude::*;

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
        matches!(made.decide(&[Check::BurstOver], None), Decision::Refuse(why @ Refused::ChecksFailed(_)) if why.to_string().starts_with("not_abuse fails. "))
    );
    facts.campaign.status = Some("ACTIVE".into());
    let refused = plan(&facts).decide(&[Check::NotAbuse, Check::IsPaused], None);
    assert!(matches!(refused, Decision::Refuse(Refused::ChecksFailed(f)) if f[0].check == Check::IsPaused));
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
        assert_eq!(plan(&changed).decide(&all, Some(&seen)), Decision::Refuse(Refused::PlanChanged));
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
        rate in prop_oneof![Just(0.0), any::<f64>()], overridden in prop::collection::vec(0usize..Check::ALL.len(), 0..Check::ALL.len()),
    ) {
        let mut facts = clean();
        facts.now = now;
        let tries: Vec<Try> = times.iter().map(|(t, user, outcome)| Try {
            at: if close { now.saturating_sub(t.rem_euclid(20 * MIN)) } else { *t }, user: *user, raw_user: *user, outcome: Outcome::ALL[*outcome], reason: Reason::Unknown,
        }).collect();
        let mut sorted = tries;
        sorted.sort_by_key(|t| t.at);
        facts.taken = Ok(sorted.iter().map(|t| Taken { at: t.at, applied_at: t.user.map(|u| t.at.saturating_add(u)), over: false }).collect());
        facts.before = Ok(sorted.clone());
        facts.recent = Ok(sorted);
        facts.pause.as_mut().unwrap().at = Some(at);
        facts.campaign.status = status;
        facts.campaign.max_total_uses = limit;
        facts.campaign.used_total = used;
        facts.campaign.valid_from = limit;
        facts.open_reservations = Ok(open);
        facts.traffic = Ok(Traffic { last: Some(at), expected: rate });
        facts.demand = Some(Demand { by_hour: [9; 24], days: 2.0 });
        let made = plan(&facts);
        prop_assert_eq!(made.findings.len(), Check::ALL.len());
        let overrides: Vec<Check> = overridden.into_iter().map(|i| Check::ALL[i]).collect();
        if let Decision::Lift(noted) = made.decide(&overrides, None) {
            for finding in made.failed() {
                prop_assert!(finding.check.overridable() && overrides.contains(&finding.check) && noted.contains(&finding.check));
            }
            prop_assert!(facts.campaign.is("PAUSED"));
        }
    }
}
