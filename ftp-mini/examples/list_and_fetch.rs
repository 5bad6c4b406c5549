//! Lists a directory and prints a file of it: `cargo run --example list_and_fetch -- ftp://localhost:2121/ a.txt`.

use ftp_mini::client::{FileTransfer, Link, Location, Outlet, RemoteServer, Reporter, TransferOptions, run};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, name] = &arguments[..] else { return Err("give the URL of a directory, and a name".into()) };
    let directory: Location = url.parse()?;
    let (file, options) = (directory.below(name.as_bytes()), TransferOptions::default());
    let mut link = Link::new(RemoteServer::of(&directory).into());
    run(async {
        let listing = link.with(async |session| session.list(&directory.path).await).await?;
        listing.into_parts().0.iter().for_each(|entry| println!("{}", entry.name.escape_ascii()));
        let transfer = FileTransfer::new(&file, &options, &Reporter::default(), "standard output");
        transfer.download_stream(&mut link, Outlet::standard_output()?).await
    })??;
    Ok(())
}
