//! Written by `make fit`: do not edit.

use crate::classify::Ground;
use crate::classify::judge::Limits;

/// Before anything is measured, and its standard error.
pub const INTERCEPT: (f64, f64) = (-2.83, 0.14);
/// Each measure's weight and standard error.
pub const WEIGHTS: [(f64, f64); 10] = [
    // guessed unknown codes
    (2.28, 1.09),
    // try again after clear answers
    (5.87, 0.70),
    // pace of a program
    (5.75, 0.43),
    // tried other codes too
    (2.53, 0.42),
    // made in the same hour
    (5.22, 0.93),
    // share one client
    (0.49, 0.47),
    // came through programs
    (1.73, 0.28),
    // do not buy
    (2.48, 0.94),
    // new users, unlike other bursts
    (2.50, 0.22),
    // dormant users, unlike other bursts
    (1.53, 0.36),
];
/// Where a verdict is given.
pub const LIMITS: Limits = Limits { fine: 0.08898531183137934, abuse: 0.88, mixed: 0.4 };
/// Ground, chance of abuse up to which the row holds, share right.
pub const RELIABILITY: [(Ground, f64, f64); 15] = [
    (Ground::Contradiction, 1.000, 0.990),
    (Ground::Mixed, 1.000, 0.990),
    (Ground::Limit, 1.000, 0.990),
    (Ground::Audience, 1.000, 0.871),
    (Ground::Ended, 1.000, 0.990),
    (Ground::Loop, 1.000, 0.990),
    (Ground::Rotation, 1.000, 0.990),
    (Ground::ByHand, 1.000, 0.990),
    (Ground::NoData, 1.000, 0.900),
    (Ground::Fitted, 0.030, 0.900),
    (Ground::Fitted, 0.089, 0.969),
    (Ground::Fitted, 0.300, 0.918),
    (Ground::Fitted, 0.880, 0.899),
    (Ground::Fitted, 0.970, 0.974),
    (Ground::Fitted, 1.000, 0.990),
];
