//! promo_guard: the promo incident runbook as guarded functions inside PostgreSQL.
//!
//! This crate is the imperative shell: SQL in, SQL out. It looks things up through the adapter views, hands them to
//! `promo-guard-core`, and writes down what was decided. A module is a section of the runbook, under the same name as in
//! core, in `sql/install` and in promoctl.
//!
//! The SQL of every function is written by hand in `sql/install` (`sql = false` below): arguments, defaults, settings,
//! comments and privileges stand in one place. `make install` and cargo-pgrx install the same script (`install_script.rs`).

#![expect(clippy::result_large_err, reason = "pgrx reports an ErrorReport by value and nothing else")]
#![expect(
    clippy::type_complexity,
    reason = "pgrx reads the columns of an answer off the function's own signature"
)]
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::todo))]

mod announce;
mod app;
mod bake;
mod changes;
mod citus;
mod classify;
mod clusters;
mod contain;
mod db;
mod encoding;
mod escalate;
mod failure;
mod install_script;
mod json;
mod keys;
mod memory;
mod records;
mod report;
mod settle;
mod setup;
mod spool;
mod triage;
mod unpause;
mod varlena;
mod window;

::pgrx::pg_module_magic!(name, version);

/// Called by the server when it loads the library.
#[allow(non_snake_case, reason = "the server asks for it by this name")]
#[pgrx::pg_guard]
pub extern "C-unwind" fn _PG_init() {
    if let Err(error) = encoding::must_be_utf8_in_a_statement() {
        error.report(pgrx::PgLogLevel::ERROR);
    }
    memory::keep_reserve();
}
