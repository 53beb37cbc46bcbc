//! From facts to a verdict.

use super::conclusion::{Conclusion, Explanation, Ground, Limits};
use super::crowd::{Crowd, Measures};
use super::facts::{AUDIENCE, Facts, NEEDED, Status};
use super::row::contradictions;
use super::shop::{Ingestion, Shop};
use super::stats::chance;
use super::trigger::{Cause, Trigger};
use super::verdict::Verdict;
use super::weights::Model;

/// So few users at most are a client that loops, and no crowd.
const FEW: u64 = 5;
/// Fewer users than this on a code that is not paused are no crowd.
const CROWD: u64 = 15;
/// So many of the measures, the first ones, are of behaviour; the two others compare who comes with the shop's other bursts.
const BEHAVIOUR: usize = 8;

/// Concludes.
pub fn assess(facts: &Facts, shop: &Shop, model: &Model) -> Conclusion {
    assess_by(facts, shop, model, &|measures| chance(model.weights.odds(measures)))
}

/// Concludes with another way to come from measures to the chance of abuse: for comparisons.
pub fn assess_by(
    facts: &Facts,
    shop: &Shop,
    model: &Model,
    chance_of: &dyn Fn(&Measures) -> f64,
) -> Conclusion {
    let contradictions = contradictions(facts, shop);
    let by_guard = by_guard(facts, shop);
    // What the guard saw before its first pause: the minutes up to the pause, or up to now.
    let until = facts.pause.as_ref().map_or(facts.as_of, |pause| pause.at);
    let began = facts.pause.as_ref().and_then(|p| p.guard_since).map_or(until, |since| since.min(until));
    let trigger = Trigger::between(facts, began.saturating_sub(shop.guard_lookback), until, &contradictions);
    // Failures that an earlier pause causes explain no pause.
    let live = trigger.all() - trigger.failures(Cause::EarlierPause);
    let by_guard = by_guard && 2 * live >= shop.guard_failures;
    let crowd = Crowd::of(facts, shop, &contradictions);
    let announced = announced(facts);
    let measures = crowd.measures(shop, announced);
    let abuse = chance_of(&measures);
    let found = Conclusion {
        verdict: Verdict::Inconclusive,
        confidence: 0.0,
        explanations: Vec::new(),
        abuse,
        measures,
        crowd,
        trigger,
        contradictions,
        by_guard,
        ground: Ground::Fitted,
        abuse_ruled_out: false,
    };
    let mut found = conclude(facts, shop, found, model.limits);
    found.confidence = model.reliability.of(&found) * known(facts);
    found
}

/// The verdict on what was measured, by these limits; its confidence is left as it is.
pub fn conclude(facts: &Facts, shop: &Shop, mut found: Conclusion, limits: Limits) -> Conclusion {
    let (verdict, ground, explanations) = decide(facts, shop, &found, limits);
    found.verdict = verdict;
    found.ground = ground;
    found.explanations = explanations;
    // Our own records say why it was paused, or that the pause was not about this campaign: that the verdict is open is no sign of
    // abuse.
    let on_purpose = match found.explanations.first() {
        Some(Explanation::Decision) => true,
        Some(Explanation::MassPause) => {
            facts.pause.as_ref().is_some_and(|p| p.source == super::Source::History)
        }
        _ => false,
    };
    let no_sign = found.abuse <= limits.fine && !attacks(&found);
    found.abuse_ruled_out = match found.verdict {
        Verdict::AbuseLikely => false,
        Verdict::Inconclusive => on_purpose && no_sign,
        _ => true,
    };
    found
}

/// How much less sure a verdict is for what the application does not record.
fn known(facts: &Facts) -> f64 {
    let lacking = facts.missing.iter().filter(|column| NEEDED.contains(&column.as_str())).count() as i32;
    let fewer = facts.missing.len() as i32 - lacking;
    0.7_f64.powi(lacking) * 0.95_f64.powi(fewer.min(5))
}

/// Whether the promotion is on record.
fn announced(facts: &Facts) -> bool {
    facts.announcements().next().is_some()
}

/// Whether the guard's rule held when the campaign was paused, by failures that a pause does not explain.
fn by_guard(facts: &Facts, shop: &Shop) -> bool {
    let Some(pause) = &facts.pause else { return false };
    let Some(since) = pause.guard_since else { return false };
    if facts.records.pause_reason.is_some() || facts.records.successor {
        return false;
    }
    let lately = pause.at.saturating_sub(since) <= 3 * shop.guard_lookback;
    // A code accepted well after the rule held was not paused then.
    let later = since.saturating_add(shop.guard_lookback / 2);
    let taken = |at: i64| at > later && facts.pause.as_ref().is_some_and(|p| at > p.at.min(later));
    let still_taken = facts.redemptions.iter().filter(|r| taken(r.at)).count() > 2;
    lately && !(still_taken && pause.source != super::Source::History)
}

type Decided = (Verdict, Ground, Vec<Explanation>);

/// Named facts first, each in its place; the fitted chance last.
fn decide(facts: &Facts, shop: &Shop, found: &Conclusion, limits: Limits) -> Decided {
    use Explanation as E;
    let paused = facts.pause.is_some();
    let unread = facts.unread().is_some();
    let attack = attacks(found) && !unread;
    if !found.contradictions.is_empty() {
        if found.abuse >= limits.mixed && attack {
            return (Verdict::AbuseLikely, Ground::Mixed, vec![E::Attack, E::Contradiction]);
        }
        return (Verdict::ConfigRegression, Ground::Contradiction, vec![E::Contradiction]);
    }
    if facts.records.rotated {
        return (Verdict::Inconclusive, Ground::Rotation, vec![E::Rotated]);
    }
    let records = &facts.records;
    let on_record = records.pause_reason.is_some() || records.successor || records.paused_together >= 4;
    if unread && !(paused && on_record) {
        return (Verdict::Inconclusive, Ground::NoData, vec![E::NoData]);
    }
    if paused && !found.by_guard {
        return by_hand(facts, found, limits, attack);
    }
    let limit = found.trigger.share(Cause::Limit) >= 0.25
        && found.trigger.failures(Cause::Limit) >= 20
        && !facts.records.has_fixed(&["max_total_uses"]);
    if limit && !(found.abuse >= limits.mixed && attack) {
        return (Verdict::ConfigRegression, Ground::Limit, vec![E::LimitTooSmall]);
    }
    // Who is turned away by a flag may be an attacker too: where anything else asks for a question, it is asked.
    if narrow(facts, found) && found.abuse <= limits.fine {
        return (Verdict::ConfigRegression, Ground::Audience, vec![E::AudienceTooNarrow]);
    }
    let in_parallel = found.crowd.parallel >= 2 && strangers(found);
    if paused && !in_parallel && loops(found, shop) && !ended(facts) {
        return (Verdict::FalsePositive, Ground::Loop, vec![E::Repeats]);
    }
    let enough = if named(found, shop) { limits.mixed } else { limits.abuse };
    if found.abuse >= enough {
        let what = if attack { E::Attack } else { nature(found) };
        return (Verdict::AbuseLikely, Ground::Fitted, vec![what]);
    }
    if ended(facts) {
        return (Verdict::Healthy, Ground::Ended, vec![E::Ended]);
    }
    // A program of accounts that the shop does not know, or that use the code again and again: an app that repeats its requests,
    // or an attack on the limit of uses.
    if in_parallel || found.crowd.serves_itself() {
        let ground = if in_parallel { Ground::Loop } else { Ground::Fitted };
        return (Verdict::Inconclusive, ground, vec![E::Attack, E::Repeats]);
    }
    if paused && (matches!(shop.ingestion, Ingestion::Dead(_)) || facts.lacks_needed().is_some()) {
        return (Verdict::Inconclusive, Ground::NoData, vec![E::NoData]);
    }
    let few = found.crowd.users < CROWD && found.crowd.guessers.0 == 0 && found.abuse < 0.5;
    // A crowd that fits nothing this shop has seen is a question, however small the fitted chance is.
    // So is one of which almost nobody buys: that nobody else does either may be an outage, or other accounts of theirs.
    let unlike =
        found.measures[BEHAVIOUR..].iter().any(|measure| *measure > 0.75) || found.crowd.nobody_buys();
    // Of a code that is not paused nothing is let go, so it takes more to ask.
    let fine = if paused { limits.fine } else { 2.0 * limits.fine };
    if (found.abuse > fine || unlike) && (paused || !few) {
        let harmless = if nature(found) == E::TakenOver { E::Mailing } else { E::Promotion };
        return (Verdict::Inconclusive, Ground::Fitted, vec![nature(found), harmless]);
    }
    // No table says whether flags that reject many users are intended.
    let (failures, users) = found.trigger.causes[Cause::Audience as usize];
    if paused && 2 * failures > found.trigger.all() && users >= 20 && !facts.records.has_fixed(&AUDIENCE) {
        return (Verdict::Inconclusive, Ground::Fitted, vec![E::AudienceTooNarrow, E::Promotion]);
    }
    // Most of what made the guard pause must be explained before anything is said in favour.
    if paused && found.trigger.share(Cause::Rejected) > 0.5 {
        return (Verdict::Inconclusive, Ground::Fitted, vec![E::Unexplained]);
    }
    let what = if found.trigger.share(Cause::Repeat) > 0.5 { E::Repeats } else { E::Ordinary };
    let verdict = if paused { Verdict::FalsePositive } else { Verdict::Healthy };
    (verdict, Ground::Fitted, vec![what])
}

/// A pause that the guard's rule does not explain.
fn by_hand(facts: &Facts, found: &Conclusion, limits: Limits, attack: bool) -> Decided {
    use Explanation as E;
    if facts.records.successor && !ended(facts) {
        return (Verdict::FalsePositive, Ground::Rotation, vec![E::Successor]);
    }
    // An attack is reason enough for a pause by hand.
    if found.abuse >= limits.mixed && attack && found.crowd.users >= CROWD {
        return (Verdict::AbuseLikely, Ground::Mixed, vec![E::Attack, E::Decision]);
    }
    if ended(facts) && facts.records.pause_reason.is_none() {
        return (Verdict::Healthy, Ground::Ended, vec![E::Ended]);
    }
    let together = facts.records.paused_together >= 4;
    let why = match (&facts.records.pause_reason, together) {
        (Some(_), _) => E::Decision,
        (None, true) => E::MassPause,
        (None, false) => E::Unexplained,
    };
    (Verdict::Inconclusive, Ground::ByHand, vec![why])
}

/// Facts that name abuse by themselves, unless the fitted chance speaks against it: accounts that guessed unknown codes until they
/// found this one; and accounts that buy nothing while the shop sells, if they come through programs or are all new.
fn named(found: &Conclusion, shop: &Shop) -> bool {
    let [guessed, .., programs, do_not_buy, new, _] = found.measures;
    let (usual, seen) = shop.others_buy;
    let sells = usual >= 3.0 && 2.0 * seen >= usual;
    let guessers = guessed >= 1.0 && 20 * found.crowd.guessers.0 >= found.crowd.new.1;
    guessers || (programs >= 0.9 && do_not_buy >= 0.5) || (new >= 0.75 && do_not_buy >= 0.9 && sells)
}

/// Whether any of the measures of behaviour, and not only of who comes, is clear.
fn attacks(found: &Conclusion) -> bool {
    found.measures[..BEHAVIOUR].iter().any(|measure| *measure > 0.3)
}

/// A campaign that has accepted almost no user rejects most of its users, once each, by its audience flags.
fn narrow(facts: &Facts, found: &Conclusion) -> bool {
    let (failures, users) = found.trigger.causes[Cause::Audience as usize];
    2 * failures >= found.trigger.all()
        && !facts.records.has_fixed(&AUDIENCE)
        && users >= 20
        && users >= 2 * found.crowd.accepted
        && facts.before.accepted < 20
        && 10 * found.crowd.insisted.0 < 3 * found.crowd.failures
}

/// A handful of clients who have the code and send it again: a test, or a program that loops.
fn loops(found: &Conclusion, shop: &Shop) -> bool {
    let (failures, users) = found.trigger.causes[Cause::Repeat as usize];
    users <= FEW
        && found.crowd.even.0 <= FEW
        && found.abuse < 0.5
        && 10 * failures >= 8 * found.trigger.all()
        && failures > shop.guard_failures / 2
        && found.crowd.guessers.0 == 0
        // A program that loops has one code; who has several tries them out.
        && 2 * found.crowd.many_codes.0 <= found.crowd.many_codes.1
        && !found.crowd.serves_itself()
}

/// Whether most of those who try often are new.
fn strangers(found: &Conclusion) -> bool {
    2 * found.crowd.often.0 > found.crowd.often.1
}

/// The kind of abuse that fits best.
fn nature(found: &Conclusion) -> Explanation {
    let who = &found.measures[BEHAVIOUR..];
    if who[1] > who[0] { Explanation::TakenOver } else { Explanation::Leak }
}

/// Over in the ordinary course.
fn ended(facts: &Facts) -> bool {
    let row = &facts.row;
    let over = row.valid_until.is_some_and(|until| until <= facts.as_of);
    let used = matches!((row.max_total_uses, row.used_total), (Some(limit), Some(used)) if used >= limit);
    over || used || matches!(row.status, Status::Expired | Status::Depleted)
}
