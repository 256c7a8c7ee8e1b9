//! Companies, users with their roles, sessions and tokens. Secrets are kept as hashes only; whoever
//! holds this database can sign in as nobody.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use sqlx::AnyConnection;

use super::audit::{self, Entry};
use super::dialect::is_unique_violation;
use super::rows::{Columns as _, micros};
use super::types::{By, Principal};
use super::{Store, StoreError, retrying};
use crate::audit::genesis;
use crate::domain::{CompanyId, UserId};
use crate::workflow::Role;

/// A company to be created.
#[derive(Debug, Clone)]
pub struct NewCompany {
    /// Its id.
    pub id: CompanyId,
    /// Short code, letters, digits, `-` and `_`; part of every posting key, so never changed.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// A company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Company {
    /// Its id.
    pub id: CompanyId,
    /// Its short code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// A user to be created.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Its id.
    pub id: UserId,
    /// Sign-in name.
    pub name: String,
    /// Name shown.
    pub display: String,
    /// Argon2 hash (PHC text); none: no sign-in by password.
    pub password_hash: Option<String>,
    /// Roles by company.
    pub roles: Vec<(CompanyId, Vec<Role>)>,
}

/// A user in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserRow {
    /// Its id.
    pub id: UserId,
    /// Sign-in name.
    pub name: String,
    /// Name shown.
    pub display: String,
    /// Whether it can no longer sign in.
    pub disabled: bool,
    /// `(company code, role)`.
    pub roles: Vec<(String, Role)>,
}

/// An open session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Whose.
    pub user: UserId,
    /// What forms must carry.
    pub csrf: String,
    /// Until when.
    pub expires: Timestamp,
}

/// A token in a list; the secret itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenRow {
    /// First 12 digits of its hash: names it.
    pub id: String,
    /// Whose (sign-in name).
    pub user: String,
    /// What it is for.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when; none: no end.
    pub expires: Option<Timestamp>,
    /// Since when it is void.
    pub revoked: Option<Timestamp>,
}

/// A token to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewToken<'a> {
    /// SHA-256 of its secret, hexadecimal.
    pub hash: &'a str,
    /// Whose.
    pub user: UserId,
    /// What it is for.
    pub label: &'a str,
    /// Until when; none: no end.
    pub expires: Option<Timestamp>,
}

/// A change of a user that ends its sessions: the statement takes a hash and the id.
struct UserChange<'a> {
    sql: &'static str,
    hash: &'a str,
    action: &'static str,
}

/// Digits of a token's hash that name it.
const TOKEN_ID: usize = 12;

fn taken(what: &str) -> impl Fn(sqlx::Error) -> StoreError {
    move |error| if is_unique_violation(&error) { StoreError::Exists(what.to_owned()) } else { error.into() }
}

impl Store {
    /// Creates a company with its trail and its books.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where the code is taken; [`StoreError::Misuse`] for a code of other characters.
    pub async fn create_company(&self, company: &NewCompany, by: &By, at: Timestamp) -> Result<(), StoreError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if company.code.is_empty() || company.code.len() > 40 || !company.code.chars().all(plain) {
            return Err(StoreError::Misuse("a company's code has 1 to 40 letters, digits, '-' or '_'"));
        }
        retrying!(async {
            let mut write = self.write().await?;
            let id = company.id.to_string();
            sqlx::query(
                "INSERT INTO companies (id, code, name, created_at, number)
                 SELECT $1, $2, $3, $4, COALESCE(MAX(number), 0) + 1 FROM companies WHERE number < 4294967296",
            )
            .bind(id.as_str())
            .bind(company.code.as_str())
            .bind(company.name.as_str())
            .bind(micros(at))
            .execute(write.on())
            .await
            .map_err(taken(&format!("a company {:?}", company.code)))?;
            sqlx::query("INSERT INTO audit_heads (company_id, next_index, hash) VALUES ($1, 0, $2)")
                .bind(id.as_str())
                .bind(genesis(company.id))
                .execute(write.on())
                .await?;
            sqlx::query("INSERT INTO ledger_heads (company_id, next_number) VALUES ($1, 1)").bind(id.as_str()).execute(write.on()).await?;
            let detail = json!({"code": company.code, "name": company.name});
            record(write.on(), company.id, by, at, "company-created", detail).await?;
            write.commit().await
        })
    }

    /// Every company, by code.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn companies(&self) -> Result<Vec<Company>, StoreError> {
        let rows = sqlx::query("SELECT id, code, name FROM companies ORDER BY code").fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(Company { id: row.parsed("id")?, code: row.text("code")?, name: row.text("name")? })).collect()
    }

    /// Creates a user with roles; recorded in the trail of each company it has roles in.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where the name is taken.
    pub async fn create_user(&self, user: &NewUser, by: &By, at: Timestamp) -> Result<(), StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            sqlx::query("INSERT INTO users (id, name, display, password_hash, created_at) VALUES ($1, $2, $3, $4, $5)")
                .bind(user.id.to_string())
                .bind(user.name.as_str())
                .bind(user.display.as_str())
                .bind(user.password_hash.as_deref())
                .bind(micros(at))
                .execute(write.on())
                .await
                .map_err(taken(&format!("a user {:?}", user.name)))?;
            let mut roles = user.roles.clone();
            roles.sort_by_key(|(company, _)| *company);
            for (company, roles) in &roles {
                for role in roles {
                    sqlx::query("INSERT INTO user_roles (user_id, company_id, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
                        .bind(user.id.to_string())
                        .bind(company.to_string())
                        .bind(role.as_str())
                        .execute(write.on())
                        .await?;
                }
                let detail = json!({"user": user.id, "name": user.name, "roles": roles});
                record(write.on(), *company, by, at, "user-created", detail).await?;
            }
            write.commit().await
        })
    }

    /// Sets a new password hash and ends the user's sessions.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn set_password(&self, user: UserId, hash: &str, by: &By, at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE users SET password_hash = $1 WHERE id = $2";
        self.change_user(user, &UserChange { sql, hash, action: "password-changed" }, by, at).await
    }

    /// Ends a user: no sign-in, no session, no token any more. Its records stay.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn disable_user(&self, user: UserId, by: &By, at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE users SET disabled = 1, password_hash = NULLIF($1, '') WHERE id = $2";
        self.change_user(user, &UserChange { sql, hash: "", action: "user-disabled" }, by, at).await
    }

    async fn change_user(&self, user: UserId, change: &UserChange<'_>, by: &By, at: Timestamp) -> Result<(), StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            let id = user.to_string();
            if sqlx::query(change.sql).bind(change.hash).bind(id.as_str()).execute(write.on()).await?.rows_affected() != 1 {
                return Err(StoreError::NotFound);
            }
            sqlx::query("DELETE FROM sessions WHERE user_id = $1").bind(id.as_str()).execute(write.on()).await?;
            record_of_user(write.on(), &id, by, at, change.action, &json!({"user": user})).await?;
            write.commit().await
        })
    }

    /// Every user, by name.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn users(&self) -> Result<Vec<UserRow>, StoreError> {
        let rows = sqlx::query("SELECT id, name, display, disabled FROM users ORDER BY name").fetch_all(&self.pool).await?;
        let roles = sqlx::query(
            "SELECT r.user_id, c.code, r.role FROM user_roles r JOIN companies c ON c.id = r.company_id ORDER BY c.code, r.role",
        )
        .fetch_all(&self.pool)
        .await?;
        let mut users = Vec::with_capacity(rows.len());
        for row in &rows {
            let id: UserId = row.parsed("id")?;
            let mut held = Vec::new();
            for role in &roles {
                if role.parsed::<UserId>("user_id")? == id {
                    held.push((role.text("code")?, role.named("role")?));
                }
            }
            let disabled = row.int("disabled")? != 0;
            users.push(UserRow { id, name: row.text("name")?, display: row.text("display")?, disabled, roles: held });
        }
        Ok(users)
    }

    /// Id and password hash for a sign-in; none for unknown, disabled and password-less users alike.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn user_credentials(&self, name: &str) -> Result<Option<(UserId, String)>, StoreError> {
        let row = sqlx::query("SELECT id, password_hash FROM users WHERE name = $1 AND disabled = 0 AND password_hash IS NOT NULL")
            .bind(name)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| Ok((row.parsed("id")?, row.text("password_hash")?))).transpose()
    }

    /// A user in a company: the one named, else the first (by code) where it holds a role. None where
    /// it holds none there, or is disabled.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn principal(&self, user: UserId, company_code: Option<&str>) -> Result<Option<Principal>, StoreError> {
        let rows = sqlx::query(
            "SELECT u.name, c.id, c.code, r.role FROM users u JOIN user_roles r ON r.user_id = u.id JOIN companies c ON c.id = r.company_id
             WHERE u.id = $1 AND u.disabled = 0 AND ($2 = '' OR c.code = $2) ORDER BY c.code, r.role",
        )
        .bind(user.to_string())
        .bind(company_code.unwrap_or_default())
        .fetch_all(&self.pool)
        .await?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        let company: CompanyId = first.parsed("id")?;
        let mut roles = Vec::new();
        for row in &rows {
            if row.parsed::<CompanyId>("id")? == company {
                roles.push(row.named("role")?);
            }
        }
        Ok(Some(Principal { id: user, name: first.text("name")?, company, company_code: first.text("code")?, roles }))
    }

    /// Sign-in names of the enabled users who hold a role in a company.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn users_with_role(&self, company: CompanyId, role: Role) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query(
            "SELECT u.name FROM users u JOIN user_roles r ON r.user_id = u.id
             WHERE r.company_id = $1 AND r.role = $2 AND u.disabled = 0 ORDER BY u.name",
        )
        .bind(company.to_string())
        .bind(role.as_str())
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| row.text("name")).collect()
    }

    /// Opens a session under the hash of its cookie's secret.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn open_session(&self, token_hash: &str, user: UserId, expires: Timestamp, csrf: &str) -> Result<(), StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            sqlx::query("INSERT INTO sessions (token_hash, user_id, csrf, expires_at) VALUES ($1, $2, $3, $4)")
                .bind(token_hash)
                .bind(user.to_string())
                .bind(csrf)
                .bind(micros(expires))
                .execute(write.on())
                .await?;
            write.commit().await
        })
    }

    /// The session of a secret's hash, unless it is over or its user disabled.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn session(&self, token_hash: &str, now: Timestamp) -> Result<Option<SessionRow>, StoreError> {
        let row = sqlx::query(
            "SELECT s.user_id, s.csrf, s.expires_at FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE s.token_hash = $1 AND s.expires_at > $2 AND u.disabled = 0",
        )
        .bind(token_hash)
        .bind(micros(now))
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| Ok(SessionRow { user: row.parsed("user_id")?, csrf: row.text("csrf")?, expires: row.time("expires_at")? }))
            .transpose()
    }

    /// Forgets the sessions that are over; gives how many.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn purge_sessions(&self, now: Timestamp) -> Result<u64, StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            let over = sqlx::query("DELETE FROM sessions WHERE expires_at <= $1").bind(micros(now)).execute(write.on()).await?;
            write.commit().await?;
            Ok(over.rows_affected())
        })
    }

    /// Ends a session; one that is not there is ended already.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn close_session(&self, token_hash: &str) -> Result<(), StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            sqlx::query("DELETE FROM sessions WHERE token_hash = $1").bind(token_hash).execute(write.on()).await?;
            write.commit().await
        })
    }

    /// Keeps a token by the hash of its secret; recorded in the trail of each company its user works for.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where it is kept already.
    pub async fn create_token(&self, token: &NewToken<'_>, by: &By, at: Timestamp) -> Result<(), StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            sqlx::query("INSERT INTO tokens (token_hash, user_id, label, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)")
                .bind(token.hash)
                .bind(token.user.to_string())
                .bind(token.label)
                .bind(micros(at))
                .bind(token.expires.map(micros))
                .execute(write.on())
                .await
                .map_err(taken("the token"))?;
            let id: String = token.hash.chars().take(TOKEN_ID).collect();
            let detail = json!({"token": id, "user": token.user, "label": token.label, "expires": token.expires});
            record_of_user(write.on(), &token.user.to_string(), by, at, "token-created", &detail).await?;
            write.commit().await
        })
    }

    /// Whose token this is, unless it has expired, was revoked, or its user is disabled.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn token(&self, hash: &str, now: Timestamp) -> Result<Option<UserId>, StoreError> {
        let row = sqlx::query(
            "SELECT t.user_id FROM tokens t JOIN users u ON u.id = t.user_id
             WHERE t.token_hash = $1 AND (t.expires_at IS NULL OR t.expires_at > $2) AND t.revoked_at IS NULL AND u.disabled = 0",
        )
        .bind(hash)
        .bind(micros(now))
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| row.parsed("user_id")).transpose()
    }

    /// Every token, newest first.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn tokens(&self) -> Result<Vec<TokenRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT t.token_hash, u.name, t.label, t.created_at, t.expires_at, t.revoked_at FROM tokens t JOIN users u ON u.id = t.user_id
             ORDER BY t.created_at DESC, t.token_hash",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(TokenRow {
                    id: row.text("token_hash")?.chars().take(TOKEN_ID).collect(),
                    user: row.text("name")?,
                    label: row.text("label")?,
                    created_at: row.time("created_at")?,
                    expires: row.maybe_time("expires_at")?,
                    revoked: row.maybe_time("revoked_at")?,
                })
            })
            .collect()
    }

    /// Makes a token void, by the id that [`Store::tokens`] shows.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is none, or it is void already.
    pub async fn revoke_token(&self, id: &str, by: &By, at: Timestamp) -> Result<(), StoreError> {
        if id.len() != TOKEN_ID || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(StoreError::NotFound);
        }
        retrying!(async {
            let mut write = self.write().await?;
            let sql = "UPDATE tokens SET revoked_at = $1 WHERE token_hash LIKE $2 AND revoked_at IS NULL RETURNING user_id";
            let revoked = sqlx::query(sql).bind(micros(at)).bind(format!("{id}%")).fetch_all(write.on()).await?;
            if revoked.is_empty() {
                return Err(StoreError::NotFound);
            }
            for row in &revoked {
                let user = row.text("user_id")?;
                let detail = json!({"token": id, "user": user});
                record_of_user(write.on(), &user, by, at, "token-revoked", &detail).await?;
            }
            write.commit().await
        })
    }
}

/// A record in the trail of each company that the user works for.
async fn record_of_user(
    on: &mut AnyConnection,
    user: &str,
    by: &By,
    at: Timestamp,
    action: &str,
    detail: &serde_json::Value,
) -> Result<(), StoreError> {
    let companies = sqlx::query("SELECT DISTINCT company_id FROM user_roles WHERE user_id = $1 ORDER BY company_id")
        .bind(user)
        .fetch_all(&mut *on)
        .await?;
    for row in &companies {
        record(&mut *on, row.parsed("company_id")?, by, at, action, detail.clone()).await?;
    }
    Ok(())
}

async fn record(
    on: &mut AnyConnection,
    company: CompanyId,
    by: &By,
    at: Timestamp,
    action: &str,
    detail: serde_json::Value,
) -> Result<(), StoreError> {
    audit::append(on, Entry { company, by, at, action, case_id: None, case_version: None, detail }).await?;
    Ok(())
}
