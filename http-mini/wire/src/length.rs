//! The limit of content lengths.

/// The longest supported content, in bytes: file offsets are signed 64-bit numbers.
pub const LENGTH_LIMIT: u64 = i64::MAX as u64;
