//! From the tables to the facts that the checks are computed from.
//!
//! Whatever cannot be known is handed over as what is lacking: its check then fails, and says so.

use super::evidence;
use crate::app::App;
use crate::classify;
use crate::failure::Answer;
use crate::settle::scan::{Scan, lacking};
use crate::triage::pause;
use crate::window::{Window, moment};
use promo_guard_core::attempt::{Outcome, Outcomes};
use promo_guard_core::binding::Entity;
use promo_guard_core::campaign::{Campaign, PAUSED};
use promo_guard_core::policy::Policy;
use promo_guard_core::settle::Lacking;
use promo_guard_core::unpause::{Facts, Judged, Known, Scopes, Terms, Try, wants_demand};
use promo_guard_core::{Micros, Span};

/// The views that the checks look at.
pub const VIEWS: [Entity; 4] = [Entity::Campaigns, Entity::Attempts, Entity::Redemptions, Entity::Purchases];

/// Settlement is looked at from this long before the pause.
const SETTLED_BEFORE: Span = Span::from_minutes(60);
/// ... and no further back than this: settlement_violations() takes no longer lookback.
const FURTHEST: Span = Span::from_days(36_000);

/// Everything that is known of a campaign at a moment.
pub fn gather(app: &App, policy: &Policy, campaign: Campaign, now: Micros) -> Answer<Facts> {
    let id = campaign.id;
    let lacks = lacking()?;
    let rule = policy.guard();
    let about = evidence::about(app, id, now)?;
    let has_code = about.as_ref().is_some_and(|a| a.has_code);
    let code = linked(&lacks, has_code);
    let users = column(&lacks, "attempts.user_id", "users cannot be distinguished").and(code.clone());
    let redemptions =
        column(&lacks, "redemptions.promo_code_id", "redemptions cannot be assigned to campaigns");

    let pause = if campaign.is(PAUSED) {
        let found = pause::of(app, policy, &[(id, campaign.updated_at)], moment(now))?;
        found.into_values().next().ok_or_else(|| "no record of it was found.".to_owned())
    } else {
        Err("it is not paused.".to_owned())
    };
    let lookback = policy.triage_lookback();
    // Of a campaign that is not paused the same is shown as of now.
    let paused_at = pause.as_ref().ok().and_then(|p| p.at).map_or(now, |at| at.min(now));

    let before =
        known(&users, || evidence::tries(app, id, paused_at.saturating_sub(lookback.micros()), paused_at))?
            .and_then(mapped);
    let recent = known(&users, || evidence::tries(app, id, now.saturating_sub(rule.lookback.micros()), now))?
        .and_then(mapped);
    let taken = known(&redemptions, || evidence::taken(app, id, paused_at, now))?;
    let own = recent.as_ref().ok().and_then(|tries| tries.last()).map(|t| t.at);
    let settled_from =
        paused_at.saturating_sub(SETTLED_BEFORE.micros()).max(now.saturating_sub(FURTHEST.micros()));
    let settled = Window { from: moment(settled_from), until: moment(now) };
    let scopes = match (policy.known_scopes(), &about) {
        _ if lacks.lacks("campaigns.target_scope") => Ok(Scopes::None),
        ([], Some(a)) => {
            let scope =
                campaign.target_scope.as_deref().filter(|scope| a.same_scope == 0 && !scope.is_empty());
            let needed =
                ["purchases.product_code", "purchases.created_at", "purchases.applied_promo_code_id"];
            let products = needed.iter().all(|column| !lacks.lacks(column));
            let sold = match scope.filter(|_| products) {
                Some(scope) => evidence::sold(app, id, scope, now)?,
                None => false,
            };
            Ok(Scopes::InUse { same: a.same_scope, others: a.others, sold })
        }
        ([], None) => Err("the campaign is no longer there.".to_owned()),
        (known, _) => Ok(Scopes::Policy(known.to_vec())),
    };
    let counts_applied = policy.arithmetic().counts_applied_of(campaign.promo_type.as_deref());
    let uses = redemptions
        .clone()
        .map(|()| about.as_ref().map_or(0, |a| if counts_applied { a.applied } else { a.ever_applied }));
    let mut facts = Facts {
        now,
        terms: Terms {
            rule,
            guard_results: Outcomes::named(policy.guard_results()),
            require_history: policy.require_history(),
            lookback,
        },
        rotated_into: Ok(evidence::rotated_into(id)?),
        uses,
        has_counter: !lacks.lacks("campaigns.used_total"),
        open_reservations: redemptions.map(|()| about.as_ref().map_or(0, |a| a.open_reservations)),
        scopes,
        before,
        recent,
        taken,
        fixed: if pause.is_ok() { evidence::fixed(id, paused_at)? } else { Vec::new() },
        settlement: Ok(evidence::settlement(&Scan::of(app.clone(), lacks, policy, settled)?, id)?),
        traffic: Ok(evidence::traffic(app, own, now, policy.verdict_reach())?),
        verdict: verdict(app, policy, id, now)?,
        demand: None,
        pause,
        campaign,
    };
    if code.is_ok() && wants_demand(&facts) {
        facts.demand = Some(evidence::demand(app, id, paused_at)?);
    }
    Ok(facts)
}

/// Attempts whose results rules know. One that none knows may be a failure, so nothing can be said of failures.
fn mapped(tries: Vec<Try>) -> Known<Vec<Try>> {
    match tries.iter().filter(|t| t.outcome == Outcome::Other).count() {
        0 => Ok(tries),
        n => Err(format!(
            "{n} of its attempts have a result that no rule knows. Map it: promo_guard.doctor() has the statement."
        )),
    }
}

/// The fact where it can be known.
fn known<T>(possible: &Known<()>, ask: impl FnOnce() -> Answer<T>) -> Answer<Known<T>> {
    match possible {
        Ok(()) => ask().map(Ok),
        Err(lacking) => Ok(Err(lacking.clone())),
    }
}

fn column(lacks: &Lacking, column: &str, so: &str) -> Known<()> {
    if lacks.lacks(column) {
        return Err(format!(
            "the application has no column for {column}, so {so}. Bind one: SELECT * FROM promo_guard.bind(columns => ...);"
        ));
    }
    Ok(())
}

fn linked(lacks: &Lacking, has_code: bool) -> Known<()> {
    column(lacks, "campaigns.code_hash", "attempts cannot be linked to campaigns")?;
    if has_code {
        Ok(())
    } else {
        Err("its code_hash is null, so no attempt can be linked to it.".to_owned())
    }
}

/// Section 2's verdict.
fn verdict(app: &App, policy: &Policy, id: i64, now: Micros) -> Answer<Known<Judged>> {
    let judged = classify::judge(app, policy, id, moment(now))?;
    Ok(Ok(Judged {
        verdict: judged.verdict,
        confidence: judged.confidence,
        reasons: judged.reasons,
        abuse_ruled_out: judged.abuse_ruled_out,
    }))
}
