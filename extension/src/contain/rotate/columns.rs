//! The base table's columns, and the statement that copies a row of it.

use crate::app::RunAs;
use crate::failure::{Answer, report};
use crate::setup::relation;
use crate::{changes, db};
use pgrx::prelude::*;
use promo_guard_core::binding::quote_literal;
use promo_guard_core::campaign::PAUSED;
use promo_guard_core::{Refusal, SqlState};
use std::collections::HashSet;

/// The fewest hex digits that are unique for certain: as many bits as an id has.
const SHORTEST_KEY: usize = 16;

/// The base table's oid.
pub(super) fn table_oid(campaigns: &changes::Campaigns) -> Answer<pg_sys::Oid> {
    let (schema, name) = campaigns.relation();
    relation::find(schema, name)?.ok_or_else(|| {
        report(
            Refusal::new(
                SqlState::ObjectNotInPrerequisiteState,
                format!("the bound table {} is gone", campaigns.table()),
            )
            .hint("SELECT * FROM promo_guard.bind(promo_codes => 'schema.table');"),
        )
    })
}

/// A column.
struct Column {
    name: String,
    /// Its type as written.
    written: String,
    /// The type beneath its domains.
    base: String,
    /// Its default as an expression, or the next value of its identity.
    default: Option<String>,
    identity: bool,
    /// It has a value of its own in every row, and a default that makes one.
    own: bool,
}

/// The columns that a row is copied by; generated ones make themselves.
pub struct Columns {
    columns: Vec<Column>,
    id: String,
    hash: String,
}

impl Columns {
    /// Of the campaigns' table.
    ///
    /// # Errors
    /// 55000 where the application's campaigns have no column for the code's hash.
    pub fn read(campaigns: &changes::Campaigns) -> Answer<Self> {
        let Some(hash) = campaigns.bare_column("code_hash") else {
            return Err(report(undeclared(campaigns, "code_hash")
                .detail("A successor needs a code of its own, and rotate() writes hashes of codes, never plain codes.")
                .hint(format!("Where the application stores plain codes, or stores them in another table, create the new code there and leave this one paused. Where {} has a column of hashes: {}", campaigns.table(), declare(&["code_hash"]))),
            ));
        };
        let columns = db::read(
            include_str!("../../../../sql/query/contain/table_columns.sql"),
            &[table_oid(campaigns)?.into()],
            |row| {
                Ok(Column {
                    name: db::text(row, 1)?,
                    written: db::text(row, 2)?,
                    base: db::text(row, 3)?,
                    default: row.get(4)?,
                    identity: db::flag(row, 5)?,
                    own: db::flag(row, 6)?,
                })
            },
        )?;
        let id = campaigns.bare_column("id").unwrap_or_default();
        Ok(Self { columns, id, hash })
    }

    /// The column of the limit, which a successor has of its own.
    ///
    /// # Errors
    /// 55000 where none is known.
    pub fn limit(&self, campaigns: &changes::Campaigns) -> Answer<()> {
        if campaigns.bare_column("max_total_uses").is_some() {
            return Ok(());
        }
        Err(report(undeclared(campaigns, "max_total_uses")
            .detail("A successor may be used as often as the old code had uses left, so rotate() writes its limit.")
            .hint(format!("Where {} has a column of the limit: {} Where the limit stands in another table, create the new code in the application and leave this one paused.", campaigns.table(), declare(&["max_total_uses"]))),
        ))
    }

    fn find(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// Hashes as the column's type reads them.
    pub fn hashes_as_stored(&self, hashes: &[String]) -> Vec<String> {
        if self.find(&self.hash).is_some_and(|c| c.base == "bytea") {
            return hashes.iter().map(|hash| format!("\\x{hash}")).collect();
        }
        hashes.to_vec()
    }

    /// The keys of so many successors, where ids are numbers made of keys: from the column's default where it has one, else random
    /// ones. Where the hash is the key, it is known.
    ///
    /// # Errors
    /// 55000 where the column is too short for a random key.
    pub fn fresh_keys(&self, campaigns: &changes::Campaigns, hashes: &[String]) -> Answer<Vec<String>> {
        if self.id == self.hash {
            return Ok(hashes.to_vec());
        }
        let count = i64::try_from(hashes.len()).unwrap_or(i64::MAX);
        let key = self.find(&self.id);
        if let Some(default) = key.and_then(|c| c.default.as_deref()) {
            let sql = format!("SELECT ({default})::text FROM generate_series(1, $1::bigint)");
            let _as_owner = RunAs::restricted(campaigns.owner());
            let _path = changes::Settings::search_path(campaigns.path());
            let keys = db::run(&sql, &[count.into()], |row| row.text(1))?;
            let keys: Vec<String> = keys.into_iter().flatten().collect();
            if keys.iter().collect::<HashSet<_>>().len() as i64 == count {
                return Ok(keys);
            }
            // A constant or a null: no default that makes keys.
        }
        let random = "SELECT gen_random_uuid()::text FROM generate_series(1, $1::bigint)";
        let mut keys = db::run(random, &[count.into()], |row| db::text(row, 1))?;
        let longest =
            key.and_then(|c| c.written.rsplit_once('(')?.1.strip_suffix(')')?.parse::<usize>().ok());
        match longest {
            Some(longest) if longest < SHORTEST_KEY => Err(report(
                Refusal::new(SqlState::ObjectNotInPrerequisiteState, "no free keys were found")
                    .detail(format!(
                        "The column {} has room for {longest} characters, and its default makes none.",
                        self.id
                    ))
                    .hint("Give the column a default that makes keys."),
            )),
            Some(longest) if longest < 36 => {
                for key in &mut keys {
                    key.retain(|c| c != '-');
                    key.truncate(longest);
                }
                Ok(keys)
            }
            _ => Ok(keys),
        }
    }

    /// So many ids: from the column's default where it has one, else random ones that are free.
    pub fn fresh_ids(&self, campaigns: &changes::Campaigns, count: usize) -> Answer<Vec<i64>> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let key = self.find(&self.id);
        if let Some(default) = key.and_then(|c| c.default.as_deref()) {
            let sql = format!("SELECT ({default})::bigint FROM generate_series(1, $1::bigint)");
            let _as_owner = RunAs::restricted(campaigns.owner());
            let _path = changes::Settings::search_path(campaigns.path());
            let ids = db::run(&sql, &[count.into()], |row| row.get::<i64>(1))?;
            let ids: Vec<i64> = ids.into_iter().flatten().collect();
            let mut distinct = ids.clone();
            distinct.sort_unstable();
            distinct.dedup();
            if distinct.len() as i64 == count {
                return Ok(ids);
            }
            // A constant or a null: no default that makes ids.
        }
        let bits = match key.map(|c| c.base.as_str()) {
            Some("int2") => 15,
            Some("int4") => 31,
            _ => 63,
        };
        let mut ids: Vec<i64> = Vec::new();
        // A collision among 63 bits is not to be expected; a table of small ids may be nearly full.
        for _ in 0..50 {
            let missing = count as usize - ids.len();
            if missing == 0 {
                break;
            }
            let mut fresh = random_ids(missing, bits)?;
            fresh.extend(ids.iter().copied());
            fresh.sort_unstable();
            fresh.dedup();
            let taken = campaigns.app().read(
                "SELECT c.id::bigint FROM promo_guard.campaigns AS c WHERE c.id = ANY ($1)",
                &[fresh.clone().into()],
                |row| db::number(row, 1),
            )?;
            fresh.retain(|id| !taken.contains(id));
            ids = fresh;
        }
        if ids.len() as i64 == count {
            return Ok(ids);
        }
        Err(report(
            Refusal::new(SqlState::ObjectNotInPrerequisiteState, "no free ids were found")
                .detail(format!(
                    "The column {} has {bits} bits, too few for random ids, and no default.",
                    self.id
                ))
                .hint("Give them: new_ids => '{...}'"),
        ))
    }

    /// Copies the rows $1 (ids or keys) with hashes $2, prefixes $3, ids $4 and limits $5, made at $6: every column of theirs, but those that make
    /// their own values.
    ///
    /// # Errors
    /// 55000 where the application's word for PAUSED is not known.
    pub fn copy_sql(&self, campaigns: &changes::Campaigns) -> Answer<String> {
        let paused = quote_literal(&campaigns.status_word(PAUSED)?);
        let bound = |canonical: &str| campaigns.bare_column(canonical);
        let special: Vec<(Option<String>, &str)> = vec![
            (bound("id"), "n.new_id"),
            (bound("code_hash"), "n.hash"),
            (bound("code_prefix"), "n.prefix"),
            (bound("status"), &paused),
            (bound("max_total_uses"), "n.remaining"),
            (bound("used_total"), "0"),
            (bound("created_at"), "$6"),
            (bound("updated_at"), "$6"),
        ];
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for column in &self.columns {
            let ours = special.iter().find(|(name, _)| name.as_deref() == Some(column.name.as_str()));
            let value = match ours {
                // An explicit cast would cut a prefix that is too long; only what has no cast on assignment needs one.
                Some((_, expression)) if *expression == paused || column.base == "bytea" => {
                    format!("{expression}::{}", column.written)
                }
                Some((_, expression)) => (*expression).to_owned(),
                None if column.identity || column.own => continue,
                None => format!("t.{}", db::ident(&column.name)),
            };
            names.push(db::ident(&column.name));
            values.push(value);
        }
        Ok(format!(
            "INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE SELECT {values} FROM {table} AS t \
             JOIN unnest($1{list}, $2::text[], $3::text[], $4{list}, $5::bigint[]) AS n (old_id, hash, prefix, new_id, remaining) \
             ON t.{key} = n.old_id RETURNING 1",
            table = campaigns.table(),
            list = campaigns.key_type().unwrap_or("::bigint[]"),
            names = names.join(", "),
            values = values.join(", "),
            key = db::ident(&self.id),
        ))
    }
}

/// The call that says which columns of the campaigns' table stand for these.
pub(super) fn declare(canonical: &[&str]) -> String {
    let columns: Vec<String> =
        canonical.iter().map(|name| format!("\"{name}\": \"its name there\"")).collect();
    format!("SELECT * FROM promo_guard.bind(columns => '{{\"campaigns\": {{{}}}}}');", columns.join(", "))
}

fn undeclared(campaigns: &changes::Campaigns, canonical: &str) -> Refusal {
    Refusal::new(
        SqlState::ObjectNotInPrerequisiteState,
        format!("{} has no column for \"{canonical}\"", campaigns.table()),
    )
}

/// Positive numbers of so many bits from the server's strong random source.
fn random_ids(count: usize, bits: u32) -> Answer<Vec<i64>> {
    let mut bytes = vec![0u8; count * 8];
    // SAFETY: writes as many bytes as the buffer has.
    let had = unsafe { pg_sys::pg_strong_random(bytes.as_mut_ptr().cast(), bytes.len()) };
    if !had {
        return Err(report(
            Refusal::new(SqlState::ObjectNotInPrerequisiteState, "the server has no random numbers to give")
                .hint("Give the ids: new_ids => '{...}'"),
        ));
    }
    let number = |chunk: &[u8]| {
        let word = chunk.iter().fold(0u64, |word, byte| word << 8 | u64::from(*byte));
        i64::try_from(word >> (64 - bits)).unwrap_or(1).max(1)
    };
    Ok(bytes.chunks_exact(8).map(number).collect())
}
