//! [`perform`] calls the function of a command, which is in the file of its group.
//!
//! A command returns its final reply, or a refusal; a transfer sends its 150 itself.

mod directories;
mod facts;
mod list;
mod login;
mod retr;
mod security;
mod settings;
mod stor;

use crate::server::control::{ReceivedCommand, ServerControl};
use crate::server::limits::UNKNOWN_COMMANDS;
use crate::server::refusal::{Outcome, Refusal};
use crate::server::state::SessionState;
use crate::wire::command::{Command, Mode, Structure};
use crate::wire::reply::Reply;
use crate::wire::rule::Rule;

/// Performs a command.
pub(super) async fn perform(
    request: &ReceivedCommand,
    state: &mut SessionState,
    control: &mut ServerControl,
) -> Outcome {
    let pending = state.take_pending(request);
    let command = security::admit(admit(request, state)?, state, control)?;
    match command {
        Command::User(name) => Ok(login::user(state, name)),
        Command::Pass(password) => login::pass(state, password, control).await,
        Command::Acct(_) => Ok(Reply::new(202, "No account is needed.")),
        Command::Rein => Ok(login::rein(state, control)),
        Command::Quit => Ok(login::quit(control)),
        Command::Auth(mechanism) => security::auth(state, *mechanism, control),
        Command::Pbsz(_) => security::pbsz(state, control),
        Command::Prot(protection) => security::prot(state, *protection),
        Command::Ccc => Err(security::ccc(control)),
        Command::Type(kind) => Ok(settings::representation(state, *kind)),
        Command::Mode(Mode::Stream) => Ok(Reply::new(200, "Mode is Stream.")),
        Command::Mode(Mode::Deflate) => Err(Rule::ParameterUnavailable.into()),
        Command::Stru(Structure::File) => Ok(Reply::new(200, "Structure is File.")),
        Command::Feat => Ok(settings::feat(state)),
        Command::Opts(option) => settings::opts(state, *option),
        Command::Host(_) => settings::host(state),
        Command::Lang(tag) => settings::lang(tag.as_deref()),
        Command::Clnt(_) => Ok(Reply::new(200, "Noted.")),
        Command::Syst => Ok(Reply::new(215, "UNIX Type: L8")),
        Command::Noop => Ok(Reply::new(200, "Nothing done.")),
        Command::Help(topic) => settings::help(state, topic.as_deref(), control),
        Command::Site(site) => settings::site(state, site, control).await,
        Command::Stat(None) => Ok(settings::stat(state, control)),
        Command::Pasv => state.data.pasv(),
        Command::Epsv(argument) => state.data.epsv(*argument),
        Command::Port(address) => state.data.port((*address).into()),
        Command::Eprt(address) => state.data.port(*address),
        Command::Rest(offset) => Ok(retr::rest(state, *offset)),
        Command::Allo(size) => Ok(stor::allo(state, *size)),
        Command::Abor => Ok(Reply::new(226, "No transfer is running.")), // The ended transfer has replied.
        Command::Pwd => Ok(directories::pwd(state)),
        Command::Cwd(path) => directories::cwd(state, path).await,
        Command::Cdup => directories::cdup(state).await,
        Command::Size(path) => facts::size(state, path, control).await,
        Command::Mdtm { path, set } => facts::mdtm(state, path, set.as_ref()).await,
        Command::Mlst(path) => facts::mlst(state, path.as_ref()).await,
        Command::Retr(path) => retr::retr(state, path, pending.restart, control).await,
        Command::Stor(path) => stor::stor(state, path, pending, control).await,
        Command::Appe(path) => stor::appe(state, path, pending, control).await,
        Command::Stou(path) => stor::stou(state, path.as_ref(), pending.announced, control).await,
        Command::List(request) => list::list(state, request, true, control).await,
        Command::Nlst(request) => list::list(state, request, request.options.long, control).await,
        Command::Mlsd(path) => list::mlsd(state, path.as_ref(), control).await,
        Command::Stat(Some(request)) => list::stat(state, request, control).await,
        Command::Dele(path) => directories::dele(state, path).await,
        Command::Mkd(path) => directories::mkd(state, path).await,
        Command::Rmd(path) => directories::rmd(state, path).await,
        Command::Rnfr(path) => directories::rnfr(state, path).await,
        Command::Rnto(path) => directories::rnto(state, path, pending.rename_from).await,
        Command::Mfmt { time, path } => facts::mfmt(state, *time, path).await,
        Command::Mff { changes, path } => facts::mff(state, *changes, path).await,
        Command::Hash(_) | Command::Rang(_) | Command::Digest(..) | Command::Avbl(_) | Command::Csid(_) => {
            Err(Rule::CommandUnavailable.into())
        }
    }
}

/// The command, if it may be used now. Before login the reply is 530 for any argument, and unknown commands are
/// limited.
fn admit<'a>(request: &'a ReceivedCommand, state: &mut SessionState) -> Result<&'a Command, Refusal> {
    let command = request.command.as_ref().map_err(|invalid| match invalid.rule {
        Rule::FamilyUnknown => state.data.other_family(),
        _ => Refusal::Invalid(*invalid),
    });
    if state.login.user().is_some() {
        return command;
    }
    if request.verb.is_some_and(|verb| !verb.before_login()) {
        return Err(Refusal::NotLoggedIn);
    }
    if command.as_ref().is_err_and(|refusal| refusal.breaks(Rule::VerbUnknown)) {
        state.unknown_commands += 1;
        if state.unknown_commands >= UNKNOWN_COMMANDS {
            return Err(Refusal::TooManyUnknown);
        }
    }
    command
}
