//! The rules of promo_guard.
