//! `cargo xtask pictures`: what README.md shows, of the demo workspace on the day on which the browser tests begin.

use std::fs;

use anyhow::Result;

use crate::{
    browser,
    build::{self, Profile},
    paths::Paths,
    setup,
};

pub fn take(paths: &Paths) -> Result<()> {
    setup::models(paths)?;
    build::site_only(paths, Profile::Dev)?;
    build::server(paths, Profile::Dev)?;
    let folder = paths.root.join("docs").join("pictures");
    fs::create_dir_all(&folder)?;
    browser::pictures(paths, &build::server_binary(paths, Profile::Dev), &folder)
}
