//! `http-mini get`, `put`, `request` and `mirror`, held against servers that others wrote, networks that
//! fail, and servers that lie.

mod downloads;
mod faults;
mod hostile;
mod hostile_listings;
mod mirror;
mod names;
mod output;
mod redirects;
mod uploads;
mod versions;
mod who;

/// Bytes of a file that takes several reads and writes, and more than one segment.
const SIZE: usize = 3_000_000;
