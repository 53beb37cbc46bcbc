//! `promoctl fix`: runbook section 3, fix a campaign's terms before it is unpaused.

use std::io::Write;

use serde_json::{Map, Value as Json};

use crate::args::FixArguments;
use crate::error::{Error, Status};
use crate::output::Printing;
use crate::output::table::{Fit, HEADING, Layout, PageWriter, nothing, page_width, styled};
use crate::output::text::visible;
use crate::reference::{self, Purpose};
use crate::session::{Argument, Call, Session};

/// The changes as the server takes them. Numbers, true, false and null are themselves, all else is a string; what fits no
/// field is for the server to say.
pub fn changes(arguments: &FixArguments) -> Result<String, Error> {
    let mut object = Map::new();
    for change in &arguments.changes {
        let Some((field, value)) = change.split_once('=') else {
            return Err(Error::usage_with_hint(
                format!("\"{}\" is not FIELD=VALUE", visible(change)),
                "For example: max_total_uses=500",
            ));
        };
        let words = ["target_scope", "valid_from", "valid_until"];
        let value = match serde_json::from_str(value) {
            Ok(json @ (Json::Number(_) | Json::Bool(_) | Json::Null)) if !words.contains(&field) => json,
            _ => Json::String(value.to_owned()),
        };
        if object.insert(field.to_owned(), value).is_some() {
            return Err(Error::usage(format!("\"{}\" is given twice", visible(field))));
        }
    }
    Ok(Json::Object(object).to_string())
}

/// Runs the command.
pub fn run(
    arguments: &FixArguments,
    changes: String,
    session: &mut Session,
    printing: Printing,
) -> Result<Status, Error> {
    let dry_run = arguments.dry_run.to_string();
    let campaign = reference::resolve(&arguments.campaign, session, Purpose::Change)?;
    let call = Call::new("fix_campaign")
        .with("campaign_id", campaign.id)
        .with("changes", Argument::As("jsonb", changes))
        .with("reason", arguments.reason.as_str())
        .with("dry_run", Argument::As("boolean", dry_run));
    let mut work = if arguments.dry_run { session.rehearse() } else { session.change() }?;
    let answer = work.fetch(&call)?;
    work.commit()?;

    crate::output::answer(printing, &answer, |out| {
        let says = if arguments.dry_run {
            format!("Campaign {} would become this; nothing was changed.", campaign.called())
        } else {
            format!("Fixed campaign {}; it is still paused.", campaign.called())
        };
        writeln!(out, "{}", styled(HEADING, &says))?;
        let columns = [("field", Fit::Left), ("before", Fit::Wrap), ("after", Fit::Wrap)];
        let mut table = Layout::new(page_width(), &columns);
        for row in answer.iter() {
            table.row(columns.map(|(name, _)| row.shown(name).unwrap_or_else(nothing)));
        }
        table.write(out)?;
        if arguments.dry_run {
            return Ok(());
        }
        writeln!(out, "\nThen see what stands before an unpause.")?;
        out.paste(&session.again, &format!("check {}", campaign.id))
    })?;
    Ok(Status::Fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_what_they_look_like_but_for_words_and_times() {
        let given = |changes: &[&str]| {
            let changes = changes.iter().map(|c| (*c).to_owned()).collect();
            super::changes(&FixArguments { changes, ..FixArguments::default() })
                .unwrap_or_else(|e| format!("{e:?}"))
        };
        assert_eq!(
            given(&[
                "max_total_uses=500",
                "new_users_only=false",
                "max_uses_per_user=null",
                "target_scope=5"
            ]),
            r#"{"max_total_uses":500,"max_uses_per_user":null,"new_users_only":false,"target_scope":"5"}"#
        );
        assert_eq!(given(&["valid_until=2026-12-31 23:59Z"]), r#"{"valid_until":"2026-12-31 23:59Z"}"#);
        assert!(given(&["max_total_uses"]).contains("FIELD=VALUE"));
        assert!(given(&["a=1", "a=2"]).contains("twice"));
    }
}
