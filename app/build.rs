//! What is built beside the crate: the stylesheet. Only the server needs it, so the client's build compiles none of this.

#[cfg(feature = "ssr")]
#[path = "build/stylesheet.rs"]
mod stylesheet;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    #[cfg(feature = "ssr")]
    if let Err(error) = stylesheet::build() {
        eprintln!("the stylesheet could not be built: {error}");
        std::process::exit(1);
    }
}
