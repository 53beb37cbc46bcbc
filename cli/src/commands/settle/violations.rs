//! The violations, rule by rule, for operators.

use std::io::{self, Write};

use crate::error::severity_style;
use crate::output::table::{DIM, Fit, Layout, nothing, page_width, styled};
use crate::output::text::visible;
use crate::output::{Rows, Value};
use crate::session::{Argument, Call};

use super::super::window::Window;

/// Characters of an id that are shown: its last ones, since ids that are made in the order of time begin alike.
const ID_SHOWN: usize = 8;

/// The question to the server.
pub fn call(
    lookback: Option<&String>,
    window: &Window,
    campaign: Option<i64>,
    max_rows: Option<i32>,
) -> Call {
    let mut call = Call::new("settlement_violations")
        .with_some("lookback", "interval", lookback)
        .with("as_of", Argument::Time(window.as_of));
    if let Some(campaign) = campaign {
        call = call.with("campaign_id", Argument::Id(campaign));
    }
    if let Some(max_rows) = max_rows {
        call = call.with("max_rows", Argument::Int(max_rows));
    }
    call
}

/// The section on the page: a small table a rule, in the order in which the rules first appear.
pub fn write(to: &mut impl Write, rows: &Rows) -> io::Result<()> {
    let mut rules: Vec<&str> = Vec::new();
    for rule in rows.values("rule").filter_map(Value::text) {
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    for (index, rule) in rules.into_iter().enumerate() {
        if index > 0 {
            writeln!(to)?;
        }
        let of_rule: Vec<_> =
            rows.rows.iter().filter(|row| rows.get(row, "rule").text() == Some(rule)).collect();
        let severity = of_rule.first().and_then(|row| rows.get(row, "severity").text()).unwrap_or_default();
        let rule = visible(rule);
        writeln!(to, "{}", styled(severity_style(severity), &format!("{rule} ({})", visible(severity))))?;
        write_rule(to, rows, &of_rule)?;
    }
    Ok(())
}

/// Two lines a violation: what was expected and what is, then the detail.
fn write_rule(to: &mut impl Write, rows: &Rows, of_rule: &[&Vec<Value>]) -> io::Result<()> {
    let titles = [
        ("campaign\nuser", Fit::Right),
        ("redemption\npurchase", Fit::Left),
        ("expected and actual\ndetail", Fit::Wrap),
    ];
    let mut layout = Layout::new(page_width(), &titles);
    for row in of_rule {
        let id = |name| match rows.get(row, name).plain() {
            id if id.is_empty() => nothing(),
            id => id,
        };
        let short = |name| rows.get(row, name).text().map_or_else(nothing, shortened);
        let words = |name| rows.get(row, name).text().map_or_else(|| "nothing".to_owned(), visible);
        let detail = rows.get(row, "detail").text().map(|detail| styled(DIM, &visible(detail)));
        let detail = detail.map_or_else(String::new, |detail| format!("\n{detail}"));
        layout.row([
            format!("{}\n{}", id("campaign_id"), styled(DIM, &id("user_id"))),
            format!("{}\n{}", short("redemption_id"), short("purchase_id")),
            format!("{}, is {}{detail}", words("expected"), words("actual")),
        ]);
    }
    layout.write(to)
}

/// The end of a long id; a short one whole.
fn shortened(id: &str) -> String {
    let id = visible(id);
    let length = id.chars().count();
    if length <= ID_SHOWN + 2 {
        return id;
    }
    ['…'].into_iter().chain(id.chars().skip(length - ID_SHOWN)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_by_its_end() {
        assert_eq!(shortened("0193a7b0-2c5e-7d31-9f2a-6b0c1d2e3f40"), "…1d2e3f40");
        assert_eq!(shortened("7312398123981239811"), "…81239811");
        assert_eq!(shortened("42"), "42");
        assert_eq!(shortened("ord\u{1b}[2J"), "…u001b[2J");
    }
}
