//! The API's documentation, made from the same description as `/openapi.json`.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde_json::Value;

use super::{Frame, render};
use crate::web::Web;
use crate::web::problem::{KINDS, Kind, Problem};
use crate::web::routes::{self, Access};

#[derive(Template)]
#[template(path = "docs.html")]
struct DocsPage {
    frame: Frame,
    intro: Vec<String>,
    groups: Vec<Group>,
    schemas: Vec<Schema>,
    problems: &'static [Kind],
}

struct Group {
    name: String,
    anchor: String,
    calls: Vec<Call>,
}

struct Call {
    method: String,
    path: String,
    summary: String,
    description: String,
    roles: String,
    parameters: Vec<Item>,
    body: String,
    answers: Vec<Item>,
}

struct Schema {
    name: String,
    text: String,
    properties: Vec<Item>,
}

/// Name, place or type, text.
struct Item {
    name: String,
    place: String,
    text: String,
}

/// The page.
///
/// # Errors
/// None but a description that cannot be written.
pub async fn page(State(web): State<Web>) -> Result<Response, Problem> {
    let spec = serde_json::to_value(&web.0.openapi).map_err(|e| Problem::internal(&e))?;
    let page = DocsPage {
        frame: Frame::anonymous("HTTP API"),
        intro: text(&spec["info"], "description").split("\n\n").map(str::to_owned).collect(),
        groups: groups(&spec),
        schemas: schemas(&spec),
        problems: KINDS,
    };
    Ok(render(page.frame.status(), &page))
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().replace('`', "")
}

fn groups(spec: &Value) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (path, methods) in spec["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let name = operation["tags"][0].as_str().unwrap_or("other").to_owned();
            let call = call(path, method, operation);
            match groups.iter_mut().find(|group| group.name == name) {
                Some(group) => group.calls.push(call),
                None => groups.push(Group { anchor: name.replace(' ', "-"), name, calls: vec![call] }),
            }
        }
    }
    let order = ["documents", "cases", "postings", "audit", "master data", "operations"];
    groups.sort_by_key(|group| order.iter().position(|name| *name == group.name).unwrap_or(order.len()));
    groups
}

fn call(path: &str, method: &str, operation: &Value) -> Call {
    let method = method.to_uppercase();
    let parameters = operation["parameters"].as_array().into_iter().flatten().map(|parameter| Item {
        name: text(parameter, "name"),
        place: text(parameter, "in"),
        text: text(parameter, "description"),
    });
    let answers = operation["responses"].as_object().into_iter().flatten().map(|(status, answer)| Item {
        name: status.clone(),
        place: contents(answer),
        text: text(answer, "description"),
    });
    Call {
        roles: roles(&method, path),
        path: path.to_owned(),
        summary: text(operation, "summary").trim_end_matches('.').to_owned(),
        description: text(operation, "description"),
        parameters: parameters.collect(),
        body: contents(&operation["requestBody"]),
        answers: answers.collect(),
        method,
    }
}

fn roles(method: &str, path: &str) -> String {
    let route = routes::table().into_iter().find(|route| route.method.as_str() == method && route.documented == path);
    match route.map(|route| route.access) {
        Some(Access::Public) => "Open to everybody.".to_owned(),
        Some(Access::Member) => "Every role of the company.".to_owned(),
        Some(Access::Roles(roles)) => format!("Roles: {}.", roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ")),
        None => String::new(),
    }
}

/// The media types and objects of a body.
fn contents(body: &Value) -> String {
    let content = body["content"].as_object().into_iter().flatten();
    let shown = content.map(|(media_type, content)| format!("{} ({media_type})", type_name(&content["schema"])));
    shown.collect::<Vec<_>>().join(", ")
}

/// `CaseView`, `array of LineView`, `string`, `number or null`.
fn type_name(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        return reference.rsplit('/').next().unwrap_or_default().to_owned();
    }
    for join in ["oneOf", "anyOf", "allOf"] {
        if let Some(parts) = schema[join].as_array() {
            return parts.iter().map(type_name).collect::<Vec<_>>().join(" or ");
        }
    }
    let format = schema["format"].as_str().map(|format| format!(" ({format})")).unwrap_or_default();
    match &schema["type"] {
        Value::String(_) if schema["format"] == "binary" => "bytes".to_owned(),
        Value::String(name) if name == "array" => format!("array of {}", type_name(&schema["items"])),
        Value::String(name) if name == "object" && schema["additionalProperties"].is_object() => {
            format!("map to {}", type_name(&schema["additionalProperties"]))
        }
        Value::String(name) => format!("{name}{format}"),
        Value::Array(names) => format!("{}{format}", names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or ")),
        _ => "anything".to_owned(),
    }
}

fn schemas(spec: &Value) -> Vec<Schema> {
    let all = spec["components"]["schemas"].as_object().into_iter().flatten();
    all.map(|(name, schema)| Schema {
        name: name.clone(),
        text: text(schema, "description"),
        properties: schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, property)| Item { name: name.clone(), place: type_name(property), text: text(property, "description") })
            .collect(),
    })
    .collect()
}
