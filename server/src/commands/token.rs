//! `vectoros token`.

use anyhow::Result;

use crate::{cli::Token, config::Config};

pub async fn run(config: &Config, command: Token) -> Result<()> {
    let app = super::open(config).await?;
    match command {
        Token::Add { email, name } => {
            let new = app.people().add_token(&email, &name).await?;
            eprintln!("Token {} for {email}; it is shown this once:", new.id);
            println!("{}", new.token);
        }
        Token::List => {
            for token in app.people().tokens().await? {
                println!("{}  {}  made {}", token.id, token.name, token.created_at.format("%Y-%m-%d %H:%M"));
            }
        }
        Token::Revoke { id } => {
            app.people().revoke_token(id).await?;
            println!("Token {id} opens nothing any more.");
        }
    }
    Ok(())
}
