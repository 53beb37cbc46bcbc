//! Shared by the generator's tests: a moment to end at, and the settlement invariants.

#![allow(dead_code, reason = "each test file uses a part")]

pub mod invariants;

use promo_guard_generator::Micros;

/// 2026-01-01 21:30:00 UTC.
pub const END: Micros = Micros(1_767_303_000_000_000);
/// One minute in microseconds.
pub const MINUTE: i64 = 60_000_000;
