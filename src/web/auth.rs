//! Who calls: bearer tokens, browser sessions, passwords.
//!
//! Tokens and session cookies are random; only their SHA-256 is kept. A wrong password costs the
//! same time whether the user exists or not, and after five failures in a row a name must wait.

use axum::http::{HeaderMap, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use super::Web;
use super::problem::{self, Problem};
use crate::ambient::Ambient;
pub use crate::credentials::token_hash;
use crate::credentials::{hash_password, verify_password};
use crate::domain::UserId;
use crate::store::types::Principal;
use crate::workflow::Role;

/// Name of the session cookie.
pub const COOKIE: &str = "countersign_session";
/// How long a browser session lasts.
pub const SESSION_HOURS: i64 = 12;
/// The header that chooses the company.
pub const COMPANY: &str = "x-company";

/// The authenticated caller of a request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// User, company and roles.
    pub principal: Principal,
    /// Set for a browser session: the token every form post must carry.
    pub csrf: Option<String>,
}

impl Caller {
    /// Whether the caller holds one of the roles.
    #[must_use]
    pub fn is_any(&self, roles: &[Role]) -> bool {
        self.principal.roles.iter().any(|role| roles.contains(role))
    }
}

/// Finds the caller: `None` where nobody is signed in.
///
/// # Errors
/// A wrong or expired bearer token, a company that the user does not work for, the store's errors.
pub async fn caller(web: &Web, headers: &HeaderMap) -> Result<Option<Caller>, Problem> {
    let store = web.pipeline.store();
    let now = web.pipeline.ambient().now();
    let (user, csrf) = if let Some(value) = headers.get(header::AUTHORIZATION) {
        let token =
            bearer(value).ok_or_else(|| Problem::new(problem::NOT_SIGNED_IN, "the header Authorization must be `Bearer <token>`"))?;
        let user = store.token(&token_hash(token), now).await?;
        (user.ok_or_else(|| Problem::new(problem::NOT_SIGNED_IN, "the token is unknown or expired"))?, None)
    } else if let Some(cookie) = session_cookie(headers) {
        match store.session(&token_hash(&cookie), now).await? {
            Some(session) => (session.user, Some(session.csrf)),
            None => return Ok(None),
        }
    } else {
        return Ok(None);
    };
    let company = headers.get(COMPANY).map(|value| value.to_str().unwrap_or_default());
    let principal = principal(web, user, company).await?;
    Ok(Some(Caller { principal, csrf }))
}

async fn principal(web: &Web, user: UserId, company: Option<&str>) -> Result<Principal, Problem> {
    let found = web.pipeline.store().principal(user, company).await?;
    found.ok_or_else(|| match company {
        Some(_) => Problem::not_found("company"),
        None => Problem::new(problem::FORBIDDEN, "the user works for no company"),
    })
}

fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= 512).then_some(token)
}

/// The session cookie's value.
#[must_use]
pub fn session_cookie(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == COOKIE && !value.is_empty() && value.len() <= 512)
        .map(|(_, value)| value.to_owned())
}

/// `Set-Cookie` for a session; an empty token ends it.
#[must_use]
pub fn set_cookie(token: &str, headers: &HeaderMap) -> String {
    let age = if token.is_empty() { 0 } else { SESSION_HOURS * 3600 };
    let secure = headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{}", if secure { "; Secure" } else { "" })
}

/// A new session: its cookie token.
///
/// # Errors
/// The store's.
pub async fn open_session(web: &Web, user: UserId) -> Result<String, Problem> {
    let ambient = web.pipeline.ambient();
    let (token, csrf) = (ambient.secret(), ambient.secret());
    let now = ambient.now();
    let expires = now.checked_add(SignedDuration::from_hours(SESSION_HOURS)).map_err(|e| Problem::internal(&e))?;
    web.pipeline.store().purge_sessions(now).await?;
    web.pipeline.store().open_session(&token_hash(&token), user, expires, &csrf).await?;
    Ok(token)
}

/// Hash of nobody's password: verified for unknown names, so that they take as long as known ones.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_password(&Ambient::system(), "nobody's password").unwrap_or_default());

/// Checks name and password.
///
/// # Errors
/// [`problem::SLOW_DOWN`] after repeated failures; [`problem::NOT_SIGNED_IN`] for a wrong name or
/// password, without saying which.
pub async fn check_password(web: &Web, name: &str, password: &str) -> Result<UserId, Problem> {
    let now = web.pipeline.ambient().now();
    if name.chars().count() > LONGEST_NAME || password.len() > LONGEST_PASSWORD {
        return Err(Problem::new(problem::NOT_SIGNED_IN, "the name or the password is wrong"));
    }
    if let Err(wait) = web.0.slow_down.attempt(name, now) {
        let detail = format!("too many failed attempts for this name: wait {wait} seconds");
        return Err(Problem::new(problem::SLOW_DOWN, detail).retry_after(wait));
    }
    let found = web.pipeline.store().user_credentials(name).await?;
    let (user, hash) = match found {
        Some((user, hash)) => (Some(user), hash),
        None => (None, NOBODY.clone()),
    };
    let _permit = web.0.sign_ins.acquire().await.map_err(|e| Problem::internal(&e))?;
    let password = password.to_owned();
    let right = tokio::task::spawn_blocking(move || verify_password(&password, &hash)).await.map_err(|e| Problem::internal(&e))?;
    match user {
        Some(user) if right => {
            web.0.slow_down.forget(name);
            Ok(user)
        }
        _ => Err(Problem::new(problem::NOT_SIGNED_IN, "the name or the password is wrong")),
    }
}

/// Failures in a row by name, in memory. An attempt counts as failed before its password is looked at,
/// so that guesses sent side by side count too; a right password takes all of them back.
#[derive(Debug, Default)]
pub struct SlowDown(Mutex<HashMap<String, (u32, Timestamp)>>);

const FREE_FAILURES: u32 = 5;
const LONGEST_WAIT: i64 = 300;
const NAMES_AT_MOST: usize = 10_000;
const LONGEST_NAME: usize = 100;
const LONGEST_PASSWORD: usize = 1024;

impl SlowDown {
    /// Counts an attempt.
    ///
    /// # Errors
    /// The seconds this name must still wait; such an attempt is not counted.
    fn attempt(&self, name: &str, now: Timestamp) -> Result<(), u64> {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wait) = map.get(name).and_then(|entry| left(*entry, now)) {
            return Err(wait);
        }
        if map.len() >= NAMES_AT_MOST && !map.contains_key(name) {
            // Names that need not wait go first, then the oldest.
            let oldest = map.iter().min_by_key(|(_, (failures, last))| ((*failures).min(FREE_FAILURES), *last));
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                map.remove(&oldest);
            }
        }
        let entry = map.entry(name.to_owned()).or_insert((0, now));
        *entry = (entry.0.saturating_add(1), now);
        Ok(())
    }

    fn forget(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

/// Seconds that a name with these failures must still wait.
fn left((failures, last): (u32, Timestamp), now: Timestamp) -> Option<u64> {
    let beyond = failures.checked_sub(FREE_FAILURES)?;
    let pause = (2_i64 << beyond.min(10)).min(LONGEST_WAIT);
    u64::try_from(pause - now.duration_since(last).as_secs()).ok().filter(|left| *left > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_failures_are_free_then_the_wait_doubles() {
        let slow = SlowDown::default();
        let now = Timestamp::UNIX_EPOCH;
        // None of these was answered yet: they are sent side by side.
        for _ in 0..5 {
            assert_eq!(slow.attempt("ann", now), Ok(()));
        }
        assert_eq!(slow.attempt("ann", now), Err(2));
        let later = now + SignedDuration::from_secs(2);
        assert_eq!(slow.attempt("ann", later), Ok(()));
        assert_eq!(slow.attempt("ann", later), Err(4));
        assert_eq!(slow.attempt("bob", now), Ok(()));
        slow.forget("ann");
        assert_eq!(slow.attempt("ann", later), Ok(()));
    }

    #[test]
    fn a_full_table_still_slows_down() {
        let slow = SlowDown::default();
        let now = Timestamp::UNIX_EPOCH;
        for _ in 0..5 {
            assert_eq!(slow.attempt("ann", now), Ok(()));
        }
        for n in 0..NAMES_AT_MOST + 10 {
            assert_eq!(slow.attempt(&format!("name{n}"), now), Ok(()));
        }
        assert_eq!(slow.attempt("ann", now), Err(2), "who must wait is not pushed out by who need not");
        for _ in 0..4 {
            let _ = slow.attempt("new", now + SignedDuration::from_secs(1));
        }
        assert!(slow.0.lock().unwrap().len() <= NAMES_AT_MOST);
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=b; countersign_session=abc; c=d"));
        assert_eq!(session_cookie(&headers).as_deref(), Some("abc"));
        assert!(set_cookie("x", &headers).contains("HttpOnly; SameSite=Strict"));
        assert!(set_cookie("", &headers).contains("Max-Age=0"));
    }
}
