//! Downloads a file, or the rest of it: `cargo run --example download -- http://localhost:8080/a.iso a.iso`.

use std::path::Path;

use http_mini::client::download::{Destination, Download};
use http_mini::client::{Client, LocalFolder, Reporter, Resource, run, url};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, to] = &arguments[..] else { return Err("give a URL and a file".into()) };
    let download = Download::new(Resource::new(Client::default(), url(from)?));
    let (folder, name) = LocalFolder::of_file(Path::new(to))?;
    let transfer = Reporter::default().transfer(from, to);
    run(async { download.run(Destination::File(&folder, &name, true), &transfer).await })??;
    println!("{} bytes", transfer.done());
    Ok(())
}
