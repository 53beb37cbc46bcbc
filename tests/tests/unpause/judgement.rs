//! Zero unsafe unpauses over held-out incidents of the generator (MEASURES, "Judgement"): in core here, through SQL below.

use promo_guard_generator::generate;
use promo_guard_tests::scoring::facts::History;
use promo_guard_tests::scoring::scenario::{HELD_OUT, TUNED};
use promo_guard_tests::scoring::unpause::{decide, trusting};

#[test]
fn tuned() {
    let n = std::env::var("N").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    let range = if std::env::var("HELD").is_ok() { HELD_OUT } else { TUNED };
    for history in [History::Attached, History::None] {
        let (mut paused, mut clean, mut refused, mut unsafes) = (0, 0, 0, 0);
        let mut why = std::collections::BTreeMap::<String, usize>::new();
        for i in 0..n {
            let scenario = range.scenario(i);
            let data = generate(&scenario.config);
            for d in decide(&data, history, trusting) {
                paused += 1;
                clean += usize::from(d.truth.unpause_safe);
                let failed: Vec<_> = d.plan.failed().map(|f| f.check.name()).collect();
                if d.clean_refused() {
                    refused += 1;
                    *why.entry(failed.join(" ")).or_default() += 1;
                    if std::env::var("WHY").is_ok() {
                        println!(
                            "REFUSED {i} {:?} {:?}",
                            scenario.kind,
                            d.plan.failed().map(|f| f.detail.clone()).collect::<Vec<_>>()
                        );
                    }
                }
                if d.unsafe_unpause() {
                    unsafes += 1;
                    println!("UNSAFE {i} {:?} mixed {} {:?}", scenario.kind, scenario.mixed, d.truth);
                }
            }
        }
        println!(
            "{history:?}: {paused} paused, {clean} clean, {refused} of them refused, {unsafes} unsafe: {why:?}"
        );
    }
}
