//! The common part of all transfers ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 5.4): the data
//! connection, the 150, and the control connection, which is read meanwhile ([`ServerControl::alongside`]).

use std::pin::pin;

use common::net::conn::Conn;

use super::control::ServerControl;
use super::data::{DataConnection, DataPort};
use super::refusal::{Outcome, Refusal};
use super::state::SessionState;
use crate::wire::reply::Reply;

pub(super) fn begun() -> Reply {
    Reply::new(150, "Data connection open.")
}

/// Opens the data connection, sends `begun`, and transfers the content by `work`. Fails if no data connection is
/// opened (425, 521). The second part of the result is that of the transfer, which ABOR may have ended.
pub(super) async fn run(
    port: &mut DataPort,
    control: &mut ServerControl,
    begun: Reply,
    is_upload: bool,
    work: impl AsyncFnOnce(&mut DataConnection) -> Result<(), Refusal>,
) -> Result<(DataConnection, Result<(), Refusal>), Refusal> {
    let mut data = control.alongside(pin!(port.open())).await?;
    control.say(&begun);
    if !is_upload {
        // The client wakes up while a small file is sent, which allows 10 % more of them per second.
        control.flush().await;
    }
    let transferred = control
        .alongside(pin!(async {
            port.secure(&mut data, is_upload).await?;
            work(&mut data).await
        }))
        .await;
    Ok((data, transferred))
}

/// Sends content to the client. 226 means that the kernel has accepted all of it.
pub(super) async fn send(
    state: &mut SessionState,
    control: &mut ServerControl,
    content: impl AsyncFnOnce(&mut Conn) -> Result<(), Refusal>,
) -> Outcome {
    let work = async |data: &mut DataConnection| {
        content(&mut data.conn).await?;
        data.conn.finish().await.map_err(Refusal::DataLost)
    };
    let (data, sent) = run(&mut state.data, control, begun(), false, work).await?;
    state.transferred.bytes = data.conn.sent();
    sent?;
    state.data.complete(data);
    Ok(Reply::new(226, "Transfer complete."))
}
