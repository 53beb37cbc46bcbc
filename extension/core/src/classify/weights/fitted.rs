//! Written by `make fit`: do not edit.

use crate::classify::Ground;
use crate::classify::judge::Limits;

/// Before anything is measured, and its standard error.
pub const INTERCEPT: (f64, f64) = (-2.89, 0.14);
/// Each measure's weight and standard error.
pub const WEIGHTS: [(f64, f64); 10] = [
    // guessed unknown codes
    (2.44, 1.06),
    // try again after clear answers
    (6.83, 0.73),
    // pace of a program
    (5.98, 0.45),
    // tried other codes too
    (2.61, 0.42),
    // made in the same hour
    (5.28, 0.93),
    // share one client
    (0.54, 0.47),
    // came through programs
    (1.56, 0.29),
    // do not buy
    (2.57, 0.94),
    // new users, unlike other bursts
    (2.56, 0.22),
    // dormant users, unlike other bursts
    (1.58, 0.36),
];
/// Where a verdict is given.
pub const LIMITS: Limits = Limits { fine: 0.0845848957898706, abuse: 0.88, mixed: 0.4 };
/// Ground, chance of abuse up to which the row holds, share right.
pub const RELIABILITY: [(Ground, f64, f64); 15] = [
    (Ground::Contradiction, 1.000, 0.990),
    (Ground::Mixed, 1.000, 0.990),
    (Ground::Limit, 1.000, 0.990),
    (Ground::Audience, 1.000, 0.971),
    (Ground::Ended, 1.000, 0.990),
    (Ground::Loop, 1.000, 0.990),
    (Ground::Rotation, 1.000, 0.990),
    (Ground::ByHand, 1.000, 0.990),
    (Ground::NoData, 1.000, 0.900),
    (Ground::Fitted, 0.028, 0.900),
    (Ground::Fitted, 0.085, 0.971),
    (Ground::Fitted, 0.300, 0.921),
    (Ground::Fitted, 0.880, 0.885),
    (Ground::Fitted, 0.970, 0.971),
    (Ground::Fitted, 1.000, 0.990),
];
