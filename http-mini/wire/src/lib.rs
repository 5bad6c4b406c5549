//! HTTP/1.1 messages: bytes to values, and values to bytes.
//!
//! Nothing in here reads a socket, a file or a clock. "Need more bytes" is a value
//! (`Ok(None)`, [`chunked::Step::More`]), never an error, and the time is an argument; so every
//! rule can be tested as a table, and every parser at every way of cutting its input.
//!
//! Where to start reading, in the order in which a request meets them; a client
//! meets the last three only:
//!
//! | module | its one job | RFC |
//! | --- | --- | --- |
//! | [`head`], [`fields`] | the request line and the fields | 9112 sections 2 to 5 |
//! | [`target`] | what the request-target names | 9112 section 3.2 |
//! | [`framing`] | how much content follows | 9112 section 6.3 |
//! | [`chunked`] | content in chunks | 9112 section 7.1 |
//! | [`conditional`], [`range`], [`select`] | what a GET becomes | 9110 sections 13 and 14 |
//! | [`accept`], [`query`] | what the client would like | 9110 section 12 |
//! | [`credentials`], [`origin`] | who asks, and whether another site made them | 9110 section 11 |
//! | [`forwarded`] | from which address, behind a proxy | 7239 |
//! | [`enclosed`], [`digest`] | which content can be stored, and how to tell that it is whole | 9530 |
//! | [`resumable`] | pieces of an upload | draft-ietf-httpbis-resumable-upload |
//! | [`multipart`] | files in a form | 7578 |
//! | [`destination`] | where MOVE moves to | 4918 section 10 |
//! | [`response`], [`disposition`], [`date`] | what goes back | 9112 section 4 |
//! | [`retry_after`] | when to ask again | 9110 section 10.2.3 |
//! | [`coding`] | how content is compressed | 9110 section 8.4 |
//! | [`index`] | what a directory holds | |
//! | [`value`] | which parser reads the value of which field, for explanations | |
//!
//! [`rule`] lists every way in which a message can be wrong, and the status that answers it.
//! `list` and [`syntax::span`] are what the others share.
//!
//! A message that two parsers could read in two ways is refused, also where a standard lets a
//! recipient guess (RFC 9112 section 11.2).
#![forbid(unsafe_code)]
#![deny(clippy::disallowed_types)]

pub mod accept;
pub mod chunked;
pub mod coding;
pub mod conditional;
pub mod conversation;
pub mod credentials;
pub mod date;
pub mod destination;
pub mod digest;
pub mod disposition;
pub mod enclosed;
pub mod fields;
pub mod forwarded;
pub mod framing;
pub mod head;
pub mod host;
pub mod index;
mod length;
pub mod list;
pub mod multipart;
pub mod origin;
mod part;
pub mod query;
pub mod range;
pub mod response;
pub mod resumable;
pub mod retry_after;
pub mod rule;
mod scan;
pub mod select;
mod start_line;
pub mod target;
mod text;
mod uri;
mod user_agent;
pub mod value;
