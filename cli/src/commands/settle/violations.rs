//! The violations, rule by rule, for operators.

use std::io::{self, Write};

use crate::error::severity_style;
use crate::output::table::{DIM, Fit, Layout, nothing, page_width, styled};
use crate::output::text::visible;
use crate::output::{Rows, Value};
use crate::session::Call;

use super::super::window::Window;

/// Characters of an id that are shown: its last ones, since ids that are made in the order of time begin alike.
const ID_SHOWN: usize = 8;

/// The question to the server.
pub fn call(window: &Window, campaign: Option<i64>, max_rows: Option<i32>) -> Call {
    window.call("settlement_violations").with_any("campaign_id", campaign).with_any("max_rows", max_rows)
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
        let of_rule = rows.only(|row| row.is("rule", rule));
        let severity = of_rule.first().words("severity");
        let title = format!("{} ({severity})", visible(rule));
        writeln!(to, "{}", styled(severity_style(&severity), &title))?;
        write_rule(to, &of_rule)?;
    }
    Ok(())
}

/// Two lines a violation: what was expected and what is, then the detail.
fn write_rule(to: &mut impl Write, of_rule: &Rows) -> io::Result<()> {
    let titles = [
        ("campaign\nuser", Fit::Right),
        ("redemption\npurchase", Fit::Left),
        ("expected and actual\ndetail", Fit::Wrap),
    ];
    let mut layout = Layout::new(page_width(), &titles);
    for row in of_rule.iter() {
        let id = |name| row.get(name).int().map_or_else(nothing, |id| id.to_string());
        let short = |name| row.text(name).map_or_else(nothing, shortened);
        let words = |name| row.shown(name).unwrap_or_else(|| "nothing".to_owned());
        let detail = row.shown("detail").map(|detail| format!("\n{}", styled(DIM, &detail)));
        layout.row([
            format!("{}\n{}", id("campaign_id"), styled(DIM, &id("user_id"))),
            format!("{}\n{}", short("redemption_id"), short("purchase_id")),
            format!("{}, is {}{}", words("expected"), words("actual"), detail.unwrap_or_default()),
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
