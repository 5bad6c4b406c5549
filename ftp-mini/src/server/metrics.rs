//! The metrics of FTP: commands, replies and transfers.

use common::metrics::{Counters, Exposition};

use crate::wire::command::Verb;

/// More than there are verbs; the last counts unknown ones.
const COMMANDS: usize = 128;
/// Reply codes from 100 on.
const CODES: usize = 500;
const DIRECTIONS: [&str; 2] = ["upload", "download"];
const RESULTS: [&str; 2] = ["failed", "completed"];

static COMMANDS_RECEIVED: Counters<COMMANDS> = Counters::new();
static REPLIES: Counters<CODES> = Counters::new();
static TRANSFERS: Counters<4> = Counters::new();

pub(super) fn command(verb: Option<Verb>) {
    COMMANDS_RECEIVED.add(verb.map_or(COMMANDS - 1, |verb| verb as usize), 1);
}

pub(super) fn reply(code: u16) {
    REPLIES.add(usize::from(code.saturating_sub(100)), 1);
}

/// Counts the transfer of a command, if it is one for a file.
pub(super) fn transfer(verb: Option<Verb>, is_completed: bool) {
    let direction = match verb {
        Some(Verb::Stor | Verb::Appe | Verb::Stou) => 0,
        Some(Verb::Retr) => 1,
        _ => return,
    };
    TRANSFERS.add(2 * direction + usize::from(is_completed), 1);
}

/// Writes the metrics of this process's FTP servers.
pub fn write(to: &mut Exposition) {
    const COMMANDS_TOTAL: &str = "mini_ftp_commands_total";
    to.family(COMMANDS_TOTAL, "counter", "Received commands; unknown ones are _OTHER.");
    for verb in Verb::all() {
        to.sample(COMMANDS_TOTAL, &[("command", verb.name())], COMMANDS_RECEIVED.total(verb as usize));
    }
    to.sample(COMMANDS_TOTAL, &[("command", "_OTHER")], COMMANDS_RECEIVED.total(COMMANDS - 1));
    to.family("mini_ftp_replies_total", "counter", "Sent replies.");
    for code in 0..CODES {
        let count = REPLIES.total(code);
        if count > 0 {
            to.sample("mini_ftp_replies_total", &[("code", &(code + 100).to_string())], count);
        }
    }
    to.family("mini_ftp_transfers_total", "counter", "Transfers of files, also those that were refused.");
    for (direction, name) in DIRECTIONS.iter().enumerate() {
        for (result, result_name) in RESULTS.iter().enumerate() {
            let labels = [("direction", *name), ("result", *result_name)];
            to.sample("mini_ftp_transfers_total", &labels, TRANSFERS.total(2 * direction + result));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_has_a_counter() {
        assert!(Verb::all().all(|verb| (verb as usize) < COMMANDS - 1));
    }
}
