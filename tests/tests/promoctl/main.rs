//! The real promoctl against a real server.

mod commands;
mod connection;
mod manners;
mod settle;
