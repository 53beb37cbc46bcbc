//! `bind`'s argument `columns`: which column of the application serves as which of ours.

use super::Entity;
use crate::{Refusal, SqlState};
use serde_json::Value;
use std::collections::BTreeMap;

/// `{"attempts": {"code_hash": "hash_of_code", "metadata": null}}`: null says that the application lacks the column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping(BTreeMap<(Entity, &'static str), Option<String>>);

const EXAMPLE: &str = r#"For example: columns => '{"attempts": {"code_hash": "hash_of_code"}}'"#;

impl Mapping {
    /// Reads and checks it.
    ///
    /// # Errors
    /// 22023 for anything but an object of objects of strings or nulls, and for entities or columns that do not exist.
    pub fn parse(json: &Value) -> Result<Self, Refusal> {
        let bad = |message: String| Refusal::new(SqlState::InvalidParameterValue, message);
        let object = json.as_object().ok_or_else(|| {
            bad("columns must be a JSON object".into()).detail(format!("It is {json}.")).hint(EXAMPLE)
        })?;
        let mut map = BTreeMap::new();
        for (entity_name, columns) in object {
            let entity = Entity::named(entity_name).ok_or_else(|| {
                bad(format!("columns names \"{entity_name}\", which is no entity"))
                    .detail(format!("The entities are {}.", Entity::ALL.map(Entity::view).join(", ")))
                    .hint(EXAMPLE)
            })?;
            let columns = columns.as_object().ok_or_else(|| {
                bad(format!("columns of \"{entity}\" must be a JSON object"))
                    .detail(format!("It is {columns}."))
                    .hint(EXAMPLE)
            })?;
            for (name, actual) in columns {
                let column = entity.column(name).ok_or_else(|| {
                    let known: Vec<_> = entity.columns().iter().map(|c| c.name).collect();
                    bad(format!("\"{entity}\" has no column \"{name}\" to be mapped"))
                        .detail(format!("Its columns are {}.", known.join(", ")))
                        .hint(EXAMPLE)
                })?;
                let actual = match actual {
                    Value::String(actual) => Some(actual.clone()),
                    Value::Null => None,
                    other => {
                        return Err(bad(format!("column \"{entity}\".\"{name}\" is mapped to {other}"))
                            .detail("A column is mapped to the name of the application's column, or to null where it has none.")
                            .hint(EXAMPLE));
                    }
                };
                map.insert((entity, column.name), actual);
            }
        }
        Ok(Self(map))
    }

    /// What was said of this column: nothing, that there is none, or its name.
    pub fn get(&self, entity: Entity, column: &'static str) -> Option<Option<&str>> {
        self.0.get(&(entity, column)).map(Option::as_deref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_canonical_name_and_the_usual_one_mean_the_same_column() {
        for name in ["code_hash", "normalized_code_hash"] {
            let mapping = Mapping::parse(&json!({"attempts": {name: "H"}})).unwrap();
            assert_eq!(mapping.get(Entity::Attempts, "code_hash"), Some(Some("H")));
            assert_eq!(mapping.get(Entity::Attempts, "result"), None);
        }
    }

    #[test]
    fn anything_else_is_refused_with_an_example() {
        for bad in [
            json!(null),
            json!([]),
            json!({"attempts": 1}),
            json!({"tries": {}}),
            json!({"attempts": {"colour": "x"}}),
            json!({"attempts": {"result": 7}}),
        ] {
            let refusal = Mapping::parse(&bad).unwrap_err();
            assert_eq!(refusal.code, SqlState::InvalidParameterValue, "{bad}");
        }
    }
}
