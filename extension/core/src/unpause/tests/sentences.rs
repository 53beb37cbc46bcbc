//! Every sentence of a check and of a refusal, with sample values: tests/catalogue/checks.txt.

use super::*;
use crate::catalogue::Catalogue;
use crate::triage::Action;

type Change = fn(&mut Facts);

/// Cases of each check, each a campaign with something changed.
const CASES: &[(Check, &str, Change)] = &[
    (Check::IsPaused, "active", |f| f.campaign.status = Some("ACTIVE".into())),
    (Check::IsPaused, "expired", |f| f.campaign.status = Some("EXPIRED".into())),
    (Check::IsPaused, "null", |f| f.campaign.status = None),
    (Check::NotRotated, "rotated", |f| f.rotated_into = Ok(Some(8))),
    (Check::ValidityWindow, "null", |f| f.campaign.valid_until = None),
    (Check::ValidityWindow, "ended", |f| f.campaign.valid_until = Some(NOW - 90 * MIN)),
    (Check::ValidityWindow, "not begun", |f| f.campaign.valid_from = Some(NOW + 90 * MIN)),
    (Check::ValidityWindow, "upside down", |f| f.campaign.valid_from = Some(NOW + 2_000 * MIN)),
    (Check::ValidityWindow, "no end", |f| f.campaign.valid_until = Some(i64::MAX)),
    (Check::UsesLeft, "no limit", |f| f.campaign.max_total_uses = None),
    (Check::UsesLeft, "used up", |f| f.campaign.used_total = Some(100)),
    (Check::UsesLeft, "used up and reserved", |f| f.campaign.used_total = Some(98)),
    (Check::UsesLeft, "nothing reserved", |f| {
        (f.campaign.used_total, f.open_reservations) = (Some(1_100), Ok(0))
    }),
    (Check::UsesLeft, "the counter lags", |f| f.uses = Ok(44)),
    (Check::UsesLeft, "no counter value", |f| f.campaign.used_total = None),
    (Check::ScopeKnown, "no column", |f| f.scopes = Ok(Scopes::None)),
    (Check::ScopeKnown, "no scope", |f| f.campaign.target_scope = None),
    (Check::ScopeKnown, "in policy", |f| f.scopes = Ok(Scopes::Policy(vec!["ALL".into(), "PREMIUM".into()]))),
    (Check::ScopeKnown, "not in policy", |f| f.scopes = Ok(Scopes::Policy(vec!["ALL".into()]))),
    (Check::ScopeKnown, "of no other campaign", |f| {
        f.scopes = Ok(Scopes::InUse { same: 0, others: 9, sold: false })
    }),
    (Check::ScopeKnown, "of no other campaign, a product", |f| {
        f.scopes = Ok(Scopes::InUse { same: 0, others: 9, sold: true })
    }),
    (Check::ScopeKnown, "everything", |f| {
        f.campaign.target_scope = Some("ANY".into());
        f.scopes = Ok(Scopes::InUse { same: 0, others: 9, sold: false });
    }),
    (Check::HistoryExplainsPause, "an action", |f| cause(f, Source::History, action(Some("stock is empty")))),
    (Check::HistoryExplainsPause, "an action without a reason", |f| cause(f, Source::History, action(None))),
    (Check::HistoryExplainsPause, "another role", |f| {
        cause(f, Source::History, Cause::Somebody("app".into()))
    }),
    (Check::HistoryExplainsPause, "nothing", |f| cause(f, Source::Estimated, Cause::Nothing)),
    (Check::HistoryExplainsPause, "nothing, history not attached", |f| {
        cause(f, Source::Estimated, Cause::Nothing);
        change_pause(f, |pause| pause.history_attached = Some(false));
    }),
    (Check::HistoryExplainsPause, "nothing, dated by the last edit", |f| {
        cause(f, Source::Estimated, Cause::Nothing);
        change_pause(f, |pause| pause.not_after = None);
    }),
    (Check::HistoryExplainsPause, "nothing, time unknown", |f| {
        cause(f, Source::Estimated, Cause::Nothing);
        change_pause(f, |pause| pause.at = None);
    }),
    (Check::HistoryExplainsPause, "policy require_history", |f| {
        f.terms.require_history = true;
        change_pause(f, |pause| pause.history_attached = Some(false));
    }),
    (Check::NotAbuse, "abuse", |f| verdict(f, Verdict::AbuseLikely)),
    (Check::NotAbuse, "inconclusive", |f| verdict(f, Verdict::Inconclusive)),
    (Check::BurstOver, "it goes on", |f| {
        let tried = |i: i64| attempt(NOW - 500 * SEC + i * SEC, i % 40, Outcome::NotApplicable);
        f.recent = Ok((0..400).map(tried).collect());
    }),
    (Check::BurstOver, "no attempts", |f| f.recent = Ok(Vec::new())),
    (Check::GuardWouldNotRepause, "until the burst has left", |f| {
        f.recent =
            Ok((0..140).map(|i| attempt(NOW - 500 * SEC + i * SEC, i, Outcome::NotApplicable)).collect());
    }),
    (Check::GuardWouldNotRepause, "by the pause alone", |f| many_expired(f, None)),
    (Check::GuardWouldNotRepause, "by the pause alone, a quiet hour", |f| many_expired(f, Some(5))),
    (Check::ConfigConverts, "no redemption yet", |f| f.taken = Ok(Vec::new())),
    (Check::ConfigConverts, "no purchase any more", not_bought),
    (Check::ConfigConverts, "no purchase, scope fixed", |f| {
        not_bought(f);
        f.fixed = vec!["target_scope".into()];
    }),
    (Check::ConfigConverts, "new users only", |f| {
        (f.campaign.new_users_only, f.before) = (Some(true), Ok(rejected()))
    }),
    (Check::ConfigConverts, "both flags", |f| {
        (f.campaign.new_users_only, f.campaign.first_purchase_only, f.before) =
            (Some(true), Some(true), Ok(rejected()));
    }),
    (Check::ConfigConverts, "flags unknown", |f| {
        (f.campaign.new_users_only, f.before) = (None, Ok(rejected()))
    }),
    (Check::ConfigConverts, "the verdict", |f| verdict(f, Verdict::ConfigRegression)),
    (Check::SettlementClean, "no rule runs", |f| f.settlement = Ok(Settlement::default())),
    (Check::SettlementClean, "critical", |f| settled(f, &[("wrong_discount", 3), ("zero_discount", 1)], &[])),
    (Check::SettlementClean, "warnings and skipped", |f| settled(f, &[], &[("used_total_drift", 1)])),
    (Check::SettlementClean, "words that no rule knows", |f| {
        f.settlement = Ok(Settlement {
            critical: vec![("credited_not_applied".into(), 9)],
            ran: 17,
            unmapped: Some("redemptions.status has values that no rule knows; doctor() lists them".into()),
            ..Settlement::default()
        });
    }),
    (Check::TrafficObserved, "never any", |f| f.traffic = Ok(Traffic { last: None, expected: 0.0 })),
    (Check::TrafficObserved, "a normal silence", |f| {
        f.traffic = Ok(Traffic { last: Some(NOW - 20 * MIN), expected: 2.1 });
    }),
    (Check::TrafficObserved, "silence", |f| {
        f.traffic = Ok(Traffic { last: Some(NOW - 20 * MIN), expected: 1_210.0 })
    }),
];

fn change_pause(facts: &mut Facts, change: impl FnOnce(&mut Pause)) {
    change(facts.pause.as_mut().unwrap());
}

fn cause(facts: &mut Facts, source: Source, cause: Cause) {
    change_pause(facts, |pause| (pause.source, pause.cause) = (source, cause));
}

fn action(reason: Option<&str>) -> Cause {
    Cause::Action(Action {
        action: "pause".into(),
        actor: "ann".into(),
        reason: reason.map(str::to_owned),
        id: 31,
        at: Some(PAUSED),
        paused_at: Some(PAUSED),
    })
}

fn verdict(facts: &mut Facts, verdict: Verdict) {
    let reasons = vec!["Campaign 7: accounts attack its code.".into()];
    facts.verdict = Ok(Judged { verdict, confidence: 0.97, reasons, abuse_ruled_out: false });
}

fn many_expired(facts: &mut Facts, quiet: Option<usize>) {
    let tried = |i: i64| attempt(NOW - 590 * SEC + i * 3 * SEC, 1_000 + i, Outcome::Expired);
    facts.recent = Ok((0..190).map(tried).collect());
    let mut by_hour = [400; 24];
    if let Some(hour) = quiet {
        by_hour[hour] = 10;
    }
    facts.demand = Some(Demand { by_hour, days: 7.0 });
}

fn not_bought(facts: &mut Facts) {
    for taken in facts.taken.as_mut().unwrap().iter_mut().skip(30) {
        (taken.applied_at, taken.over) = (None, true);
    }
}

fn rejected() -> Vec<Try> {
    (0..82)
        .map(|i| Try {
            reason: Reason::NewUsersOnly,
            ..attempt(PAUSED - 300 * SEC + i * SEC, i, Outcome::NotApplicable)
        })
        .collect()
}

fn settled(facts: &mut Facts, critical: &[(&str, i64)], warnings: &[(&str, i64)]) {
    let list = |rules: &[(&str, i64)]| rules.iter().map(|(rule, n)| ((*rule).to_owned(), *n)).collect();
    facts.settlement = Ok(Settlement {
        critical: list(critical),
        warnings: list(warnings),
        skipped: vec!["credited_not_in_ledger".into()],
        ran: 17,
        unmapped: None,
    });
}

#[test]
fn the_catalogue_has_every_sentence_of_a_check() {
    let mut page = Catalogue::default();
    for which in Check::ALL {
        page.heading(which.name());
        page.add("passed: a clean campaign", check(which, &clean()).detail);
        for (_, case, change) in CASES.iter().filter(|(of, ..)| *of == which) {
            let mut facts = clean();
            change(&mut facts);
            let finding = check(which, &facts);
            page.add(
                &format!("{}: {case}", if finding.passed { "passed" } else { "failed" }),
                finding.detail,
            );
        }
    }
    page.heading("Refusals");
    let mut facts = clean();
    verdict(&mut facts, Verdict::AbuseLikely);
    page.add("one check", refused(&facts));
    facts.rotated_into = Ok(Some(8));
    facts.campaign.status = Some("ACTIVE".into());
    page.add("three checks", refused(&facts));
    page.add("the plan changed", Refused::PlanChanged.to_string());
    let holds = Refused::GuardHolds { failures: 1_101, users: 40, lookback: Span::from_minutes(10) };
    page.add("the auto-pause rule", holds.to_string());
    let changing = Refused::KeepsChanging { changes: 3, settings: vec!["guard_lookback"] };
    page.add("terms or policy keep changing", changing.to_string());
    page.compare("checks.txt");
}

fn refused(facts: &Facts) -> String {
    match plan(facts).decide(&[], None) {
        Decision::Refuse(refused) => refused.to_string(),
        Decision::Lift(_) => panic!("it is not refused"),
    }
}
