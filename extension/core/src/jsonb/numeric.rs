//! How PostgreSQL stores numeric (`src/backend/utils/adt/numeric.c`): digits to the base 10,000, where the first of them stands,
//! and how many decimals are shown.

/// A number.
pub struct Numeric {
    negative: bool,
    /// The place of the first digit: 0 for the ones.
    weight: i16,
    /// Decimals shown.
    scale: u16,
    /// Without zeros at either end.
    digits: Digits,
}

/// No number here has more digits of 10,000: 19 decimal ones of an integer, 17 of a float wherever they begin.
type Digits = ([u16; 8], usize);

/// A whole number.
pub fn whole(number: i64) -> Numeric {
    decimal(number < 0, number.unsigned_abs(), 0, 0)
}

/// A finite number as text would say it, with as many decimals as that takes and at least one.
pub fn float(number: f64) -> Option<Numeric> {
    // Most are whole, or have a decimal or two.
    for (decimals, power) in [(1, 10.0), (2, 100.0)] {
        let scaled = (number * power).round();
        if scaled.abs() < 1e13 && scaled / power == number {
            return Some(decimal(number.is_sign_negative(), scaled.abs() as u64, decimals, decimals));
        }
    }
    let text = serde_json::to_string(&number).ok()?;
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().ok()?;
    let (negative, mantissa) = mantissa.strip_prefix('-').map_or((false, mantissa), |rest| (true, rest));
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: u64 = format!("{before}{after}").parse().ok()?;
    let decimals = i32::try_from(after.len()).ok()? - exponent;
    Some(decimal(negative, digits, decimals, u16::try_from(decimals.max(0)).ok()?))
}

/// `digits` times ten to the minus `decimals`.
fn decimal(negative: bool, digits: u64, decimals: i32, scale: impl Into<i64>) -> Numeric {
    let scale = u16::try_from(scale.into()).unwrap_or(0);
    if digits == 0 {
        return Numeric { negative: false, weight: 0, scale, digits: ([0; 8], 0) };
    }
    // Groups of four decimals are counted from the point.
    let up = (-decimals).rem_euclid(4) as u32;
    let mut rest = u128::from(digits) * 10u128.pow(up);
    let lowest = (-decimals - up as i32) / 4;
    let (mut found, mut n) = ([0u16; 8], 0);
    let mut place = lowest;
    while rest > 0 {
        let digit = (rest % 10_000) as u16;
        rest /= 10_000;
        // Zeros at the end are not stored.
        if n > 0 || digit > 0 {
            found[n] = digit;
            n += 1;
        }
        place += 1;
    }
    found[..n].reverse();
    Numeric { negative, weight: (place - 1) as i16, scale, digits: (found, n) }
}

impl Numeric {
    /// Writes the value, its length before it.
    pub fn write(&self, out: &mut Vec<u8>) {
        let (digits, n) = (&self.digits.0, self.digits.1);
        let short = self.scale <= 0x3f && (-64..64).contains(&self.weight);
        let length = 4 + if short { 2 } else { 4 } + 2 * n;
        let header = if cfg!(target_endian = "big") { length as u32 } else { (length as u32) << 2 };
        out.extend_from_slice(&header.to_ne_bytes());
        if short {
            let sign = if self.negative { 0x2000 } else { 0 };
            let weight_sign = if self.weight < 0 { 0x40 } else { 0 };
            let header = 0x8000 | sign | (self.scale << 7) | weight_sign | (self.weight as u16 & 0x3f);
            out.extend_from_slice(&header.to_ne_bytes());
        } else {
            let sign = if self.negative { 0x4000 } else { 0 };
            out.extend_from_slice(&(sign | (self.scale & 0x3fff)).to_ne_bytes());
            out.extend_from_slice(&self.weight.to_ne_bytes());
        }
        for digit in &digits[..n] {
            out.extend_from_slice(&digit.to_ne_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What PostgreSQL would show of it.
    fn shown(number: &Numeric) -> String {
        let (digits, n) = (&number.digits.0, number.digits.1);
        assert!(n == 0 || (digits[0] > 0 && digits[n - 1] > 0), "zeros at an end are not stored");
        let digit = |place: i32| {
            let at = usize::try_from(i32::from(number.weight) - place).ok().filter(|at| *at < n);
            at.map_or(0, |at| digits[at])
        };
        let whole: String =
            (0..=i32::from(number.weight).max(0)).rev().map(|p| format!("{:04}", digit(p))).collect();
        let whole = whole.trim_start_matches('0');
        let decimals: String =
            (1..=i32::from(number.scale) / 4 + 1).map(|p| format!("{:04}", digit(-p))).collect();
        let scale = usize::from(number.scale);
        assert!(decimals[scale..].bytes().all(|b| b == b'0'), "more decimals than are shown");
        format!(
            "{}{}{}{}",
            if number.negative { "-" } else { "" },
            if whole.is_empty() { "0" } else { whole },
            if scale > 0 { "." } else { "" },
            &decimals[..scale]
        )
    }

    proptest! {
        #[test]
        fn a_whole_number_is_its_digits(x in prop_oneof![any::<i64>(), -20_000i64..20_000]) {
            prop_assert_eq!(shown(&whole(x)), x.to_string());
        }

        #[test]
        fn a_float_is_the_text_of_it(x in prop_oneof![
            any::<f64>().prop_filter("finite", |x| x.is_finite()),
            (-200_000i64..200_000).prop_map(|n| n as f64 / 100.0),
            (-200_000i64..200_000).prop_map(|n| n as f64 / 10_000.0),
            0.0f64..1.0,
        ]) {
            // Rust writes a number out in full, with as few digits as tell it apart.
            let mut text = x.to_string();
            // PostgreSQL shows no decimals of a power of ten beyond the digits; from 1e16 on the text has an exponent.
            if x.abs() < 1e16 && !text.contains('.') {
                text.push_str(".0");
            }
            if x == 0.0 {
                text = "0.0".to_owned();
            }
            let found = shown(&float(x).unwrap());
            prop_assert!(found == text || halfway(x, [&found, &text]), "{found} and {text}");
        }
    }

    /// Whether a number lies halfway between two texts that differ in their last digit, as 1841314368128650.25 does: either is right.
    fn halfway(x: f64, texts: [&str; 2]) -> bool {
        // With so many decimals every float is written out.
        let exact = format!("{x:.1074}");
        let exact = exact.trim_end_matches('0');
        let begins = |text: &str| exact.len() == text.len() + 1 && exact.starts_with(&text[..text.len() - 1]);
        exact.ends_with('5') && texts.into_iter().all(|text| begins(text) && text.parse() == Ok(x))
    }

    #[test]
    fn zeros_are_not_stored() {
        assert_eq!(whole(0).digits.1, 0);
        assert_eq!(whole(10_000).digits.1, 1);
        assert_eq!(shown(&float(0.7).unwrap()), "0.7");
        assert_eq!(shown(&float(1.0).unwrap()), "1.0");
        assert_eq!(shown(&float(-0.0).unwrap()), "0.0");
        assert_eq!(shown(&whole(i64::MIN)), i64::MIN.to_string());
    }
}
