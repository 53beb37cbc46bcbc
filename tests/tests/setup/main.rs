//! Setup, against a real server: binding, policy, status history, rights, doctor, packaging.

mod access;
mod access_table;
mod baseline;
mod bind;
mod bind_refusals;
mod doctor;
mod encodings;
mod history;
mod keys;
mod layouts;
mod mapping;
mod nobody;
mod packaging;
mod pg_upgrade;
mod policy;
mod privileges;
mod restore;
mod scaffold;
mod scale;
mod security;
mod sessions;
mod settings;
mod signatures;
mod standby;
mod texts;
mod upgrade;
