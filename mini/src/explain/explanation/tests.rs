use super::super::input;
use super::*;

fn explained(bytes: &[u8], options: &ExplainOptions) -> Explanation {
    explain(input::read(bytes.to_vec(), None).unwrap(), options)
}

/// Spans follow one another from `start` to `end`; children lie inside their parent, in order.
fn assert_spans(spans: &[Span], start: usize, end: usize, covers: bool, why: &str) {
    let mut at = start;
    for span in spans {
        assert!(span.start < span.end, "{why}: {span:?} is empty");
        assert!(if covers { span.start == at } else { span.start >= at }, "{why}: {span:?} at {at}");
        assert_spans(&span.children, span.start, span.end, false, why);
        at = span.end;
    }
    assert!(if covers { at == end } else { at <= end }, "{why}: {at} of {end}");
}

const INPUTS: &[&[u8]] = &[
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\nHost: a\n\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n\r\n\0\xff",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
    b"USER ada\r\nPASS geheim\r\nNO",
    b"220-a\r\n220 b\r\nxyz\r\n",
    b"-rw-r--r-- 1 a b 3 Jan 1 2020 a.txt\r\nnonsense\r\n",
    b"type=file;size=3; a.txt\r\n",
    b"GET / HTTP/1.1\r\n",
];

#[test]
fn the_parts_cover_the_input() {
    for input in INPUTS {
        let why = input.escape_ascii().to_string();
        let side = explained(input, &ExplainOptions::default()).input.unwrap();
        assert_spans(&side.spans, 0, input.len(), true, &why);
        if !side.second_reading.is_empty() {
            assert_spans(&side.second_reading, 0, input.len(), true, &why);
        }
        assert!(side.faults.iter().all(|fault| fault.at <= input.len()), "{why}");
    }
}

#[test]
fn damaged_inputs_are_covered_as_well() {
    let dumps: &[&[u8]] = &[
        b"00000000: 4745 5420 2f0d 0a                        GET /..\n",
        b"<= Recv header, 17 bytes (0x11)\n0000: HTTP/1.1 200 OK\n",
        b"S: 220 ready\nC: USER ada\n",
    ];
    for input in INPUTS.iter().chain(dumps) {
        for at in 0..input.len() {
            for byte in [0, b'\n', b' ', b':', b'9', input[at] ^ 0x20, 0xff] {
                let mut damaged = input.to_vec();
                damaged[at] = byte;
                let Ok(input) = input::read(damaged.clone(), None) else { continue };
                let explanation = explain(input, &ExplainOptions::default());
                let sides = explanation.connections.iter().flat_map(|dialogue| &dialogue.directions);
                for side in sides.chain(&explanation.input) {
                    let why = damaged.escape_ascii().to_string();
                    assert_spans(&side.spans, 0, side.bytes.len(), true, &why);
                }
            }
        }
    }
}

#[test]
fn secrets_are_masked_by_default() {
    let input = b"USER ada\r\nPASS geheim\r\nPASS another";
    let mut options = ExplainOptions::default();
    let masked = explained(input, &options);
    let json = serde_json::to_string(&masked).unwrap();
    assert!(!json.contains("geheim") && !json.contains("another"), "{json}");
    assert_eq!(masked.input.unwrap().bytes, b"USER ada\r\nPASS ******\r\nPASS *******");
    options.shows_secrets = true;
    assert_eq!(explained(input, &options).input.unwrap().bytes, input);
}

#[test]
fn the_innermost_part_names_the_rule() {
    let side = explained(b"NOOP\r\nNOOP\n", &ExplainOptions::default()).input.unwrap();
    assert_eq!(side.faults.len(), 1);
    let fault = &side.faults[0];
    assert_eq!((fault.rule.id, fault.at, fault.is_guessed), ("bare-lf", 10, false));
    assert!(side.spans[0].broken.is_none());
    let mut innermost = &side.spans[1];
    while let Some(child) = innermost.children.iter().find(|child| child.end > 10) {
        innermost = child;
    }
    assert_eq!(innermost.broken.map(|broken| broken.rule), Some("bare-lf"), "{innermost:?}");
    let indonesian = ExplainOptions { language: Language::Indonesian, ..ExplainOptions::default() };
    let side = explained(b"NOOP\n", &indonesian).input.unwrap();
    assert_eq!(side.faults[0].fault, side.faults[0].rule.fault.id);
}

#[test]
fn a_unit_in_several_arrivals_is_one_part() {
    let mut connection = Connection::default();
    for piece in [&b"NO"[..], b"O", b"P\r\nQU", b"IT\r\n"] {
        connection.push(Sender::Client, piece);
    }
    let dialogue = dialogue(connection, &ExplainOptions::default());
    let ends: Vec<_> = dialogue.directions[0].spans.iter().map(|span| span.end).collect();
    assert_eq!((ends, dialogue.order), (vec![6, 12], vec![(0, 6), (0, 12)]));
    let names = |spans: &[Span]| spans.iter().map(|span| span.children.len()).collect::<Vec<_>>();
    let whole = super::dialogue(
        Connection::of_kind(super::super::kind::InputKind::FtpCommand, b"NOOP\r\nQUIT\r\n".to_vec()),
        &ExplainOptions::default(),
    );
    assert_eq!(
        dialogue.directions[0].spans,
        whole.directions[0].spans,
        "{:?}",
        names(&whole.directions[0].spans)
    );
}
