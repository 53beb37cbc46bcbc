//! Verdicts on the foreign shops: `score [shops] [label]`; with a label every wrong answer of that kind with its sentences.

use promo_guard_core::classify::weights::Model;
use promo_guard_core::classify::{FEATURES, assess, sentences};
use promo_guard_core::policy::Policy;
use promo_guard_foreign::{Truth, shop};
use promo_guard_habits::gather::{gather, verdict};
use promo_guard_habits::score::{Judged, Score};
use promo_guard_habits::truth::{Kind, Truth as Known};
use promo_guard_habits::view::View;
use std::collections::BTreeMap;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let shops: u64 = args.first().and_then(|n| n.parse().ok()).unwrap_or(300);
    let (policy, model) = (Policy::default(), Model::default());
    let mut judged = Vec::new();
    let mut kinds: BTreeMap<&str, (usize, usize, BTreeMap<String, usize>)> = BTreeMap::new();
    for seed in 0..shops {
        let (rows, truths) = shop(seed);
        let view = View::of(&rows);
        for truth in truths {
            // What is over shows in no window of half an hour: nobody asks about it.
            let since = rows.end - policy.triage_lookback().micros();
            let code = rows.campaigns[truth.campaign].code;
            if !truth.paused && rows.attempts.iter().filter(|a| a.at >= since && a.code == code).count() < 20
            {
                continue;
            }
            let (facts, usual) = gather(&view, truth.campaign, &policy);
            let found = assess(&facts, &usual, &model);
            let answer =
                Judged { seed, truth: known(&truth), verdict: verdict(&found), confidence: found.confidence };
            let kind = kinds.entry(truth.label).or_default();
            kind.0 += usize::from(answer.right());
            kind.1 += 1;
            if !answer.right() {
                *kind.2.entry(format!("{:?} for {:?}", answer.verdict, truth.verdict)).or_default() += 1;
            }
            if !answer.right() && args.get(1).is_some_and(|only| only == truth.label || only == "all") {
                let measures = FEATURES.iter().zip(found.measures).filter(|(_, m)| *m > 0.01);
                let text: Vec<String> = measures.map(|(name, m)| format!("{name} {m:.2}")).collect();
                println!(
                    "{seed} {} {:?} (or {:?}), signs {:?}: {:?} {:.2} by {:?}, chance {:.3}: {}",
                    truth.label,
                    truth.verdict,
                    truth.also,
                    truth.signs,
                    answer.verdict,
                    answer.confidence,
                    found.ground,
                    found.abuse,
                    text.join(", ")
                );
                for sentence in sentences(&found, &facts, &usual) {
                    println!("    {sentence}");
                }
            }
            judged.push(answer);
        }
    }
    Score::of(&judged).print("foreign shops");
    for (label, (right, of, wrong)) in kinds {
        println!("{label:40} {right:4} of {of:4}  {wrong:?}");
    }
}

fn known(truth: &Truth) -> Known {
    Known {
        campaign: truth.campaign,
        kind: match (truth.abused, truth.harmless) {
            (true, _) => Kind::LeakedToFarm,
            (_, true) => Kind::TvSpot,
            _ => Kind::UnexplainedPause,
        },
        verdict: truth.verdict,
        also: truth.also,
        harmful: truth.harmful,
        signs: truth.signs.clone(),
        announced: false,
        by_guard: truth.by_guard,
        paused: truth.paused,
    }
}
