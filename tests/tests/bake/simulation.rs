//! The bake's decision over the generator's traffic: how often a clean campaign fails, and how soon abuse that comes back is seen.
//! `BAKE_SEEDS=200 cargo test -p promo-guard-tests --test bake simulation -- --nocapture` runs more of it and prints the counts.

use promo_guard_core::Span;
use promo_guard_core::bake::{Baseline, Plan, Seen, State, User, judge};
use promo_guard_generator::{
    AttemptResult, CampaignIdx, Config, Dataset, Incident, IncidentKind, Intensity, Micros, Status, generate,
};
use std::collections::HashMap;

const MINUTE: i64 = 60_000_000;
const END: Micros = Micros(1_772_414_400_000_000);
const BAKE: i64 = 15;

fn seeds(usual: u64) -> u64 {
    std::env::var("BAKE_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

/// What the bake's SQL hands to core: users since the unpause, and the baseline.
fn evidence(data: &Dataset, campaign: CampaignIdx, since: i64, until: i64) -> (Plan, Baseline, Vec<User>) {
    let plan = Plan::new(since, Span::from_minutes(BAKE), 0.05).unwrap();
    let code = data.campaign(campaign).code;
    let (known_from, usual_until) = (since - 25 * 60 * MINUTE, since - 60 * MINUTE);
    let mut users: HashMap<i64, User> = HashMap::new();
    let mut before: HashMap<i64, (bool, bool)> = HashMap::new();
    let mut earlier: HashMap<i64, bool> = HashMap::new();
    for attempt in data.attempts.iter().filter(|a| a.code == code) {
        let (Some(user), at) = (attempt.user, attempt.at.0) else { continue };
        let user = user.get();
        let accepted = attempt.result == AttemptResult::Accepted;
        let failed = !accepted && attempt.result != AttemptResult::RateLimited;
        if (known_from..=since).contains(&at) {
            *earlier.entry(user).or_default() |= accepted;
            if at <= usual_until {
                let seen = before.entry(user).or_default();
                seen.0 |= accepted;
                seen.1 |= failed && attempt.result != AttemptResult::Expired;
            }
        } else if at > since && at <= until {
            let look = plan.look_of(at);
            let seen = &mut users.entry(user).or_default().seen;
            match seen.last_mut().filter(|s: &&mut Seen| s.look == look) {
                Some(last) => {
                    last.accepted |= accepted;
                    last.failed |= failed;
                }
                None => seen.push(Seen { look, accepted, failed }),
            }
        }
    }
    for (id, user) in &mut users {
        user.known = earlier.contains_key(id);
        user.served = earlier.get(id).copied().unwrap_or(false);
    }
    let row = data.campaign(campaign);
    let from = known_from.max(row.created_at.0).max(row.valid_from.0);
    let mut baseline = Baseline::UNKNOWN;
    if from < usual_until {
        baseline.users = before.values().filter(|(a, f)| *a || *f).count() as u64;
        baseline.failing = before.values().filter(|(a, f)| *f && !*a).count() as u64;
        baseline.minutes = (usual_until - from) as f64 / MINUTE as f64;
        baseline.newcomers = (baseline.minutes >= 60.0).then_some(before.len() as u64);
    }
    if baseline.users < Baseline::FEWEST {
        // The shop's: most people get in.
        (baseline.users, baseline.failing) = (1_000, 80);
    }
    (plan, baseline, users.into_values().collect())
}

#[test]
fn a_clean_campaign_fails_no_more_often_than_policy_says() {
    let (mut bakes, mut failed, mut passed, mut inconclusive) = (0u32, 0u32, 0u32, 0u32);
    for seed in 0..seeds(6) {
        let config = Config { attempts_per_day: 40_000, users: 60_000, ..Config::small(7_000 + seed, END) };
        let data = generate(&config);
        for campaign in (0..data.campaigns.len() as u32).map(CampaignIdx) {
            let row = data.campaign(campaign);
            for hours in [0, 5, 10, 15, 20] {
                let since = END.0 - hours * 60 * MINUTE - BAKE * MINUTE;
                let until = since + BAKE * MINUTE;
                let changed = data.status_changes.iter().any(|c| c.campaign == campaign);
                if row.status != Status::Active
                    || changed
                    || row.valid_from.0 > since - 120 * MINUTE
                    || row.valid_until.0 <= until
                {
                    continue;
                }
                let (plan, baseline, users) = evidence(&data, campaign, since, until);
                match judge(&plan, &baseline, &users, Some(1), 0, plan.looks()).state {
                    State::Failed => failed += 1,
                    State::Passed => passed += 1,
                    _ => inconclusive += 1,
                }
                bakes += 1;
            }
        }
    }
    let rate = f64::from(failed) / f64::from(bakes.max(1));
    println!(
        "clean: {bakes} bakes, {failed} false alarms ({:.2} %), {passed} passed, {inconclusive} inconclusive",
        rate * 100.0
    );
    assert!(bakes > 500 && passed > 0);
    assert!(rate <= 0.05, "{failed} of {bakes}");
}

#[test]
fn abuse_that_comes_back_is_seen_within_three_minutes() {
    for kind in [IncidentKind::Hammered, IncidentKind::Leak] {
        let (mut all, mut seen) = (0u32, 0u32);
        for intensity in [Intensity::Low, Intensity::Medium, Intensity::High] {
            let (mut runs, mut by_us, mut by_guard) = (0u32, 0u32, 0u32);
            for seed in 0..seeds(8) {
                let config = Config::small(9_000 + seed, END).with(Incident::new(kind, intensity, 12));
                let data = generate(&config);
                let truth = &data.truth.incidents[0];
                let (campaign, start) = (truth.campaigns[0], truth.start.0);
                // it comes back in the minute in which the campaign is unpaused, or up to ten minutes later
                let since = start - (seed % 11) as i64 * MINUTE;
                let guard = data
                    .status_changes
                    .iter()
                    .find(|c| c.campaign == campaign && c.at.0 > start && c.to == Status::Paused)
                    .map_or(i64::MAX, |c| c.at.0);
                let until = (start + 3 * MINUTE).min(guard);
                let (plan, baseline, users) = evidence(&data, campaign, since, until);
                let state = judge(&plan, &baseline, &users, Some(1), 0, plan.due(until)).state;
                runs += 1;
                by_us += u32::from(state == State::Failed);
                by_guard += u32::from(state != State::Failed && guard <= start + 3 * MINUTE);
            }
            println!(
                "{kind} {intensity}: {runs} runs, {by_us} seen within 3 minutes, {by_guard} paused by the guard before that"
            );
            all += runs;
            seen += by_us + by_guard;
        }
        assert!(f64::from(seen) >= 0.95 * f64::from(all), "{kind}: {seen} of {all}");
    }
}
