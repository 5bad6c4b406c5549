//! What all transfers share ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 5.4): the data
//! connection, its 150, and the control connection, which is served meanwhile ([`Control::alongside`]). What is
//! transferred is decided by the commands.

use std::pin::pin;

use common::net::conn::Conn;

use super::control::Control;
use super::data::{Data, DataPort};
use super::refusal::{Outcome, Refusal};
use super::state::State;
use crate::wire::reply::Reply;

/// The reply that begins a transfer.
pub(super) fn begun() -> Reply {
    Reply::new(150, "Data connection open.")
}

/// Opens the data connection, sends `begun`, and moves the content with `work`. ABOR ends it.
///
/// # Errors
/// There is no data connection (425, 521), or the transfer was aborted meanwhile. A transfer that failed
/// later is the second part of the result.
pub(super) async fn run(
    port: &mut DataPort,
    control: &mut Control,
    begun: Reply,
    is_upload: bool,
    work: impl AsyncFnOnce(&mut Data) -> Result<(), Refusal>,
) -> Result<(Data, Result<(), Refusal>), Refusal> {
    let mut data = control.alongside(pin!(port.open())).await?;
    control.say(&begun);
    if !is_upload {
        // By the time that the client is awake, a small file is there: a tenth more of them in a second.
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

/// Sends content to the client. 226 means that the kernel has all of it and our end is closed.
pub(super) async fn send(
    state: &mut State,
    control: &mut Control,
    content: impl AsyncFnOnce(&mut Conn) -> Result<(), Refusal>,
) -> Outcome {
    let work = async |data: &mut Data| {
        content(&mut data.conn).await?;
        data.conn.finish().await.map_err(Refusal::DataLost)
    };
    let (data, sent) = run(&mut state.data, control, begun(), false, work).await?;
    state.transferred.bytes = data.conn.sent();
    sent?;
    state.data.complete(data);
    Ok(Reply::new(226, "Transfer complete."))
}
