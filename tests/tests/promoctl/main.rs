//! The real promoctl against a real server.

mod commands;
mod connection;
mod generated;
mod manners;
mod settle;
