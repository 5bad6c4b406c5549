//! Uploads: STOR, and APPE from an offset on
//! ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 4.1.3,
//! [RFC 3659](https://www.rfc-editor.org/rfc/rfc3659) section 5).
//!
//! The end of the data connection, with a close_notify over TLS, is the end of the file. If the upload fails
//! before, the connection is reset, so that no server mistakes the part for the whole. The reply and the size
//! confirm that the file is complete.

use common::client::{Inlet, PacedTransfer, Unsent};
use common::files::FileContent;
use common::net::conn::Conn;

use super::error::SessionError;
use super::session::Session;
use crate::wire::command::Verb;

impl Session {
    /// Uploads a local file from an offset on. At 0 it replaces a file of that name; otherwise the server's file
    /// has that size. After a failure the server may have a part of it.
    pub(super) async fn store(
        &mut self,
        path: &[u8],
        content: &FileContent,
        offset: u64,
        pump: PacedTransfer<'_>,
    ) -> Result<(), SessionError> {
        let size = content.meta().size;
        let offset = offset.min(size);
        let send = async |conn: &mut Conn| {
            pump.send(conn, content, offset..size).await.map_err(|unsent| match unsent {
                Unsent::Content(fault) => SessionError::Ours(fault),
                Unsent::Conn(error) => SessionError::Data(error),
            })
        };
        self.put(path, offset, send).await
    }

    /// Uploads a stream, and returns its size. After a failure the server may have a part of it.
    pub(super) async fn store_stream(
        &mut self,
        path: &[u8],
        mut from: Inlet,
        pump: PacedTransfer<'_>,
    ) -> Result<u64, SessionError> {
        let mut size = 0;
        let sent = async |conn: &mut Conn| {
            size = pump.send_stream(conn, &mut from).await?;
            Ok(())
        };
        self.put(path, 0, sent).await?;
        Ok(size)
    }

    async fn put(
        &mut self,
        path: &[u8],
        offset: u64,
        send: impl AsyncFnOnce(&mut Conn) -> Result<(), SessionError>,
    ) -> Result<(), SessionError> {
        let started = match self.begin(Verb::Stor, Some(path), offset).await {
            // A server without REST may have APPE.
            Err(SessionError::Refused { verb: "REST", .. }) => self.begin(Verb::Appe, Some(path), 0).await,
            started => started,
        };
        let (mut transfer, mut conn) = started?;
        // A failure, Ctrl-C, or a local file that was truncated.
        conn.reset_when_dropped(true);
        let sent = transfer.alongside(async {
            send(&mut conn).await?;
            conn.reset_when_dropped(false);
            conn.end().await.map_err(SessionError::Data)
        });
        match sent.await? {
            Ok(()) => transfer.complete_upload(conn).await,
            Err(error) => {
                drop(conn);
                Err(transfer.fail(error).await)
            }
        }
    }
}
