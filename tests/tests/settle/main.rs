//! Runbook section 5, against a real server.

mod arithmetic;
mod bad_input;
mod columns;
mod discounts;
mod drift;
mod generated;
mod limits;
mod pending;
mod probe;
mod rules;
mod screen;
mod shop;
mod types;
mod window;
