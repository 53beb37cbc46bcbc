//! Fits the weights: a logistic regression with a penalty and without negative weights, by Newton's method.

use crate::gather::{gather, verdict};
use crate::rows::Shop as Rows;
use crate::score::Judged;
use crate::story::{Choice, shop};
use crate::truth::{Truth, Verdict};
use crate::view::View;
use promo_guard_core::classify::weights::{Model, Reliability, Weights};
use promo_guard_core::classify::{
    Conclusion, FEATURES, Facts, Ground, Limits, Measures, Shop, assess, assess_by, conclude,
};
use promo_guard_core::policy::Policy;

/// One campaign with its facts and its truth.
#[derive(Debug, Clone)]
pub struct Case {
    /// The shop.
    pub seed: u64,
    /// Its facts,
    pub facts: Facts,
    /// ... what is usual in its shop,
    pub shop: Shop,
    /// ... and what is true.
    pub truth: Truth,
    /// Its measures.
    pub measures: Measures,
    /// Whether its verdict rests on them.
    pub counts: bool,
}

/// The cases of one shop.
pub fn cases_of(rows: &Rows, policy: &Policy) -> Vec<Case> {
    let view = View::of(rows);
    let model = Model::default();
    rows.truth
        .iter()
        .map(|truth| {
            let (facts, shop) = gather(&view, truth.campaign, policy);
            let found = assess(&facts, &shop, &model);
            let counts = matches!(found.ground, Ground::Fitted | Ground::Mixed | Ground::Ended);
            let counts = counts && (found.by_guard || !truth.paused);
            // Ordinary people beside attackers who tried the code too: neither the one nor the other.
            let both = !truth.kind.is_abuse() && truth.also == Some(Verdict::Abuse);
            let counts = counts && !both;
            Case { seed: rows.seed, facts, shop, truth: truth.clone(), measures: found.measures, counts }
        })
        .collect()
}

/// The cases of so many shops.
pub fn cases(first: u64, shops: u64, choice: &Choice) -> Vec<Case> {
    let policy = Policy::default();
    (first..first + shops).flat_map(|seed| cases_of(&shop(seed, choice), &policy)).collect()
}

/// Weights with their standard errors.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The weights.
    pub weights: Weights,
    /// Standard errors, of the intercept first.
    pub errors: Vec<f64>,
}

/// What is believed of a measure before any case is seen: behaviour speaks for abuse, and who comes does so weakly. A sign
/// that no case of the fit shows keeps this weight, so that a kind of abuse that nobody has met yet is not called fine.
const BELIEVED: [f64; FEATURES.len()] = [3.5, 3.5, 3.5, 2.5, 3.5, 1.5, 1.5, 2.0, 1.5, 2.0];
/// How strongly: a standard deviation of 1.6.
const PENALTY: f64 = 0.4;

/// Fits; `without` leaves measures out.
pub fn fit<'a>(cases: impl Iterator<Item = &'a Case>, without: &[usize]) -> Fit {
    let rows: Vec<(Vec<f64>, f64)> = cases
        .filter(|case| case.counts)
        .map(|case| {
            let mut x = vec![1.0];
            x.extend(case.measures);
            (x, f64::from(u8::from(case.truth.kind.is_abuse())))
        })
        .collect();
    let n = FEATURES.len() + 1;
    let mut free: Vec<usize> = (0..n).filter(|i| *i == 0 || !without.contains(&(i - 1))).collect();
    loop {
        let (weights, errors) = newton(&rows, &free, n);
        // A measure that would speak against abuse says nothing: it is dropped, the most negative first.
        let worst = free.iter().copied().skip(1).min_by(|a, b| weights[*a].total_cmp(&weights[*b]));
        match worst.filter(|i| weights[*i] < 0.0) {
            Some(worst) => free.retain(|i| *i != worst),
            None => {
                let mut each = [0.0; FEATURES.len()];
                each.copy_from_slice(&weights[1..]);
                return Fit { weights: Weights { intercept: weights[0], each }, errors };
            }
        }
    }
}

fn newton(rows: &[(Vec<f64>, f64)], free: &[usize], n: usize) -> (Vec<f64>, Vec<f64>) {
    let k = free.len();
    let mut w = vec![0.0; n];
    let mut inverse = Vec::new();
    for _ in 0..40 {
        let mut gradient = vec![0.0; k];
        let mut hessian = vec![vec![0.0; k]; k];
        for (i, place) in free.iter().enumerate().skip(1) {
            gradient[i] = PENALTY * (w[*place] - BELIEVED[*place - 1]);
            hessian[i][i] = PENALTY;
        }
        hessian[0][0] += 1e-6;
        for (x, y) in rows {
            let odds: f64 = free.iter().map(|i| w[*i] * x[*i]).sum();
            let p = 1.0 / (1.0 + (-odds).exp());
            for (i, a) in free.iter().enumerate() {
                gradient[i] += (p - y) * x[*a];
                for (j, b) in free.iter().enumerate() {
                    hessian[i][j] += p * (1.0 - p) * x[*a] * x[*b];
                }
            }
        }
        inverse = invert(hessian);
        let mut moved: f64 = 0.0;
        for (i, place) in free.iter().enumerate() {
            let step: f64 = (0..k).map(|j| inverse[i][j] * gradient[j]).sum();
            w[*place] -= step.clamp(-3.0, 3.0);
            moved = moved.max(step.abs());
        }
        if moved < 1e-7 {
            break;
        }
    }
    let mut errors = vec![0.0; n];
    for (i, place) in free.iter().enumerate() {
        errors[*place] = inverse[i][i].max(0.0).sqrt();
    }
    (w, errors)
}

/// Gauss and Jordan, with the largest pivot.
fn invert(mut a: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let n = a.len();
    for (i, row) in a.iter_mut().enumerate() {
        row.extend((0..n).map(|j| f64::from(u8::from(i == j))));
    }
    for column in 0..n {
        let pivot = (column..n).max_by(|x, y| a[*x][column].abs().total_cmp(&a[*y][column].abs()));
        a.swap(column, pivot.unwrap_or(column));
        let by = a[column][column];
        a[column].iter_mut().for_each(|x| *x /= by);
        let row = a[column].clone();
        for (i, other) in a.iter_mut().enumerate() {
            if i != column {
                let factor = other[column];
                other.iter_mut().zip(&row).for_each(|(x, y)| *x -= factor * y);
            }
        }
    }
    a.into_iter().map(|row| row[n..].to_vec()).collect()
}

/// A verdict with its truth.
pub fn judged(case: &Case, found: &Conclusion) -> Judged {
    Judged {
        seed: case.seed,
        truth: case.truth.clone(),
        verdict: verdict(found),
        confidence: found.confidence,
    }
}

/// Verdicts on cases.
pub fn judge_all<'a>(cases: impl Iterator<Item = &'a Case>, model: &Model) -> Vec<Judged> {
    cases.map(|case| judged(case, &assess(&case.facts, &case.shop, model))).collect()
}

/// The same by another way from measures to the chance of abuse.
pub fn judge_by<'a>(
    cases: impl Iterator<Item = &'a Case>,
    model: &Model,
    chance: &dyn Fn(&Measures) -> f64,
) -> Vec<Judged> {
    cases.map(|case| judged(case, &assess_by(&case.facts, &case.shop, model, chance))).collect()
}

const FOLDS: u64 = 5;

/// Fits on cases: weights on all of them, limits and reliability on folds that the weights have not seen.
pub fn train(cases: &[Case], without: &[usize]) -> (Model, Fit) {
    let folds: Vec<Fit> =
        (0..FOLDS).map(|fold| fit(cases.iter().filter(|c| c.seed % FOLDS != fold), without)).collect();
    let fold_of = |case: &Case| folds[(case.seed % FOLDS) as usize].weights.clone();
    let none = Limits { fine: 0.1, abuse: 0.85, mixed: 0.85 };
    let measured: Vec<Conclusion> = cases
        .iter()
        .map(|case| {
            let model = Model { weights: fold_of(case), limits: none, reliability: Reliability(Vec::new()) };
            assess(&case.facts, &case.shop, &model)
        })
        .collect();
    // Only the limits change: what was measured stays.
    let concluded = |limits: Limits| -> Vec<(Judged, Conclusion)> {
        let each = cases.iter().zip(&measured);
        each.map(|(case, found)| {
            let found = conclude(&case.facts, &case.shop, found.clone(), limits);
            (judged(case, &found), found)
        })
        .collect()
    };
    let mut best = (f64::MAX, Limits { fine: 0.1, abuse: 0.85, mixed: 0.85 });
    // Where nothing speaks for abuse a verdict is always given.
    let nothing = 1.0 / (1.0 + (-fit(cases.iter(), without).weights.intercept).exp());
    for times in [1.2, 1.4, 1.6, 2.2, 3.0, 4.0] {
        let fine = nothing * times;
        for abuse in [0.6, 0.7, 0.8, 0.88, 0.94] {
            for mixed in [0.4, 0.6, 0.8, 0.94] {
                let limits = Limits { fine, abuse, mixed };
                let cost: f64 = concluded(limits).iter().map(|(j, _)| cost(j)).sum();
                if cost < best.0 {
                    best = (cost, limits);
                }
            }
        }
    }
    let limits = best.1;
    let found = concluded(limits);
    let fit = fit(cases.iter(), without);
    let model = Model { weights: fit.weights.clone(), limits, reliability: reliability(&found, limits) };
    (model, fit)
}

/// What an answer costs (Chow 1970): an attack that is let go most, an accusation a sixth of that, a question little.
fn cost(judged: &Judged) -> f64 {
    let fine = matches!(judged.verdict, Verdict::FalsePositive | Verdict::Healthy);
    if judged.truth.kind.is_abuse() && fine && !judged.right() {
        return 24.0;
    }
    if judged.truth.kind.is_harmless() && judged.verdict == Verdict::Abuse {
        return 4.0;
    }
    if judged.right() {
        0.0
    } else if judged.verdict == Verdict::Inconclusive {
        1.0
    } else {
        3.0
    }
}

fn reliability(found: &[(Judged, Conclusion)], limits: Limits) -> Reliability {
    let mut rows = Vec::new();
    let edges = [limits.fine / 3.0, limits.fine, 0.3, limits.abuse, 0.97, 1.0];
    for ground in Ground::ALL {
        let of = found.iter().filter(|(_, c)| c.ground == ground);
        let edges: &[f64] = if ground == Ground::Fitted { &edges } else { &[1.0] };
        let mut from = -1.0;
        for edge in edges {
            let bin = of.clone().filter(|(_, c)| c.abuse > from && c.abuse <= *edge);
            let (n, right) =
                bin.fold((0.0, 0.0), |(n, right), (j, _)| (n + 1.0, right + f64::from(u8::from(j.right()))));
            // Nine of ten before anything is seen, two cases' worth.
            rows.push((ground, *edge, ((right + 1.8) / (n + 2.0_f64)).min(0.99)));
            from = *edge;
        }
    }
    Reliability(rows)
}

/// The file of weights.
pub fn source(model: &Model, fit: &Fit) -> String {
    use std::fmt::Write;
    let mut text = String::from(
        "//! Written by `make fit`: do not edit.\n\nuse crate::classify::conclusion::{Ground, Limits};\n\n",
    );
    let _ = writeln!(text, "/// Before anything is measured, and its standard error.");
    let _ = writeln!(
        text,
        "pub const INTERCEPT: (f64, f64) = ({:.2}, {:.2});",
        fit.weights.intercept, fit.errors[0]
    );
    let _ = writeln!(text, "/// Each measure's weight and standard error.");
    let _ = writeln!(text, "pub const WEIGHTS: [(f64, f64); {}] = [", FEATURES.len());
    for (i, name) in FEATURES.iter().enumerate() {
        let _ = writeln!(text, "    // {name}\n    ({:.2}, {:.2}),", fit.weights.each[i], fit.errors[i + 1]);
    }
    let Limits { fine, abuse, mixed } = model.limits;
    let _ = writeln!(text, "];\n/// Where a verdict is given.");
    let _ = writeln!(
        text,
        "pub const LIMITS: Limits = Limits {{ fine: {fine:?}, abuse: {abuse:?}, mixed: {mixed:?} }};"
    );
    let _ = writeln!(text, "/// Ground, chance of abuse up to which the row holds, share right.");
    let _ = writeln!(text, "pub const RELIABILITY: [(Ground, f64, f64); {}] = [", model.reliability.0.len());
    for (ground, most, right) in &model.reliability.0 {
        let _ = writeln!(text, "    (Ground::{ground:?}, {most:.3}, {right:.3}),");
    }
    text.push_str("];\n");
    text
}
