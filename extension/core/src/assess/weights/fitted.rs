//! Written by `make fit`: do not edit.

use crate::assess::Ground;
use crate::assess::judge::Limits;

/// Before anything is measured, and its standard error.
pub const INTERCEPT: (f64, f64) = (-3.36, 0.23);
/// Each measure's weight and standard error.
pub const WEIGHTS: [(f64, f64); 12] = [
    // guessed unknown codes
    (3.89, 1.35),
    // rejected again and again
    (5.45, 1.44),
    // pace of a program
    (5.48, 0.62),
    // tried other codes too
    (2.51, 0.53),
    // made in the same hour
    (5.45, 0.95),
    // share one client
    (0.57, 0.53),
    // came through programs
    (1.76, 0.32),
    // do not buy
    (1.24, 0.61),
    // most try again and again
    (2.26, 0.40),
    // new users, unlike other bursts
    (0.90, 0.49),
    // dormant users, unlike other bursts
    (1.88, 0.45),
    // mostly new users
    (1.70, 0.46),
];
/// Where a verdict is given.
pub const LIMITS: Limits = Limits { fine: 0.0536964487706118, abuse: 0.88, mixed: 0.4 };
/// Ground, chance of abuse up to which the row holds, share right.
pub const RELIABILITY: [(Ground, f64, f64); 15] = [
    (Ground::Contradiction, 1.000, 0.990),
    (Ground::Mixed, 1.000, 0.990),
    (Ground::Limit, 1.000, 0.990),
    (Ground::Audience, 1.000, 0.793),
    (Ground::Ended, 1.000, 0.990),
    (Ground::Loop, 1.000, 0.990),
    (Ground::Rotation, 1.000, 0.990),
    (Ground::ByHand, 1.000, 0.990),
    (Ground::NoData, 1.000, 0.900),
    (Ground::Fitted, 0.018, 0.900),
    (Ground::Fitted, 0.054, 0.972),
    (Ground::Fitted, 0.300, 0.775),
    (Ground::Fitted, 0.880, 0.862),
    (Ground::Fitted, 0.970, 0.990),
    (Ground::Fitted, 1.000, 0.990),
];
