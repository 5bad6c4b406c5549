//! FTP on the wire: converts bytes to values and back.
//!
//! No sockets, files or clock: the caller passes the bytes and, where needed, the time. A parser that reads
//! from a stream is called `take`; it returns the value and the number of bytes used, or `None` if it needs
//! more. Parsers of one whole argument or line are called `parse`. Writers append to a `Vec<u8>`.
//!
//! The modules in the order in which a session meets them:
//!
//! | module | content |
//! | --- | --- |
//! | [`mod@line`], [`telnet`] | one line of the control connection, and the Telnet bytes within it |
//! | [`command`] | `b"RETR notes.txt\r\n"` and every other verb, with its argument parsed |
//! | [`pathname`], [`ls`], [`glob`] | names as clients write them, `LIST -la *.txt` |
//! | [`address`] | `127,0,0,1,195,80` and `\|\|\|50000\|` |
//! | [`reply`] | `b"226 Transfer complete\r\n"`, of one line or many |
//! | [`features`], [`file_status`] | what a client reads from the replies to FEAT, SIZE, MDTM and HASH |
//! | [`entry`], [`listing`], [`facts`], [`time_val`] | the lines of LIST, NLST and MLSD, and the reply to
//! MDTM |
//! | [`ascii`] | the line ends of TYPE A on a data connection |
//! | [`mod@rule`] | the rules that input can break, with texts in English and Indonesian |
//! | [`conversation`] | both directions of a connection, for explanations |
#![forbid(unsafe_code)]
#![deny(clippy::disallowed_types)]

pub mod address;
pub mod ascii;
pub mod command;
pub mod conversation;
pub mod entry;
pub mod facts;
mod failure;
pub mod features;
pub mod file_status;
pub mod glob;
pub mod line;
pub mod listing;
pub mod ls;
mod part;
pub mod pathname;
pub mod reply;
pub mod rule;
pub mod telnet;
pub mod time_val;
