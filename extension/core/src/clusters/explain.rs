//! A cluster in one sentence with its numbers, for a person who was woken up.

use super::cluster::Cluster;
use super::facts::Known;
use super::fault::Fault;
use super::kind::Kind;
use super::known::Finding;
use super::picture::Picture;
use super::ruling::{Abuse, Ruling};
use super::unknown::{Misprint, Style};
use crate::attempt::Outcome;
use crate::counted;
use crate::moment::utc;
use crate::triage::{Pause, Source};

/// What an explanation may draw on.
pub(super) enum About<'a> {
    Nothing,
    Campaign { known: &'a Known, finding: &'a Finding },
    Misprint(&'a Misprint),
    Guess(Style),
}

/// The sentence.
pub(super) fn explain(picture: &Picture, c: &Cluster, about: &About<'_>) -> String {
    let (attempts, users) = (counted(c.attempts, "attempt"), counted(c.users, "user"));
    match about {
        About::Nothing => {
            let uncounted = match picture.uncounted {
                0 => String::new(),
                n => format!(" {} past the limit of policy are only counted.", counted(n, "attempt")),
            };
            format!(
                "{attempts} by {users} on {}: unrelated failures (typos, expired codes, double taps).{uncounted}",
                counted(c.codes, "code")
            )
        }
        About::Campaign { known, finding } => campaign(picture, c, known, finding),
        About::Misprint(m) => {
            let meant = c.campaign.map_or_else(|| "a campaign".to_owned(), |id| format!("campaign {id}"));
            format!(
                "{users} sent the same unknown code {}, and {} of them then tried {meant}: a misprint or a common typo of its code. {} of them were accepted soon after.",
                times(c.attempts),
                m.turned,
                c.recovered_users
            )
        }
        About::Guess(Style::OneCode) => format!(
            "1 unknown code: {users} sent it {}, first seen {}. {} of them succeeded with another code soon after. It may be misprinted in an advertisement, not created yet, or deleted. Compare it with what was published, then create it or correct the text.",
            times(c.attempts),
            utc(c.first_seen),
            c.recovered_users
        ),
        About::Guess(Style::Tempo(tempo)) => format!(
            "{users} guessed {} ({} a minute each, {} at most). None matched.",
            counted(c.codes, "unknown code"),
            decimal(*tempo),
            per_minute(c.peak_per_minute)
        ),
        About::Guess(Style::Breadth { usual }) => format!(
            "{users} tried an unknown code about once each and gave up ({}, {} at most; normal: {} users a minute): guesses spread over many accounts, or published codes that are not loaded.",
            counted(c.codes, "code"),
            per_minute(c.peak_per_minute),
            decimal(*usual)
        ),
    }
}

fn campaign(picture: &Picture, c: &Cluster, known: &Known, finding: &Finding) -> String {
    let (users, id) = (counted(c.users, "user"), known.campaign);
    let again = times(c.attempts);
    let rejections = counted(c.attempts, "rejection");
    let each = decimal(c.attempts as f64 / c.users.max(1) as f64);
    let normal = finding.surge.map_or(String::new(), |per_hour| match decimal(per_hour).as_str() {
        "0.0" => " (normal: none)".to_owned(),
        "1.0" => " (normal: 1 user an hour)".to_owned(),
        users => format!(" (normal: {users} users an hour)"),
    });
    match c.kind {
        Kind::LeakedCode => format!(
            "The code of campaign {id} appears leaked: {users} came within minutes{normal}, with {} and {rejections}.",
            if c.accepted == 1 { "1 success".to_owned() } else { format!("{} successes", c.accepted) }
        ),
        Kind::AbusedCode => {
            format!("{users} keep retrying the code of campaign {id}: {rejections}, {each} each{normal}.")
        }
        Kind::Surge => {
            let seen = match (finding.retried, finding.surge) {
                (true, _) => {
                    format!("keep retrying the code of campaign {id}: {rejections}, {each} each{normal}")
                }
                (false, Some(_)) => {
                    format!("came to campaign {id} within minutes{normal}, with {rejections}")
                }
                (false, None) => format!("had {rejections} on campaign {id}"),
            };
            format!("{users} {seen}. {}", ruled(finding.ruling))
        }
        Kind::ConfigFailure => {
            let why = match finding.fault {
                Some(Fault::Validity) => {
                    "its valid_until lies before successes that it had, so it was moved".to_owned()
                }
                Some(Fault::Limit) => format!(
                    "its limit of {} is used up while customers still come",
                    known.max_total_uses.unwrap_or(0)
                ),
                Some(Fault::Audience) => "its audience flags reject those who used it before".to_owned(),
                Some(Fault::Scope) if known.scope_known => {
                    "it is accepted, and they retry it minutes later as if it had no effect".to_owned()
                }
                Some(Fault::Scope) => {
                    "it is accepted, but nothing in its target_scope can be bought, and they retry it"
                        .to_owned()
                }
                Some(Fault::Unknown) | None => "its row does not say why".to_owned(),
            };
            format!("Campaign {id} rejects its own customers, {users} {again}: {why}.")
        }
        Kind::PauseEcho => {
            let limited = match c.results[Outcome::RateLimited as usize] {
                0 => String::new(),
                n => format!(" ({n} by the limiter)"),
            };
            format!(
                "{users} got {rejections}{limited} on campaign {id} because it {}. Failures caused by the pause are no evidence of abuse.",
                paused(picture, known, finding)
            )
        }
        Kind::RetryStorm => format!(
            "{users} repeated one attempt on campaign {id} {again} within seconds: a client in a loop, or double taps."
        ),
        Kind::Enumeration | Kind::UnknownCode | Kind::MistypedCode | Kind::Background => {
            format!("{users} failed {again} on campaign {id}.")
        }
    }
}

/// What the verdict says of a surge.
fn ruled(ruling: Option<Ruling>) -> &'static str {
    match ruling {
        Some(Ruling { abuse: Abuse::Possible, .. }) => {
            "The verdict is open: cannot tell a promotion from abuse with this data."
        }
        Some(Ruling { abuse: Abuse::Excluded, fault: true }) => {
            "The verdict finds a fault in its configuration, and no abuse."
        }
        Some(Ruling { abuse: Abuse::Excluded, .. }) => "The verdict finds no abuse.",
        Some(Ruling { abuse: Abuse::Found, .. }) | None => "The verdict finds abuse of its code.",
    }
}

fn times(n: u64) -> String {
    match n {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{n} times"),
    }
}

fn per_minute(n: u64) -> String {
    format!("{n} a minute")
}

/// Two figures are enough for a sentence.
fn decimal(x: f64) -> String {
    if x >= 9.95 { format!("{x:.0}") } else { format!("{x:.1}") }
}

/// When it was paused.
fn paused(picture: &Picture, known: &Known, finding: &Finding) -> String {
    match (&known.pause, finding.paused_from) {
        (Some(Pause { at: Some(at), source: Source::Estimated, not_after: Some(_), .. }), _) => {
            format!("is paused since {} at the latest", utc(*at))
        }
        (Some(Pause { at: Some(at), .. }), _) => format!("is paused since {}", utc(*at)),
        (Some(_), _) => "is paused".to_owned(),
        (None, Some(at)) if at > 0 => format!("was paused at {}", utc(picture.moment(at))),
        (None, _) => "was paused".to_owned(),
    }
}
