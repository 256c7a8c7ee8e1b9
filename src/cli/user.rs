//! `countersign user` and `countersign token`: who may sign in. Passwords are kept as Argon2 hashes,
//! tokens as SHA-256; either is shown once, when it is made.

use anyhow::Context as _;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use super::{Global, Outcome, WrongUse, database, runtime};
use crate::ambient::Ambient;
use crate::credentials::{hash_password, new_password, new_token, token_hash};
use crate::domain::UserId;
use crate::store::{NewToken, NewUser, Store, StoreError};
use crate::workflow::Role;

/// Fewest characters of a password that is given.
const SHORTEST: usize = 10;

/// Options of `user`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(clap::Subcommand)]
enum UserCommand {
    /// Create a user; the password is read from standard input with --password-stdin, else generated and printed once
    Add {
        /// Sign-in name
        name: String,
        /// Name shown; the sign-in name where absent
        #[arg(long, value_name = "TEXT", env = "COUNTERSIGN_DISPLAY")]
        display: Option<String>,
        /// Code of the company; may be left out where there is one
        #[arg(long, value_name = "CODE", env = "COUNTERSIGN_COMPANY")]
        company: Option<String>,
        /// Role in that company; may be given several times
        #[arg(long = "role", value_name = "ROLE", env = "COUNTERSIGN_ROLE", value_delimiter = ',', required = true)]
        roles: Vec<Role>,
        /// Read the password from standard input
        #[arg(long, env = "COUNTERSIGN_PASSWORD_STDIN", value_parser = clap::builder::FalseyValueParser::new())]
        password_stdin: bool,
    },
    /// List users with their roles
    List,
    /// End a user: no sign-in, session or token any more
    Disable {
        /// Sign-in name
        name: String,
    },
    /// Set a new password and end the user's sessions
    Password {
        /// Sign-in name
        name: String,
        /// Read the password from standard input; else one is generated and printed once
        #[arg(long, env = "COUNTERSIGN_PASSWORD_STDIN", value_parser = clap::builder::FalseyValueParser::new())]
        password_stdin: bool,
    },
}

/// Options of `token`.
#[derive(clap::Args)]
pub struct TokenArgs {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(clap::Subcommand)]
enum TokenCommand {
    /// Make a bearer token for a user; printed once
    Create {
        /// Sign-in name
        user: String,
        /// What it is for
        #[arg(long, value_name = "TEXT", env = "COUNTERSIGN_LABEL", default_value = "")]
        label: String,
        /// Days until it expires, or `never`
        #[arg(long, value_name = "DAYS", env = "COUNTERSIGN_EXPIRES", default_value = "90")]
        expires: Lifetime,
    },
    /// List tokens (never the secrets)
    List,
    /// Make a token void
    Revoke {
        /// The id that `token list` shows
        id: String,
    },
}

/// Days that a token is valid; none: without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lifetime(Option<u16>);

impl std::str::FromStr for Lifetime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<u16>() {
            Ok(days) if days > 0 => Ok(Self(Some(days))),
            _ if text == "never" => Ok(Self(None)),
            _ => Err("give a number of days from 1 to 65535, or never".to_owned()),
        }
    }
}

pub(super) fn run(global: &Global, args: Args) -> Outcome {
    let ambient = Ambient::system();
    runtime()?.block_on(async {
        let store = database::open(global).await?;
        match args.command {
            UserCommand::Add { name, display, company, roles, password_stdin } => {
                let display = display.unwrap_or_else(|| name.clone());
                add(&store, &ambient, NewAccount { name, display, roles, password_stdin }, company.as_deref()).await?;
            }
            UserCommand::List => list(&store).await?,
            UserCommand::Disable { name } => {
                let user = find(&store, &name).await?;
                store.disable_user(user, &database::administration(), ambient.now()).await?;
            }
            UserCommand::Password { name, password_stdin } => {
                let user = find(&store, &name).await?;
                let (password, generated) = password(&ambient, password_stdin)?;
                store.set_password(user, &hash_password(&ambient, &password)?, &database::administration(), ambient.now()).await?;
                if generated {
                    println!("{password}");
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

struct NewAccount {
    name: String,
    display: String,
    roles: Vec<Role>,
    password_stdin: bool,
}

async fn add(store: &Store, ambient: &Ambient, account: NewAccount, company: Option<&str>) -> anyhow::Result<()> {
    let companies = database::companies(store, company).await?;
    let [company] = companies.as_slice() else {
        let codes: Vec<&str> = companies.iter().map(|c| c.code.as_str()).collect();
        let say = if codes.is_empty() { "there is no company yet: see `company add`".to_owned() } else { codes.join(", ") };
        return Err(WrongUse(format!("name the company with --company: {say}")).into());
    };
    if account.name.trim().is_empty() || account.name.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(WrongUse("a sign-in name has no blanks and is not empty".to_owned()).into());
    }
    let (password, generated) = password(ambient, account.password_stdin)?;
    let new = NewUser {
        id: ambient.id(),
        name: account.name,
        display: account.display,
        password_hash: Some(hash_password(ambient, &password)?),
        roles: vec![(company.id, account.roles)],
    };
    store.create_user(&new, &database::administration(), ambient.now()).await?;
    if generated {
        println!("{password}");
    }
    Ok(())
}

async fn list(store: &Store) -> anyhow::Result<()> {
    for user in store.users().await? {
        let roles: Vec<String> = user.roles.iter().map(|(code, role)| format!("{code}:{role}")).collect();
        let state = if user.disabled { "disabled" } else { "enabled" };
        println!("{}\t{}\t{state}\t{}", user.name, user.display, roles.join(" "));
    }
    Ok(())
}

pub(super) fn run_token(global: &Global, args: TokenArgs) -> Outcome {
    let ambient = Ambient::system();
    runtime()?.block_on(async {
        let store = database::open(global).await?;
        match args.command {
            TokenCommand::Create { user, label, expires } => {
                let user = find(&store, &user).await?;
                let now = ambient.now();
                let lifetime = |days: u16| now.checked_add(jiff::SignedDuration::from_hours(24 * i64::from(days)));
                let expires = expires.0.map(lifetime).transpose().context("the time of expiry is out of range")?;
                let token = new_token(&ambient);
                let new = NewToken { hash: &token_hash(&token), user, label: &label, expires };
                store.create_token(&new, &database::administration(), now).await?;
                println!("{token}");
            }
            TokenCommand::List => {
                for token in store.tokens().await? {
                    let state = match (token.revoked, token.expires) {
                        (Some(at), _) => format!("revoked {at}"),
                        (None, Some(at)) => format!("expires {at}"),
                        (None, None) => "no expiry".to_owned(),
                    };
                    println!("{}\t{}\t{}\t{state}", token.id, token.user, token.label);
                }
            }
            TokenCommand::Revoke { id } => match store.revoke_token(&id, &database::administration(), ambient.now()).await {
                Err(StoreError::NotFound) => return Err(WrongUse(format!("there is no valid token {id:?}: see `token list`")).into()),
                outcome => outcome?,
            },
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn find(store: &Store, name: &str) -> anyhow::Result<UserId> {
    let users = store.users().await?;
    let user = users.iter().find(|user| user.name == name).map(|user| user.id);
    user.ok_or_else(|| WrongUse(format!("there is no user {name:?}: see `user list`")).into())
}

/// The password given or generated, and whether it was generated.
fn password(ambient: &Ambient, from_stdin: bool) -> anyhow::Result<(String, bool)> {
    if !from_stdin {
        return Ok((new_password(ambient), true));
    }
    if std::io::stdin().is_terminal() {
        eprintln!("Password (one line; it is shown as you type):");
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("cannot read the password from standard input")?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.chars().count() < SHORTEST {
        return Err(WrongUse(format!("a password has at least {SHORTEST} characters")).into());
    }
    Ok((password, false))
}
