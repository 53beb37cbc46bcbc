//! `unbind`: the adapter views that `bind` wrote are dropped, and remembered.

use super::views::{self, Remembered};
use crate::failure::{Answer, report};
use crate::{changes, db, records};
use pgrx::JsonB;
use pgrx::prelude::*;
use serde_json::json;

#[pg_extern(sql = false)]
fn unbind() -> Answer<String> {
    changes::allowed()?;
    changes::owner_only("unbind")?;
    let _settings = changes::Settings::lock_timeout();
    changes::lock_setup()?;
    let bound: Vec<Remembered> = views::remembered()?.into_iter().filter(|r| r.bound).collect();
    if bound.is_empty() {
        return Err(report(crate::app::not_bound("campaigns")));
    }
    let (mut dropped, mut kept) = (Vec::new(), Vec::new());
    for one in &bound {
        let standing = views::standing(one.entity)?;
        let mut grants = one.grants.clone();
        match standing {
            Some(view) if view.by_hand(Some(one))? => kept.push(one.entity.view()),
            Some(view) => {
                grants = views::grants(view.oid)?;
                db::execute(&format!("DROP VIEW promo_guard.{}", one.entity), &[])?;
                dropped.push(one.entity.view());
            }
            None => {}
        }
        db::execute(
            "UPDATE promo_guard.binding SET bound = false, view_grants = $2, changed_at = clock_timestamp(), changed_by = session_user WHERE entity = $1",
            &[one.entity.view().into(), JsonB(grants).into()],
        )?;
    }
    let after = json!({ "dropped": dropped, "kept": kept });
    records::Action { action: "unbind", decision: "DONE", after: Some(after), ..Default::default() }
        .record()?;
    let kept = if kept.is_empty() {
        String::new()
    } else {
        format!("; written by hand and left alone: {}", kept.join(", "))
    };
    let dropped = if dropped.is_empty() { "nothing".to_owned() } else { dropped.join(", ") };
    Ok(format!("dropped the views {dropped}{kept}; mapping and grants are remembered for the next bind()"))
}
