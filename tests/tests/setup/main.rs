//! Setup, against a real server: binding, policy, status history, rights, doctor, packaging.

mod bind;
mod bind_refusals;
mod doctor;
mod history;
mod kept;
mod packaging;
mod policy;
mod privileges;
mod scale;
mod security;
mod signatures;
mod standby;
mod upgrade;
