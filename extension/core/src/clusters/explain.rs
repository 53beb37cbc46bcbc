//! The explanation of a cluster, with its numbers.

use super::cluster::Cluster;
use super::facts::Known;
use super::fault::Fault;
use super::kind::Kind;
use super::known::Finding;
use super::picture::Picture;
use super::ruling::{Abuse, Ruling};
use super::unknown::{Misprint, Style};
use crate::attempt::Outcome;
use crate::moment::utc;
use crate::triage::{Pause, Source};
use crate::words::{counted, grouped, number, rate, times};

/// What an explanation may draw on.
pub(super) enum About<'a> {
    Nothing,
    Campaign { known: &'a Known, finding: &'a Finding },
    Misprint(&'a Misprint),
    Guess(Style),
}

/// Whether a person has to do something. A surge needs no action where the verdict on its campaign finds neither abuse nor a fault.
pub(super) fn needs_action(kind: Kind, about: &About<'_>) -> bool {
    match (kind, about) {
        (Kind::Background | Kind::RetryStorm | Kind::PauseEcho | Kind::MistypedCode, _) => false,
        (Kind::Surge, About::Campaign { finding, .. }) => {
            !matches!(finding.ruling, Some(Ruling { abuse: Abuse::Excluded, fault: false }))
        }
        _ => true,
    }
}

/// The sentence.
pub(super) fn explain(picture: &Picture, c: &Cluster, about: &About<'_>) -> String {
    let users = counted(c.users, "user");
    match about {
        About::Nothing => {
            let sample = match picture.uncounted {
                0 => String::new(),
                n => format!(
                    " This is a sample: {} were not analysed (policy cluster_max_attempts).",
                    counted(n, "more attempt")
                ),
            };
            format!(
                "{} by {users} on {} are unrelated: typos, expired codes, double taps.{sample}",
                counted(c.attempts, "failed attempt"),
                counted(c.codes, "code")
            )
        }
        About::Campaign { known, finding } => campaign(picture, c, known, finding),
        About::Misprint(m) => {
            let meant = c.campaign.map_or_else(|| "a campaign".to_owned(), |id| format!("campaign {id}"));
            format!(
                "{users} sent the same unknown code {}. {} of them then tried {meant}, {} soon after: probably a misprint of its code.",
                times(c.attempts),
                grouped(m.turned),
                number(c.recovered_users, "was accepted", "were accepted")
            )
        }
        About::Guess(Style::OneCode) => format!(
            "1 unknown code: {users} sent it {}, first seen {}. {} with another code soon after. It may be misprinted in an advertisement, not created yet, or deleted. Compare it with what was published, then create it or correct the text.",
            times(c.attempts),
            utc(c.first_seen),
            number(c.recovered_users, "of them was accepted", "of them were accepted")
        ),
        About::Guess(Style::Tempo(tempo)) => format!(
            "{users} guessed {} ({} a minute each, at most {} a minute together). None matched a campaign.",
            counted(c.codes, "unknown code"),
            rate(*tempo),
            grouped(c.peak_per_minute)
        ),
        About::Guess(Style::Breadth { usual }) => format!(
            "{users} tried about one unknown code each and gave up ({}, at most {} a minute; normal: {} users a minute). The codes are guessed from many accounts, or published and not loaded.",
            counted(c.codes, "code"),
            grouped(c.peak_per_minute),
            rate(*usual)
        ),
    }
}

fn campaign(picture: &Picture, c: &Cluster, known: &Known, finding: &Finding) -> String {
    let id = known.campaign;
    let users = counted(c.users, "user");
    let rejections = counted(c.attempts, "rejection");
    let each = rate(c.attempts as f64 / c.users.max(1) as f64);
    let normal = finding.surge.map_or_else(String::new, |per_hour| match rate(per_hour).as_str() {
        "0.0" => " (normal: none)".to_owned(),
        "1.0" => " (normal: 1 user an hour)".to_owned(),
        users => format!(" (normal: {users} users an hour)"),
    });
    let retry = number(c.users, "user keeps retrying", "users keep retrying");
    match c.kind {
        Kind::LeakedCode => {
            let answers = match c.accepted {
                0 => format!("None of their {} was accepted", counted(c.attempts, "attempt")),
                accepted => format!(
                    "{} accepted, {} rejected",
                    number(accepted, "attempt was", "attempts were"),
                    grouped(c.attempts)
                ),
            };
            format!(
                "The code of campaign {id} appears leaked: {users} came within minutes{normal}. {answers}."
            )
        }
        Kind::AbusedCode => {
            format!("{retry} the code of campaign {id}: {rejections}, {each} each{normal}.")
        }
        Kind::Surge => {
            let seen = match (finding.retried, finding.surge) {
                (true, _) => {
                    format!("{retry} the code of campaign {id}: {rejections}, {each} each{normal}")
                }
                (false, Some(_)) => {
                    format!("{users} came to campaign {id} within minutes{normal}, with {rejections}")
                }
                (false, None) => format!("{users} had {rejections} on campaign {id}"),
            };
            format!("{seen}. {}", ruled(finding.ruling))
        }
        Kind::ConfigFailure => {
            let why = match finding.fault {
                Some(Fault::Validity) => {
                    "Its valid_until is before attempts that were accepted: it was moved".to_owned()
                }
                Some(Fault::Limit) => {
                    format!("Its limit of {} is used up", counted(known.max_total_uses.unwrap_or(0), "use"))
                }
                Some(Fault::Audience) => "Its audience flags reject users who used it before".to_owned(),
                Some(Fault::Scope) if known.scope_known => {
                    "It accepts them, but they try again minutes later: check its target_scope".to_owned()
                }
                Some(Fault::Scope) => "It accepts them, but its target_scope covers no product".to_owned(),
                Some(Fault::Unknown) | None => "Its row does not show why".to_owned(),
            };
            format!("Campaign {id} rejects its own customers: {rejections}, {users}. {why}.")
        }
        Kind::PauseEcho => {
            let limited = match c.results[Outcome::RateLimited as usize] {
                0 => String::new(),
                n => format!(" ({} rate limited)", grouped(n)),
            };
            format!(
                "{users} failed {}{limited} because campaign {id} {}. Failures caused by the pause are no evidence of abuse.",
                times(c.attempts),
                paused(picture, known, finding)
            )
        }
        Kind::RetryStorm => format!(
            "{} one attempt on campaign {id} within seconds, {} in all: a client in a loop, or double taps.",
            number(c.users, "user repeated", "users repeated"),
            counted(c.attempts, "failed attempt")
        ),
        Kind::Enumeration | Kind::UnknownCode | Kind::MistypedCode | Kind::Background => {
            format!("{users} failed {} on campaign {id}.", times(c.attempts))
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

/// When it was paused.
fn paused(picture: &Picture, known: &Known, finding: &Finding) -> String {
    match (&known.pause, finding.paused_from) {
        (Some(Pause { at: Some(at), source: Source::Estimated, not_after: Some(_), .. }), _) => {
            format!("is paused (since {} or earlier)", utc(*at))
        }
        (Some(Pause { at: Some(at), .. }), _) => format!("is paused (since {})", utc(*at)),
        (Some(_), _) => "is paused".to_owned(),
        (None, Some(at)) if at > 0 => format!("was paused (at {})", utc(picture.moment(at))),
        (None, _) => "was paused".to_owned(),
    }
}
