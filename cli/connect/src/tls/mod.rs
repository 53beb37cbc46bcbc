//! Encryption, as libpq has it: what is asked for in [`settings`], how OpenSSL is told so in [`connector`], and whether a
//! certificate is the named server's in [`name`].
//!
//! OpenSSL, and not a TLS library in Rust, because it is what psql uses: certificates of version 1 and those that are
//! their own authority, both of which PostgreSQL's manual shows how to make, are refused by stricter libraries.

pub mod connector;
mod name;
pub mod settings;
