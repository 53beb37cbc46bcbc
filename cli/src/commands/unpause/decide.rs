//! One decision of the server.

use super::plan::Plan;
use super::progress::Progress;
use crate::args::UnpauseArguments;
use crate::error::Error;
use crate::output::Rows;
use crate::session::{Argument, Call, Session};

/// Lets the server decide on what the plan shows, in a transaction of its own.
pub fn decide(
    arguments: &UnpauseArguments,
    id: i64,
    plan: &Plan,
    session: &mut Session,
    progress: &mut Progress,
) -> Result<Rows, Error> {
    let call = Call::new("unpause")
        .with("campaign_id", id)
        .with("reason", arguments.reason.as_str())
        .with("overrides", Argument::As("text[]", array(&arguments.overrides)))
        .with("fingerprint", Argument::As("text", plan.fingerprint()))
        .with_some("bake", "interval", arguments.bake.as_ref())
        .with_some("on_regression", "text", arguments.on_regression.as_ref());
    let answer = session.apply(&call)?;
    progress.decided.columns.clone_from(&answer.columns);
    progress.decided.rows.extend(answer.rows.iter().cloned());
    Ok(answer)
}

/// An array as PostgreSQL reads it.
fn array(words: &[String]) -> String {
    let quoted = words.iter().map(|word| format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"")));
    format!("{{{}}}", quoted.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_holds_whatever_was_typed() {
        assert_eq!(array(&[]), "{}");
        assert_eq!(array(&["not_abuse".into(), "a\"},{\\".into()]), r#"{"not_abuse","a\"},{\\"}"#);
    }
}
