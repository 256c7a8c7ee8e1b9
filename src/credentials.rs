//! Passwords and tokens: how they are made and what is kept of them. Passwords are kept as Argon2id
//! hashes, tokens and session cookies as SHA-256; either is shown once, when it is made.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};

use crate::ambient::Ambient;
use crate::domain::hash::sha256_hex;

/// Characters of a password that is generated.
const GENERATED: usize = 20;

/// A password cannot be hashed: longer than Argon2 takes.
#[derive(Debug, thiserror::Error)]
#[error("the password cannot be hashed: {0}")]
pub struct HashError(argon2::password_hash::Error);

/// A new password.
#[must_use]
pub fn new_password(ambient: &Ambient) -> String {
    ambient.secret().chars().take(GENERATED).collect()
}

/// Argon2id with the crate's parameters and a salt of 16 bytes, as PHC text.
///
/// # Errors
/// [`HashError`].
pub fn hash_password(ambient: &Ambient, password: &str) -> Result<String, HashError> {
    let salt: Vec<u8> = ambient.secret().into_bytes().chunks_exact(2).take(16).map(hex_byte).collect();
    let hash: PasswordHash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map_err(HashError)?;
    Ok(hash.to_string())
}

/// Whether the password is the hash's.
#[must_use]
pub fn verify_password(password: &str, hash: &str) -> bool {
    Argon2::default().verify_password(password.as_bytes(), hash).is_ok()
}

/// A new bearer token: `cs_` and 64 hexadecimal digits.
#[must_use]
pub fn new_token(ambient: &Ambient) -> String {
    format!("cs_{}", ambient.secret())
}

/// What is kept of a token or session cookie: its SHA-256, hexadecimal.
#[must_use]
pub fn token_hash(token: &str) -> String {
    sha256_hex(token.as_bytes())
}

fn hex_byte(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |byte, digit| byte << 4 | char::from(*digit).to_digit(16).map_or(0, |d| d as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_verifies_and_salts_differ() {
        let ambient = Ambient::system();
        let (one, two) = (hash_password(&ambient, "correct horse").unwrap(), hash_password(&ambient, "correct horse").unwrap());
        assert_ne!(one, two);
        assert!(verify_password("correct horse", &one));
        assert!(!verify_password("battery staple", &one));
        assert!(!verify_password("correct horse", "no hash"));
    }

    #[test]
    fn secrets_become_bytes() {
        assert_eq!(b"00ff7a".chunks_exact(2).map(hex_byte).collect::<Vec<_>>(), [0, 255, 122]);
        assert_eq!(token_hash("cs_1").len(), 64);
    }
}
