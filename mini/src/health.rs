//! `mini health`: asks a server with `--metrics` whether it lives and is ready, for containers without curl.

use anyhow::anyhow;
use clap::Args;
use common::client::{self, Fault};
use common::command::CommandFailure;
use common::net::endpoint::HostPort;
use http_mini::client::Client;

use crate::remote::THIS_MACHINE;

/// The longest reason that is read, in bytes.
const REASON_LIMIT: usize = 1_024;

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct HealthCommand {
    /// The address of --metrics: HOST:PORT, IP:PORT, or PORT (on this machine)
    #[arg(value_name = "ADDR")]
    address: HostPort,
}

const EXAMPLES: &str = "\
Examples:
  mini health 9464                            /livez and /readyz are asked
  HEALTHCHECK CMD [\"/mini\", \"health\", \"9464\"]  in the recipe of an image

Exit codes: 0 healthy, 1 not healthy, 2 usage, 5 not reachable.";

impl HealthCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let address = format!("{}:{}", shown(self.address.host_or(THIS_MACHINE)), self.address.port());
        let ask = async {
            let client = Client::default();
            for path in ["livez", "readyz"] {
                let response = client.get(&format!("http://{address}/{path}")).await?;
                let status = response.status().0;
                if status != 200 {
                    let why = response.text(REASON_LIMIT).await?;
                    return Ok::<_, Fault>(Some(format!("/{path} answers {status}: {}", why.trim_end())));
                }
            }
            Ok(None)
        };
        match client::run(ask)?.map_err(CommandFailure::Fault)? {
            None => Ok(()),
            Some(why) => Err(anyhow!("{why}")),
        }
    }
}

/// A host as URLs contain it.
fn shown(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}
