//! The generator's shop: to come.
