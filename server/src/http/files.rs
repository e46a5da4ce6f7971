//! The browser client and what else lies in the site's folder.
//!
//! A service of their own: leptos_axum's file fallback, answering on the thread of a page that is being rendered, would take the
//! page's response options (its content policy, its redirect) for itself.

use axum::Router;
use tower_http::services::{ServeDir, ServeFile};

use crate::config::Config;

/// The files beside the client: what `public/` holds.
const PUBLIC: [&str; 1] = ["favicon.svg"];

pub fn router(config: &Config) -> Router {
    // The client's build compresses once, and better than a request could wait for.
    let client = ServeDir::new(config.site_dir.join("pkg")).precompressed_br().precompressed_gzip();
    let client = Router::new().nest_service("/pkg", client);
    PUBLIC.into_iter().fold(client, |router, file| router.route_service(&format!("/{file}"), ServeFile::new(config.site_dir.join(file))))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    #[test]
    fn every_public_file_is_served() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../public");
        let there = fs::read_dir(folder).expect("the folder").map(|file| file.expect("a file").file_name().into_string().expect("a name"));
        assert_eq!(there.collect::<BTreeSet<_>>(), PUBLIC.map(String::from).into());
    }
}
