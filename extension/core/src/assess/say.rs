//! Sentences for a conclusion: the explanation first, then each fact, observed before normal.

use super::crowd::Crowd;
use super::facts::Facts;
use super::judge::{Conclusion, Explanation};
use super::row::Contradiction;
use super::shop::Shop;
use super::trigger::Cause;

/// The sentences, the conclusion first.
pub fn sentences(found: &Conclusion, facts: &Facts, shop: &Shop) -> Vec<String> {
    let mut text = vec![explanation(found, facts)];
    text.extend(found.contradictions.iter().map(|c| contradiction(*c)));
    text.extend(trigger(found));
    text.extend(crowd(&found.crowd, shop));
    text
}

fn explanation(found: &Conclusion, facts: &Facts) -> String {
    use Explanation as E;
    let name = |explanation: &E| match explanation {
        E::Contradiction => "the row contradicts what was accepted before",
        E::LimitTooSmall => "its limit is used up and people came too late",
        E::AudienceTooNarrow => "its audience flags turn away most of the people who come",
        E::Ended => "it has ended",
        E::Attack => "accounts abuse the code",
        E::Leak => "a leak",
        E::TakenOver => "accounts taken over",
        E::Promotion => "a promotion",
        E::Mailing => "a mailing to regular customers",
        E::Repeats => "users sent the code again after a success",
        E::Decision => "somebody paused it on purpose",
        E::MassPause => "somebody paused it together with others",
        E::Unexplained => "no record says who paused it or why",
        E::Successor => "it is the successor of a rotated code and was never active",
        E::Rotated => "its code was rotated, and its successor replaces it",
        E::NoData => "no attempts arrive, so nothing can be said",
        E::Ordinary => "nothing is out of the ordinary",
    };
    let id = facts.row.id;
    match (found.explanations.as_slice(), &facts.records.pause_reason) {
        ([E::Decision, ..], Some(reason)) => {
            format!("Campaign {id} was paused on purpose: \"{reason}\". Ask before you unpause.")
        }
        ([E::Unexplained | E::MassPause, ..], _) if !found.by_guard => {
            format!("Campaign {id}: {}. Ask before you unpause.", name(&found.explanations[0]))
        }
        ([abuse @ (E::Leak | E::TakenOver), harmless, ..], _) => format!(
            "Cannot tell {} from {} with this data. If it was planned, record it: select promo_guard.announce({id}, …).",
            name(harmless),
            name(abuse)
        ),
        ([first, second, ..], _) => format!("Campaign {id}: {}; {}.", name(first), name(second)),
        ([first], _) => format!("Campaign {id}: {}.", name(first)),
        ([], _) => format!("Campaign {id}: nothing is known."),
    }
}

fn contradiction(found: Contradiction) -> String {
    use Contradiction as C;
    match found {
        C::EndBeforeBegin => "valid_until is not after valid_from, so the code never works.".to_owned(),
        C::AcceptedAfterEnd(n) => {
            format!("It was accepted {n} times after its valid_until: valid_until was moved back.")
        }
        C::AcceptedBeforeBegin(n) => {
            format!("It was accepted {n} times before its valid_from: valid_from was moved on.")
        }
        C::UsedBeyondLimit(used, limit) => {
            format!("It was used {used} times, and its limit is {limit}: the limit was lowered.")
        }
        C::UsersBeyondLimit(n) => {
            format!("{n} users used it more often than max_uses_per_user allows now: that was lowered.")
        }
        C::AudienceAgainstAccepted(n) => {
            format!("It accepted {n} users whom its audience flags turn away now: a flag was set later.")
        }
        C::NobodyBuys(n) => {
            format!(
                "0 regular customers bought with it by now (normal: {n}): its target_scope covers nothing."
            )
        }
        C::SoldOutsideScope(n, of) => {
            format!("{n} of {of} purchases are of products that its target_scope does not cover now.")
        }
    }
}

fn trigger(found: &Conclusion) -> Option<String> {
    let all = found.trigger.all();
    let main = found.trigger.main()?;
    let (failures, users) = found.trigger.causes[main as usize];
    let why = match main {
        Cause::Repeat => "had been accepted before and sent the code again",
        Cause::Limit => "came after the limit was reached",
        Cause::PerUser => "had used it as often as a user may now",
        Cause::Validity => "came outside its validity",
        Cause::Audience => "were turned away by its audience flags",
        Cause::EarlierPause => "failed because it was paused already",
        Cause::Rejected => "were rejected without any success",
    };
    Some(format!("{failures} of the {all} failures before the pause: {users} users {why}."))
}

fn crowd(crowd: &Crowd, shop: &Shop) -> Vec<String> {
    let percent = |part: (u64, u64)| 100.0 * part.0 as f64 / part.1.max(1) as f64;
    let mut text = Vec::new();
    if crowd.guessers.0 > 0 {
        let (users, codes) = crowd.guessers;
        text.push(format!("{users} of its users tried {codes} unknown codes (normal: 1 or 2 by mistake)."));
    }
    if crowd.insistent.0 > 0 {
        let (users, times) = crowd.insistent;
        text.push(format!(
            "{users} users were rejected {times} times without a success (normal: once each)."
        ));
    }
    if crowd.even.0 > 0 {
        let (even, of) = crowd.even;
        text.push(format!("{even} of {of} users who tried often keep the even pace of a program."));
    }
    if crowd.many_codes.0 > 0 && percent(crowd.many_codes) >= 5.0 {
        text.push(format!(
            "{:.0} % of its users tried two or more other codes in the same minutes.",
            percent(crowd.many_codes)
        ));
    }
    if crowd.together.0 >= 6 {
        let (n, of) = crowd.together;
        text.push(format!("{n} of {of} known users were first seen within one hour, days before."));
    }
    if crowd.new.1 > 0 {
        let usual = shop.new_users();
        let normal = match usual.of {
            0 | 1 => "normal: unknown, this shop had no promotions to compare with".to_owned(),
            n => {
                let (low, high) = usual.range();
                format!("normal for {n} bursts of this shop: {:.0} to {:.0} %", 100.0 * low, 100.0 * high)
            }
        };
        text.push(format!("{:.0} % of its users are new ({normal}).", percent(crowd.new)));
    }
    if percent(crowd.dormant) >= 10.0 {
        let normal = 100.0 * shop.dormant().mean();
        text.push(format!(
            "{:.0} % of its users had not been seen for six weeks (normal: {normal:.0} %).",
            percent(crowd.dormant)
        ));
    }
    if crowd.expected >= 5.0 {
        text.push(format!("{} of its users bought by now (normal: {:.0}).", crowd.bought, crowd.expected));
    } else if crowd.accepted > 0 {
        text.push("It is too early to tell whether they buy.".to_owned());
    }
    text
}
