//! RETR ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 4.1.3) and REST
//! ([RFC 3659](https://www.rfc-editor.org/rfc/rfc3659) section 5).

use common::net::conn::Conn;
use common::users::Action;

use crate::server::ascii;
use crate::server::control::ServerControl;
use crate::server::refusal::{Outcome, Refusal};
use crate::server::state::SessionState;
use crate::server::transfer;
use crate::wire::command::Type;
use crate::wire::pathname::Pathname;
use crate::wire::reply::Reply;

pub(super) fn rest(state: &mut SessionState, offset: u64) -> Reply {
    state.pending.restart = offset;
    Reply::new(350, format!("The next transfer starts at {offset}."))
}

pub(super) async fn retr(
    state: &mut SessionState,
    path: &Pathname,
    offset: u64,
    control: &mut ServerControl,
) -> Outcome {
    let target = state.path(path).await?;
    target.check(Action::Get)?;
    let content = state.tree().open(target.place()).await?;
    match state.kind {
        Type::Image => {
            let size = content.meta().size;
            let span = (offset <= size).then_some(offset..size).ok_or(Refusal::RestartBeyond(offset))?;
            let send =
                async |data: &mut Conn| data.send(content.file(), span).await.map_err(Refusal::of_transfer);
            transfer::send(state, control, send).await
        }
        Type::Ascii => {
            let start = ascii::Position::of(offset, &content).await?;
            transfer::send(state, control, async |data| ascii::send(data, &content, start).await).await
        }
    }
}
