//! Written by `make fit`: do not edit.

use crate::classify::Ground;
use crate::classify::judge::Limits;

/// Before anything is measured, and its standard error.
pub const INTERCEPT: (f64, f64) = (-3.04, 0.23);
/// Each measure's weight and standard error.
pub const WEIGHTS: [(f64, f64); 12] = [
    // guessed unknown codes
    (3.93, 1.33),
    // rejected again and again
    (6.66, 1.38),
    // pace of a program
    (5.78, 0.58),
    // tried other codes too
    (2.46, 0.56),
    // made in the same hour
    (5.38, 0.87),
    // share one client
    (0.45, 0.55),
    // came through programs
    (1.96, 0.36),
    // do not buy
    (0.92, 0.64),
    // most try again and again
    (0.29, 0.58),
    // new users, unlike other bursts
    (1.63, 0.53),
    // dormant users, unlike other bursts
    (1.54, 0.49),
    // mostly new users
    (1.12, 0.48),
];
/// Where a verdict is given.
pub const LIMITS: Limits = Limits { fine: 0.07310126975761302, abuse: 0.88, mixed: 0.4 };
/// Ground, chance of abuse up to which the row holds, share right.
pub const RELIABILITY: [(Ground, f64, f64); 15] = [
    (Ground::Contradiction, 1.000, 0.990),
    (Ground::Mixed, 1.000, 0.990),
    (Ground::Limit, 1.000, 0.990),
    (Ground::Audience, 1.000, 0.723),
    (Ground::Ended, 1.000, 0.990),
    (Ground::Loop, 1.000, 0.990),
    (Ground::Rotation, 1.000, 0.990),
    (Ground::ByHand, 1.000, 0.990),
    (Ground::NoData, 1.000, 0.900),
    (Ground::Fitted, 0.024, 0.900),
    (Ground::Fitted, 0.073, 0.966),
    (Ground::Fitted, 0.300, 0.768),
    (Ground::Fitted, 0.880, 0.890),
    (Ground::Fitted, 0.970, 0.977),
    (Ground::Fitted, 1.000, 0.990),
];
