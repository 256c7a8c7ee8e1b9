//! Canonical JSON: one text for one value, so that hashes agree on every machine.

use serde_json::Value;

/// The value as text: no white space, keys sorted by their bytes, numbers and strings as `serde_json`
/// writes them.
#[must_use]
pub fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            out.push('{');
            for (i, key) in keys.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                write(&map[key], out);
            }
            out.push('}');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

/// The same value with every number that would not survive writing and reading turned into text.
#[must_use]
pub fn stable(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            let text = number.to_string();
            match serde_json::from_str::<Value>(&text) {
                Ok(Value::Number(again)) if again == number && again.to_string() == text => Value::Number(number),
                _ => Value::String(text),
            }
        }
        Value::Array(items) => Value::Array(items.into_iter().map(stable).collect()),
        Value::Object(map) => Value::Object(map.into_iter().map(|(key, value)| (key, stable(value))).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_are_sorted_at_every_depth() {
        let value: Value = serde_json::from_str(r#"{"b": [ {"z": 1, "a": "q\"\n"} ], "a": null}"#).unwrap();
        assert_eq!(canonical(&value), r#"{"a":null,"b":[{"a":"q\"\n","z":1}]}"#);
    }

    proptest! {
        #[test]
        fn what_is_stable_survives_the_database(number in any::<f64>(), text in "\\PC{0,20}") {
            let value = stable(serde_json::json!({"n": number, "t": text, "i": 5}));
            let again: Value = serde_json::from_str(&canonical(&value)).unwrap();
            prop_assert_eq!(canonical(&again), canonical(&value));
        }
    }
}
