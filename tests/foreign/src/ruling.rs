//! The truth of a case: what a careful reader of the tables alone can know. The reasons stand at each [`Kind`].

use crate::facts::Facts;
use crate::kind::{Group, Kind};
use promo_guard_habits::truth::Verdict::{self, Abuse, Config, FalsePositive, Healthy, Inconclusive};

/// A verdict, and another that is accepted.
pub type Ruling = (Verdict, Option<Verdict>);

/// The truth of a case.
pub fn rule(kind: Kind, facts: &Facts) -> Ruling {
    match kind.group() {
        Group::Harmless => harmless(kind, facts),
        Group::Abuse | Group::Mixed => abused(kind, facts),
        Group::Fault => fault(kind, facts),
        Group::Pause => pause(kind, facts),
    }
}

/// Whether an unpause would do harm, or undo a decision that nobody has explained.
pub fn harmful(kind: Kind, facts: &Facts) -> bool {
    match kind.group() {
        Group::Fault if kind == Kind::LimitTooSmall => facts.over,
        Group::Abuse | Group::Mixed | Group::Fault => true,
        Group::Harmless => facts.over,
        Group::Pause => match kind {
            Kind::Successor | Kind::EchoRepause | Kind::LeftPaused | Kind::Ordinary => facts.over,
            _ => true,
        },
    }
}

/// A harmless crowd: known people, or as many new ones as this shop's promotions bring, or announced: paused without
/// need. Else a leak fits the rows as well.
fn crowd(facts: &Facts) -> Ruling {
    match facts.announced || facts.unseen <= 0.35 || facts.comparable {
        true => (FalsePositive, Some(Inconclusive)),
        false => (Inconclusive, Some(FalsePositive)),
    }
}

/// The limit was reached by reservations that have lapsed since; where the reason is noted, each failure says so.
fn limit_held(facts: &Facts) -> Ruling {
    match facts.reasons || facts.filled >= 0.7 {
        true => (Config, Some(FalsePositive)),
        false => (Inconclusive, Some(Config)),
    }
}

fn harmless(kind: Kind, facts: &Facts) -> Ruling {
    match kind {
        Kind::Misprint if !facts.paused => return (Healthy, None),
        Kind::BatchMailing => return (Healthy, Some(Inconclusive)),
        Kind::OldCodeInBlog if facts.paused => return (Config, Some(Healthy)),
        Kind::OldCodeInBlog => return (Healthy, Some(Config)),
        Kind::FlashSale if !facts.paused => return (Healthy, Some(Config)),
        Kind::FlashSale if facts.over => return (Config, Some(Healthy)),
        Kind::FlashSale => return limit_held(facts),
        _ => {}
    }
    if facts.closed {
        return (Healthy, Some(Config));
    }
    if !facts.paused {
        return (Healthy, Some(Inconclusive));
    }
    if facts.over {
        return (Config, Some(FalsePositive));
    }
    match kind {
        Kind::DoubleSubmit | Kind::RetryLoop => (FalsePositive, None),
        Kind::PaymentOutage if facts.silence < 6.0 => (Inconclusive, Some(FalsePositive)),
        Kind::LinkPrefetch | Kind::SchoolClass | Kind::PaymentOutage => (FalsePositive, Some(Inconclusive)),
        Kind::EarlyBirds if !facts.begun => (Config, Some(FalsePositive)),
        Kind::ClockSkew | Kind::EarlyBirds => (FalsePositive, Some(Config)),
        Kind::WinBack | Kind::CouponExtension => (Inconclusive, Some(FalsePositive)),
        _ => crowd(facts),
    }
}

fn abused(kind: Kind, facts: &Facts) -> Ruling {
    let signs = facts.signs.len();
    if facts.crowd < 15 && signs < 2 {
        return (Inconclusive, Some(if facts.paused { Abuse } else { Healthy }));
    }
    match kind {
        Kind::CouponSite | Kind::StaffCodeShared => (Inconclusive, Some(Abuse)),
        Kind::SlowDrip if facts.paused => (Inconclusive, Some(Abuse)),
        Kind::SlowDrip if facts.takers >= 2 * facts.before => (Inconclusive, Some(Healthy)),
        Kind::SlowDrip => (Healthy, Some(Inconclusive)),
        Kind::SelfReferral if facts.clients => (Abuse, Some(Inconclusive)),
        Kind::SelfReferral => (Inconclusive, Some(Abuse)),
        Kind::SideTarget | Kind::CodeHunters | Kind::Resellers if signs >= 1 => (Abuse, Some(Inconclusive)),
        Kind::AttackOnFault => (Abuse, Some(Config)),
        Kind::SaleSniped if signs >= 2 => (Abuse, Some(Config)),
        Kind::SaleSniped => (Config, Some(Abuse)),
        _ if signs >= 3 => (Abuse, None),
        _ if signs == 2 => (Abuse, Some(Inconclusive)),
        _ => (Inconclusive, Some(Abuse)),
    }
}

fn fault(kind: Kind, facts: &Facts) -> Ruling {
    let ended = matches!(kind, Kind::EndTimeZone | Kind::LimitTooSmall);
    if facts.closed {
        return if ended { (Healthy, Some(Config)) } else { (Config, Some(Healthy)) };
    }
    match kind {
        Kind::EndTimeZone => (Config, Some(Healthy)),
        Kind::LimitTooSmall if facts.over => (Config, Some(Healthy)),
        Kind::LimitTooSmall => limit_held(facts),
        Kind::UpsideDown | Kind::LimitLowered | Kind::BeginMoved | Kind::EndMistyped => (Config, None),
        Kind::PerUserLowered if facts.repeaters >= 5 => (Config, None),
        Kind::PerUserLowered => (Inconclusive, Some(FalsePositive)),
        Kind::FlagSet if facts.before >= 10 => (Config, None),
        Kind::FlagSet | Kind::FlagFromBirth => (Config, Some(Inconclusive)),
        Kind::ScopeRenamed if facts.sold >= 4 => (Config, None),
        Kind::ScopeRenamed => (Inconclusive, Some(Config)),
        Kind::ProductGone if facts.sold >= 8 && facts.due >= 8.0 => (Config, Some(Inconclusive)),
        _ => (Inconclusive, Some(Config)),
    }
}

fn pause(kind: Kind, facts: &Facts) -> Ruling {
    match kind {
        Kind::Deliberate | Kind::Rotated if facts.leaked => (Inconclusive, Some(Abuse)),
        Kind::NaturalEnd | Kind::UsedUp if facts.closed => (Healthy, None),
        Kind::NaturalEnd | Kind::UsedUp => (Healthy, Some(Config)),
        Kind::Ordinary => (Healthy, Some(Inconclusive)),
        Kind::WindowPassed if facts.paused && facts.over => (Config, Some(Inconclusive)),
        Kind::WindowPassed | Kind::EchoRepause | Kind::LeftPaused if !facts.paused => (Healthy, Some(Config)),
        _ if facts.over => (Config, Some(Inconclusive)),
        Kind::Successor => (FalsePositive, Some(Inconclusive)),
        Kind::EchoRepause | Kind::WindowPassed => (FalsePositive, Some(Inconclusive)),
        Kind::LeftPaused => crowd(facts),
        _ => (Inconclusive, None),
    }
}
