//! What server functions find in their request: the services and who is signed in.

use leptos::prelude::{provide_context, use_context};

use super::{
    done::Done,
    session::{AuthSession, Credentials},
};
use crate::{
    domain::{error::AppError, people::Viewer, today::Today},
    services::{App, internal},
    views::people::{DemoLogin, Me},
};

/// Longest input that sign-in looks at; beyond it nothing can be right.
const MAX_INPUT: usize = 300;

/// Gives a request what pages and server functions find in it: the services, and the day it is.
pub fn provide(app: &App) {
    provide_context(Today(app.now().date_naive()));
    provide_context(app.clone());
}

fn app() -> Result<App, AppError> {
    use_context::<App>().ok_or_else(|| internal(&std::io::Error::other("no services in this request's context")))
}

async fn session() -> Result<AuthSession, AppError> {
    leptos_axum::extract::<AuthSession>().await.map_err(|error| internal(&error))
}

/// The guard at the start of every server function: the services and the viewer, or "please sign in".
pub async fn signed_in() -> Result<(App, Viewer), AppError> {
    let user = session().await?.user.ok_or(AppError::NotSignedIn)?;
    Ok((app()?, user.viewer))
}

pub fn redirect(path: &str) {
    leptos_axum::redirect(path);
}

pub async fn me() -> Result<Option<Me>, AppError> {
    Ok(session().await?.user.map(|user| Me { name: user.viewer.name, email: user.email, role: user.viewer.role }))
}

pub async fn sign_in(email: String, password: String, next: Option<String>) -> Result<(), AppError> {
    if email.trim().is_empty() {
        return Err(AppError::invalid("email", "Enter your e-mail address."));
    }
    if password.is_empty() {
        return Err(AppError::invalid("password", "Enter your password."));
    }
    let mut session = session().await?;
    let user = if email.len() > MAX_INPUT || password.len() > MAX_INPUT {
        None
    } else {
        session.authenticate(Credentials { email, password }).await.map_err(|error| match error {
            axum_login::Error::Backend(error) => error,
            other => internal(&other),
        })?
    };
    let user = user.ok_or_else(|| AppError::invalid("password", "E-mail address or password is wrong."))?;
    session.login(&user).await.map_err(|error| internal(&error))?;
    redirect(local_path(next.as_deref()).unwrap_or("/deals"));
    Ok(())
}

pub async fn sign_out() -> Result<(), AppError> {
    session().await?.logout().await.map_err(|error| internal(&error))?;
    redirect("/login");
    Ok(())
}

pub async fn demo_logins() -> Result<Vec<DemoLogin>, AppError> {
    app()?.people().demo_logins().await
}

/// Leads to a page that says what was done.
pub fn done(path: &str, done: Done) {
    redirect(&done.at(path));
}

/// The same back where a form stands, or at `otherwise`.
pub fn done_back(back: Option<&str>, otherwise: &str, what: Done) {
    done(local_path(back).unwrap_or(otherwise), what);
}

/// A path of this site; anything that a browser could read as another site's address is refused.
fn local_path(next: Option<&str>) -> Option<&str> {
    let path = next?;
    let local = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') && !path.chars().any(char::is_control);
    local.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sign_in_leads_nowhere_else() {
        assert_eq!(local_path(Some("/deals?page=2")), Some("/deals?page=2"));
        for foreign in ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "deals", ""] {
            assert_eq!(local_path(Some(foreign)), None, "{foreign}");
        }
    }
}
