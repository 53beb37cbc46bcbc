//! Written by `make fit`: do not edit.

use crate::classify::Ground;
use crate::classify::judge::Limits;

/// Before anything is measured, and its standard error.
pub const INTERCEPT: (f64, f64) = (-3.20, 0.18);
/// Each measure's weight and standard error.
pub const WEIGHTS: [(f64, f64); 10] = [
    // guessed unknown codes
    (3.78, 1.40),
    // try again after clear answers
    (2.70, 0.29),
    // pace of a program
    (5.68, 0.57),
    // tried other codes too
    (2.66, 0.53),
    // made in the same hour
    (5.15, 0.94),
    // share one client
    (0.96, 0.67),
    // came through programs
    (1.86, 0.33),
    // do not buy
    (1.38, 0.65),
    // new users, unlike other bursts
    (3.25, 0.28),
    // dormant users, unlike other bursts
    (1.83, 0.39),
];
/// Where a verdict is given.
pub const LIMITS: Limits = Limits { fine: 0.0626896834405799, abuse: 0.94, mixed: 0.4 };
/// Ground, chance of abuse up to which the row holds, share right.
pub const RELIABILITY: [(Ground, f64, f64); 15] = [
    (Ground::Contradiction, 1.000, 0.990),
    (Ground::Mixed, 1.000, 0.988),
    (Ground::Limit, 1.000, 0.990),
    (Ground::Audience, 1.000, 0.990),
    (Ground::Ended, 1.000, 0.990),
    (Ground::Loop, 1.000, 0.990),
    (Ground::Rotation, 1.000, 0.990),
    (Ground::ByHand, 1.000, 0.990),
    (Ground::NoData, 1.000, 0.900),
    (Ground::Fitted, 0.021, 0.900),
    (Ground::Fitted, 0.063, 0.981),
    (Ground::Fitted, 0.300, 0.855),
    (Ground::Fitted, 0.940, 0.871),
    (Ground::Fitted, 0.970, 0.990),
    (Ground::Fitted, 1.000, 0.990),
];
