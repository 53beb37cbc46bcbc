//! Tables beside the one with the codes that hold the rest of a campaign: the promotion that a coupon belongs to, a translation, the
//! terms of a price.

use super::facts::{Table, ident};
use super::names::{is_promotion, words};

/// A table to be joined to `t`.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    pub table: &'a Table,
    pub alias: String,
    /// The joins that it needs, the last its own, each with its alias.
    pub joins: Vec<(String, String)>,
    /// What its distance takes from the confidence.
    pub doubt: f64,
}

/// The relatives of a table, the nearest first.
pub fn of<'a>(table: &'a Table, all: &'a [Table]) -> Vec<Part<'a>> {
    let start = Part { table, alias: "t".to_owned(), joins: Vec::new(), doubt: 0.0 };
    let mut parts = Vec::new();
    extend(&start, table, all, &mut parts);
    for near in parts.clone() {
        extend(&near, table, all, &mut parts);
    }
    parts
}

/// Adds the tables that one refers to, and those of promotions that refer to it.
fn extend<'a>(from: &Part<'a>, root: &Table, all: &'a [Table], parts: &mut Vec<Part<'a>>) {
    let mut add = |other: &'a Table, doubt: f64, join: &dyn Fn(&str) -> String| {
        let known = std::ptr::eq(other, root) || parts.iter().any(|part| std::ptr::eq(part.table, other));
        if !known {
            let alias = format!("p{}", parts.len() + 1);
            let mut joins = from.joins.clone();
            joins.push((alias.clone(), join(&alias)));
            parts.push(Part { table: other, alias, joins, doubt: from.doubt + doubt });
        }
    };
    let here = &from.alias;
    for link in &from.table.links {
        if let Some(other) =
            all.iter().find(|other| other.is(&link.table)).filter(|other| of_promotions(other))
        {
            let (to, column) = (ident(&link.to), ident(&link.column));
            add(other, 0.05, &|alias| {
                format!("LEFT JOIN {} AS {alias} ON {alias}.{to} = {here}.{column}", other.quoted())
            });
        }
    }
    for other in all.iter().filter(|other| of_promotions(other)) {
        let Some(link) = other.link_to(from.table) else { continue };
        let (to, column) = (ident(&link.to), ident(&link.column));
        if other.field(&link.column).is_some_and(|field| field.unique || field.key) {
            add(other, 0.05, &|alias| {
                format!("LEFT JOIN {} AS {alias} ON {alias}.{column} = {here}.{to}", other.quoted())
            });
            continue;
        }
        let order = other.key().map_or(String::new(), |key| format!(" ORDER BY x.{} DESC", ident(&key.name)));
        // One of several rows: which of them counts is the shop's to say.
        add(other, 0.15, &|alias| {
            format!(
                "LEFT JOIN LATERAL (SELECT x.* FROM {} AS x WHERE x.{column} = {here}.{to}{order} LIMIT 1) AS {alias} ON true",
                other.quoted()
            )
        });
    }
}

/// Whether a table may hold terms of a promotion: not its uses, nor what it is sold with.
fn of_promotions(table: &Table) -> bool {
    let all = words(&table.name);
    let other = [
        "redemption",
        "usage",
        "use",
        "order",
        "customer",
        "user",
        "attempt",
        "cart",
        "checkout",
        "line",
        "item",
        "product",
        "category",
        "log",
    ];
    all.iter().any(|word| is_promotion(word) || word == "offer" || word == "campaign")
        && !all.iter().any(|word| other.contains(&word.as_str()))
}
