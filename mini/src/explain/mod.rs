//! `mini explain`: the meaning of each byte of a message, the RFC section that defines it, and the rules that
//! the message breaks.
//!
//! The parsers are those of the servers and clients; they report what they recognise to a recorder.

mod catalogue;
mod connection;
mod conversations;
mod explanation;
mod input;
mod kind;
mod listen;
mod page;
mod reads;
mod recording;
mod terminal;
mod words;

use std::ffi::OsStr;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use clap::{Args, ValueEnum};
use common::command::{CommandFailure, Lang, has_colour, language};
use common::net::endpoint::HostPort;
use syntax::rule::Language;

use explanation::{ExplainOptions, Explanation, explain};
use kind::InputKind;

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Explain {
    /// File to explain: bytes, a hex dump, a trace of curl, a capture; - for standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,

    /// Format of the bytes [default: detected]
    #[arg(long = "as", value_name = "KIND")]
    kind: Option<InputKind>,

    /// Output format
    #[arg(long, value_name = "FORM", default_value = "terminal")]
    output: Output,

    /// Language of the explanations: en or id [default: that of LC_ALL or LANG]
    #[arg(long, value_name = "LANG", hide_possible_values = true)]
    lang: Option<Lang>,

    /// Split the input into reads at these offsets, and show the state of the parser after each
    #[arg(long, value_name = "N,N,...", value_delimiter = ',')]
    reads: Vec<usize>,

    /// Show passwords, tokens and cookies
    #[arg(long)]
    show_passwords: bool,

    /// Serve the page with an editor: PORT (this machine only), HOST:PORT or IP:PORT
    #[arg(long, visible_alias = "port", value_name = "ADDR")]
    #[arg(conflicts_with_all = ["file", "kind", "output", "reads"])]
    listen: Option<HostPort>,

    /// Print a rule by its id
    #[arg(long, value_name = "ID", conflicts_with_all = ["file", "kind", "output", "reads", "listen", "rules"])]
    rule: Option<String>,

    /// Print all rules as Markdown, in English
    #[arg(long, conflicts_with_all = ["file", "kind", "output", "reads", "listen", "lang"])]
    rules: bool,
}

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// Text of 80 columns
    Terminal,
    /// One JSON object
    Json,
    /// One page for a browser, which needs no network
    Html,
}

const EXAMPLES: &str = "\
Examples:
  printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n' | mini explain
  mini explain request.bin --reads 10,20   the parser's state after each read
  mini explain dump.txt --as ftp-reply     a hex dump, of xxd or Wireshark
  mini explain capture.pcapng              every TCP connection of a capture
  curl --trace trace.txt http://localhost:8080/ && mini explain trace.txt
  mini explain request.bin --output json | jq .faults
  mini explain request.bin --output html > request.html
  mini explain --listen 8090               the same with an editor, in a browser
  mini explain --rule bare-lf --lang id    one rule, in Indonesian";

impl Explain {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let language = language(self.lang);
        if self.rules {
            return print(&catalogue::page());
        }
        if let Some(id) = &self.rule {
            return print(&rule(id, language)?);
        }
        let options =
            ExplainOptions { language, shows_secrets: self.show_passwords, reads: self.reads.clone() };
        if let Some(address) = &self.listen {
            return listen::run(address, options);
        }
        let mut explanation = self.explain(&options)?;
        match self.output {
            Output::Terminal => print(&terminal::show(&explanation, language, has_colour())),
            Output::Json => print(&(serde_json::to_string_pretty(&explanation)? + "\n")),
            Output::Html => print(&page::offline(&mut explanation, language)?),
        }
    }

    fn explain(&self, options: &ExplainOptions) -> anyhow::Result<Explanation> {
        let name = self.file.display();
        let bytes = read(&self.file).with_context(|| format!("cannot read '{name}'"))?;
        let input = input::read(bytes, self.kind)
            .map_err(|input::Unreadable(why)| anyhow!("cannot explain '{name}': {why}"))?;
        if !options.reads.is_empty() && !matches!(input.format, input::Format::Bytes(_)) {
            let hint = "--reads applies to the bytes of one end, not to a capture, a trace or a dialogue";
            return Err(CommandFailure::Usage(hint.into()).into());
        }
        Ok(explain(input, options))
    }
}

/// The bytes of a file or of standard input, one more than can be explained at most.
#[expect(clippy::disallowed_methods, reason = "the file that the user names")]
fn read(file: &std::path::Path) -> io::Result<Vec<u8>> {
    let limit = input::LIMIT as u64 + 1;
    let mut bytes = Vec::new();
    match file == OsStr::new("-") {
        true => io::stdin().lock().take(limit).read_to_end(&mut bytes)?,
        false => std::fs::File::open(file)?.take(limit).read_to_end(&mut bytes)?,
    };
    Ok(bytes)
}

fn rule(id: &str, language: Language) -> anyhow::Result<String> {
    catalogue::rule(id, language).map_err(|near| match near.as_slice() {
        [] => anyhow!("there is no rule '{id}'; 'mini explain --rules' prints all"),
        near => anyhow!("there is no rule '{id}'; did you mean {}?", near.join(", ")),
    })
}

/// Prints the text. A reader that closes early, such as `head`, is not a failure.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("cannot print"),
        _ => Ok(()),
    }
}
