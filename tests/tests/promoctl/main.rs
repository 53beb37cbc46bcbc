//! The real promoctl against a real server.

mod advice;
mod announce;
mod bounded;
mod clusters;
mod commands;
mod connection;
mod contain;
mod every_command;
mod first_screen;
mod generated;
mod help;
mod lost;
mod lost_anywhere;
mod lost_at_commit;
mod manners;
mod pooler;
mod references;
mod rotate;
mod screen;
mod settle;
mod triage;
mod watch;
