use std::pin::pin;
use std::task::{Context, Waker};

use super::*;
use crate::users::tests::{accounts, peer};

fn logins() -> Arc<Logins> {
    Arc::new(Logins::new(accounts()).unwrap())
}

fn attempt(logins: &Logins, name: &str, password: &str) -> Attempt {
    logins.attempt(name.as_bytes(), password.as_bytes(), peer("192.0.2.1"))
}

/// The memory in KiB of each computed hash, and whether the login is correct.
fn work(logins: &Logins, name: &str, password: &str) -> (Vec<u32>, bool) {
    let mut costs = Vec::new();
    let right = logins.verify(&attempt(logins, name, password), |hash| {
        costs.push(hash.cost().0);
        hash.verify(password.as_bytes(), &mut password::Memory::default())
    });
    costs.sort_unstable();
    (costs, right.unwrap().is_some())
}

#[test]
fn wrong_logins_do_the_same_work_for_every_name() {
    let mixed = logins();
    let clear = Logins::new(accounts().split_off(2)).unwrap();
    let hashed = accounts().into_iter().take(1).chain(accounts().split_off(2)).collect();
    let hashed = Logins::new(hashed).unwrap();
    for (logins, name, password, costs, is_right, why) in [
        (&*mixed, "ada", "x", &[8, 16][..], false, "its own and one of the other cost"),
        (&mixed, "bert", "x", &[8, 16], false, "its own and one of the other cost"),
        (&mixed, "cleo", "x", &[8, 16], false, "one of each cost, though it has no hash"),
        (&mixed, "nobody", "x", &[8, 16], false, "one of each cost for an unknown name"),
        (&mixed, "nobody", "secret", &[8, 16], false, "a decoy's own password is wrong"),
        (&mixed, "cleo", "secret", &[8, 16], false, "a decoy's own password opens nothing"),
        (&mixed, "ada", "secret", &[8], true, "right: only its own"),
        (&mixed, "bert", "secret", &[16], true, "right: only its own"),
        (&mixed, "cleo", "word", &[], true, "right: the tag is enough"),
        (&hashed, "ada", "x", &[8], false, "one cost, one hash"),
        (&hashed, "cleo", "x", &[8], false, "one cost, one hash"),
        (&hashed, "nobody", "x", &[8], false, "one cost, one hash"),
        (&clear, "cleo", "x", &[], false, "no account has a hash"),
        (&clear, "nobody", "x", &[], false, "no account has a hash"),
    ] {
        assert_eq!(work(logins, name, password), (costs.to_vec(), is_right), "{name} {password}: {why}");
    }
}

#[test]
fn a_verified_password_is_remembered_for_five_minutes() {
    for name in ["ada", "cleo"] {
        let logins = logins();
        let password = if name == "cleo" { "word" } else { "secret" };
        let login = attempt(&logins, name, password);
        assert!(logins.recall(&login, 0).is_none(), "not yet");
        let user = logins.verify(&login, |_| Ok::<_, ()>(true)).unwrap();
        logins.settle(&login, user, 1_000);
        for (name, password, now, is_known, why) in [
            (name, password, 1_000, true, "at once"),
            (name, password, 1_000 + 299_999, true, "a millisecond before the end"),
            (name, password, 1_000 + 300_000, false, "after five minutes"),
            (name, "x", 1_000, false, "another password"),
            ("bert", password, 1_000, false, "another name"),
            ("nobody", password, 1_000, false, "an unknown name"),
        ] {
            let known = logins.recall(&attempt(&logins, name, password), now);
            assert_eq!(known.is_some_and(|answer| answer.is_ok()), is_known, "{name}: {why}");
        }
    }
}

#[test]
fn only_a_judged_login_forgets_failures() {
    let logins = logins();
    let (right, wrong) = (attempt(&logins, "ada", "secret"), attempt(&logins, "ada", "x"));
    let fail = || match logins.settle(&wrong, None, 0) {
        Outcome::Wrong(failures) => failures,
        Outcome::Answered(answer) => panic!("{answer:?}"),
    };
    assert_eq!((fail(), fail()), (1, 2));
    let user =
        logins.verify(&right, |hash| hash.verify(b"secret", &mut password::Memory::default())).unwrap();
    logins.settle(&right, user, 0);
    assert_eq!((fail(), fail()), (1, 2), "they were forgotten");
    assert!(logins.recall(&right, 0).is_some_and(|answer| answer.is_ok()));
    assert_eq!(fail(), 3, "a busy user does not wash out who guesses from the same address");
}

/// Attackers at other addresses wait; the owner, who has logged in before, does not.
#[tokio::test]
async fn an_address_with_a_correct_login_is_hashed_first() {
    let logins = logins();
    let judged = Arc::new(Mutex::new(Vec::new()));
    let login = |name: &'static [u8], password: &'static [u8], from: &str| {
        let (logins, judged, from) = (Arc::clone(&logins), Arc::clone(&judged), peer(from));
        tokio::spawn(async move {
            let result = logins.login(name, password, from, Duration::ZERO).await.map(drop);
            judged.lock().unwrap().push(name);
            result
        })
    };
    assert_eq!(login(b"ada", b"secret", "192.0.2.1").await.unwrap(), Ok(()));
    let memory: Vec<_> = logins.hash_memory.iter().map(|memory| memory.lock().unwrap()).collect();
    let attackers: Vec<_> = (0..40)
        .map(|number| login(b"ada", b"x", Box::leak(format!("198.51.100.{number}").into_boxed_str())))
        .collect();
    // As tasks of one thread they take their places in the order in which they were spawned.
    let owner = login(b"bert", b"secret", "192.0.2.1");
    tokio::task::yield_now().await;
    drop(memory);
    assert_eq!(owner.await.unwrap(), Ok(()));
    for attacker in attackers {
        assert_eq!(attacker.await.unwrap(), Err(Denied::Wrong), "all are answered");
    }
    // The first login is ada's own. In turn, the owner would be behind all 40; some are already being hashed.
    let before = judged.lock().unwrap().iter().skip(1).take_while(|name| **name != b"bert").count();
    assert!(before < 20, "{before} attackers before the owner");
}

#[tokio::test]
async fn a_failure_counts_even_if_the_session_has_ended() {
    let logins = logins();
    {
        let login = pin!(logins.login(b"ada", b"x", peer("192.0.2.1"), Duration::ZERO));
        assert!(login.poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    // The call holds the other reference until it ends.
    while Arc::strong_count(&logins) > 1 {
        tokio::task::yield_now().await;
    }
    let again = logins.settle(&attempt(&logins, "ada", "x"), None, clock::tick());
    assert!(matches!(again, Outcome::Wrong(2)), "{again:?}");
}

#[test]
fn a_login_is_small_until_it_is_judged() {
    let logins = logins();
    let login = logins.login(b"ada", b"x", peer("192.0.2.1"), Duration::ZERO);
    assert!(size_of_val(&login) <= 256, "{}", size_of_val(&login));
}
