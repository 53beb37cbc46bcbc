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

use std::io::Write;

use postgres::{Client, Transaction};
use promo_guard_generator::{Campaign, CampaignIdx, CodeHash, Dataset, Micros, Reason};
use uuid::Uuid;

const SCHEMA: &str = include_str!("../../sql/reference/schema.sql");
const INDEXES: &str = include_str!("../../sql/reference/indexes.sql");

/// Drops every foreign key of the schema at hand, for data that break them on purpose.
const DROP_FOREIGN_KEYS: &str = "DO $$ DECLARE c record; BEGIN
    FOR c IN SELECT conrelid::regclass AS t, conname FROM pg_constraint
             WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
    LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.t, c.conname); END LOOP; END $$";

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
    let mut row =
        Row { buffer: Vec::with_capacity(CHUNK + 4096), first: true, encoder: std::marker::PhantomData::<E> };
    E::header(&mut row.buffer);
    // A failed write has lost the connection or the COPY; finish() then gives the server's own words.
    let mut whole = true;
    for (place, item) in items.iter().enumerate() {
        E::begin(&mut row.buffer, fields);
        row.first = true;
        write(&mut row, place, item);
        E::end(&mut row.buffer);
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

/// One row under way.
struct Row<E> {
    buffer: Vec<u8>,
    first: bool,
    encoder: std::marker::PhantomData<E>,
}

impl<E: Encoder> Row<E> {
    fn field(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        E::field(&mut self.buffer, self.first, write);
        self.first = false;
    }

    fn null(&mut self) {
        E::null(&mut self.buffer, self.first);
        self.first = false;
    }

    fn int8(&mut self, value: i64) {
        self.field(|out| E::int8(out, value));
    }

    fn int4(&mut self, value: i32) {
        self.field(|out| E::int4(out, value));
    }

    fn bool(&mut self, value: bool) {
        self.field(|out| E::bool(out, value));
    }

    fn text(&mut self, value: &str) {
        self.field(|out| E::text(out, value));
    }

    /// Text that needs no escaping in any format.
    fn ascii(&mut self, value: &[u8]) {
        self.field(|out| out.extend_from_slice(value));
    }

    fn json(&mut self, value: &str) {
        self.field(|out| E::json(out, value));
    }

    fn uuid(&mut self, value: Uuid) {
        self.field(|out| E::uuid(out, value));
    }

    fn time(&mut self, value: Micros) {
        self.field(|out| E::time(out, value));
    }

    fn opt_int8(&mut self, value: Option<i64>) {
        match value {
            Some(value) => self.int8(value),
            None => self.null(),
        }
    }

    fn opt_int4(&mut self, value: Option<i32>) {
        match value {
            Some(value) => self.int4(value),
            None => self.null(),
        }
    }

    fn opt_time(&mut self, value: Option<Micros>) {
        match value {
            Some(value) => self.time(value),
            None => self.null(),
        }
    }
}

/// One of COPY's formats.
trait Encoder {
    const FORMAT: &'static str;
    fn header(out: &mut Vec<u8>);
    fn trailer(out: &mut Vec<u8>);
    fn begin(out: &mut Vec<u8>, fields: i16);
    fn end(out: &mut Vec<u8>);
    fn field(out: &mut Vec<u8>, first: bool, write: impl FnOnce(&mut Vec<u8>));
    fn null(out: &mut Vec<u8>, first: bool);
    fn int8(out: &mut Vec<u8>, value: i64);
    fn int4(out: &mut Vec<u8>, value: i32);
    fn bool(out: &mut Vec<u8>, value: bool);
    fn text(out: &mut Vec<u8>, value: &str);
    fn json(out: &mut Vec<u8>, value: &str);
    fn uuid(out: &mut Vec<u8>, value: Uuid);
    fn time(out: &mut Vec<u8>, value: Micros);
}

/// `COPY … (FORMAT binary)`, for the reference schema's types.
struct Binary;

/// 2000-01-01 in microseconds since 1970-01-01: where the server's clock starts.
const SERVER_EPOCH: i64 = 946_684_800_000_000;

impl Encoder for Binary {
    const FORMAT: &'static str = "binary";

    fn header(out: &mut Vec<u8>) {
        out.extend_from_slice(b"PGCOPY\n\xff\r\n\0");
        out.extend_from_slice(&[0; 8]);
    }

    fn trailer(out: &mut Vec<u8>) {
        out.extend_from_slice(&(-1_i16).to_be_bytes());
    }

    fn begin(out: &mut Vec<u8>, fields: i16) {
        out.extend_from_slice(&fields.to_be_bytes());
    }

    fn end(_: &mut Vec<u8>) {}

    fn field(out: &mut Vec<u8>, _: bool, write: impl FnOnce(&mut Vec<u8>)) {
        let start = out.len();
        out.extend_from_slice(&[0; 4]);
        write(out);
        let length = i32::try_from(out.len() - start - 4).expect("a field is shorter than 2 GB");
        out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }

    fn null(out: &mut Vec<u8>, _: bool) {
        out.extend_from_slice(&(-1_i32).to_be_bytes());
    }

    fn int8(out: &mut Vec<u8>, value: i64) {
        out.extend_from_slice(&value.to_be_bytes());
    }

    fn int4(out: &mut Vec<u8>, value: i32) {
        out.extend_from_slice(&value.to_be_bytes());
    }

    fn bool(out: &mut Vec<u8>, value: bool) {
        out.push(u8::from(value));
    }

    fn text(out: &mut Vec<u8>, value: &str) {
        out.extend_from_slice(value.as_bytes());
    }

    fn json(out: &mut Vec<u8>, value: &str) {
        // jsonb's wire format: a version, then the text.
        out.push(1);
        out.extend_from_slice(value.as_bytes());
    }

    fn uuid(out: &mut Vec<u8>, value: Uuid) {
        out.extend_from_slice(value.as_bytes());
    }

    fn time(out: &mut Vec<u8>, value: Micros) {
        out.extend_from_slice(&(value.0 - SERVER_EPOCH).to_be_bytes());
    }
}

/// `COPY … (FORMAT text)`, for tables with other types.
struct Text;

impl Encoder for Text {
    const FORMAT: &'static str = "text";

    fn header(_: &mut Vec<u8>) {}

    fn trailer(_: &mut Vec<u8>) {}

    fn begin(_: &mut Vec<u8>, _: i16) {}

    fn end(out: &mut Vec<u8>) {
        out.push(b'\n');
    }

    fn field(out: &mut Vec<u8>, first: bool, write: impl FnOnce(&mut Vec<u8>)) {
        if !first {
            out.push(b'\t');
        }
        write(out);
    }

    fn null(out: &mut Vec<u8>, first: bool) {
        Self::field(out, first, |out| out.extend_from_slice(b"\\N"));
    }

    fn int8(out: &mut Vec<u8>, value: i64) {
        out.extend_from_slice(value.to_string().as_bytes());
    }

    fn int4(out: &mut Vec<u8>, value: i32) {
        out.extend_from_slice(value.to_string().as_bytes());
    }

    fn bool(out: &mut Vec<u8>, value: bool) {
        out.push(if value { b't' } else { b'f' });
    }

    fn text(out: &mut Vec<u8>, value: &str) {
        for byte in value.bytes() {
            match byte {
                b'\\' => out.extend_from_slice(b"\\\\"),
                b'\n' => out.extend_from_slice(b"\\n"),
                b'\r' => out.extend_from_slice(b"\\r"),
                b'\t' => out.extend_from_slice(b"\\t"),
                _ => out.push(byte),
            }
        }
    }

    fn json(out: &mut Vec<u8>, value: &str) {
        Self::text(out, value);
    }

    fn uuid(out: &mut Vec<u8>, value: Uuid) {
        out.extend_from_slice(value.to_string().as_bytes());
    }

    fn time(out: &mut Vec<u8>, value: Micros) {
        let when = chrono::DateTime::from_timestamp_micros(value.0).expect("a time that the calendar holds");
        out.extend_from_slice(when.format("%Y-%m-%d %H:%M:%S%.6f+00").to_string().as_bytes());
    }
}
