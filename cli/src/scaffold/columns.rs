//! Which columns serve as the canonical ones of an entity.

use promo_guard_core::binding::{Column, Entity, Family, quote_literal};

use super::facts::{Field, Table, ident, time_of};
use super::names::words;
use super::relatives::Part;
use super::source::Found;
use super::tables::{Chosen, campaign_of, code, named, purchase_of};
use super::{status, synonyms};

/// A name that matches only by its end is not proposed.
const ENOUGH: f64 = 0.65;

/// Columns that are worth a join.
const JOINED: [&str; 10] = [
    "campaign_name",
    "discount_type",
    "discount_value",
    "discount_percent",
    "status",
    "valid_from",
    "valid_until",
    "max_total_uses",
    "used_total",
    "max_uses_per_user",
];

/// Every canonical column of an entity that something was found for, in the order of the view.
pub fn of<'a>(entity: Entity, table: &'a Table, chosen: &Chosen<'a>, parts: &[Part<'a>]) -> Vec<Found> {
    entity
        .columns()
        .iter()
        .filter_map(|column| {
            let own = one(entity, column, table, "t", chosen);
            if own.as_ref().is_some_and(|found| found.confidence >= ENOUGH) || !JOINED.contains(&column.name)
            {
                return own;
            }
            let joined = parts.iter().find_map(|part| {
                let mut found = one(entity, column, part.table, &part.alias, chosen)?;
                found.confidence -= part.doubt;
                found.joined = Some(part.alias.clone());
                if column.name == "status" {
                    found.note = Some("it stands in another table: pause() cannot write it".to_owned());
                }
                found.shown = format!("{}.{}", part.table.name, found.shown);
                (found.confidence >= 0.55).then_some(found)
            });
            joined.or(own)
        })
        .collect()
}

/// What a column of this table serves as.
pub fn one(
    entity: Entity,
    column: &'static Column,
    table: &Table,
    alias: &str,
    chosen: &Chosen<'_>,
) -> Option<Found> {
    let codes = chosen.campaigns.as_ref().map(|c| c.table);
    let orders = chosen.purchases.as_ref().map(|c| c.table);
    let plain = |(field, score): (&Field, f64)| Found::plain(column, alias, field, score);
    match (entity, column.name) {
        (_, "id") => table
            .key()
            .or_else(|| table.field("id"))
            .map(|field| plain((field, 0.97)))
            .or_else(|| pair_of_keys(column, table, alias, codes, orders)),
        (_, "code_hash") => code(table).map(|(field, score, in_plain)| {
            if !in_plain {
                return plain((field, score));
            }
            let sql =
                format!("encode(sha256(convert_to({alias}.{}::text, 'UTF8')), 'hex')", ident(&field.name));
            Found::expression(column, sql, score - 0.1)
                .shown_as(format!("sha256 of {}", field.name))
                .noted("the code is stored in plain; record the same hash for an attempt")
        }),
        (Entity::Campaigns, "status") => status::of(column, table, alias),
        (Entity::Redemptions, "promo_code_id") | (Entity::Purchases, "applied_promo_code_id") => {
            campaign_of(table, codes).filter(|(_, s)| *s > ENOUGH).map(plain)
        }
        (Entity::Redemptions, "applied_purchase_id") => {
            purchase_of(table, orders).filter(|(_, s)| *s > ENOUGH).map(plain).or_else(|| {
                orders
                    .filter(|orders| std::ptr::eq(*orders, table))
                    .and_then(Table::key)
                    .map(|key| plain((key, 0.8)))
            })
        }
        (_, "user_id") => user(column, table, alias, chosen),
        (Entity::Campaigns, "discount_value" | "discount_percent") => discount(column, table, alias),
        (Entity::Campaigns, "max_uses_per_user") => {
            let names = synonyms::of(entity, column.name);
            let once = named(table, names, Field::is_boolean).map(|(field, score)| {
                Found::expression(
                    column,
                    format!("CASE WHEN {alias}.{} THEN 1 END::bigint", ident(&field.name)),
                    score - 0.05,
                )
                .shown_as(format!("1 where {}", field.name))
            });
            named(table, names, |f| Found::fits(column, f)).map(|(f, s)| count(column, alias, f, s)).or(once)
        }
        (_, _) if !column.words.is_empty() => status::words(entity, column, table, alias),
        _ => {
            let (field, score) =
                named(table, synonyms::of(entity, column.name), |field| Found::fits(column, field))?;
            if score < ENOUGH && column.name != "campaign_name" {
                return None;
            }
            Some(match column.family {
                Family::Count if entity == Entity::Purchases => amount(column, alias, field, score),
                Family::Count => count(column, alias, field, score),
                Family::Time => time(column, alias, field, score),
                _ => plain((field, score)),
            })
        }
    }
}

/// The key of a table that links two others.
fn pair_of_keys(
    column: &'static Column,
    table: &Table,
    alias: &str,
    codes: Option<&Table>,
    orders: Option<&Table>,
) -> Option<Found> {
    let (campaign, _) = campaign_of(table, codes)?;
    let (purchase, _) = purchase_of(table, orders)?;
    let sql =
        format!("{alias}.{}::text || '-' || {alias}.{}::text", ident(&purchase.name), ident(&campaign.name));
    Some(Found::expression(column, sql, 0.7))
}

fn user(column: &'static Column, table: &Table, alias: &str, chosen: &Chosen<'_>) -> Option<Found> {
    let users = chosen.users.as_ref().map(|c| c.table);
    let link = users
        .and_then(|users| table.link_to(users))
        .and_then(|link| table.field(&link.column))
        .map(|field| (field, 0.97));
    let (field, score) =
        link.or_else(|| named(table, synonyms::of(Entity::Attempts, "user_id"), |f| Found::fits(column, f)))?;
    (score >= ENOUGH).then(|| Found::plain(column, alias, field, score))
}

fn count(column: &'static Column, alias: &str, field: &Field, score: f64) -> Found {
    if field.is_integer() {
        return Found::plain(column, alias, field, score);
    }
    Found::expression(column, format!("{alias}.{}::bigint", ident(&field.name)), score - 0.05)
        .shown_as(&field.name)
}

fn amount(column: &'static Column, alias: &str, field: &Field, score: f64) -> Found {
    if field.nullable && column.name == "discount_stars_amount" {
        let name = format!("coalesce({alias}.{}, 0)", ident(&field.name));
        let (sql, unit) = if field.is_integer() {
            (name, "")
        } else {
            (format!("round({name} * 100)::bigint"), " in hundredths")
        };
        return Found::expression(column, sql, score - 0.03)
            .shown_as(format!("{}{unit}, null = 0", field.name));
    }
    if field.is_integer() {
        return Found::plain(column, alias, field, score);
    }
    Found::hundredths(column, alias, field, score - 0.03)
}

fn time(column: &'static Column, alias: &str, field: &Field, score: f64) -> Found {
    let at = time_of(alias, field);
    let open = match column.name {
        "valid_from" => Some("-infinity"),
        "valid_until" => Some("infinity"),
        _ => None,
    };
    match open {
        Some(open) if field.nullable => {
            Found::expression(column, format!("coalesce({at}, {})", quote_literal(open)), score)
                .shown_as(format!("{}, null = {open}", field.name))
        }
        _ if field.sql_type.base == "date" => Found::expression(column, at, score).shown_as(&field.name),
        _ => Found::plain(column, alias, field, score),
    }
}

/// The value of a discount: a percentage, an amount, or either by its type.
fn discount(column: &'static Column, table: &Table, alias: &str) -> Option<Found> {
    let (field, score) =
        named(table, synonyms::of(Entity::Campaigns, column.name), |f| Found::fits(column, f))?;
    if score < ENOUGH {
        return None;
    }
    let name = format!("{alias}.{}", ident(&field.name));
    if words(&field.name) == ["basis", "point"] {
        let sql = format!("({name} / 100)::bigint");
        return Some(Found::expression(column, sql, score).shown_as(format!("{} / 100", field.name)));
    }
    if field.is_integer() {
        return Some(Found::plain(column, alias, field, score));
    }
    // A table with a column for each kind of discount: this one is an amount of money.
    let percent = synonyms::of(Entity::Campaigns, "discount_percent");
    if column.name == "discount_value"
        && named(table, percent, |f| Found::fits(column, f)).is_some_and(|(_, score)| score >= ENOUGH)
    {
        return Some(Found::hundredths(column, alias, field, score - 0.03));
    }
    let kind = Entity::Campaigns
        .column("discount_type")
        .and_then(|kind| status::words(Entity::Campaigns, kind, table, alias));
    let sql = match kind {
        Some(kind) if column.name == "discount_value" => {
            format!(
                "(CASE WHEN {} = 'PERCENT' THEN {name} ELSE {name} * 100 END)::bigint",
                bracketed(&kind.sql)
            )
        }
        _ => format!("{name}::bigint"),
    };
    Some(
        Found::expression(column, sql, score - 0.1)
            .shown_as(&field.name)
            .noted("decimal: check whether it is per cent, a fraction or an amount"),
    )
}

fn bracketed(sql: &str) -> String {
    if sql.contains(' ') { format!("({sql})") } else { format!("{sql}::text") }
}

/// What follows from other columns, and what a shop may lawfully lack.
pub fn finish(entity: Entity, table: &Table, found: &mut Vec<Found>) {
    let has = |found: &[Found], name: &str| found.iter().any(|one| one.column.name == name);
    let sql = |found: &[Found], name: &str| {
        found.iter().find(|one| one.column.name == name).map(|one| one.sql.clone())
    };
    let add = |found: &mut Vec<Found>, name: &str, make: &dyn Fn(&'static Column) -> Found| {
        if let Some(column) = entity.column(name) {
            found.push(make(column));
        }
    };
    match entity {
        Entity::Campaigns => {
            if !has(found, "code_prefix")
                && let Some((field, ..)) = code(table)
            {
                let sql = format!("left(t.{}::text, 4)", ident(&field.name));
                add(found, "code_prefix", &|column| Found::expression(column, sql.clone(), 0.8));
            }
            if !has(found, "campaign_name")
                && let Some(id) = sql(found, "id")
            {
                let name = format!("'campaign ' || {id}::text");
                add(found, "campaign_name", &|c| {
                    Found::expression(c, name.clone(), 0.5)
                        .noted("no name was found: each code is a batch of its own")
                });
            }
            for (name, open) in [("valid_from", "-infinity"), ("valid_until", "infinity")] {
                if !has(found, name) {
                    add(found, name, &|c| {
                        Found::constant(c, open, 0.6).noted("not found: valid without a limit of time")
                    });
                }
            }
            if !has(found, "max_total_uses") {
                let none = "NULL::bigint".to_owned();
                add(found, "max_total_uses", &|c| {
                    Found::expression(c, none.clone(), 0.6).noted("not found: no limit of uses")
                });
            }
            // A table with a column for each kind of discount.
            if !has(found, "discount_type")
                && has(found, "discount_value")
                && let Some(percent) = sql(found, "discount_percent")
            {
                let kind = format!("CASE WHEN {percent} IS NOT NULL THEN 'PERCENT' ELSE 'FIXED' END");
                add(found, "discount_type", &|c| Found::expression(c, kind.clone(), 0.75));
            }
            if let Some(created) = sql(found, "created_at")
                && let Some(one) = found.iter_mut().find(|one| one.column.name == "updated_at")
                && let Some(name) = one.json.as_str()
                && table.field(name).is_some_and(|field| field.nullable)
            {
                let shown = format!("{name}, null = created_at");
                let sql = format!("coalesce({}, {created})", one.sql);
                *one = Found::expression(one.column, sql, one.confidence).shown_as(shown);
            }
            if !has(found, "updated_at") {
                let created =
                    sql(found, "created_at").unwrap_or_else(|| "'-infinity'::timestamptz".to_owned());
                add(found, "updated_at", &|c| {
                    Found::expression(c, created.clone(), 0.5).noted("not found: edits have no time")
                });
            }
        }
        Entity::Redemptions => {
            if !has(found, "status") {
                add(found, "status", &|c| {
                    Found::constant(c, "APPLIED", 0.6).noted("not found: every redemption counts as used")
                });
            }
        }
        Entity::Purchases => {
            let amount = |found: &[Found], name: &str| {
                found.iter().find(|o| o.column.name == name).map(|o| (o.sql.clone(), o.confidence))
            };
            let (base, off, net) = (
                amount(found, "base_stars_amount"),
                amount(found, "discount_stars_amount"),
                amount(found, "stars_amount"),
            );
            let make =
                |name: &str, a: (String, f64), sign: &str, b: (String, f64), found: &mut Vec<Found>| {
                    if let Some(column) = entity.column(name) {
                        let sql = format!("{} {sign} {}", a.0, b.0);
                        found.push(
                            Found::expression(column, sql, a.1.min(b.1) - 0.15)
                                .noted("computed; check for tax and shipping"),
                        );
                    }
                };
            match (base, off, net) {
                (Some(base), None, Some(net)) => make("discount_stars_amount", base, "-", net, found),
                (None, Some(off), Some(net)) => make("base_stars_amount", net, "+", off, found),
                (Some(base), Some(off), None) => make("stars_amount", base, "-", off, found),
                _ => {}
            }
        }
        Entity::Attempts | Entity::Ledger => {}
    }
    found.sort_by_key(|one| entity.columns().iter().position(|column| column.name == one.column.name));
}
