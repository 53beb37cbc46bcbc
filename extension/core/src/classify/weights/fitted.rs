//! Written by `make fit`: do not edit.

use crate::classify::conclusion::{Ground, Limits};

/// Before anything is measured, and its standard error.
pub const INTERCEPT: (f64, f64) = (-2.87, 0.14);
/// Each measure's weight and standard error.
pub const WEIGHTS: [(f64, f64); 10] = [
    // guessed unknown codes
    (2.22, 1.11),
    // try again after clear answers
    (6.07, 0.66),
    // pace of a program
    (5.59, 0.44),
    // tried other codes too
    (2.56, 0.42),
    // made in the same hour
    (5.25, 0.93),
    // share one client
    (0.48, 0.47),
    // came through programs
    (1.64, 0.29),
    // do not buy
    (2.54, 0.94),
    // new users, unlike other bursts
    (2.50, 0.22),
    // dormant users, unlike other bursts
    (1.54, 0.36),
];
/// Where a verdict is given.
pub const LIMITS: Limits = Limits { fine: 0.08610385101643014, abuse: 0.94, mixed: 0.4 };
/// Ground, chance of abuse up to which the row holds, share right.
pub const RELIABILITY: [(Ground, f64, f64); 15] = [
    (Ground::Contradiction, 1.000, 0.990),
    (Ground::Mixed, 1.000, 0.990),
    (Ground::Limit, 1.000, 0.990),
    (Ground::Audience, 1.000, 0.909),
    (Ground::Ended, 1.000, 0.990),
    (Ground::Loop, 1.000, 0.990),
    (Ground::Rotation, 1.000, 0.990),
    (Ground::ByHand, 1.000, 0.990),
    (Ground::NoData, 1.000, 0.900),
    (Ground::Fitted, 0.029, 0.900),
    (Ground::Fitted, 0.086, 0.972),
    (Ground::Fitted, 0.300, 0.910),
    (Ground::Fitted, 0.940, 0.854),
    (Ground::Fitted, 0.970, 0.990),
    (Ground::Fitted, 1.000, 0.990),
];
