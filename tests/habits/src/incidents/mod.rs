//! What happens in the last hours of a shop, and what a careful reader can know of it.

mod abuse;
mod faults;
mod harmless;
mod pauses;

use crate::app::Manner;
use crate::rng::{DAY, HOUR, MINUTE};
use crate::rows::{Action, Actor, Answer, Deed, Status};
use crate::story::{Crowd, Story};
use crate::truth::{Kind, Truth, Verdict};

/// An incident laid out, before the application has run.
#[derive(Debug, Clone)]
pub struct Planned {
    kind: Kind,
    campaigns: Vec<usize>,
    from: i64,
    /// When the attack or promotion is half over.
    middle: i64,
    users: usize,
    /// Realised share of new users, and of users who had slept.
    new: f64,
    slept: f64,
    signs: Vec<&'static str>,
    announced: bool,
    /// A harmless crowd that does one thing as attackers do, or of which flags turn many away, meant or not.
    odd: bool,
}

impl Planned {
    fn of(kind: Kind, campaign: usize, from: i64) -> Self {
        Self {
            kind,
            campaigns: vec![campaign],
            from,
            middle: from,
            users: 0,
            new: 0.0,
            slept: 0.0,
            signs: Vec::new(),
            announced: false,
            odd: false,
        }
    }
}

/// Signs that prove something by themselves. Every other one harmless crowds show now and then.
const STRONG: [&str; 3] = ["block", "guesses", "hammer"];

/// Chooses one to three incidents and lays them out, each on a campaign of its own.
pub fn plan(story: &mut Story<'_>, kinds: &[Kind]) -> Vec<Planned> {
    let mut free: Vec<usize> = (0..story.h.campaigns).collect();
    let mut planned = Vec::new();
    let n = 1 + story.rng.below(3);
    let mut chosen: Vec<Kind> = Vec::new();
    for _ in 0..n {
        chosen.push(*story.rng.pick(kinds));
    }
    let harmless: Vec<Kind> = kinds.iter().copied().filter(|kind| kind.is_harmless()).collect();
    if !harmless.is_empty() && story.rng.chance(0.6) {
        chosen.push(*story.rng.pick(&harmless));
    }
    // A mass pause hits whatever is left, so it comes last.
    chosen.sort_by_key(|kind| *kind == Kind::MassPause);
    chosen.dedup_by(|a, b| *a == Kind::MassPause && *b == Kind::MassPause);
    for kind in chosen {
        if free.is_empty() {
            break;
        }
        let campaign = free.swap_remove(story.rng.below(free.len()));
        let from = when(story);
        story.app.left_alone[campaign] = from - 12 * HOUR;
        let found = match kind {
            Kind::TvSpot
            | Kind::Newsletter
            | Kind::WinBack
            | Kind::LaunchDay
            | Kind::SchoolClass
            | Kind::Influencer
            | Kind::DoubleTaps
            | Kind::RetryLoop
            | Kind::BatchMailing => harmless::plan(story, kind, campaign, from),
            Kind::LeakedToFarm
            | Kind::LeakedToPeople
            | Kind::Hammered
            | Kind::RepeatBots
            | Kind::GuessersFound
            | Kind::TakenOver
            | Kind::AgedFarm
            | Kind::LeakedBatch => abuse::plan(story, kind, campaign, from),
            Kind::AttackOnFault => {
                let fault = if story.rng.chance(0.5) { Kind::EndMoved } else { Kind::AudienceFlag };
                faults::plan(story, fault, campaign, from, false);
                let attack = if story.rng.chance(0.5) { Kind::RepeatBots } else { Kind::LeakedToFarm };
                // The attack comes first, so that it leaves its signs before the fault shuts everybody out.
                let before = from - story.rng.moment(10 * MINUTE, 25 * MINUTE);
                let mut found = abuse::plan(story, attack, campaign, before);
                found.kind = kind;
                found
            }
            Kind::DeliberatePause | Kind::UnexplainedPause | Kind::Successor => {
                pauses::plan(story, kind, campaign, from)
            }
            Kind::MassPause => pauses::all(story, &mut free, campaign, from),
            _ => {
                let launch = story.rng.chance(0.35);
                faults::plan(story, kind, campaign, from, launch)
            }
        };
        planned.push(found);
    }
    planned
}

fn when(story: &mut Story<'_>) -> i64 {
    let long = story.end - story.begin;
    let ago = if story.rng.chance(0.15) && long > 3 * DAY {
        story.rng.moment(4 * HOUR, 2 * DAY)
    } else {
        story.rng.moment(10 * MINUTE, (3 * HOUR).min(long / 2).max(12 * MINUTE))
    };
    story.end - ago
}

/// How many users it takes for the guard to fire within minutes, if `n` of them are ready to come.
fn enough(manner: &Manner, n: usize) -> (usize, f64) {
    // Failures a user: taps after a success.
    let per_user = manner.tap / (1.0 - manner.tap_again.min(0.9));
    let needed = (230.0 / per_user.max(0.01)) as usize;
    if needed <= n { (needed, manner.tap) } else { (n, 0.75) }
}

/// Lays out a crowd and notes what of it can be seen.
fn crowd(story: &mut Story<'_>, mut plan: Planned, crowd: &Crowd, new: f64, slept: f64) -> Planned {
    story.comes(crowd);
    // What came about, which is not quite what was drawn: small shops run out of regulars.
    let n = crowd.users.len().max(1) as f64;
    let known = |user: &&i64| story.people.is_known(**user);
    let slept_here = |user: &&i64| story.people.has_slept(**user);
    let (new, slept) = match plan.kind {
        Kind::AgedFarm => (new, slept),
        _ => (
            1.0 - crowd.users.iter().filter(known).count() as f64 / n,
            crowd.users.iter().filter(slept_here).count() as f64 / n,
        ),
    };
    plan.middle = plan.middle.max(crowd.from + crowd.over / 2);
    plan.users += crowd.users.len();
    (plan.new, plan.slept) = (new, slept);
    plan
}

fn announce(story: &mut Story<'_>, campaign: usize, from: i64, over: i64) {
    let what = Deed::Announce(from - HOUR, from + over + 6 * HOUR);
    story.actions.push(Action { campaign, at: from - 3 * HOUR, what });
}

/// What is true once the application has run.
pub fn truth(story: &mut Story<'_>, planned: Vec<Planned>) -> Vec<Truth> {
    let mut found: Vec<Truth> = Vec::new();
    for plan in planned {
        for campaign in &plan.campaigns {
            let Some(truth) = one(story, &plan, *campaign) else { continue };
            if !found.iter().any(|t| t.campaign == truth.campaign) {
                found.push(truth);
            }
        }
    }
    // What the guard paused beside: ordinary people who tapped.
    for (place, campaign) in story.app.campaigns.iter().enumerate() {
        if campaign.status == Status::Paused && !found.iter().any(|t| t.campaign == place) {
            found.push(Truth {
                campaign: place,
                kind: Kind::DoubleTaps,
                verdict: Verdict::FalsePositive,
                also: Some(Verdict::Inconclusive),
                harmful: false,
                signs: Vec::new(),
                announced: false,
                by_guard: true,
                paused: true,
            });
        }
    }
    found
}

fn one(story: &Story<'_>, plan: &Planned, campaign: usize) -> Option<Truth> {
    let row = &story.app.campaigns[campaign];
    let paused = row.status == Status::Paused;
    let last = story.app.changes.iter().rev().find(|c| c.campaign == campaign && c.to == Status::Paused);
    let by_guard = paused && last.is_some_and(|c| c.by == Actor::Guard);
    if !paused && story.end - plan.middle > 25 * MINUTE {
        return None;
    }
    let signs: Vec<&'static str> =
        plan.signs.iter().copied().filter(|sign| visible(story, plan, campaign, sign)).collect();
    let fine = if paused { Verdict::FalsePositive } else { Verdict::Healthy };
    let kind = plan.kind;
    let touched = story.touched.contains(&campaign).then_some(Verdict::Abuse);
    let (verdict, also) = if kind == Kind::AttackOnFault {
        // The fault is in the row for everybody to see; the attack where it left its signs.
        match signs.len() > 1 {
            true => (Verdict::Abuse, None),
            false => (Verdict::Config, Some(Verdict::Abuse)),
        }
    } else if kind.is_abuse() {
        let strong = signs.iter().filter(|sign| STRONG.contains(sign)).count();
        match (signs.len(), strong) {
            (2.., _) => (Verdict::Abuse, None),
            (1, 1) => (Verdict::Abuse, Some(Verdict::Inconclusive)),
            // People like those of every promotion of this shop: no reader can know.
            (0, _) if usual(story, plan) => (Verdict::Inconclusive, Some(fine)),
            _ => (Verdict::Inconclusive, Some(Verdict::Abuse)),
        }
    } else if kind.is_harmless() {
        harmless(story, plan, fine)
    } else {
        match kind {
            Kind::OrdinaryEnd => (Verdict::Healthy, None),
            Kind::DeliberatePause | Kind::UnexplainedPause | Kind::MassPause => (Verdict::Inconclusive, None),
            Kind::Successor => (Verdict::FalsePositive, None),
            _ => (Verdict::Config, None),
        }
    };
    let harmful = paused
        && !matches!(kind, Kind::OrdinaryEnd | Kind::Successor)
        && (kind.is_abuse() || !kind.is_harmless());
    let also = also.or(touched.filter(|_| verdict != Verdict::Abuse));
    Some(Truth { campaign, kind, verdict, also, harmful, signs, announced: plan.announced, by_guard, paused })
}

/// A promotion can be told from a leak where its people are known, where it was announced, or where it is like the
/// promotions that this shop had before.
fn harmless(story: &Story<'_>, plan: &Planned, fine: Verdict) -> (Verdict, Option<Verdict>) {
    let known = plan.new <= 0.35 && plan.slept <= 0.4;
    let usual = usual(story, plan);
    let few = plan.users <= 80;
    if matches!(plan.kind, Kind::DoubleTaps | Kind::RetryLoop) {
        let unlike = plan.new > 0.5 && !usual;
        let unlike = unlike || plan.odd;
        return (fine, unlike.then_some(Verdict::Inconclusive));
    }
    if plan.odd && (plan.announced || known || usual) {
        (fine, Some(Verdict::Inconclusive))
    } else if plan.announced || known || usual {
        (fine, None)
    } else if few || fine == Verdict::Healthy {
        (fine, Some(Verdict::Inconclusive))
    } else {
        (Verdict::Inconclusive, Some(fine))
    }
}

/// Whether the crowd is like promotions that this shop had before, or consists of people it knows.
fn usual(story: &Story<'_>, plan: &Planned) -> bool {
    let like = |p: &f64| (logit(*p) - logit(plan.new)).abs();
    let near = story.promos.iter().map(like).filter(|d| *d < 0.8).count();
    let known = plan.new <= 0.35;
    plan.slept <= 0.4 && (known || (story.promos.len() >= 3 && near >= 2))
}

fn logit(p: f64) -> f64 {
    let p = p.clamp(0.01, 0.99);
    (p / (1.0 - p)).ln()
}

/// Whether the tables of this shop show a sign that the abusers left.
fn visible(story: &Story<'_>, plan: &Planned, campaign: usize, sign: &str) -> bool {
    let h = story.h;
    match sign {
        "buys nothing" => {
            let taken = story.app.attempts.iter().rev().take_while(|a| a.at >= plan.from - 5 * MINUTE);
            let code = story.app.campaigns[campaign].code;
            let taken = taken.filter(|a| a.code == code && a.answer == Answer::Accepted).count() as f64;
            let waited = ((story.end - plan.middle).max(1) as f64 / h.buys_after).ln() / h.buys_sigma;
            // The normal distribution, near enough.
            let by_now = 1.0 / (1.0 + (-1.702 * waited).exp());
            let learned = h.days * h.per_day * h.converts;
            taken * story.app.converts[campaign] * by_now >= 8.0 && learned >= 40.0
        }
        "api" => h.sources[2] < 0.25,
        "device" => h.clients,
        _ => true,
    }
}
