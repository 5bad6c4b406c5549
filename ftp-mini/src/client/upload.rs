//! To the server: STOR and APPE, whole or from an offset on.
//!
//! The end of a file is the end of its data connection, over TLS with a close_notify; one that is left before
//! the file's end is reset, so that no server takes the part for the whole. That it is whole there is known
//! from the reply and from its size. [RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 4.1.3,
//! [RFC 3659](https://www.rfc-editor.org/rfc/rfc3659) section 5.

use common::client::{Inlet, Pump, Unsent};
use common::files::Content;
use common::net::conn::Conn;

use super::error::Error;
use super::session::Session;
use crate::wire::command::Verb;

impl Session {
    /// Stores a file of ours from an offset on. At 0, a file of that name is replaced; else the server has so
    /// many bytes of it.
    ///
    /// # Errors
    /// [`Error`]. What has been sent may be there.
    pub async fn store(
        &mut self,
        path: &[u8],
        content: &Content,
        offset: u64,
        pump: Pump<'_>,
    ) -> Result<(), Error> {
        let size = content.meta().size;
        let offset = offset.min(size);
        let send = async |conn: &mut Conn| {
            pump.send(conn, content, offset..size).await.map_err(|unsent| match unsent {
                Unsent::Content(fault) => Error::Ours(fault),
                Unsent::Conn(error) => Error::Data(error),
            })
        };
        self.put(path, offset, send).await
    }

    /// Stores what comes from something that is no file, as standard input is. Gives its size.
    ///
    /// # Errors
    /// [`Error`]. What has been sent may be there.
    pub async fn store_stream(&mut self, path: &[u8], mut from: Inlet, pump: Pump<'_>) -> Result<u64, Error> {
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
        send: impl AsyncFnOnce(&mut Conn) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let begun = match self.begin(Verb::Stor, Some(path), offset).await {
            // A server without REST appends.
            Err(Error::Refused { verb: "REST", .. }) => self.begin(Verb::Appe, Some(path), 0).await,
            begun => begun,
        };
        let (mut transfer, mut conn) = begun?;
        // Whatever ends it early: a failure, Ctrl-C, a file of ours that became shorter.
        conn.reset_when_dropped(true);
        let sent = transfer.alongside(async {
            send(&mut conn).await?;
            conn.reset_when_dropped(false);
            conn.end().await.map_err(Error::Data)
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
