//! Written by `make fit`: do not edit.

use crate::assess::Ground;
use crate::assess::judge::Limits;

/// Before anything is measured, and its standard error.
pub const INTERCEPT: (f64, f64) = (-3.072, 0.223);
/// Each measure's weight and standard error.
pub const WEIGHTS: [(f64, f64); 11] = [
    // guessed unknown codes
    (3.986, 1.305),
    // rejected again and again
    (7.230, 1.283),
    // pace of a program
    (6.175, 0.647),
    // tried other codes too
    (2.863, 0.522),
    // made in the same hour
    (4.990, 0.868),
    // share one client
    (0.714, 0.616),
    // came through programs
    (1.640, 0.323),
    // do not buy
    (1.761, 0.591),
    // new users, unlike other bursts
    (1.444, 0.531),
    // dormant users, unlike other bursts
    (1.685, 0.511),
    // mostly new users
    (1.084, 0.491),
];
/// Where a verdict is given.
pub const LIMITS: Limits = Limits { fine: 0.07082882459940437, abuse: 0.88, mixed: 0.4 };
/// Ground, chance of abuse up to which the row holds, share right.
pub const RELIABILITY: [(Ground, f64, f64); 14] = [
    (Ground::Contradiction, 1.000, 0.990),
    (Ground::Mixed, 1.000, 0.944),
    (Ground::Limit, 1.000, 0.990),
    (Ground::Ended, 1.000, 0.990),
    (Ground::Loop, 1.000, 0.990),
    (Ground::Rotation, 1.000, 0.990),
    (Ground::ByHand, 1.000, 0.990),
    (Ground::NoData, 1.000, 0.900),
    (Ground::Fitted, 0.024, 0.900),
    (Ground::Fitted, 0.071, 0.977),
    (Ground::Fitted, 0.300, 0.769),
    (Ground::Fitted, 0.880, 0.898),
    (Ground::Fitted, 0.970, 0.990),
    (Ground::Fitted, 1.000, 0.990),
];
