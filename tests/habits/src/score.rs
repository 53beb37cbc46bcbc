//! How good verdicts are: their figures over generated shops.

use crate::truth::{Kind, Truth, Verdict};
use std::collections::BTreeMap;

/// A verdict with what is true.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The shop.
    pub seed: u64,
    /// What is true.
    pub truth: Truth,
    /// What was concluded.
    pub verdict: Verdict,
    /// How sure.
    pub confidence: f64,
}

impl Judged {
    /// Whether a careful reader agrees.
    pub fn right(&self) -> bool {
        self.verdict == self.truth.verdict || Some(self.verdict) == self.truth.also
    }

    /// The careful reader's verdict; where two are right and one of them was given, that one.
    fn expected(&self) -> Verdict {
        if self.right() { self.verdict } else { self.truth.verdict }
    }

    /// Abuse that leaves nothing in the tables.
    fn unknowable(&self) -> bool {
        self.truth.kind.is_abuse()
            && matches!(self.truth.also, Some(Verdict::FalsePositive | Verdict::Healthy))
    }

    fn called_fine(&self) -> bool {
        matches!(self.verdict, Verdict::FalsePositive | Verdict::Healthy)
    }
}

const VERDICTS: [Verdict; 5] =
    [Verdict::Abuse, Verdict::Config, Verdict::Inconclusive, Verdict::FalsePositive, Verdict::Healthy];

/// So many of so many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Part {
    /// Those that are.
    pub hits: usize,
    /// All.
    pub of: usize,
}

impl Part {
    fn of<'a>(all: impl Iterator<Item = &'a Judged>, hit: impl Fn(&Judged) -> bool) -> Self {
        let mut part = Self::default();
        for judged in all {
            part.of += 1;
            part.hits += usize::from(hit(judged));
        }
        part
    }

    /// As a number.
    pub fn share(self) -> f64 {
        if self.of == 0 { 0.0 } else { self.hits as f64 / self.of as f64 }
    }
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {} ({:.1} %)", self.hits, self.of, 100.0 * self.share())
    }
}

/// The figures.
#[derive(Debug, Clone)]
pub struct Score {
    /// Truth by verdict, in the order of the contract.
    pub confusion: [[usize; 5]; 5],
    /// Verdicts that a careful reader agrees with.
    pub right: Part,
    /// Harmful campaigns called FALSE_POSITIVE: they would be unpaused.
    pub unsafe_lifted: Part,
    /// Abuse like every promotion of its shop, of which no reader can know, called FALSE_POSITIVE: not among the others.
    pub unknowable: Part,
    /// Harmless ones accused of abuse.
    pub accused: Part,
    /// Abused ones called fine.
    pub missed: Part,
    /// INCONCLUSIVE where the tables decide.
    pub undecided: Part,
    /// Clean paused ones that get anything but FALSE_POSITIVE.
    pub refused: Part,
    /// Over all campaigns.
    pub macro_f1: f64,
    /// Mean over shops, and of the worst tenth of them.
    pub by_shop: (f64, f64),
    /// The same of ten shops taken together. A shop has two answers on average: one error of two is a macro-F1 of a third or less.
    pub by_ten: (f64, f64),
    /// The shop with the lowest macro-F1.
    pub worst_shop: (u64, f64),
    /// Share right, by kind.
    pub kinds: BTreeMap<Kind, Part>,
    /// Reliability in five bins: mean confidence, share right, how many.
    pub bins: [(f64, f64, usize); 5],
    /// Their weighted distance.
    pub calibration: f64,
}

fn macro_f1(judged: &[&Judged]) -> f64 {
    let mut sum = 0.0;
    let mut classes = 0;
    for verdict in VERDICTS {
        let truly = judged.iter().filter(|j| j.expected() == verdict).count();
        let called = judged.iter().filter(|j| j.verdict == verdict).count();
        let right = judged.iter().filter(|j| j.verdict == verdict && j.right()).count();
        if truly + called > 0 {
            sum += 2.0 * right as f64 / (truly + called) as f64;
            classes += 1;
        }
    }
    if classes == 0 { 1.0 } else { sum / f64::from(classes) }
}

impl Score {
    /// Of these verdicts.
    pub fn of(judged: &[Judged]) -> Self {
        let mut confusion = [[0; 5]; 5];
        let mut kinds: BTreeMap<Kind, Part> = BTreeMap::new();
        let mut bins = [(0.0, 0.0, 0usize); 5];
        let mut shops: BTreeMap<u64, Vec<&Judged>> = BTreeMap::new();
        for j in judged {
            confusion[j.expected() as usize][j.verdict as usize] += 1;
            let part = kinds.entry(j.truth.kind).or_default();
            part.of += 1;
            part.hits += usize::from(j.right());
            shops.entry(j.seed).or_default().push(j);
        }
        // Bins of equally many verdicts: most confidences lie close together.
        let mut by_confidence: Vec<&Judged> = judged.iter().collect();
        by_confidence.sort_by(|a, b| a.confidence.total_cmp(&b.confidence));
        for (i, j) in by_confidence.iter().enumerate() {
            let bin = &mut bins[i * 5 / judged.len()];
            bin.0 += j.confidence;
            bin.1 += f64::from(u8::from(j.right()));
            bin.2 += 1;
        }
        let mut calibration = 0.0;
        for bin in &mut bins {
            let n = bin.2.max(1) as f64;
            (bin.0, bin.1) = (bin.0 / n, bin.1 / n);
            calibration += (bin.0 - bin.1).abs() * bin.2 as f64 / judged.len().max(1) as f64;
        }
        let mut each: Vec<(f64, u64)> = shops.iter().map(|(seed, j)| (macro_f1(j), *seed)).collect();
        each.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let ten: Vec<Vec<&Judged>> = shops.values().cloned().collect();
        let mut ten: Vec<(f64, u64)> = ten.chunks(10).map(|ten| (macro_f1(&ten.concat()), 0)).collect();
        ten.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mean = |some: &[(f64, u64)]| some.iter().map(|(f, _)| f).sum::<f64>() / some.len().max(1) as f64;
        let tenth = each.len().div_ceil(10);
        let all: Vec<&Judged> = judged.iter().collect();
        let decided = |j: &&Judged| {
            j.truth.verdict != Verdict::Inconclusive && j.truth.also != Some(Verdict::Inconclusive)
        };
        let clean = |j: &&Judged| j.truth.verdict == Verdict::FalsePositive && j.truth.also.is_none();
        Self {
            confusion,
            right: Part::of(judged.iter(), Judged::right),
            unsafe_lifted: Part::of(judged.iter().filter(|j| j.truth.harmful && !j.unknowable()), |j| {
                j.verdict == Verdict::FalsePositive
            }),
            unknowable: Part::of(judged.iter().filter(|j| j.unknowable()), Judged::called_fine),
            accused: Part::of(judged.iter().filter(|j| j.truth.kind.is_harmless()), |j| {
                j.verdict == Verdict::Abuse
            }),
            missed: Part::of(
                judged.iter().filter(|j| j.truth.kind.is_abuse() && !j.unknowable()),
                Judged::called_fine,
            ),
            undecided: Part::of(judged.iter().filter(decided), |j| j.verdict == Verdict::Inconclusive),
            refused: Part::of(judged.iter().filter(clean), |j| j.verdict != Verdict::FalsePositive),
            macro_f1: macro_f1(&all),
            by_shop: (mean(&each), mean(&each[..tenth.min(each.len())])),
            by_ten: (mean(&ten), mean(&ten[..ten.len().div_ceil(10)])),
            worst_shop: each.first().map_or((0, 1.0), |(f, seed)| (*seed, *f)),
            kinds,
            bins,
            calibration,
        }
    }

    /// Prints everything.
    pub fn print(&self, title: &str) {
        println!("\n== {title}");
        println!("truth \\ verdict   abuse  config  inconcl  falsepos  healthy");
        for (row, verdict) in self.confusion.iter().zip(VERDICTS) {
            let cells: Vec<String> = row.iter().map(|n| format!("{n:7}")).collect();
            println!("{:14} {}", format!("{verdict:?}"), cells.join(" "));
        }
        println!("right                                 {}", self.right);
        println!("unsafe campaigns called FALSE_POSITIVE {}", self.unsafe_lifted);
        println!("unknowable abuse called fine          {}", self.unknowable);
        println!("harmless accused of abuse             {}", self.accused);
        println!("abuse called fine                     {}", self.missed);
        println!("INCONCLUSIVE where the tables decide  {}", self.undecided);
        println!("clean paused ones refused             {}", self.refused);
        println!(
            "macro-F1 overall {:.3}, mean over shops {:.3}, worst tenth {:.3}, worst shop {} {:.2}",
            self.macro_f1, self.by_shop.0, self.by_shop.1, self.worst_shop.0, self.worst_shop.1
        );
        println!("of ten shops together: mean {:.3}, worst tenth {:.3}", self.by_ten.0, self.by_ten.1);
        println!("calibration error {:.3}; bins (confidence, right, n):", self.calibration);
        for (confidence, right, n) in self.bins.iter().filter(|b| b.2 > 0) {
            println!("    {confidence:.3}  {right:.3}  {n}");
        }
        let mut kinds: Vec<(&Kind, &Part)> = self.kinds.iter().collect();
        kinds.sort_by(|a, b| a.1.share().total_cmp(&b.1.share()));
        let text: Vec<String> =
            kinds.iter().map(|(kind, part)| format!("{kind:?} {}/{}", part.hits, part.of)).collect();
        println!("right by kind, worst first: {}", text.join(", "));
    }
}
