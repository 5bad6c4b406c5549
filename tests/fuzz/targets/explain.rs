//! `mini explain`: captures, hex dumps, traces of curl, dialogues and plain bytes. The spans of each direction cover
//! it, without a gap or an overlap.
#![no_main]
#![allow(dead_code, reason = "the modules of a command, of which this uses only a part")]

use libfuzzer_sys::fuzz_target;

// The folder of the modules below.
#[path = "../../../mini/src/explain"]
mod explain {
    mod connection;
    mod conversations;
    mod explanation;
    mod input;
    mod kind;
    mod reads;
    mod recording;

    use explanation::{ExplainOptions, Side, Span, explain};

    pub(super) fn check(input: &[u8]) {
        let options = ExplainOptions { reads: vec![1, 5, input.len() / 2], ..ExplainOptions::default() };
        let Ok(read) = input::read(input.to_vec(), None) else { return };
        let explanation = explain(read, &options);
        let directions = explanation.connections.iter().flat_map(|connection| &connection.directions);
        match &explanation.input {
            // The bytes of its packets are those of the connections.
            Some(packets) if explanation.kind == "capture" => check_spans(&packets.spans, 0, input.len()),
            whole => whole.iter().for_each(check_side),
        }
        directions.for_each(check_side);
    }

    fn check_side(side: &Side) {
        check_spans(&side.spans, 0, side.bytes.len());
        let is_gapless = |pair: &[Span]| pair[0].end == pair[1].start;
        assert!(side.spans.windows(2).all(is_gapless));
        let ends = (side.spans.first().map(|span| span.start), side.spans.last().map(|span| span.end));
        assert!(side.bytes.is_empty() || ends == (Some(0), Some(side.bytes.len())));
    }

    /// Spans are in order inside their parent.
    fn check_spans(spans: &[Span], mut at: usize, end: usize) {
        for span in spans {
            assert!(at <= span.start && span.start <= span.end && span.end <= end, "{span:?}");
            check_spans(&span.children, span.start, span.end);
            at = span.end;
        }
    }
}

fuzz_target!(|input: &[u8]| explain::check(input));
