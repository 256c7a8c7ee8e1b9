//! The upload form: several files in one post, each with its own result.

use axum::Extension;
use axum::extract::{Multipart, State};
use axum::response::Response;

use super::queue::{self, QueueQuery, UploadResult};
use crate::web::Web;
use crate::web::api::documents::{clean_name, send};
use crate::web::auth::Caller;
use crate::web::context::Context;
use crate::web::extract::multipart_problem;
use crate::web::problem::{self, Problem};

/// Files in one post, at most.
const FILES_AT_MOST: usize = 50;

/// Takes the files and shows the queue with what became of each.
///
/// # Errors
/// A form that cannot be read; a file that is refused is a result, not an error.
pub async fn upload(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Extension(context): Extension<Context>,
    mut form: Multipart,
) -> Result<Response, Problem> {
    let mut results = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|e| multipart_problem(&e))? {
        if field.name() != Some("file") {
            continue;
        }
        let name = clean_name(field.file_name().map(str::to_owned));
        let bytes = field.bytes().await.map_err(|e| multipart_problem(&e))?;
        if name.is_none() && bytes.is_empty() {
            continue; // a form sent without choosing a file
        }
        if results.len() >= FILES_AT_MOST {
            return Err(Problem::new(problem::TOO_LARGE, format!("at most {FILES_AT_MOST} files in one post")));
        }
        let shown = name.clone().unwrap_or_else(|| "unnamed file".to_owned());
        results.push(result(shown, send(&web, &caller, &context, bytes.to_vec(), name).await));
    }
    let problem = results.is_empty().then(|| Problem::new(problem::BAD_REQUEST, "choose at least one file"));
    queue::show(&web, &caller, &QueueQuery::default(), results, problem).await
}

fn result(name: String, outcome: Result<crate::pipeline::request::Uploaded, Problem>) -> UploadResult {
    match outcome {
        Ok(uploaded) => {
            let case = Some(uploaded.case_id.to_string());
            if uploaded.known {
                UploadResult { class: "plain", word: "already known", name, case, text: "these very bytes were here before".into() }
            } else {
                UploadResult { class: "good", word: "accepted", name, case, text: String::new() }
            }
        }
        Err(problem) => UploadResult { class: "bad", word: "refused", name, case: None, text: problem.detail.clone() },
    }
}
