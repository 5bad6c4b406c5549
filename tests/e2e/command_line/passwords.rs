//! `mini passwd`, piped and at a terminal.

use std::process::{Command, Stdio};

use argon2::{Argon2, PasswordVerifier};

use crate::harness::program::{Outcome, run};
use crate::harness::{TerminalUser, Tree, binary};

/// Runs the command with this standard input.
fn passwd(input: &str) -> Outcome {
    let scratch = Tree::new();
    let input = std::fs::File::open(scratch.file("input", input)).unwrap();
    run(Command::new(binary("mini")).arg("passwd").stdin(input))
}

fn is_hash_of(line: &str, password: &str) -> bool {
    line.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
        && Argon2::default().verify_password(password.as_bytes(), line).is_ok()
}

#[test]
fn a_piped_password_becomes_one_line_of_hash() {
    let mut seen = Vec::new();
    for (input, password) in [("secret", "secret"), ("secret\n", "secret"), (" Зоя \r\n", " Зоя ")] {
        let outcome = passwd(input);
        assert!(outcome.err.is_empty(), "{}", outcome.err);
        let line = outcome.text();
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(is_hash_of(line.trim_end(), password), "{input:?}: {line}");
        assert!(!is_hash_of(line.trim_end(), input) || input == password, "{input:?}: {line}");
        seen.push(line);
    }
    assert_ne!(seen[0], seen[1], "each has a salt of its own");
}

#[test]
fn a_token_is_printed_with_its_hash() {
    let make = || {
        let outcome = run(Command::new(binary("mini")).args(["passwd", "--token"]).stdin(Stdio::null()));
        assert!(outcome.err.is_empty(), "{}", outcome.err);
        let text = outcome.text();
        let (token, line) = text.trim_end().split_once('\n').unwrap();
        (token.to_owned(), line.to_owned())
    };
    let ((token, line), (other, _)) = (make(), make());
    assert!(token != other && token.len() == 64, "{token} {other}");
    assert!(
        line.starts_with("tokens = [\"sha256:") && line.ends_with("\"]") && !line.contains(&token),
        "{line}"
    );
}

#[test]
fn a_missing_password_is_a_one_line_error() {
    for (input, says, why) in [
        ("", "empty", "nothing"),
        ("\n", "empty", "an empty line"),
        ("a\nb\n", "one line", "which one?"),
        (&*"x".repeat(2_000), "longer than 1024 bytes", "too long"),
    ] {
        let outcome = passwd(input);
        assert_eq!(outcome.code, Some(1), "{why}: {}", outcome.err);
        assert!(outcome.err.starts_with("mini: ") && outcome.err.contains(says), "{why}: {}", outcome.err);
        assert_eq!((outcome.err.lines().count(), outcome.out.len()), (1, 0), "{why}");
    }
    let closed = run(Command::new(binary("mini")).arg("passwd").stdin(Stdio::null()));
    assert!(closed.err.contains("empty"), "{}", closed.err);
}

#[test]
fn a_typed_password_is_asked_for_twice_and_not_shown() {
    let command = format!("{} passwd", binary("mini").display());
    for (keys, says) in [
        (["secret\r", "secret\r"], None),
        (["secrt\u{7f}et\r", "secret\r"], None),
        (["secret\r", "Secret\r"], Some("differ")),
        (["\r", "\r"], Some("empty")),
        (["secret\r", "sec\u{3}"], Some("interrupted")),
    ] {
        let mut ada = TerminalUser::start(&command);
        let mut screen = ada.wait_for("Password: ");
        ada.types(keys[0]);
        screen += &ada.wait_for("Again: ");
        ada.types(keys[1]);
        screen += &ada.wait_for("\r\n");
        let last = ada.wait_for("\r\n");
        assert!(!(screen + &last).contains("sec"), "{keys:?} is shown");
        match says {
            None => assert!(is_hash_of(last.trim_end(), "secret"), "{keys:?}: {last}"),
            Some(words) => assert!(last.starts_with("mini: ") && last.contains(words), "{keys:?}: {last}"),
        }
    }
}

/// Ctrl-C and Ctrl-D at the prompt do not leave a terminal without echo.
#[test]
fn an_interrupted_prompt_restores_the_echo() {
    let command = format!("{} passwd; echo over; cat", binary("mini").display());
    let mut ada = TerminalUser::start(&command);
    ada.wait_for("Password: ");
    ada.types("\u{3}");
    ada.wait_for("over\r\n");
    ada.types("shown again");
    ada.wait_for("shown again");
}
