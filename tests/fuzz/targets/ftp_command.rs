//! Lines of the control connection with Telnet commands: in any two pieces the same, and the command of each.
#![no_main]

use ftp_wire::glob::Glob;
use ftp_wire::{command, line, ls, pathname};
use libfuzzer_sys::fuzz_target;
use syntax::splits;

fuzz_target!(|input: &[u8]| {
    if let Ok(Some((line, used))) = splits::check_one(line::take, input)
        && let Err(invalid) = command::parse(&line)
    {
        assert!(invalid.at <= used && (500..600).contains(&invalid.code()), "{invalid:?}");
    }
    assert_eq!(pathname::unquoted(&pathname::quoted(input)), Some(input.to_vec()));
    let _request = ls::parse(input);
    let (pattern, name) = input.split_at(input.len() / 2);
    let _matches = Glob::new(pattern).matches(name);
    assert!(Glob::new(b"*").matches(input));
});
