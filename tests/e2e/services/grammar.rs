//! `mini explain` compared with an independent implementation of the same RFCs: the grammars of the Python
//! package `abnf`.

use crate::harness::binary;
use crate::harness::peers::fetched;
use crate::harness::program::{run, tool};

const VALUES: &str = "12000";
const SEED: &str = "1";

#[test]
fn values_are_valid_where_the_grammars_of_their_rfcs_say_so() {
    let package = fetched("python/abnf");
    let mut python = tool("python3");
    python.env("PYTHONPATH", package.parent().unwrap()).args(["-c", include_str!("grammar.py")]);
    let out = run(python.arg(binary("mini")).args([VALUES, SEED])).text();
    let last = out.lines().last().unwrap_or_default();
    println!("{last}");
    let checked = last.split(' ').next().and_then(|number| number.parse().ok());
    assert!(checked >= Some(10_000), "{last}");
}
