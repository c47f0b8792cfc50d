//! GitHub's published schemas, applied to what the stand-in says.

use serde_json::{Value, json};
use std::{path::PathBuf, sync::OnceLock};

fn load(name: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../contracts/github").join(name);
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap()
}

/// The REST description. It is OpenAPI 3.0, whose `nullable` JSON Schema does not know.
fn rest() -> &'static Value {
    static REST: OnceLock<Value> = OnceLock::new();
    REST.get_or_init(|| {
        let mut rest = load("rest.openapi.json");
        allow_null(&mut rest);
        rest
    })
}

/// The webhooks' description: OpenAPI 3.1, which is JSON Schema.
fn webhooks() -> &'static Value {
    static WEBHOOKS: OnceLock<Value> = OnceLock::new();
    WEBHOOKS.get_or_init(|| load("webhooks.schema.json"))
}

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

/// What is wrong with `instance`, as `/where: why`.
fn faults(description: &Value, schema: &Value, instance: &Value) -> Vec<String> {
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

/// What is wrong with an answer of the REST API. None: the description has no such operation or status.
pub fn rest_faults(method: &str, path: &str, status: u16, body: &Value) -> Option<Vec<String>> {
    let operation = operation(method, path)?;
    let mut response = &operation["responses"][status.to_string()];
    if let Some(pointer) = response["$ref"].as_str() {
        response = rest().pointer(pointer.trim_start_matches('#')).unwrap();
    }
    if response.is_null() {
        return None;
    }
    let schema = &response["content"]["application/json"]["schema"];
    Some(if schema.is_null() { Vec::new() } else { faults(rest(), schema, body) })
}

/// The operation whose template fits the path, the most literal one.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
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
    let paths = rest()["paths"].as_object().unwrap();
    let fitting = paths.iter().filter_map(|(template, it)| Some((fits(template)?, it.get(method.to_lowercase())?)));
    fitting.max_by_key(|(literal, _)| *literal).map(|(_, operation)| operation)
}

/// What is wrong with a webhook's body; none: it is not described.
pub fn webhook_faults(event: &str, body: &Value) -> Option<Vec<String>> {
    let action = body["action"].as_str().map(|it| format!("-{it}")).unwrap_or_default();
    let name = format!("{event}{action}").replace('_', "-");
    let described = webhooks()["webhooks"].get(&name)?;
    let schema = described.pointer("/post/requestBody/content/application~1json/schema")?;
    Some(faults(webhooks(), schema, body))
}
