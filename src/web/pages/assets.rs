//! Style, script and mark, embedded in the binary.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use std::sync::LazyLock;

use crate::web::auth::token_hash;
use crate::web::extract::Id;
use crate::web::problem::Problem;

const STYLE: &str = include_str!("../assets/style.css");
const SCRIPT: &str = include_str!("../assets/app.js");
const MARK: &str = include_str!("../assets/mark.svg");

static VERSION: LazyLock<String> = LazyLock::new(|| token_hash(&[STYLE, SCRIPT, MARK].concat())[..12].to_owned());

/// Changes with any of the files, so that browsers may keep them for good.
pub(super) fn version() -> &'static str {
    &VERSION
}

/// A file.
///
/// # Errors
/// 404 for any other name.
pub async fn asset(Id(name): Id<String>) -> Result<Response, Problem> {
    let (media_type, text) = match name.as_str() {
        "style.css" => ("text/css; charset=utf-8", STYLE),
        "app.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "mark.svg" => ("image/svg+xml", MARK),
        _ => return Err(Problem::not_found("file")),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    Ok((headers, text).into_response())
}
