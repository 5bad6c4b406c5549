//! The command line of `ftp-mini`: a file for each command of the client, and `serve` here.

mod cat;
mod get;
mod ls;
mod mirror;
mod mkdir;
mod mv;
mod put;
mod remote;
mod rm;
mod shell;

use std::net::SocketAddr;

use clap::{Args, CommandFactory, Parser};
use common::command::{AccessOptions, Documents, Failure, Port, ServerOptions, TlsOptions, TreeOptions};
use common::log;
use common::net::listen::Address;
use common::net::tls::Tls;

use crate::server::{self, DataOptions, Ftp, SecurityOptions};

/// The command.
#[derive(Debug, Parser)]
#[command(
    name = "ftp-mini",
    version,
    about = "FTP by hand: serve a directory to any FTP client, and be one",
    after_help = EXIT_CODES
)]
pub enum Command {
    /// Serve a directory over FTP
    Serve(Box<Serve>),
    /// List a directory of a server
    Ls(ls::Ls),
    /// Get files from a server
    Get(get::Get),
    /// Put a file on a server
    Put(put::Put),
    /// Write a file of a server to standard output
    Cat(cat::Cat),
    /// Remove a file or a directory of a server
    Rm(rm::Rm),
    /// Make a directory on a server
    Mkdir(mkdir::Mkdir),
    /// Rename a file or directory of a server
    Mv(mv::Mv),
    /// Keep a folder and a directory of a server alike
    Mirror(mirror::Mirror),
    /// Lead a session: ls, cd, get, put and more at a prompt
    Shell(shell::Shell),
    /// What describes the command.
    #[command(flatten)]
    Documents(Documents),
}

/// How clients end; scripts rely on it.
const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 refused (login, permission), 5 network, 6 the content is
not what it should be (digest, short, changed), 130 interrupted.";

/// `ftp-mini serve`.
#[derive(Args, Debug)]
#[command(args_override_self = true, after_help = EXAMPLES)]
pub struct Serve {
    #[command(flatten)]
    tree: TreeOptions,

    #[command(flatten)]
    server: ServerOptions,

    /// Address to listen on: IP:PORT; can be repeated
    #[arg(long, value_name = "ADDR", value_parser = server::address, default_value = "[::]:2121")]
    listen: Vec<SocketAddr>,

    #[command(flatten)]
    access: AccessOptions,

    #[command(flatten)]
    data: DataOptions,

    #[command(flatten)]
    tls: TlsOptions,

    #[command(flatten)]
    security: SecurityOptions,
}

/// What a caller prints once, on standard error, where TLS is offered and not required.
const IN_CLEAR: &str =
    "warning: FTP clients that do not ask for TLS send passwords in clear; --require-tls login refuses them";

const EXAMPLES: &str = "\
Examples:
  ftp-mini serve                               on port 2121
  ftp-mini serve ~/public --listen [::]:21     another directory and port
  ftp-mini serve --writable --user cam:secret  only cam, who may change things
  ftp-mini serve --writable --anonymous drop --user ada:secret
                                               all leave files, ada sees them
  ftp-mini serve --passive-ports 50000-50100 --public-address 192.0.2.7
                                               behind a NAT that forwards these
  ftp-mini serve --tls self-signed --require-tls data
                                               AUTH TLS for logins and for files
  ftp-mini serve --tls-cert chain.pem --tls-key key.pem --ftps [::]:990
                                               ftps:// too, your certificate";

/// Runs the command.
///
/// # Errors
/// What the user is told.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(serve) => {
            let Serve { tree, server, listen, access, data, tls, security } = *serve;
            let mut server = server.prepare()?;
            let tls = server.tls(&tls)?;
            let (root, users) = server.open(&tree, &access)?;
            let ftp = Ftp::new(root, users, data);
            server.run(ports(listen, ftp, tls.as_ref(), &security, |ftp| ftp)?)
        }
        Command::Ls(ls) => ls.run(),
        Command::Get(get) => get.run(),
        Command::Put(put) => put.run(),
        Command::Cat(cat) => cat.run(),
        Command::Rm(rm) => rm.run(),
        Command::Mkdir(mkdir) => mkdir.run(),
        Command::Mv(mv) => mv.run(),
        Command::Mirror(mirror) => mirror.run(),
        Command::Shell(shell) => shell.run(),
        Command::Documents(documents) => documents.print(Command::command()),
    }
}

/// The ports of FTP, each with what `service` makes of it. With TLS those of `listen` offer AUTH TLS, and
/// the one of `--ftps` speaks nothing else.
///
/// # Errors
/// [`Failure::Usage`] for options that have no effect.
pub fn ports<S>(
    listen: Vec<SocketAddr>,
    ftp: Ftp,
    tls: Option<&Tls>,
    options: &SecurityOptions,
    service: impl Fn(Ftp) -> S,
) -> Result<Vec<Port<S>>, Failure> {
    let port = |scheme, address, ftp| {
        let address = Address::Inet(address);
        Port { scheme, address, tls: None, service: service(ftp) }
    };
    let Some(tls) = tls else {
        if options.are_given() {
            let hint = "--ftps, --require-tls and --data-session have no effect without TLS; add \
                        --tls self-signed, or --tls-cert with --tls-key";
            return Err(Failure::Usage(hint.into()));
        }
        return Ok(listen.into_iter().map(|address| port("ftp", address, ftp.clone())).collect());
    };
    let (explicit, implicit) = ftp.with_tls(options.with(tls));
    if explicit.has_passwords_in_clear() {
        log::to_stderr(format_args!("{IN_CLEAR}"));
    }
    let explicit = listen.into_iter().map(|address| port("ftp", address, explicit.clone()));
    Ok(explicit.chain(options.ftps.map(|address| port("ftps", address, implicit))).collect())
}
