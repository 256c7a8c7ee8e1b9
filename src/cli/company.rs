//! `countersign company`: the legal entities that one installation serves.

use std::process::ExitCode;

use super::{Global, Outcome, database, runtime};
use crate::ambient::Ambient;
use crate::store::NewCompany;

/// Options of `company`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Create a company with its trail and its books
    Add {
        /// Short code: letters, digits, `-`, `_`; stands in every posting key and cannot be changed
        code: String,
        /// Its name
        #[arg(long, value_name = "NAME", env = "COUNTERSIGN_NAME")]
        name: String,
    },
    /// List companies
    List,
}

pub(super) fn run(global: &Global, args: Args) -> Outcome {
    let ambient = Ambient::system();
    runtime()?.block_on(async {
        let store = database::open(global).await?;
        match args.command {
            Command::Add { code, name } => {
                let new = NewCompany { id: ambient.id(), code, name };
                store.create_company(&new, &database::administration(), ambient.now()).await?;
                println!("{} {}", new.id, new.code);
            }
            Command::List => {
                for company in store.companies().await? {
                    println!("{}\t{}\t{}", company.code, company.name, company.id);
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}
