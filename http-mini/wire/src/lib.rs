//! HTTP/1.1 messages: converts bytes to values, and values to bytes.
//!
//! This crate reads no socket, file or clock. "Need more bytes" is a value (`Ok(None)`,
//! [`chunked::ChunkedStep::More`]), never an error, and the time is an argument. So every rule can be tested
//! as a table, and every parser with its input split at any byte.
//!
//! The modules in the order in which a request meets them; only a client uses the last three:
//!
//! | module | job | RFC |
//! | --- | --- | --- |
//! | [`head`], [`fields`] | the request line and the fields | 9112 sections 2 to 5 |
//! | [`target`] | the request-target | 9112 section 3.2 |
//! | [`framing`] | the length of the content | 9112 section 6.3 |
//! | [`chunked`] | content in chunks | 9112 section 7.1 |
//! | [`conditional`], [`range`], [`select`] | the result of a GET | 9110 sections 13 and 14 |
//! | [`accept`], [`query`] | the client's preferences | 9110 section 12 |
//! | [`credentials`], [`cookie`], [`origin`] | the user, and whether another site caused the request | 9110 section 11 |
//! | [`forwarded`] | the client's address, behind a proxy | 7239 |
//! | [`enclosed`], [`digest`] | whether content can be stored, and its digest | 9530 |
//! | [`resumable`] | pieces of an upload | draft-ietf-httpbis-resumable-upload |
//! | [`multipart`] | files in a form | 7578 |
//! | [`destination`], [`depth`] | what COPY, MOVE and DELETE apply to | 4918 section 10 |
//! | [`response`], [`disposition`], [`date`] | the response head | 9112 section 4 |
//! | [`retry_after`] | when to retry | 9110 section 10.2.3 |
//! | [`coding`] | content codings | 9110 section 8.4 |
//! | [`archive`] | zip and tar archives of folders | |
//! | [`index`] | directory listings of servers | |
//! | [`value`] | the parser of each field's value, for explanations | |
//!
//! [`rule`] lists every rule that a message can break, and the status of the response. The other modules
//! share `list` and [`syntax::span`].
//!
//! A message that two parsers could read differently is refused, even where a standard lets a recipient guess
//! (RFC 9112 section 11.2).
#![forbid(unsafe_code)]
#![deny(clippy::disallowed_types)]

pub mod accept;
pub mod archive;
pub mod chunked;
pub mod coding;
pub mod conditional;
pub mod conversation;
pub mod cookie;
pub mod credentials;
pub mod date;
pub mod depth;
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
