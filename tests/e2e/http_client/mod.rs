//! The client commands of `http-mini`, with servers of other projects, faulty networks and hostile servers.

mod commands;
mod downloads;
mod faults;
mod hostile;
mod hostile_listings;
mod mirror;
mod names;
mod output;
mod redirects;
mod unix_socket;
mod uploads;
mod versions;
mod who;

/// Size in bytes of a file that takes several reads and writes, and several segments.
const SIZE: usize = 3_000_000;
