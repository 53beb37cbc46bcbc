//! promoctl
fn main() {}
