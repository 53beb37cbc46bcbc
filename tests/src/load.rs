//! Puts a generated [`Dataset`] into a database: COPY, indexes last, then ANALYZE.
//!
//! ```no_run
//! # fn main() -> Result<(), postgres::Error> {
//! use promo_guard_generator::{Config, Micros, generate};
//! use promo_guard_tests::load::{LoadOptions, load};
//!
//! let mut client = postgres::Client::connect("host=/tmp user=postgres", postgres::NoTls)?;
//! let data = generate(&Config::small(1, Micros(1_767_268_800_000_000)));
//! load(&mut client, &data, &LoadOptions::default())?;
//! # Ok(()) }
//! ```

mod encode;

use std::io::Write;

use self::encode::{Binary, Encoder, Row, Text};
use postgres::{Client, Transaction};
use promo_guard_generator::{Campaign, CampaignIdx, CodeHash, Dataset, Reason};

const SCHEMA: &str = include_str!("../../sql/reference/schema.sql");
const INDEXES: &str = include_str!("../../sql/reference/indexes.sql");
const DROP_FOREIGN_KEYS: &str = include_str!("load/drop_foreign_keys.sql");

/// How the rows travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CopyFormat {
    /// The fastest; the columns must have the reference schema's types.
    #[default]
    Binary,
    /// Any column type that can read the text of a value: ids as text, hashes as varchar, times as timestamp.
    Text,
}

/// The tables to fill; each name is used as written, so a quoted or qualified one may be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableNames {
    /// The campaigns.
    pub promo_codes: String,
    /// The attempts.
    pub promo_attempts: String,
    /// The redemptions.
    pub promo_redemptions: String,
    /// The purchases.
    pub purchases: String,
    /// The ledger; `None` = there is none, its rows are left out.
    pub ledger: Option<String>,
}

impl Default for TableNames {
    fn default() -> Self {
        Self {
            promo_codes: "promo_codes".into(),
            promo_attempts: "promo_attempts".into(),
            promo_redemptions: "promo_redemptions".into(),
            purchases: "purchases".into(),
            ledger: Some("ledger".into()),
        }
    }
}

/// How to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadOptions {
    /// The schema to create and to load into; `None` = wherever the search_path leads.
    pub schema: Option<String>,
    /// Whether to create the tables of the reference schema; otherwise those of `tables` must be there.
    pub create_tables: bool,
    /// Whether created tables keep their foreign keys; data with dangling purchases need them gone.
    pub foreign_keys: bool,
    /// Whether to create the reference indexes after the rows are in (only on created tables).
    pub indexes: bool,
    /// Whether created tables skip the write-ahead log: faster, and enough for a benchmark on one server.
    pub unlogged: bool,
    /// The tables to fill; other names than the reference ones only where `create_tables` is off.
    pub tables: TableNames,
    /// How the rows travel.
    pub format: CopyFormat,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            schema: None,
            create_tables: true,
            foreign_keys: true,
            indexes: true,
            unlogged: false,
            tables: TableNames::default(),
            format: CopyFormat::Binary,
        }
    }
}

impl LoadOptions {
    /// Into a schema of this name, created where it is missing.
    #[must_use]
    pub fn into_schema(schema: &str) -> Self {
        Self { schema: Some(schema.to_owned()), ..Self::default() }
    }

    /// The same without foreign keys.
    #[must_use]
    pub fn without_foreign_keys(self) -> Self {
        Self { foreign_keys: false, ..self }
    }
}

/// The rows that went in, by table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Loaded {
    /// Into the campaigns' table.
    pub promo_codes: u64,
    /// Into the attempts' table.
    pub promo_attempts: u64,
    /// Into the redemptions' table.
    pub promo_redemptions: u64,
    /// Into the purchases' table.
    pub purchases: u64,
    /// Into the ledger.
    pub ledger: u64,
}

/// Loads a dataset in one transaction, then analyses the tables. The session's search_path is left as it was.
///
/// # Errors
/// What the server answers: 42P07 where the tables exist already, 42P01 where they are to exist and do not, 23503
/// where the data dangle and the foreign keys are kept.
pub fn load(client: &mut Client, data: &Dataset, options: &LoadOptions) -> Result<Loaded, postgres::Error> {
    let mut transaction = client.transaction()?;
    if let Some(schema) = &options.schema {
        let quoted = quote(schema);
        if options.create_tables {
            transaction.batch_execute(&format!("CREATE SCHEMA IF NOT EXISTS {quoted}"))?;
        }
        transaction.batch_execute(&format!("SET LOCAL search_path = {quoted}"))?;
    }
    if options.create_tables {
        let schema = if options.unlogged {
            SCHEMA.replace("CREATE TABLE", "CREATE UNLOGGED TABLE")
        } else {
            SCHEMA.to_owned()
        };
        transaction.batch_execute(&schema)?;
        if !options.foreign_keys {
            transaction.batch_execute(DROP_FOREIGN_KEYS)?;
        }
    }
    let loaded = match options.format {
        CopyFormat::Binary => copy_all::<Binary>(&mut transaction, data, &options.tables)?,
        CopyFormat::Text => copy_all::<Text>(&mut transaction, data, &options.tables)?,
    };
    if options.create_tables && options.indexes {
        transaction.batch_execute(INDEXES)?;
    }
    let names = &options.tables;
    let filled = [&names.promo_codes, &names.promo_attempts, &names.promo_redemptions, &names.purchases];
    for table in filled.into_iter().chain(&names.ledger) {
        transaction.batch_execute(&format!("ANALYZE {table}"))?;
    }
    transaction.commit()?;
    Ok(loaded)
}

/// A name as a quoted identifier.
fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn copy_all<E: Encoder>(
    transaction: &mut Transaction<'_>,
    data: &Dataset,
    tables: &TableNames,
) -> Result<Loaded, postgres::Error> {
    // The hex of every code once, not once an attempt.
    let hex: Vec<[u8; 64]> = data.codes.hashes().iter().map(CodeHash::hex).collect();
    let id = |campaign: CampaignIdx| data.campaign(campaign).id.0;
    let mut loaded = Loaded {
        promo_codes: copy::<E, _>(
            transaction,
            &tables.promo_codes,
            CAMPAIGN_COLUMNS,
            &data.campaigns,
            |row, _, campaign| write_campaign(row, campaign, &hex[campaign.code.0 as usize]),
        )?,
        ..Loaded::default()
    };
    loaded.promo_attempts = copy::<E, _>(
        transaction,
        &tables.promo_attempts,
        "id, user_id, normalized_code_hash, result, source, attempted_at, metadata",
        &data.attempts,
        |row, place, attempt| {
            row.int8(place as i64 + 1);
            row.opt_int8(attempt.user.map(|user| user.get()));
            row.ascii(&hex[attempt.code.0 as usize]);
            row.text(attempt.result.as_str());
            row.text(attempt.source.as_str());
            row.time(attempt.at);
            row.json(metadata(attempt.reason));
        },
    )?;
    loaded.purchases = copy::<E, _>(
        transaction,
        &tables.purchases,
        "id, user_id, product_code, base_stars_amount, discount_stars_amount, stars_amount, status, \
         applied_promo_code_id, created_at, paid_at, credited_at, refunded_at",
        &data.purchases,
        |row, _, purchase| {
            row.uuid(purchase.id);
            row.int8(purchase.user.get());
            row.text(purchase.product_code);
            row.int4(purchase.base.0);
            row.int4(purchase.discount.0);
            row.int4(purchase.stars.0);
            row.text(purchase.status.as_str());
            row.opt_int8(purchase.applied_promo.map(id));
            row.time(purchase.created_at);
            row.opt_time(purchase.paid_at);
            row.opt_time(purchase.credited_at);
            row.opt_time(purchase.refunded_at);
        },
    )?;
    loaded.promo_redemptions = copy::<E, _>(
        transaction,
        &tables.promo_redemptions,
        "id, promo_code_id, user_id, status, reserved_until, applied_purchase_id, validation_snapshot, created_at, \
         applied_at, updated_at",
        &data.redemptions,
        |row, _, redemption| {
            row.uuid(redemption.id);
            row.int8(id(redemption.campaign));
            row.int8(redemption.user.get());
            row.text(redemption.status.as_str());
            row.opt_time(redemption.reserved_until);
            match redemption.applied_purchase_id {
                Some(purchase) => row.uuid(purchase),
                None => row.null(),
            }
            match redemption.snapshot {
                Some(snapshot) => row.json(&snapshot.to_json()),
                None => row.null(),
            }
            row.time(redemption.created_at);
            row.opt_time(redemption.applied_at);
            row.time(redemption.updated_at);
        },
    )?;
    if let Some(ledger) = &tables.ledger {
        loaded.ledger = copy::<E, _>(
            transaction,
            ledger,
            "id, purchase_id, entry, amount, created_at",
            &data.ledger,
            |row, place, entry| {
                row.int8(place as i64 + 1);
                row.uuid(entry.purchase_id);
                row.text(entry.entry.as_str());
                row.int4(entry.amount.0);
                row.time(entry.created_at);
            },
        )?;
    }
    Ok(loaded)
}

const CAMPAIGN_COLUMNS: &str = "id, code_hash, code_prefix, campaign_name, promo_type, grant_premium_days, \
    discount_type, discount_value, discount_percent, applicable_products, target_scope, status, valid_from, \
    valid_until, max_total_uses, used_total, max_uses_per_user, new_users_only, first_purchase_only, created_at, \
    updated_at";

fn write_campaign<E: Encoder>(row: &mut Row<E>, campaign: &Campaign, hex: &[u8; 64]) {
    row.int8(campaign.id.0);
    row.ascii(hex);
    row.text(&campaign.code_prefix);
    row.text(&campaign.campaign_name);
    row.text(campaign.promo_type.as_str());
    row.opt_int4(campaign.grant_premium_days);
    match campaign.discount_type {
        Some(kind) => row.text(kind.as_str()),
        None => row.null(),
    }
    row.opt_int4(campaign.discount_value);
    row.opt_int4(campaign.discount_percent);
    match &campaign.applicable_products {
        Some(products) => row.json(&serde_json::Value::from(products.clone()).to_string()),
        None => row.null(),
    }
    row.text(&campaign.target_scope);
    row.text(campaign.status.as_str());
    row.time(campaign.valid_from);
    row.time(campaign.valid_until);
    row.opt_int4(campaign.max_total_uses);
    row.int4(campaign.used_total);
    row.int4(campaign.max_uses_per_user);
    row.bool(campaign.new_users_only);
    row.bool(campaign.first_purchase_only);
    row.time(campaign.created_at);
    row.time(campaign.updated_at);
}

/// The JSON of an attempt's metadata.
fn metadata(reason: Reason) -> &'static str {
    match reason {
        Reason::None => "{}",
        Reason::AlreadyUsed => r#"{"reason": "ALREADY_USED"}"#,
        Reason::Depleted => r#"{"reason": "DEPLETED"}"#,
        Reason::NewUsersOnly => r#"{"reason": "NEW_USERS_ONLY"}"#,
        Reason::FirstPurchaseOnly => r#"{"reason": "FIRST_PURCHASE_ONLY"}"#,
    }
}

/// Bytes gathered before they are handed to the connection.
const CHUNK: usize = 1 << 18;

/// Copies rows into a table; answers how many went in.
fn copy<E: Encoder, T>(
    transaction: &mut Transaction<'_>,
    table: &str,
    columns: &str,
    items: &[T],
    mut write: impl FnMut(&mut Row<E>, usize, &T),
) -> Result<u64, postgres::Error> {
    let fields = columns.split(',').count() as i16;
    let statement = format!("COPY {table} ({columns}) FROM STDIN (FORMAT {})", E::FORMAT);
    let mut writer = transaction.copy_in(&statement)?;
    let mut row = Row::<E>::new(CHUNK + 4096);
    E::header(&mut row.buffer);
    // A failed write has lost the connection or the COPY; finish() then gives the server's own words.
    let mut whole = true;
    for (place, item) in items.iter().enumerate() {
        row.begin(fields);
        write(&mut row, place, item);
        row.end();
        if row.buffer.len() >= CHUNK {
            whole = writer.write_all(&row.buffer).is_ok();
            row.buffer.clear();
            if !whole {
                break;
            }
        }
    }
    if whole {
        E::trailer(&mut row.buffer);
        // As above.
        let _ = writer.write_all(&row.buffer);
    }
    writer.finish()
}
