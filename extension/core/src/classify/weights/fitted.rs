//! Written by `make fit`: do not edit.

use crate::classify::conclusion::{Ground, Limits};

/// Before anything is measured, and its standard error.
pub const INTERCEPT: (f64, f64) = (-2.82, 0.14);
/// Each measure's weight and standard error.
pub const WEIGHTS: [(f64, f64); 10] = [
    // guessed unknown codes
    (2.22, 1.11),
    // try again after clear answers
    (5.93, 0.65),
    // pace of a program
    (5.49, 0.44),
    // tried other codes too
    (2.73, 0.47),
    // made in the same hour
    (5.22, 0.98),
    // share one client
    (0.25, 0.48),
    // came through programs
    (1.72, 0.28),
    // do not buy
    (2.45, 0.79),
    // new users, unlike other bursts
    (2.44, 0.22),
    // dormant users, unlike other bursts
    (1.46, 0.36),
];
/// Where a verdict is given.
pub const LIMITS: Limits = Limits { fine: 0.06727879641644394, abuse: 0.94, mixed: 0.4 };
/// Ground, chance of abuse up to which the row holds, share right.
pub const RELIABILITY: [(Ground, f64, f64); 15] = [
    (Ground::Contradiction, 1.000, 0.988),
    (Ground::Mixed, 1.000, 0.990),
    (Ground::Limit, 1.000, 0.990),
    (Ground::Audience, 1.000, 0.948),
    (Ground::Ended, 1.000, 0.990),
    (Ground::Loop, 1.000, 0.990),
    (Ground::Rotation, 1.000, 0.990),
    (Ground::ByHand, 1.000, 0.990),
    (Ground::NoData, 1.000, 0.900),
    (Ground::Fitted, 0.022, 0.900),
    (Ground::Fitted, 0.067, 0.957),
    (Ground::Fitted, 0.300, 0.803),
    (Ground::Fitted, 0.940, 0.891),
    (Ground::Fitted, 0.970, 0.990),
    (Ground::Fitted, 1.000, 0.990),
];
