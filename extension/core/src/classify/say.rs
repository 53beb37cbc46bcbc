//! Sentences for a conclusion: the explanation first, then each fact, observed before normal.

use super::announced;
use super::conclusion::{Conclusion, Explanation};
use super::crowd::Crowd;
use super::facts::Facts;
use super::row::Contradiction;
use super::shop::{Ingestion, Shop};
use super::trigger::Cause;
use super::{Status, Verdict};
use crate::words::{counted, grouped, number, percent, percent_range, times};

/// The sentences, the conclusion first.
pub fn sentences(found: &Conclusion, facts: &Facts, shop: &Shop) -> Vec<String> {
    let mut text = vec![explanation(found, facts, shop)];
    text.extend(announced::sentences(facts));
    text.extend(found.contradictions.iter().map(|c| contradiction(*c)));
    text.extend(trigger(found, facts));
    text.extend(crowd(&found.crowd, shop));
    if facts.pause.is_some() && facts.pause_induced > 0 {
        text.push(format!(
            "{} in the lookback failed because it is paused; they are no evidence.",
            counted(facts.pause_induced, "attempt")
        ));
    }
    if !facts.looked_up && found.crowd.users > 0 {
        text.push(
            "Its users were not looked up, because many other campaigns have more failures or uses."
                .to_owned(),
        );
    }
    if !facts.missing.is_empty() {
        text.push(format!(
            "Unknown, because the application has no such column: {}.",
            facts.missing.join(", ")
        ));
    }
    text
}

fn name(explanation: Explanation) -> &'static str {
    use Explanation as E;
    match explanation {
        E::Contradiction => "its row contradicts what was accepted before",
        E::LimitTooSmall => "its limit is used up, and customers still come",
        E::AudienceTooNarrow => "its audience flags reject most of its users",
        E::Ended => "it ended as planned; do not unpause it",
        E::Attack => "accounts attack its code",
        E::Leak => "its code appears leaked",
        E::TakenOver => "accounts that appear taken over use its code",
        E::Promotion => "a promotion brings users",
        E::Mailing => "a mailing brings old customers back",
        E::Repeats => "users sent the code again after a success",
        E::Decision => "an operator paused it on purpose",
        E::MassPause => "it was paused together with others, and no record says why",
        E::Unexplained => "no record says who paused it or why",
        E::Successor => "it is the successor of a rotated code and was never active",
        E::Rotated => "its code was rotated, and its successor replaces it",
        E::NoData => "the data cannot tell",
        E::Ordinary => "nothing unusual is found",
    }
}

fn explanation(found: &Conclusion, facts: &Facts, shop: &Shop) -> String {
    use Explanation as E;
    let id = facts.row.id;
    let first = found.explanations.first().copied().unwrap_or(E::Ordinary);
    let second = found.explanations.get(1).copied();
    match (first, second) {
        (E::Decision, _) => match &facts.records.pause_reason {
            Some(reason) => format!("Campaign {id} was paused on purpose: \"{reason}\"."),
            None => format!("Campaign {id}: {}.", name(E::Decision)),
        },
        (E::NoData, _) => no_data(facts, shop),
        (E::Unexplained, _) if found.by_guard => format!(
            "The guard paused campaign {id}, and most failures that made it pause are unexplained. Investigate before you unpause."
        ),
        (E::MassPause, _) => {
            let by = facts.pause.as_ref().and_then(|pause| pause.by.as_ref());
            let by = by.map_or(String::new(), |by| format!(" by {by}"));
            format!(
                "Campaign {id} is one of {} campaigns paused within a minute{by}, and no record says why. Ask before you unpause.",
                grouped(facts.records.paused_together)
            )
        }
        (E::Unexplained, _) => {
            format!("Campaign {id}: {}. Ask before you unpause.", name(first))
        }
        (E::Leak | E::TakenOver, Some(_)) if facts.announcements().next().is_some() => format!(
            "A promotion of campaign {id} is announced, but its users do not behave like those of a promotion."
        ),
        (E::AudienceTooNarrow, Some(_)) => format!(
            "Cannot tell whether the audience flags of campaign {id} are meant. They cause most of its failures. Ask its owner."
        ),
        (E::Attack, Some(E::Repeats)) => {
            let who = match found.crowd.serves_itself() {
                true => "were accepted three times or more",
                false => "are new",
            };
            format!(
                "Cannot tell an attack on campaign {id} from an app that repeats its requests with this data. Most of its users who tried often {who}. Ask the developers of the app whether it does."
            )
        }
        (abuse @ (E::Leak | E::TakenOver), Some(harmless)) => {
            let (a, b) = match harmless {
                E::Mailing => ("a mailing to old customers", "accounts taken over"),
                _ => ("a promotion", "a leak"),
            };
            debug_assert!(matches!(abuse, E::Leak | E::TakenOver));
            format!(
                "Cannot tell {a} from {b} with this data. Ask the owner of campaign {id} whether it was planned."
            )
        }
        (first, Some(second)) => format!("Campaign {id}: {}. Also: {}.", name(first), name(second)),
        (first, None)
            if found.verdict == Verdict::FalsePositive && found.by_guard && first == E::Ordinary =>
        {
            format!("The guard paused campaign {id}, and nothing unusual is found.")
        }
        (E::Ended, None) if facts.pause.is_none() && facts.row.status == Status::Active => {
            format!("Campaign {id} is over.")
        }
        (first, None) => format!("Campaign {id}: {}.", name(first)),
    }
}

fn no_data(facts: &Facts, shop: &Shop) -> String {
    if let Some((unread, all)) = facts.unread() {
        return format!(
            "Campaign {} cannot be judged: no rule knows the results of {} of its {}. Map them: promo_guard.doctor() has the statement.",
            facts.row.id,
            grouped(unread as i64),
            counted(all as i64, "attempt")
        );
    }
    if let Some(column) = facts.lacks_needed() {
        return format!(
            "Campaign {} cannot be judged: the application has no column for {column}.",
            facts.row.id
        );
    }
    match shop.ingestion {
        Ingestion::Dead(silence) => {
            let minutes = silence / 60_000_000;
            format!("No attempts recorded for {minutes} min on any code; ingestion may be down.")
        }
        _ => format!("Campaign {}: no attempts are recorded.", facts.row.id),
    }
}

fn contradiction(found: Contradiction) -> String {
    use Contradiction as C;
    match found {
        C::EndBeforeBegin => "valid_until is not after valid_from, so the code never works.".to_owned(),
        C::AcceptedAfterEnd(n) => {
            format!(
                "It was accepted {} after its valid_until: valid_until was moved into the past.",
                times(n)
            )
        }
        C::AcceptedBeforeBegin(n) => {
            format!(
                "It was accepted {} before its valid_from: valid_from was moved into the future.",
                times(n)
            )
        }
        C::UsedBeyondLimit(used, limit) => {
            format!(
                "It has {} and a limit of {}: max_total_uses was lowered.",
                counted(used, "use"),
                grouped(limit)
            )
        }
        C::UsersBeyondLimit(n) => {
            format!(
                "{} used it more often than max_uses_per_user allows: max_uses_per_user was lowered.",
                counted(n, "user")
            )
        }
        C::AudienceAgainstAccepted(n) => {
            format!(
                "It accepted {} whom its audience flags reject now: a flag was set later.",
                counted(n, "user")
            )
        }
        C::AudienceSince(n) => {
            format!(
                "Its audience flags reject {} (the day before: almost none): a flag was set.",
                counted(n, "user")
            )
        }
        C::NobodyBuys(n) => {
            format!(
                "None of its regular customers has bought by now (normal: {n}): its target_scope covers no product."
            )
        }
        C::SoldOutsideScope(n, of) => {
            format!(
                "{} of {} are of products that its target_scope does not cover now.",
                grouped(n),
                counted(of, "purchase")
            )
        }
    }
}

fn trigger(found: &Conclusion, facts: &Facts) -> Option<String> {
    let all = found.trigger.all();
    let main = found.trigger.main()?;
    let (failures, users) = found.trigger.causes[main as usize];
    let why = match main {
        Cause::Repeat => "accepted before, who sent the code again",
        Cause::Limit => "who tried after the limit was reached",
        Cause::PerUser => "who had used it as often as max_uses_per_user allows",
        Cause::Validity => "who tried outside its validity",
        Cause::Audience => "rejected by its audience flags",
        Cause::EarlierPause => "who tried while it was paused",
        Cause::Rejected => "rejected without any success",
    };
    let when = if facts.pause.is_some() { "before the pause" } else { "of the lookback" };
    let all = counted(all, "failure");
    let part = number(failures, &format!("of the {all} {when} is"), &format!("of the {all} {when} are"));
    Some(format!("{part} from {} {why}.", counted(users, "user")))
}

fn crowd(crowd: &Crowd, shop: &Shop) -> Vec<String> {
    let share = |part: (u64, u64)| part.0 as f64 / part.1.max(1) as f64;
    let mut text = Vec::new();
    if crowd.guessers.0 > 0 {
        let (users, codes) = crowd.guessers;
        text.push(format!(
            "{} of its users tried {} (normal: 1 or 2 by mistake).",
            grouped(users),
            counted(codes, "unknown code")
        ));
    }
    if crowd.went_on.0 > 0 {
        let (users, of) = crowd.went_on;
        text.push(format!(
            "{} of {} tried again three times or more after a clear answer (normal: almost none).",
            grouped(users),
            counted(of, "user")
        ));
    }
    if crowd.even.0 > 0 {
        let (even, of) = crowd.even;
        text.push(format!(
            "{} of {} who tried often keep the even pace of a program.",
            grouped(even),
            counted(of, "user")
        ));
    }
    if crowd.parallel > 0 {
        text.push(format!(
            "{} sent the code six times or more within one second.",
            counted(crowd.parallel, "user")
        ));
    }
    if crowd.many_codes.0 > 0 && share(crowd.many_codes) >= 0.05 {
        text.push(format!(
            "{} of its users tried two or more other codes in the same minutes.",
            percent(share(crowd.many_codes))
        ));
    }
    if crowd.together.0 >= 6 {
        let (n, of) = crowd.together;
        text.push(format!(
            "{} of {} were first seen within one hour, days before.",
            grouped(n),
            counted(of, "known user")
        ));
    }
    if crowd.one_client.0 >= 4 {
        let (users, of) = crowd.one_client;
        text.push(format!("{} of {} came from one client.", grouped(users), counted(of, "user")));
    }
    if crowd.new.1 > 0 {
        let usual = shop.new_users();
        let normal = match usual.of {
            0 | 1 => "normal: unknown, this shop has no earlier bursts to compare with".to_owned(),
            n => {
                let (low, high) = usual.range();
                format!("normal for {n} bursts of this shop: {}", percent_range(low, high))
            }
        };
        text.push(format!("{} of its users are new ({normal}).", percent(share(crowd.new))));
    }
    if share(crowd.dormant) >= 0.1 {
        let normal = percent(shop.dormant().mean());
        text.push(format!(
            "{} of its users had not been seen for six weeks (normal: {normal}).",
            percent(share(crowd.dormant))
        ));
    }
    if crowd.expected >= 5.0 {
        text.push(format!(
            "{} of its users bought by now (normal: {}).",
            grouped(crowd.bought),
            grouped(crowd.expected.round() as i64)
        ));
    } else if crowd.accepted > 0 {
        text.push("It is too early to tell whether they buy.".to_owned());
    }
    text
}
