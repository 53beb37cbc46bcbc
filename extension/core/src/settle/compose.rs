//! From the rules that can run to one statement.
//!
//! Every row is looked at once, by the disjunction of all predicates; only the few rows that break one of them are then
//! spread out, a line for each rule that they break. The parameters are the same in every file:
//!
//! * `$1`, `$2`: the window;
//! * `$3`: what happened after it is within policy `settle_grace`; `$4`: the same for `payment_grace`;
//! * `$5`: only this campaign; null = all;
//! * `$6`: how many rows; null = all (in `touched.sql` the campaigns made or edited in the window, null = not known);
//! * `$7`: not used;
//! * `$8`, `$9`, `$10`: the campaigns touched in the window, how many of their redemptions are applied and how many ever were,
//!   found before: as lists, they let workers share what follows;
//! * `$11`: the seed of hashes; `$12`, `$13`: what a screening found doubtful, by class; `$14`: which users may have used a
//!   campaign more than once, null = all.

use super::arithmetic::Arithmetic;
use super::rule::{Rule, Scope};
use super::screen::{Look, campaign_use, window};
use crate::binding::{Entity, quote_literal};
use std::collections::HashMap;
use std::fmt::Write as _;

/// Which of the rows that break an invariant are wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// Those whose time is up.
    Violations,
    /// Those that are still within their time as well.
    WithPending,
}

/// The predicate of a rule. The invariant's own part comes first: it is what a healthy row fails soonest.
fn predicate(rule: Rule, wanted: Wanted) -> String {
    let sections = rule.sections();
    let mut sql = format!("{} AND {}", sections.expression("broken"), sections.expression("checked"));
    if wanted == Wanted::Violations && sections.get("pending").is_some() {
        let _ = write!(sql, " AND {} IS NOT TRUE", sections.expression("pending"));
    }
    sql
}

/// The disjunction of the rules' predicates. Rules that find no fault with the same rows (their section `skips`, which their
/// predicates imply) are passed over together: most rows are settled, and ten rules have nothing to say of those.
fn any_of(rules: &[Rule], wanted: Wanted) -> String {
    let mut groups: Vec<(Option<&str>, Vec<String>)> = Vec::new();
    for rule in rules {
        let skips = rule.sections().get("skips");
        let predicate = format!("({})", predicate(*rule, wanted));
        match groups.iter_mut().find(|(s, _)| *s == skips) {
            Some((_, group)) => group.push(predicate),
            None => groups.push((skips, vec![predicate])),
        }
    }
    let groups = groups.into_iter().map(|(skips, group)| {
        let any = group.join("\n    OR ");
        skips.map_or_else(|| any.clone(), |skips| format!("(({skips}\n) IS NOT TRUE AND ({any}))"))
    });
    groups.collect::<Vec<_>>().join("\n    OR ")
}

/// `WITH`, and the relations that these rules look at.
fn bases(rules: &[Rule], look: Look<'_>, how: &Arithmetic) -> String {
    let mut sql = window();
    for scope in Scope::ALL.iter().filter(|scope| rules.iter().any(|r| r.scope() == **scope)) {
        let relation = match scope {
            Scope::Pair => {
                format!("{},\n{}", look.sql(how).trim_end(), materialised(look, &how.pair()))
            }
            Scope::Campaign => campaign_use(&materialised(look, scope.sql()), how),
            Scope::Ledger => scope.sql().to_owned(),
        };
        let _ = write!(sql, ",\n{}", relation.trim_end());
    }
    sql
}

/// The relation of a scope; of one campaign it is materialised (see `of_campaign.sql`).
fn materialised(look: Look<'_>, sql: &str) -> String {
    let Some(names) = matches!(look, Look::OfCampaign).then_some(["pair", "campaign_use"]) else {
        return sql.to_owned();
    };
    names.into_iter().fold(sql.to_owned(), |sql, name| {
        sql.replace(&format!("\n{name} AS NOT MATERIALIZED"), &format!("\n{name} AS MATERIALIZED"))
    })
}

/// Campaigns touched in the window: id, and redemptions in the window.
pub fn touched(how: &Arithmetic) -> String {
    how.fill(&format!("{}\n{}", window(), include_str!("../../../../sql/query/settle/base/touched.sql")))
}

/// Of these campaigns: redemptions applied, and redemptions ever applied.
pub const USES: &str = include_str!("../../../../sql/query/settle/base/uses.sql");

/// The line that a broken row gives for one rule.
fn line(rule: Rule, wanted: Wanted, how: &Arithmetic) -> String {
    let sections = rule.sections();
    let severity = how.severity(rule);
    // A rule that policy made a warning comes after the critical ones.
    let after = if severity == rule.severity() { 0 } else { Rule::ALL.len() };
    let position = after + Rule::ALL.iter().position(|r| *r == rule).unwrap_or_default();
    format!(
        "SELECT {position} AS position, '{}' AS rule, '{}' AS severity, {} IS TRUE AS pending, {} AS subject,
                x.campaign_id::bigint AS campaign_id, x.redemption_id::text AS redemption_id,
                x.shown_purchase_id::text AS purchase_id, x.user_id::bigint AS user_id,
                {}::text AS expected, {}::text AS actual, {}::text AS detail
         WHERE {}",
        rule.name(),
        severity.name(),
        sections.expression("pending"),
        rule.subject().key(),
        sections.expression("expected"),
        sections.expression("actual"),
        sections.expression("detail"),
        predicate(rule, wanted),
    )
}

/// `found`: a line for each rule that a row breaks, one a subject.
fn found(rules: &[Rule], wanted: Wanted, how: &Arithmetic) -> String {
    let scopes = Scope::ALL.iter().filter_map(|scope| {
        let here: Vec<Rule> = rules.iter().copied().filter(|r| r.scope() == *scope).collect();
        if here.is_empty() {
            return None;
        }
        let lines: Vec<_> = here.iter().map(|r| line(*r, wanted, how)).collect();
        Some(format!(
            "SELECT f.* FROM (SELECT * FROM {} AS x WHERE {}) AS x\nCROSS JOIN LATERAL (\n{}\n) AS f",
            scope.relation(),
            any_of(&here, wanted),
            lines.join("\nUNION ALL\n")
        ))
    });
    let scopes: Vec<_> = scopes.collect();
    format!(
        "found AS (
    SELECT DISTINCT ON (a.position, a.subject COLLATE \"C\") a.*
    FROM (\n{}\n) AS a
    ORDER BY a.position, a.subject COLLATE \"C\", a.redemption_id COLLATE \"C\"
)",
        scopes.join("\nUNION ALL\n")
    )
}

/// Every violation of these rules, worst first: rule, severity, campaign_id, redemption_id, purchase_id, user_id, expected,
/// actual, detail.
pub fn violations(rules: &[Rule], look: Look<'_>, how: &Arithmetic) -> String {
    how.fill(&format!(
        "{},\n{}\nSELECT f.rule, f.severity, f.campaign_id, f.redemption_id, f.purchase_id, f.user_id, f.expected, f.actual, f.detail
FROM found AS f
ORDER BY f.position, f.subject COLLATE \"C\"
LIMIT $6",
        bases(rules, look, how),
        found(rules, Wanted::Violations, how)
    ))
}

/// Columns of words that every rule goes by, each with its entity, the row's id and the word in a pair.
const WORDS: [(&str, Entity, &str, &str); 2] = [
    ("redemptions.status", Entity::Redemptions, "redemption_id", "redemption_status"),
    ("purchases.status", Entity::Purchases, "purchase_id", "purchase_status"),
];

/// Why a rule that found nothing may have missed something: the columns of [`WORDS`] with words that no rule knows, whose rows the
/// rules pass over. `counts` is what [`checked`] or [`counted`] gave. None where every word is known.
pub fn unmapped_words(counts: &HashMap<String, i64>) -> Option<String> {
    let names: Vec<&str> =
        WORDS.iter().map(|word| word.0).filter(|name| counts.get(*name).is_some_and(|n| *n > 0)).collect();
    let has = if names.len() > 1 { "have" } else { "has" };
    (!names.is_empty())
        .then(|| format!("{} {has} values that no rule knows; doctor() lists them", names.join(" and ")))
}

/// Of each such column, how many rows have a word that no rule knows. Counted in the pass over the pairs.
fn unmapped() -> impl Iterator<Item = (&'static str, String)> {
    WORDS.into_iter().map(|(name, entity, id, word)| {
        let known = entity.column("status").map_or(&[][..], |column| column.words);
        let known: Vec<String> = known.iter().map(|word| quote_literal(word)).collect();
        let known = known.join(", ");
        (name, format!("count(*) FILTER (WHERE x.{id} IS NOT NULL AND (x.{word} IS NULL OR x.{word}::text NOT IN ({known})))"))
    })
}

/// What these rules looked at, of all rows: rule, checked; and each of [`WORDS`] with the rows that have a word that no rule knows.
pub fn checked(rules: &[Rule], how: &Arithmetic) -> String {
    let counted =
        by_scope(rules, |rule| format!("count(*) FILTER (WHERE {})", rule.sections().expression("checked")));
    how.fill(&format!("{}\n{counted}", bases(rules, Look::Everything, how)))
}

/// A number for each of these rules, counted in one pass over each relation, and those of [`unmapped`].
fn by_scope(rules: &[Rule], number: impl Fn(Rule) -> String) -> String {
    let scopes = Scope::ALL.iter().filter_map(|scope| {
        let here: Vec<Rule> = rules.iter().copied().filter(|r| r.scope() == *scope).collect();
        if here.is_empty() {
            return None;
        }
        let mut numbers: Vec<(&str, String)> = here.iter().map(|r| (r.name(), number(*r))).collect();
        if *scope == Scope::Pair {
            numbers.extend(unmapped());
        }
        let alias = |name: &str| name.replace('.', "_");
        let names: Vec<_> = numbers.iter().map(|(name, _)| format!("('{name}', n.{})", alias(name))).collect();
        let numbers: Vec<_> = numbers.iter().map(|(name, sql)| format!("{sql} AS {}", alias(name))).collect();
        Some(format!(
            "SELECT k.rule, k.n FROM (SELECT {}\nFROM {} AS x) AS n\nCROSS JOIN LATERAL (VALUES {}) AS k (rule, n)",
            numbers.join(",\n"),
            scope.relation(),
            names.join(", ")
        ))
    });
    scopes.collect::<Vec<_>>().join("\nUNION ALL\n")
}

/// How many violations of each of these rules there are: rule, violations. As many as [`violations`] has lines; to count them
/// without saying what they are takes a fraction of the time to plan, and with one campaign that is most of it.
pub fn counted(rules: &[Rule], look: Look<'_>, how: &Arithmetic) -> String {
    how.fill(&format!(
        "{}\n{}",
        bases(rules, look, how),
        by_scope(rules, |rule| format!(
            // A key that is null is one subject, as it is to DISTINCT ON.
            "count(DISTINCT coalesce({}, '') COLLATE \"C\") FILTER (WHERE {})",
            rule.subject().key(),
            predicate(rule, Wanted::Violations)
        ))
    ))
}

/// What these rules found: rule, violations, pending; only rules that found something.
pub fn summary(rules: &[Rule], look: Look<'_>, how: &Arithmetic) -> String {
    how.fill(&format!(
        "{},\n{}
SELECT f.rule, count(*) FILTER (WHERE NOT f.pending) AS violations, count(*) FILTER (WHERE f.pending) AS pending
FROM found AS f
GROUP BY f.rule",
        bases(rules, look, how),
        found(rules, Wanted::WithPending, how),
    ))
}

/// Drift by bucket, with the ledger's columns or without. Its own parameters: `$6` the bucket in microseconds, `$7` how many.
pub fn drift(ledger: bool, how: &Arithmetic) -> String {
    const BUCKET: &str = include_str!("../../../../sql/query/settle/drift/bucket.sql");
    const LEDGER: &str = include_str!("../../../../sql/query/settle/drift/ledger.sql");
    const NO_LEDGER: &str = include_str!("../../../../sql/query/settle/drift/no_ledger.sql");
    const DRIFT: &str = include_str!("../../../../sql/query/settle/drift/drift.sql");
    let (rules, booked): (&[Rule], _) = if ledger {
        (&[Rule::WrongDiscount, Rule::CreditedNotInLedger], LEDGER)
    } else {
        (&[Rule::WrongDiscount], NO_LEDGER)
    };
    how.fill(&[&bases(rules, Look::Everything, how), BUCKET, booked, DRIFT].map(str::trim_end).join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_predicate_is_in_the_statement_and_nothing_of_rules_that_cannot_run() {
        let all = violations(Rule::ALL, Look::Everything, &Arithmetic::default());
        for rule in Rule::ALL {
            assert!(all.contains(&format!("'{}' AS rule", rule.name())));
            let broken = Arithmetic::default().fill(rule.sections().get("broken").unwrap());
            assert!(all.contains(&broken), "{}", rule.name());
        }
        let some = violations(&[Rule::DanglingPurchase], Look::Everything, &Arithmetic::default());
        assert!(!some.contains("promo_guard.ledger") && !some.contains("campaign_use"));
        assert!(checked(&[Rule::DanglingPurchase], &Arithmetic::default()).contains("AS dangling_purchase"));
        assert!(!drift(false, &Arithmetic::default()).contains("promo_guard.ledger"));
    }

    #[test]
    fn brackets_and_quotes_balance_and_no_placeholder_is_left_under_any_policy() {
        let odd = Arithmetic {
            rounding: super::super::Rounding::HalfEven,
            tolerance: 1,
            several_codes: true,
            partial_refunds_keep: true,
            accounts_merge: true,
            nobody: vec![0, -1],
            counts_applied: true,
            counts_applied_by_type: vec![("GRANT".to_owned(), false)],
            columns: super::super::Columns { currency: true, discount_currency: true, refunded: true },
        };
        let usual = Arithmetic::default();
        let all = [&usual, &odd].into_iter().flat_map(|how| {
            [
                violations(Rule::ALL, Look::Everything, how),
                summary(Rule::ALL, Look::OfCampaign, how),
                checked(Rule::ALL, how),
                counted(Rule::ALL, Look::OfCampaign, how),
                drift(true, how),
                drift(false, how),
                touched(how),
            ]
        });
        for sql in all {
            let code: String =
                sql.lines().map(|l| l.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
            let outside: String = code.split('\'').step_by(2).collect();
            assert_eq!(code.matches('\'').count() % 2, 0);
            assert!(!outside.replace("::", "").contains(':'), "{outside}");
            assert_eq!(outside.matches('(').count(), outside.matches(')').count());
        }
    }
}
