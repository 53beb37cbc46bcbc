//! What the application's tables are to us: five entities with canonical columns, and how a column of theirs serves as
//! one of ours (DESIGN: "How a call flows", 1).
//!
//! A column is taken as it is wherever its type compares natively, since an uncast column keeps its indexes, its
//! statistics and its partition pruning. The few casts that remain are listed, so that `doctor` can warn of them.

mod column;
mod entity;
mod expression;
mod fit;
mod mapping;
mod nulls;
mod number;
mod same;
mod shape;
mod view;

pub use column::{Column, Family};
pub use entity::Entity;
pub use fit::{Fit, SqlType, fit, is_key};
pub use mapping::{Given, Made, Mapping};
pub use nulls::shows_null;
pub use number::{KEY, number_of, same_number};
pub use same::{SAME, unlike};
pub use shape::{same_shape, same_view};
pub use view::{Bound, Source, comment_statements, create_view, quote_ident, quote_literal, reconcile};
