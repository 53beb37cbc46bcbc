//! The four that are no risk: to lift such a pause is wrong, or does nothing.

use super::super::{Check, Facts, Finding};
use crate::campaign::PAUSED;
use crate::moment::{length, utc};
use serde_json::json;

pub(super) fn is_paused(facts: &Facts) -> Finding {
    let status = facts.campaign.status.as_deref();
    let evidence = json!({ "status": status });
    match status {
        Some(PAUSED) => Finding::passed(Check::IsPaused, "It is PAUSED.", evidence),
        Some("ACTIVE") => {
            Finding::failed(Check::IsPaused, "It is ACTIVE already: there is nothing to lift.", evidence)
        }
        Some(other) => Finding::failed(
            Check::IsPaused,
            format!("It is {other}, not PAUSED: it is over, and nobody can redeem it whatever is lifted."),
            evidence,
        ),
        None => {
            Finding::failed(Check::IsPaused, "Its status is null: ask the application's owner.", evidence)
        }
    }
}

pub(super) fn not_rotated(facts: &Facts) -> Finding {
    match &facts.rotated_into {
        Err(lacking) => Finding::unknown(Check::NotRotated, lacking),
        Ok(None) => Finding::passed(
            Check::NotRotated,
            "Its code was not replaced.",
            json!({ "new_campaign_id": null }),
        ),
        Ok(Some(new)) => Finding::failed(
            Check::NotRotated,
            format!(
                "Its code leaked and was replaced by campaign {new}: it stays paused for good. Unpause {new} instead."
            ),
            json!({ "new_campaign_id": new.to_string() }),
        ),
    }
}

pub(super) fn validity_window(facts: &Facts) -> Finding {
    let (c, now) = (&facts.campaign, facts.now);
    let evidence = json!({ "valid_from": c.valid_from.map(utc), "valid_until": c.valid_until.map(utc), "now": utc(now) });
    let (Some(from), Some(until)) = (c.valid_from, c.valid_until) else {
        return Finding::unknown(
            Check::ValidityWindow,
            "valid_from or valid_until is null. Set it with fix_campaign().",
        );
    };
    let failed = |detail: String| Finding::failed(Check::ValidityWindow, detail, evidence.clone());
    if from >= until {
        return failed(format!(
            "It is valid from {} until {}, which is never: fix valid_from or valid_until with fix_campaign().",
            utc(from),
            utc(until)
        ));
    }
    if now >= until {
        return failed(format!(
            "It ended at {}, {} ago. Where that is a mistake, fix valid_until with fix_campaign(); where it is not, leave it.",
            utc(until),
            length(now.saturating_sub(until))
        ));
    }
    if now < from {
        return failed(format!(
            "It begins at {}, in {}. Wait, or fix valid_from with fix_campaign().",
            utc(from),
            length(from.saturating_sub(now))
        ))
        .until(Some(from));
    }
    let left = if until == i64::MAX {
        "without end".to_owned()
    } else {
        format!("for another {}", length(until - now))
    };
    Finding::passed(Check::ValidityWindow, format!("It is valid now, and {left}."), evidence)
}

pub(super) fn uses_left(facts: &Facts) -> Finding {
    let c = &facts.campaign;
    let Some(limit) = c.max_total_uses else {
        return Finding::passed(
            Check::UsesLeft,
            "It has no limit of uses.",
            json!({ "max_total_uses": null }),
        );
    };
    let (open, counted) = match (&facts.open_reservations, &facts.uses) {
        (Ok(open), Ok(counted)) => (*open, *counted),
        (Err(lacking), _) | (_, Err(lacking)) => return Finding::unknown(Check::UsesLeft, lacking),
    };
    let total = match c.used_total {
        Some(total) => total,
        None if !facts.has_counter => counted,
        None => {
            return Finding::unknown(
                Check::UsesLeft,
                "used_total is null, and the campaign has a limit of uses.",
            );
        }
    };
    // A counter that lags behind hides uses.
    let used = total.max(counted);
    let left = limit.saturating_sub(used).saturating_sub(open);
    let evidence = json!({ "max_total_uses": limit, "used_total": total, "redemptions_counted": counted, "open_reservations": open, "left": left });
    let behind = if counted > total {
        format!(" (used_total says {total}, {counted} redemptions count by policy used_total_counts)")
    } else {
        String::new()
    };
    let sum = format!("{used} of {limit} uses are taken{behind} and {open} are reserved");
    if left > 0 {
        return Finding::passed(Check::UsesLeft, format!("{sum}: {left} are left."), evidence);
    }
    Finding::failed(
        Check::UsesLeft,
        format!(
            "{sum}: none is left. {}raise max_total_uses with fix_campaign() if the limit is the mistake.",
            if open > 0 { "Reservations lapse within minutes; else " } else { "Leave it, or " }
        ),
        evidence,
    )
}
