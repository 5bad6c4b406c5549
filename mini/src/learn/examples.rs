//! The examples in the help of `mini learn` and each of its commands.

pub(super) const LEARN: &str = "\
Examples:
  mini learn start exercises --in python --lang id
  cd exercises && mini learn list
  mini learn check chunked          stars, and the first case that fails
  mini learn watch                  the same after each save
  mini learn hint chunked
  mini learn report class/* --html > class.html";

pub(super) const START: &str = "\
Examples:
  mini learn start exercises                          in Python
  mini learn start exercises --in rust --lang id      in Rust, in Indonesian";

pub(super) const LIST: &str = "\
Examples:
  mini learn list                    the exercises of this folder
  mini learn list --dir ~/exercises  those of another";

pub(super) const CHECK: &str = "\
Examples:
  mini learn check                        the next exercise
  mini learn check chunked --replay 51f3  with the cases of an earlier check
  mini learn check --all --json           all that were started, for programs";

pub(super) const WATCH: &str = "\
Examples:
  mini learn watch         after each save
  mini learn watch --poll  where file systems do not report changes";

pub(super) const HINT: &str = "\
Examples:
  mini learn hint chunked                    the next hint
  mini learn hint chunked --dir ~/exercises  of another folder";

pub(super) const RESET: &str = "\
Examples:
  mini learn reset chunked                    the stub again
  mini learn reset chunked --dir ~/exercises  in another folder";

pub(super) const SOLUTION: &str = "\
Examples:
  mini learn solution chunked            after two stars
  mini learn solution chunked --give-up  before that";

pub(super) const REPORT: &str = "\
Examples:
  mini learn report class/* --csv               a table for a spreadsheet
  mini learn report class/* --html > class.html a page";
