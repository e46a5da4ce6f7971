//! The house's own tooling: `cargo xtask <command>` sets up, builds, runs, tests and measures VectorOS.

mod advisories;
mod bench;
mod browser;
mod build;
mod chaos;
mod cleanup;
mod client;
mod deny;
mod http;
mod model_files;
mod paths;
mod pictures;
mod postgres;
mod process;
mod python;
mod run;
mod server;
mod setup;
mod test;
mod wasm_std;

use std::process::ExitCode;

use anyhow::{Result, bail};
use paths::Paths;

const HELP: &str = "\
cargo xtask <command>

  setup                   fetch what is missing: the wasm standard library, the embedding model, ONNX Runtime
  build [--dev] [--client]
                          build the server and the browser client, or the client alone; says how large it is
  run [--dev] [ARGS…]     set up, build, fill the demo workspace on the first start, then `vectoros serve ARGS…`
  test [PART…]            check everything, or parts: fmt, tree, deny, clippy, doc, client, unit, browser
  test browser [--shuffle [--seed N]] [--repeat N]
                          the browser tests in any order, and again on the same workspace
  pictures                take the pictures of README.md again, of the demo workspace on its fixed day
  bench PART… [--data DIR] [--deals N] [--json] [--dev]
                          measure import, train, score or pages on the IBM file in DIR (../shared/data), `model` against
                          LightGBM and XGBoost on all sets there (or one: --set ibm), `api` against FastAPI, `front` (the client's
                          size, how quickly pages stand), `vectors` (the index of similar deals), or all
  bench build [FIGURE…] [--json]
                          how long a cold build, a check after an edit, and the tests take; how many crates there are
  chaos disk-full [--dev] [--json]
                          fill the disk under a running server, free it, and count acknowledged writes that are lost (as root)

Environment
  VECTOROS_CACHE_DIR      where fetched files are kept ($XDG_CACHE_HOME/vectoros or ~/.cache/vectoros)
  VECTOROS_WASM_STD       `rustup`, or `debian` to build the wasm standard library from Debian's packages
  VECTOROS_DATA_DIR       the data folder of `run` (./data)
  CARGO_TARGET_DIR        where builds go (./target)
";

fn main() -> ExitCode {
    match dispatch(std::env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: Vec<String>) -> Result<()> {
    let Some((command, rest)) = arguments.split_first() else {
        print!("{HELP}");
        return Ok(());
    };
    if matches!(command.as_str(), "help" | "-h" | "--help") || rest.iter().any(|argument| argument == "--help") && command != "run" {
        print!("{HELP}");
        return Ok(());
    }
    cleanup::watch_signals()?;
    let paths = Paths::discover()?;
    match command.as_str() {
        "setup" => nothing_more(rest).and_then(|()| setup::everything(&paths)),
        "build" => {
            let (profile, rest) = build::Profile::take(rest);
            let (client_only, rest) = build::take_flag(&rest, "--client");
            nothing_more(&rest)?;
            if client_only { build::site_only(&paths, profile) } else { build::everything(&paths, profile) }
        }
        "run" => {
            let (profile, rest) = build::Profile::take(rest);
            run::product(&paths, profile, &rest)
        }
        "test" => test::run(&paths, rest),
        "pictures" => nothing_more(rest).and_then(|()| pictures::take(&paths)),
        "bench" => bench::run(&paths, rest),
        "chaos" => chaos::run(&paths, rest),
        other => bail!("there is no command `{other}`; `cargo xtask help` lists them"),
    }
}

fn nothing_more(rest: &[String]) -> Result<()> {
    match rest.first() {
        None => Ok(()),
        Some(argument) => bail!("unexpected argument `{argument}`; `cargo xtask help` shows the usage"),
    }
}
