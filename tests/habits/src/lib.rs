//! Small shops with habits of their own, and incidents whose truth is known.
//!
//! [`story::shop`] makes the shop of a seed: plain rows of the four tables, our own records, and the truth. It models
//! what people, attackers and operators do; the application answers them as DOMAIN describes. How a verdict is
//! reached plays no part in it.

pub mod app;
pub mod bayes;
pub mod fit;
pub mod former;
pub mod gather;
pub mod habits;
pub mod incidents;
pub mod people;
pub mod rng;
pub mod rows;
pub mod score;
pub mod story;
pub mod truth;
pub mod view;
