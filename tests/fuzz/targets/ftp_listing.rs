//! Lines of LIST, MLSD and NLST, and what `mini explain` reports of them: entries with a name, and parts that cover
//! the input.
#![no_main]

use ftp_wire::conversation::{DataConversation, ListingKind};
use ftp_wire::listing::{self, ListLine};
use ftp_wire::{facts, time_val};
use libfuzzer_sys::fuzz_target;
use syntax::conversation::{Conversation as _, Sender};
use syntax::record::Recorder;
use syntax::splits;

/// 2027, for dates without a year.
const NOW: i64 = 1_800_000_000;

fuzz_target!(|input: &[u8]| {
    for line in listing::lines(input, NOW) {
        if let (_, ListLine::Entry(entry)) = line {
            assert!(!entry.name.is_empty(), "{entry:?}");
        }
    }
    let _line = listing::read(input, NOW);
    if let Some((facts, name)) = facts::parse(input) {
        assert!(!name.is_empty());
        if let Some(time) = facts.modify {
            let mut written = Vec::new();
            time_val::write(time, &mut written);
            assert_eq!(time_val::parse(&written).map(|time| time.seconds), Some(time.seconds));
        }
    }
    for kind in [ListingKind::List, ListingKind::Mlsd, ListingKind::Nlst] {
        let (mut data, recorder, mut at) = (DataConversation::listing(kind), Recorder::new(input), 0);
        while let Some(used) = data.read(Sender::Server, &input[at..], true, &recorder) {
            at += used;
        }
        assert_eq!(at, input.len());
        splits::assert_covers(&recorder.finish().0, input.len());
    }
});
