//! What a redemption or a purchase tells through another table: the campaign behind a version of its terms or behind its code, and the
//! user, time and status of the purchase.

use promo_guard_core::binding::{Entity, quote_literal};

use super::facts::{Field, Table, ident};
use super::relatives::Part;
use super::source::Found;
use super::synonyms;
use super::tables::{Chosen, code, named};
use super::{columns, status};

/// Adds what was found so; gives the tables to be joined.
pub fn complete<'a>(
    entity: Entity,
    table: &'a Table,
    chosen: &Chosen<'a>,
    all: &'a [Table],
    found: &mut Vec<Found>,
) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    let codes = chosen.campaigns.as_ref().map(|c| c.table);
    let campaign = match entity {
        Entity::Redemptions => "promo_code_id",
        Entity::Purchases => "applied_promo_code_id",
        _ => return parts,
    };
    let has = |found: &[Found], name: &str| found.iter().any(|one| one.column.name == name);
    if !has(found, campaign)
        && let Some(codes) = codes
        && let Some((part, one)) =
            behind(entity, campaign, table, codes, all).or_else(|| by_code(entity, campaign, table, codes))
    {
        parts.push(part);
        found.push(one);
    }
    let orders = chosen.purchases.as_ref().map(|c| c.table);
    let Some(orders) = orders.filter(|_| entity == Entity::Redemptions) else { return parts };
    if std::ptr::eq(orders, table) {
        own(table, campaign, found);
        return parts;
    }
    let purchase = found.iter().find(|one| one.column.name == "applied_purchase_id");
    let (Some(purchase), Some(key)) = (purchase, orders.key()) else { return parts };
    let join = format!("LEFT JOIN {} AS o ON o.{} = {}", orders.quoted(), ident(&key.name), purchase.sql);
    let part =
        Part { table: orders, alias: "o".to_owned(), joins: vec![("o".to_owned(), join)], doubt: 0.05 };
    let mut through = Vec::new();
    for name in ["user_id", "created_at", "updated_at"] {
        if !has(found, name)
            && let Some(column) = entity.column(name)
        {
            through.extend(columns::one(entity, column, orders, "o", chosen));
        }
    }
    if !has(found, "status")
        && let Some(one) = of_purchase(orders, "o", None)
    {
        through.push(one);
    }
    for one in &mut through {
        one.confidence -= part.doubt;
        one.joined = Some("o".to_owned());
        one.shown = format!("{}.{}", orders.name, one.shown);
    }
    if !through.is_empty() {
        parts.push(part);
        found.append(&mut through);
    }
    parts
}

/// A table between this one and the campaigns.
fn behind<'a>(
    entity: Entity,
    campaign: &str,
    table: &Table,
    codes: &Table,
    all: &'a [Table],
) -> Option<(Part<'a>, Found)> {
    let column = entity.column(campaign)?;
    table.links.iter().find_map(|link| {
        let other = all.iter().find(|other| other.is(&link.table))?;
        let field = other.field(&other.link_to(codes)?.column)?;
        let (to, from) = (ident(&link.to), ident(&link.column));
        let join = format!("LEFT JOIN {} AS v ON v.{to} = t.{from}", other.quoted());
        let part =
            Part { table: other, alias: "v".to_owned(), joins: vec![("v".to_owned(), join)], doubt: 0.07 };
        let mut one = Found::plain(column, "v", field, 0.9);
        one.joined = Some("v".to_owned());
        one.shown = format!("{}.{} behind {}", other.name, field.name, link.column);
        Some((part, one))
    })
}

/// The code as it stands in an order.
fn by_code<'a>(entity: Entity, campaign: &str, table: &Table, codes: &'a Table) -> Option<(Part<'a>, Found)> {
    let column = entity.column(campaign)?;
    let (theirs, ..) = code(codes)?;
    let key = codes.key()?;
    let (field, score) = named(table, synonyms::PLAIN_CODE, Field::is_text).filter(|(field, score)| {
        // An order's own `code` is its number.
        *score > 0.65 && field.name != "code"
    })?;
    let join =
        format!("LEFT JOIN {} AS c ON c.{} = t.{}", codes.quoted(), ident(&theirs.name), ident(&field.name));
    let part = Part { table: codes, alias: "c".to_owned(), joins: vec![("c".to_owned(), join)], doubt: 0.1 };
    let mut one = Found::plain(column, "c", key, score - 0.1);
    one.joined = Some("c".to_owned());
    one.shown = format!("by the code in {}", field.name);
    Some((part, one))
}

/// A purchase that is its own redemption: without a code it is none.
fn own(table: &Table, campaign: &str, found: &mut Vec<Found>) {
    let Some(code) = found.iter().find(|one| one.column.name == campaign).map(|one| one.sql.clone()) else {
        return;
    };
    if let Some(mut status) = of_purchase(table, "t", Some(&code)) {
        status.confidence -= 0.1;
        found.retain(|one| one.column.name != "status");
        found.push(status);
    }
    let purchase = found.iter_mut().find(|one| one.column.name == "applied_purchase_id");
    if let Some(purchase) = purchase {
        let sql = format!("CASE WHEN {code} IS NOT NULL THEN {} END", purchase.sql);
        *purchase = Found::expression(purchase.column, sql, purchase.confidence);
    }
}

/// The status of a redemption by that of its purchase.
fn of_purchase(orders: &Table, alias: &str, code: Option<&str>) -> Option<Found> {
    let column = Entity::Redemptions.column("status")?;
    let theirs = Entity::Purchases.column("status")?;
    let found = status::words(Entity::Purchases, theirs, orders, alias)?;
    let cases = [
        ("APPLIED", ["CREDITED"].as_slice()),
        ("REVOKED", &["REFUNDED"]),
        ("EXPIRED", &["FAILED"]),
        ("RESERVED", &["CREATED", "INVOICE_SENT", "PRECHECKOUT_OK", "PAID_UNCREDITED"]),
    ];
    let mut sql = String::from("CASE");
    if let Some(code) = code {
        sql.push_str(&format!(" WHEN {code} IS NULL THEN 'REJECTED'"));
    }
    for (ours, of) in cases {
        let words: Vec<String> = found
            .mapped
            .iter()
            .filter(|(_, word)| of.contains(word))
            .map(|(w, _)| quote_literal(w))
            .collect();
        if !words.is_empty() {
            let name = format!("rtrim({alias}.{}::text)", ident(&found.field));
            sql.push_str(&format!(" WHEN {name} IN ({}) THEN {}", words.join(", "), quote_literal(ours)));
        }
    }
    if !sql.contains("APPLIED") {
        return None;
    }
    // A word without a meaning stays as it is, so that bind() reports it.
    sql.push_str(&format!(" ELSE rtrim({alias}.{}::text) END", ident(&found.field)));
    let mut one = Found::expression(column, sql, found.confidence - 0.1);
    one.shown = format!("{} of the purchase", found.field);
    one.unknown = found.unknown;
    Some(one)
}
