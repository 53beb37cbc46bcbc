//! Written by `make fit`: do not edit.

use crate::classify::conclusion::{Ground, Limits};

/// Before anything is measured, and its standard error.
pub const INTERCEPT: (f64, f64) = (-2.87, 0.13);
/// Each measure's weight and standard error.
pub const WEIGHTS: [(f64, f64); 10] = [
    // guessed unknown codes
    (2.46, 1.05),
    // try again after clear answers
    (5.87, 0.59),
    // pace of a program
    (5.61, 0.39),
    // tried other codes too
    (2.74, 0.42),
    // made in the same hour
    (5.39, 0.95),
    // share one client
    (0.27, 0.44),
    // came through programs
    (1.53, 0.25),
    // do not buy
    (2.46, 0.66),
    // new users, unlike other bursts
    (2.46, 0.20),
    // dormant users, unlike other bursts
    (1.44, 0.33),
];
/// Where a verdict is given.
pub const LIMITS: Limits = Limits { fine: 0.06468542099454358, abuse: 0.94, mixed: 0.4 };
/// Ground, chance of abuse up to which the row holds, share right.
pub const RELIABILITY: [(Ground, f64, f64); 15] = [
    (Ground::Contradiction, 1.000, 0.983),
    (Ground::Mixed, 1.000, 0.990),
    (Ground::Limit, 1.000, 0.990),
    (Ground::Audience, 1.000, 0.883),
    (Ground::Ended, 1.000, 0.990),
    (Ground::Loop, 1.000, 0.990),
    (Ground::Rotation, 1.000, 0.990),
    (Ground::ByHand, 1.000, 0.990),
    (Ground::NoData, 1.000, 0.900),
    (Ground::Fitted, 0.022, 0.900),
    (Ground::Fitted, 0.065, 0.981),
    (Ground::Fitted, 0.300, 0.790),
    (Ground::Fitted, 0.940, 0.869),
    (Ground::Fitted, 0.970, 0.990),
    (Ground::Fitted, 1.000, 0.990),
];
