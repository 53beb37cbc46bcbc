//! Numbers, percentages and plurals in sentences: the only place that writes them.

/// A whole number with thousands separators: `1,148`.
pub fn grouped(n: impl Into<i128>) -> String {
    let n = n.into();
    let digits = n.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    if n < 0 {
        out.push('-');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun: `1 user`, `1,340 users`.
pub fn counted(n: impl Into<i128>, noun: &str) -> String {
    let n = n.into();
    number(n, noun, &format!("{noun}s"))
}

/// A count with the words for one and for many: `1 user is`, `34 users are`.
pub fn number(n: impl Into<i128>, one: &str, many: &str) -> String {
    let n = n.into();
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

/// `a, b and c`
pub fn listed(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    }
}

/// `once`, `twice`, `1,756 times`.
pub fn times(n: u64) -> String {
    match n {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{} times", grouped(n)),
    }
}

/// A share from 0 to 1 as a percentage: `97 %`.
pub fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A range of shares: `8 to 41 %`.
pub fn percent_range(low: f64, high: f64) -> String {
    format!("{:.0} to {}", low * 100.0, percent(high))
}

/// A rate with two figures: `1.3`, `13`.
pub fn rate(x: f64) -> String {
    if x >= 9.95 { grouped(x.round() as i64) } else { format!("{x:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_separators_and_nouns_their_plural() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(i64::MIN), "-9,223,372,036,854,775,808");
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!((counted(1, "user"), counted(0, "user")), ("1 user".to_owned(), "0 users".to_owned()));
        assert_eq!(number(1, "is", "are"), "1 is");
        assert_eq!(number(1_941_u64, "is", "are"), "1,941 are");
        assert_eq!((times(1), times(2), times(1_756)), ("once".into(), "twice".into(), "1,756 times".into()));
    }

    #[test]
    fn the_last_of_a_list_follows_an_and() {
        let said = [listed(&[]), listed(&["a"]), listed(&["a", "b"]), listed(&["a", "b", "c"])];
        assert_eq!(said, ["", "a", "a and b", "a, b and c"]);
    }

    #[test]
    fn shares_and_rates_are_rounded_for_reading() {
        assert_eq!((percent(0.973), percent(0.0)), ("97 %".to_owned(), "0 %".to_owned()));
        assert_eq!(percent_range(0.08, 0.41), "8 to 41 %");
        assert_eq!(
            (rate(0.84), rate(9.94), rate(9.95), rate(1_340.2)),
            ("0.8".into(), "9.9".into(), "10".into(), "1,340".into())
        );
    }
}
