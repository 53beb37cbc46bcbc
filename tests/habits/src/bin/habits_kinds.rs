//! What the generator makes: how often each kind of incident ends paused, by whom, and with which truth.

use promo_guard_habits::habits::Region;
use promo_guard_habits::story::{Choice, shop};
use promo_guard_habits::truth::Kind;
use std::collections::BTreeMap;

fn main() {
    let n: u64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(100);
    let mut rows: BTreeMap<(Kind, String), (u32, u32, u32)> = BTreeMap::new();
    let (mut attempts, mut largest) = (0, 0);
    for seed in 0..n {
        let shop = shop(seed, &Choice::of(Region::All));
        attempts += shop.attempts.len();
        largest = largest.max(shop.attempts.len());
        for t in &shop.truth {
            let row = rows.entry((t.kind, format!("{:?}/{:?}", t.verdict, t.also))).or_default();
            row.0 += 1;
            row.1 += u32::from(t.paused);
            row.2 += u32::from(t.by_guard);
        }
    }
    println!("{n} shops, {attempts} attempts, at most {largest} in one");
    println!("{:18} {:32} {:>5} {:>6} {:>8}", "kind", "verdict/also", "n", "paused", "by guard");
    for ((kind, verdict), (n, paused, guard)) in rows {
        println!("{:18} {verdict:32} {n:5} {paused:6} {guard:8}", format!("{kind:?}"));
    }
}
