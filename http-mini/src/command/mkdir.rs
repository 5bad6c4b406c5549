//! `http-mini mkdir`: makes a directory.

use std::slice;

use clap::Args;

use super::options::RequestOptions;
use crate::client::Resource;

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Mkdir {
    /// The directory: http://host/path
    url: String,

    /// Also create missing parent directories, and accept an existing directory
    #[arg(short, long)]
    parents: bool,

    #[command(flatten)]
    request: RequestOptions,
}

const EXAMPLES: &str = "\
Examples:
  http-mini mkdir http://me@host/photos             in the root directory
  http-mini mkdir -p http://me@host/photos/2026/11  and its parent directories";

impl Mkdir {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.request.perform("make", slice::from_ref(&self.url), async |directory: &Resource| {
            match self.parents {
                true => directory.make_directories().await,
                false => directory.make_directory().await,
            }
        })
    }
}
