//! A cluster in one sentence with its numbers, for somebody who has just woken up.

use super::cluster::Cluster;
use super::facts::Known;
use super::fault::Fault;
use super::kind::Kind;
use super::known::Finding;
use super::picture::Picture;
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
                "{attempts} by {users} on {} have nothing to do with each other: slips, old codes, second taps.{uncounted}",
                counted(c.codes, "code")
            )
        }
        About::Campaign { known, finding } => campaign(picture, c, known, finding),
        About::Misprint(m) => {
            let meant = c.campaign.map_or_else(|| "a campaign".to_owned(), |id| format!("campaign {id}"));
            format!(
                "{users} sent the same code of nobody {}, and {} of them went on to {meant}: a misprint or a common slip of its code; {} were accepted soon after.",
                times(c.attempts),
                m.turned,
                c.recovered_users
            )
        }
        About::Guess(Style::Tempo(tempo)) => format!(
            "{users} tried {} of nobody, about {} a minute each, and found no campaign's: made-up codes, {} at most.",
            counted(c.codes, "code"),
            decimal(*tempo),
            per_minute(c.peak_per_minute)
        ),
        About::Guess(Style::Breadth { usual }) => format!(
            "{users} tried a code of nobody about once each and gave up ({}, {} at most, where {} users a minute are usual): guessing spread over many accounts.",
            counted(c.codes, "code"),
            per_minute(c.peak_per_minute),
            decimal(*usual)
        ),
    }
}

fn campaign(picture: &Picture, c: &Cluster, known: &Known, finding: &Finding) -> String {
    let (users, id) = (counted(c.users, "user"), known.campaign);
    let again = times(c.attempts);
    let surge = finding.surge.map_or(String::new(), |ratio| {
        format!(", {} times the users that it used to have", ratio.round().max(1.0))
    });
    match c.kind {
        Kind::LeakedCode if c.accepted == 0 => format!(
            "The code of campaign {id} is in strangers' hands: {users} came within minutes{surge}, and all of their {} were turned away.",
            counted(c.attempts, "attempt")
        ),
        Kind::LeakedCode => format!(
            "The code of campaign {id} is in strangers' hands: {users} came within minutes{surge}, {} were taken and {} turned away.",
            counted(c.accepted, "attempt"),
            c.attempts
        ),
        Kind::AbusedCode => format!(
            "{users} hammer the code of campaign {id}: turned away {again}, {} each, and they come back{surge}.",
            decimal(c.attempts as f64 / c.users.max(1) as f64)
        ),
        Kind::ConfigFailure => {
            let why = match finding.fault {
                Some(Fault::Validity) => {
                    "its valid_until lies before successes that it had: the end was edited in".to_owned()
                }
                Some(Fault::Limit) => format!(
                    "its limit of {} is used up while customers still come",
                    known.max_total_uses.unwrap_or(0)
                ),
                Some(Fault::Audience) => "its audience flags keep out those who used it before".to_owned(),
                Some(Fault::Scope) if known.scope_known => {
                    "it is accepted, and they come back minutes later as if it had been of no use".to_owned()
                }
                Some(Fault::Scope) => {
                    "it is accepted, but nothing in its target_scope can be bought, and they come back"
                        .to_owned()
                }
                Some(Fault::Unknown) | None => "its row does not say why".to_owned(),
            };
            format!("Campaign {id} turns away its own customers, {users} {again}: {why}.")
        }
        Kind::PauseEcho => {
            let limited = match c.results[Outcome::RateLimited as usize] {
                0 => String::new(),
                n => format!(" ({n} by the limiter)"),
            };
            format!(
                "{users} of campaign {id} were turned away {again}{limited} because it {}: its own customers, no evidence of abuse.",
                paused(picture, known, finding)
            )
        }
        Kind::RetryStorm => format!(
            "{} of {} on campaign {id} repeated one try {again} within seconds: a loop or double taps, not abuse.",
            if c.users == 1 { "The client" } else { "The clients" },
            users
        ),
        Kind::Enumeration | Kind::MistypedCode | Kind::Background => {
            format!("{users} failed {again} on campaign {id}.")
        }
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
