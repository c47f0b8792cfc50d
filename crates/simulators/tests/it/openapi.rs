//! A published OpenAPI 3.0 description, applied to what a stand-in says and is told.

use serde_json::{Value, json};
use std::path::PathBuf;

/// A description.
pub struct Description(Value);

/// A file of `contracts/`.
pub fn load(name: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../contracts").join(name);
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap()
}

impl Description {
    /// Of a file. `nullable` is made what JSON Schema knows.
    pub fn of(name: &str) -> Self {
        let mut description = load(name);
        allow_null(&mut description);
        Self(description)
    }

    /// The same, and what it does not declare is a fault.
    pub fn strict(mut self) -> Self {
        forbid_more(&mut self.0);
        self
    }

    /// What is wrong with an answer. None: the description has no such operation or status.
    pub fn answer_faults(&self, method: &str, path: &str, status: u16, body: &Value) -> Option<Vec<String>> {
        let operation = self.operation(method, path)?;
        let mut response = &operation["responses"][status.to_string()];
        if let Some(pointer) = response["$ref"].as_str() {
            response = self.0.pointer(pointer.trim_start_matches('#')).unwrap();
        }
        if response.is_null() {
            return None;
        }
        let schema = &response["content"]["application/json"]["schema"];
        Some(if schema.is_null() { Vec::new() } else { faults(&self.0, schema, body) })
    }

    /// What is wrong with a body that is sent. None: the description has no such operation.
    pub fn request_faults(&self, method: &str, path: &str, body: &Value) -> Option<Vec<String>> {
        let operation = self.operation(method, path)?;
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        Some(match (schema.is_null(), body.is_null()) {
            (true, true) => Vec::new(),
            (true, false) => vec!["a body, and none is described".to_owned()],
            (false, _) => faults(&self.0, schema, body),
        })
    }

    /// What is wrong with a value of a schema that has a name.
    pub fn schema_faults(&self, name: &str, value: &Value) -> Vec<String> {
        faults(&self.0, &json!({ "$ref": format!("#/components/schemas/{name}") }), value)
    }

    /// The operation whose template fits the path, the most literal one.
    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let path = path.split('?').next().unwrap();
        let fits = |template: &str| {
            let mut parts = path.split('/');
            let mut literal = 0;
            for wanted in template.split('/') {
                if matches!(wanted, "{path}" | "{ref}" | "{branch}") && template.ends_with(wanted) {
                    return parts.next().is_some().then_some(literal);
                }
                match parts.next() {
                    Some(_) if wanted.starts_with('{') => {}
                    Some(part) if part == wanted => literal += 1,
                    _ => return None,
                }
            }
            parts.next().is_none().then_some(literal)
        };
        let paths = self.0["paths"].as_object().unwrap();
        let fitting = paths.iter().filter_map(|(template, it)| Some((fits(template)?, it.get(method.to_lowercase())?)));
        fitting.max_by_key(|(literal, _)| *literal).map(|(_, operation)| operation)
    }
}

/// OpenAPI 3.0 says `nullable`, which JSON Schema does not know.
fn allow_null(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(allow_null),
        Value::Object(object) => {
            object.values_mut().for_each(allow_null);
            if object.get("nullable") == Some(&json!(true)) {
                object.remove("nullable");
                let schema = std::mem::take(object);
                *value = json!({ "anyOf": [{ "type": "null" }, schema] });
            }
        }
        _ => {}
    }
}

/// An object whose properties are declared has no others.
fn forbid_more(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(forbid_more),
        Value::Object(object) => {
            object.values_mut().for_each(forbid_more);
            if object.get("properties").is_some_and(Value::is_object) && object.get("type") == Some(&json!("object")) {
                object.entry("additionalProperties").or_insert(json!(false));
            }
        }
        _ => {}
    }
}

/// What is wrong with `instance`, as `/where: why`.
pub fn faults(description: &Value, schema: &Value, instance: &Value) -> Vec<String> {
    let mut whole = json!({ "allOf": [schema], "components": { "schemas": {} } });
    bring_along(description, schema, &mut whole["components"]["schemas"]);
    let validator = jsonschema::validator_for(&whole).unwrap();
    validator.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// Collects the schemas that `schema` refers to: compiling all of them takes seconds.
fn bring_along(description: &Value, schema: &Value, brought: &mut Value) {
    match schema {
        Value::Array(items) => items.iter().for_each(|it| bring_along(description, it, brought)),
        Value::Object(object) => {
            let name =
                object.get("$ref").and_then(Value::as_str).and_then(|it| it.strip_prefix("#/components/schemas/"));
            if let Some(name) = name.filter(|name| brought.get(name).is_none()) {
                let found = &description["components"]["schemas"][name];
                brought[name] = found.clone();
                bring_along(description, found, brought);
            }
            object.values().for_each(|it| bring_along(description, it, brought));
        }
        _ => {}
    }
}
