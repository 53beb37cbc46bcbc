//! Prints the incidents of a shop compactly, for a reader who wants to disagree with the truth. `show <seed> [label]`.

use promo_guard_foreign::kind::Kind;
use promo_guard_foreign::{Truth, shop, staged};
use promo_guard_habits::rng::{MINUTE, SECOND};
use promo_guard_habits::rows::{Answer, Attempt, Held, Shop};
use std::collections::{BTreeMap, BTreeSet};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let seed = arguments.first().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let kind = arguments.get(1).and_then(|label| Kind::ALL.iter().find(|kind| kind.label() == label));
    let (shop, truths) = kind.map_or_else(|| shop(seed), |&kind| staged(seed, &[kind]));
    let days = (shop.end - shop.begin) as f64 / (1440 * MINUTE) as f64;
    println!(
        "shop {seed}: {:.1} days, {} attempts, {} purchases, {} campaigns, history {}",
        days,
        shop.attempts.len(),
        shop.purchases.len(),
        shop.campaigns.len(),
        shop.history
    );
    for truth in &truths {
        print(&shop, truth);
    }
}

fn ago(shop: &Shop, at: i64) -> String {
    format!("{:.1}", (shop.end - at) as f64 / MINUTE as f64)
}

fn print(shop: &Shop, truth: &Truth) {
    let row = &shop.campaigns[truth.campaign];
    println!(
        "\n== {} -> {:?} / {:?}, harmful {}, signs {:?}",
        truth.label, truth.verdict, truth.also, truth.harmful, truth.signs
    );
    println!(
        "{} {:?} {} from {} until {} created {} updated {} (min before the end) limit {:?} used {} per user {} new {} first {}",
        row.name,
        row.status,
        row.scope,
        ago(shop, row.valid_from),
        ago(shop, row.valid_until),
        ago(shop, row.created_at),
        ago(shop, row.updated_at),
        row.max_total_uses,
        row.used_total,
        row.max_uses_per_user,
        row.new_users_only,
        row.first_purchase_only
    );
    for change in shop.changes.iter().filter(|change| change.campaign == truth.campaign) {
        println!("  {} min: {:?} by {:?}", ago(shop, change.at), change.to, change.by);
    }
    for action in shop.actions.iter().filter(|action| action.campaign == truth.campaign) {
        println!("  {} min: {:?}", ago(shop, action.at), action.what);
    }
    timeline(shop, truth, row.code);
    users(shop, truth, row.code);
}

fn timeline(shop: &Shop, truth: &Truth, code: u64) {
    let mut known: BTreeSet<i64> = BTreeSet::new();
    let mut bins: BTreeMap<i64, BTreeMap<String, usize>> = BTreeMap::new();
    let size = ((shop.end - truth.start) / 12).max(2 * MINUTE);
    for attempt in &shop.attempts {
        let new = known.insert(attempt.user);
        if attempt.code != code {
            continue;
        }
        let bin = bins
            .entry(if attempt.at < truth.start { -1 } else { (attempt.at - truth.start) / size })
            .or_default();
        let reason = attempt.reason.map_or(String::new(), |reason| format!(":{reason:?}"));
        *bin.entry(format!("{:?}{reason}", attempt.answer)).or_default() += 1;
        *bin.entry("new".to_owned()).or_default() += usize::from(new);
    }
    for (bin, counts) in bins {
        let label = if bin < 0 { "before".to_owned() } else { ago(shop, truth.start + bin * size) };
        let counts: Vec<String> = counts.iter().map(|(what, count)| format!("{what} {count}")).collect();
        println!("  {label:>8}: {}", counts.join(", "));
    }
    let redemptions = shop.redemptions.iter().filter(|row| row.campaign == truth.campaign);
    for (name, late) in [("before", false), ("since", true)] {
        let mine: Vec<_> =
            redemptions.clone().filter(|row| (row.created_at >= truth.start) == late).collect();
        let of = |held: Held| mine.iter().filter(|row| row.status == held).count();
        println!(
            "  redemptions {name}: {} applied, {} lapsed, {} reserved, {} revoked",
            of(Held::Applied),
            of(Held::Lapsed),
            of(Held::Reserved),
            of(Held::Revoked)
        );
    }
}

fn users(shop: &Shop, truth: &Truth, code: u64) {
    let mut users: BTreeMap<i64, Vec<&Attempt>> = BTreeMap::new();
    let crowd: BTreeSet<i64> = shop
        .attempts
        .iter()
        .filter(|row| row.code == code && row.at >= truth.start)
        .map(|row| row.user)
        .collect();
    for attempt in shop.attempts.iter().filter(|row| crowd.contains(&row.user)) {
        users.entry(attempt.user).or_default().push(attempt);
    }
    println!(
        "  {} users; some, with all their attempts (seconds since the incident began; * = another code):",
        crowd.len()
    );
    let step = (crowd.len() / 9).max(1);
    for (user, attempts) in users.iter().step_by(step).take(9) {
        let bought = shop.purchases.iter().filter(|row| row.user == *user);
        let before = bought.clone().filter(|row| row.created_at < truth.start).count();
        let tries: Vec<String> = attempts
            .iter()
            .rev()
            .take(14)
            .rev()
            .map(|attempt| {
                let mark = match attempt.answer {
                    Answer::Accepted => "ok",
                    Answer::Invalid => "inv",
                    Answer::Expired => "exp",
                    Answer::NotApplicable => "na",
                    Answer::RateLimited => "rl",
                };
                let star = if attempt.code == code { "" } else { "*" };
                format!("{}{mark}@{}", star, (attempt.at - truth.start) / SECOND)
            })
            .collect();
        println!(
            "    {user} ({before} bought before, {} since): {}",
            bought.count() - before,
            tries.join(" ")
        );
    }
}
