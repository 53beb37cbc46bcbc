//! The real promoctl against a real server.

mod clusters;
mod commands;
mod connection;
mod generated;
mod manners;
mod settle;
