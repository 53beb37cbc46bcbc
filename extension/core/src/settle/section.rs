//! A rule's file: a comment with the invariant, then sections that begin with `--@ name`.

/// The sections of one file.
#[derive(Debug, Clone)]
pub(super) struct Sections<'a>(Vec<(&'a str, &'a str)>);

const MARK: &str = "--@ ";

impl<'a> Sections<'a> {
    /// Takes the text apart; what stands before the first section is for people.
    pub(super) fn parse(text: &'a str) -> Self {
        let mut sections = Vec::new();
        // Each piece begins just after a mark at the start of a line.
        for (i, _) in text.match_indices(MARK) {
            if i != 0 && !text[..i].ends_with('\n') {
                continue;
            }
            let rest = &text[i + MARK.len()..];
            let (name, body) = rest.split_once('\n').unwrap_or((rest, ""));
            let end = body.find("\n--@ ").map_or(body.len(), |end| end + 1);
            let body = if body.starts_with(MARK) { "" } else { &body[..end] };
            sections.push((name.trim(), body));
        }
        Self(sections)
    }

    /// The section of that name; an empty one is none.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(n, _)| *n == name).map(|(_, body)| body.trim()).filter(|body| !body.is_empty())
    }

    /// The section of that name as an expression in brackets; a line's end keeps a comment in it from swallowing the
    /// bracket. What is not there is null, which holds for no row.
    pub(super) fn expression(&self, name: &str) -> String {
        self.get(name).map_or_else(|| "(NULL)".to_owned(), |body| format!("({body}\n)"))
    }
}

/// The text without its first lines of comment, to stand inside an expression.
pub(super) fn without_notes(sql: &str) -> String {
    sql.lines().skip_while(|line| line.starts_with("--")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::Rule;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_rule_has_its_sections_and_says_what_it_is() {
        for rule in Rule::ALL {
            let name = rule.name();
            assert!(rule.text().starts_with("-- "), "{name} begins with its invariant");
            let sections = rule.sections();
            for wanted in ["checked", "broken", "expected", "actual", "detail"] {
                assert!(sections.get(wanted).is_some(), "{name} has no section {wanted}");
            }
            for (section, _) in &sections.0 {
                assert!(
                    ["needs", "skips", "checked", "broken", "pending", "expected", "actual", "detail"]
                        .contains(section),
                    "{name} has a section {section}, which nobody reads"
                );
            }
            assert_eq!(rule.text().contains("-- Pending:"), sections.get("pending").is_some(), "{name}");
        }
    }

    #[test]
    fn sections_end_where_the_next_begins() {
        let sections = Sections::parse("-- why\n--@ a\n--@ b\none\n-- two\n--@ c\nx = '--@ d'");
        assert_eq!(sections.get("a"), None);
        assert_eq!(sections.get("b"), Some("one\n-- two"));
        assert_eq!(sections.get("c"), Some("x = '--@ d'"));
        assert_eq!(sections.get("d"), None);
        assert_eq!(sections.expression("d"), "(NULL)");
        assert_eq!(sections.expression("b"), "(one\n-- two\n)");
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "(--@ |[a-z]|\n|é){0,40}") {
            let _ = Sections::parse(&text).get("a");
        }
    }
}
