//! Written by `make fit`: do not edit.

use crate::classify::Ground;
use crate::classify::judge::Limits;

/// Before anything is measured, and its standard error.
pub const INTERCEPT: (f64, f64) = (-2.65, 0.18);
/// Each measure's weight and standard error.
pub const WEIGHTS: [(f64, f64); 10] = [
    // guessed unknown codes
    (3.64, 1.48),
    // try again after clear answers
    (5.93, 0.88),
    // pace of a program
    (5.36, 0.59),
    // tried other codes too
    (2.35, 0.62),
    // made in the same hour
    (4.82, 1.07),
    // share one client
    (0.43, 0.59),
    // came through programs
    (1.46, 0.41),
    // do not buy
    (2.28, 1.00),
    // new users, unlike other bursts
    (2.60, 0.31),
    // dormant users, unlike other bursts
    (0.62, 0.53),
];
/// Where a verdict is given.
pub const LIMITS: Limits = Limits { fine: 0.10552912521035385, abuse: 0.88, mixed: 0.4 };
/// Ground, chance of abuse up to which the row holds, share right.
pub const RELIABILITY: [(Ground, f64, f64); 15] = [
    (Ground::Contradiction, 1.000, 0.987),
    (Ground::Mixed, 1.000, 0.990),
    (Ground::Limit, 1.000, 0.990),
    (Ground::Audience, 1.000, 0.933),
    (Ground::Ended, 1.000, 0.990),
    (Ground::Loop, 1.000, 0.990),
    (Ground::Rotation, 1.000, 0.990),
    (Ground::ByHand, 1.000, 0.990),
    (Ground::NoData, 1.000, 0.900),
    (Ground::Fitted, 0.035, 0.900),
    (Ground::Fitted, 0.106, 0.964),
    (Ground::Fitted, 0.300, 0.923),
    (Ground::Fitted, 0.880, 0.909),
    (Ground::Fitted, 0.970, 0.969),
    (Ground::Fitted, 1.000, 0.990),
];
