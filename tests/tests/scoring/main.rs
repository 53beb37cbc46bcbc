//! What core concludes, against the generator's truth, on the range that was never looked at while thresholds were chosen.

use promo_guard_core::clusters::{Kind, Settings};
use promo_guard_tests::scoring::facts::History;
use promo_guard_tests::scoring::scenario::HELD_OUT;
use promo_guard_tests::scoring::score::{Score, qualities, score};

/// Every kind of incident twice, and eighteen mixtures of two.
fn held_out(history: History, minutes: i64) -> Vec<Score> {
    let settings = Settings::default();
    (0..54).filter_map(|n| score(&HELD_OUT.scenario(n), minutes, history, &settings)).collect()
}

fn mean(scores: &[Score], of: fn(&Score) -> f64) -> f64 {
    scores.iter().map(of).sum::<f64>() / scores.len() as f64
}

#[test]
#[ignore = "slow"]
fn failures_of_the_last_half_hour_are_divided_as_they_truly_are() {
    for history in [History::Attached, History::None] {
        let scores = held_out(history, 30);
        assert!(scores.len() > 45);
        scores.iter().for_each(explained);
        let ours = mean(&scores, |s| s.ours);
        assert!(ours >= 0.95, "{history:?}: adjusted Rand index {ours:.4}");
        let (components, by_hash) = (mean(&scores, |s| s.components), mean(&scores, |s| s.by_hash));
        assert!(ours > components + 0.3 && ours > by_hash + 0.2, "{ours} {components} {by_hash}");
        for (kind, quality) in qualities(&scores).into_iter().filter(|(_, q)| q.truly > 0) {
            let (precision, recall) = (quality.precision(), quality.recall());
            assert!(precision >= 0.9 && recall >= 0.9, "{kind}: {precision:.3} {recall:.3}");
        }
    }
}

#[test]
#[ignore = "slow"]
fn a_night_of_ten_hours_is_divided_as_well() {
    let scores: Vec<Score> = (0..18)
        .filter_map(|n| score(&HELD_OUT.scenario(n), 600, History::Attached, &Settings::default()))
        .collect();
    let ours = mean(&scores, |s| s.ours);
    assert!(ours >= 0.95, "adjusted Rand index {ours:.4}");
}

/// Every cluster says in a sentence what it is and how many.
fn explained(score: &Score) {
    for cluster in &score.clusters.clusters {
        let text = &cluster.explanation;
        assert!(text.ends_with('.') && text.len() < 320, "{text}");
        assert!(text.chars().any(|c| c.is_ascii_digit()), "{text}");
        assert_eq!(cluster.kind == Kind::Background, cluster.id == "BACKGROUND");
    }
}
