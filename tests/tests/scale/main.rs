//! Beyond one table and one server: partitions, foreign servers, Citus. Every reading function gives what it gives on plain tables.

mod calls;
mod citus;
mod citus_kills;
mod foreign;
mod partitions;
mod shop;
