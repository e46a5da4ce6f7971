//! `vectoros user`.

use std::io::{BufRead, IsTerminal, stdin};

use anyhow::{Context, Result};
use app::services::NewAccount;

use crate::{cli::UserAdd, config::Config};

pub async fn add(config: &Config, args: UserAdd) -> Result<()> {
    let password = password()?;
    let app = super::open(config).await?;
    let new = NewAccount { name: args.name, email: args.email.clone(), password, role: args.role.into(), team: args.team };
    app.people().add_account(new).await?;
    eprintln!("{} can sign in now", args.email);
    Ok(())
}

/// From the environment, else the first line of standard input: never from the command line, which others can see.
fn password() -> Result<String> {
    if let Ok(password) = std::env::var("VECTOROS_USER_PASSWORD") {
        return Ok(password);
    }
    if stdin().is_terminal() {
        eprintln!("Password (at least 8 characters):");
    }
    let mut line = String::new();
    stdin().lock().read_line(&mut line).context("the password could not be read from standard input")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
