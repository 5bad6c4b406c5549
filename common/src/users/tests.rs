use std::net::IpAddr;

use tokio::time::Instant;

use super::*;
use crate::files::TreePath;

/// Hashes of `secret` at the lowest cost, and at a slightly higher one.
pub(super) const CHEAP: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$+RsCrdHrAKGEJIDLM0Esow";
pub(super) const DEARER: &str = "$argon2id$v=19$m=16,t=1,p=1$c2FsdHNhbHQ$apN7z2gpbX5hR28gblEBdA";

pub(super) fn peer(ip: &str) -> Peer {
    Peer::Inet((ip.parse::<IpAddr>().unwrap(), 1_024).into())
}

/// `ada` and `bert` have hashes of `secret`, `cleo` the password `word`.
pub(super) fn accounts() -> Vec<(User, UserSecret)> {
    let user = |name| User::new(name, Actions::READ).unwrap();
    vec![
        (user("ada"), UserSecret::Hash(CHEAP.parse().unwrap())),
        (user("bert"), UserSecret::Hash(DEARER.parse().unwrap())),
        (user("cleo"), UserSecret::Password("word".into())),
    ]
}

fn users() -> Users {
    Users::new(accounts(), None).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_login_needs_the_name_and_its_password() {
    for (name, password, expected, why) in [
        (&b"ada"[..], &b"secret"[..], Ok(&b"ada"[..]), "hashed"),
        (b"bert", b"secret", Ok(b"bert"), "hashed"),
        (b"cleo", b"word", Ok(b"cleo"), "a plaintext password"),
        (b"ada", b"word", Err(Denied::Wrong), "another's password"),
        (b"cleo", b"secret", Err(Denied::Wrong), "another's password"),
        (b"ada", b"", Err(Denied::Wrong), "none"),
        (b"ada", b"secret\0", Err(Denied::Wrong), "a longer one"),
        (b"ada", CHEAP.as_bytes(), Err(Denied::Wrong), "the hash is no password"),
        (b"Ada", b"secret", Err(Denied::Wrong), "names are bytes"),
        (b"", b"", Err(Denied::Wrong), "nothing"),
        (b"\xff", b"\xff", Err(Denied::Wrong), "not UTF-8"),
        (b"anonymous", b"", Err(Denied::Wrong), "no anonymous access"),
    ] {
        let users = users();
        // First verified, then cached.
        for _ in 0..2 {
            let seen = users.login(name, password, peer("192.0.2.1")).await;
            assert_eq!(seen.as_deref().map(User::name).map_err(|denied| *denied), expected, "{why}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_is_the_login_of_its_user() {
    let hash = |token: &str| TokenHash::of(token.as_bytes());
    let with = |(user, secret): (User, UserSecret), tokens: &[&str]| {
        (user.with_tokens(tokens.iter().map(|token| hash(token)).collect()), secret)
    };
    let [ada, bert, _] = accounts().try_into().unwrap();
    let users = Users::new(vec![with(ada, &["one", "two"]), with(bert, &["three"])], None).unwrap();
    for (token, expected, why) in [
        ("one", Ok(&b"ada"[..]), "hers"),
        ("two", Ok(b"ada"), "hers, too"),
        ("three", Ok(b"bert"), "his"),
        ("secret", Err(Denied::Wrong), "a password is no token"),
        (&*hash("one").to_string(), Err(Denied::Wrong), "nor is a hash"),
        ("", Err(Denied::Wrong), "nothing"),
    ] {
        let seen = users.login_with_token(token.as_bytes(), peer("192.0.2.1")).await;
        assert_eq!(seen.as_deref().map(User::name).map_err(|denied| *denied), expected, "{why}");
    }
    for _ in 0..20 {
        let _ = users.login_with_token(b"guess", peer("192.0.2.1")).await;
    }
    let guess = users.login_with_token(b"guess", peer("192.0.2.1")).await;
    assert!(matches!(guess, Err(Denied::TooMany { .. })), "guesses are counted");
    let [ada, bert, _] = accounts().try_into().unwrap();
    let twice = Users::new(vec![with(ada, &["one"]), with(bert, &["one"])], None);
    assert_eq!(twice.err(), Some(UsersFault::TokenTwice("bert".into())));
}

#[tokio::test(start_paused = true)]
async fn anonymous_logs_in_where_it_is_allowed() {
    let peer = peer("192.0.2.1");
    for (allow, name, is_user, why) in [
        (Some(Actions::READ), &b"anonymous"[..], true, "allowed"),
        (Some(Actions::DROP), b"FTP", true, "its other name, in any case"),
        (Some(Actions::READ), b"guest", false, "another name"),
        (None, b"ftp", false, "not allowed"),
    ] {
        let users = Users::new(accounts(), allow).unwrap();
        assert_eq!(users.anonymous().is_some(), allow.is_some(), "{why}");
        let user = users.login(name, b"ada@example.org", peer).await;
        assert_eq!(user.as_ref().is_ok_and(|user| user.is_anonymous()), is_user, "{why}");
        let may = user.is_ok_and(|user| user.may(Action::Upload, &Located::by_text("/")));
        assert_eq!(may, allow == Some(Actions::DROP), "{why}");
    }
    assert!(users().have_passwords());
    assert!(!Users::new(Vec::new(), Some(Actions::READ)).unwrap().have_passwords());
}

#[tokio::test(start_paused = true)]
async fn wrong_logins_are_answered_later_and_later() {
    let users = users();
    for (ip, name, password, seconds, why) in [
        ("192.0.2.1", "ada", "x", 1, "the first"),
        ("192.0.2.1", "ada", "y", 2, "the second"),
        ("192.0.2.2", "ada", "x", 3, "the first from there, the third at the name"),
        ("192.0.2.2", "nobody", "x", 2, "the second failure from there; the name is new"),
        ("192.0.2.3", "nobody", "x", 2, "unknown names are counted too"),
        ("192.0.2.1", "cleo", "x", 3, "the third from there"),
        ("192.0.2.1", "ada", "secret", 0, "right"),
        ("192.0.2.1", "cleo", "x", 2, "only the failures at that name are forgotten"),
        ("192.0.2.1", "cleo", "x", 3, ""),
        ("192.0.2.1", "cleo", "x", 4, ""),
        ("192.0.2.1", "cleo", "x", 5, ""),
        ("192.0.2.1", "cleo", "x", 5, "no later than this"),
        ("192.0.2.9", "cleo", "word", 0, "a name is never locked"),
    ] {
        let begun = Instant::now();
        let answer = users.login(name.as_bytes(), password.as_bytes(), peer(ip)).await;
        // Tokio's timers are accurate to a millisecond.
        assert_eq!(
            begun.elapsed().as_secs_f64().round(),
            f64::from(seconds),
            "{ip} {name} {password}: {why}"
        );
        assert_eq!(answer.is_ok(), seconds == 0, "{ip} {name} {password}: {why}");
    }
    let users = users.with_delay(Duration::ZERO);
    let begun = Instant::now();
    assert_eq!(users.login(b"ada", b"x", peer("192.0.2.1")).await.err(), Some(Denied::Wrong));
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn failures_refuse_only_their_login_or_address() {
    let users = users().with_delay(Duration::ZERO);
    let (here, there) = (peer("192.0.2.1"), peer("192.0.2.2"));
    let answer = async |name: &[u8], password: &[u8], from| match users.login(name, password, from).await {
        Ok(_) => "right",
        Err(Denied::Wrong) => "wrong",
        Err(Denied::TooMany { retry_after }) if retry_after > Duration::from_secs(500) => "refused",
        Err(other) => panic!("{other:?}"),
    };
    for (name, password, from, times, expected, why) in [
        (&b"ada"[..], &b"x"[..], here, 20, "wrong", "each is checked"),
        (b"ada", b"secret", here, 1, "refused", "also the right one: it could be guessed"),
        (b"ada", b"secret", there, 1, "right", "from elsewhere"),
        (b"ada", b"secret", here, 1, "refused", "nor does that help here"),
        (b"bert", b"secret", here, 1, "right", "another user behind the same address"),
        (b"cleo", b"x", here, 19, "wrong", "below the limit"),
        (b"cleo", b"word", here, 1, "right", "which forgets them"),
        (b"cleo", b"x", here, 20, "wrong", "another twenty"),
        (b"cleo", b"word", here, 1, "refused", "and the pair is refused"),
    ] {
        for time in 0..times {
            assert_eq!(answer(name, password, from).await, expected, "{time}: {why}");
        }
    }
    for name in 0..18_u8 {
        assert_eq!(answer(&[name], b"x", here).await, "wrong", "{name}");
    }
    for (name, password, from, times, expected, why) in [
        (&b"new"[..], &b"x"[..], here, 1, "refused", "twenty names were tried"),
        (b"bert", b"secret", here, 1, "right", "verified lately: many people can have one address"),
        (b"bert", b"x", here, 20, "refused", "other users are still refused"),
        (b"bert", b"secret", here, 1, "refused", "or it could be guessed without end"),
        (b"bert", b"secret", there, 1, "right", "elsewhere it is not refused"),
    ] {
        for time in 0..times {
            assert_eq!(answer(name, password, from).await, expected, "{time}: {why}");
        }
    }
}

/// However many of the names were verified recently: guesses at them are refused at once.
#[tokio::test(start_paused = true)]
async fn a_refused_address_cannot_guess_at_many_names_in_turn() {
    let names: Vec<String> = (0..30).map(|n| format!("user{n}")).collect();
    let user = |name: &String| (User::new(name, Actions::READ).unwrap(), UserSecret::Password("word".into()));
    let users = Users::new(names.iter().map(user).collect(), None).unwrap().with_delay(Duration::ZERO);
    let (here, there) = (peer("192.0.2.1"), peer("192.0.2.2"));
    for name in &names {
        users.login(name.as_bytes(), b"word", there).await.unwrap();
    }
    for name in 0..20_u8 {
        assert_eq!(users.login(&[name], b"x", here).await.err(), Some(Denied::Wrong), "{name}");
    }
    for round in 0..20_u8 {
        for name in &names {
            let guess = users.login(name.as_bytes(), &[round], here).await;
            assert!(matches!(guess, Err(Denied::TooMany { .. })), "{round} {name}: {guess:?}");
        }
    }
    for name in &names {
        let right = users.login(name.as_bytes(), b"word", here).await;
        assert!(matches!(right, Err(Denied::TooMany { .. })), "{name}: the next guess must not pass");
        users.login(name.as_bytes(), b"word", there).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn logins_at_the_same_time_are_no_way_around_the_limit() {
    let users = users().with_delay(Duration::ZERO);
    let logins: Vec<_> = (0..40_u8)
        .map(|n| {
            let users = users.clone();
            tokio::spawn(async move { users.login(b"ada", &[n], peer("192.0.2.1")).await.err() })
        })
        .collect();
    let mut wrong = 0;
    for login in logins {
        wrong += usize::from(login.await.unwrap() == Some(Denied::Wrong));
    }
    assert!((20..=21).contains(&wrong), "two are hashed at a time: {wrong}");
}

#[test]
fn users_that_exclude_each_other_are_refused() {
    let user = |name: &str| User::new(name, Actions::READ).unwrap();
    let hash = |memory: u32| CHEAP.replace("m=8", &format!("m={memory}")).parse().unwrap();
    let costs = |n| (0..n).map(|n| (user(&format!("u{n}")), UserSecret::Hash(hash(8 + n)))).collect();
    for (accounts, expected, why) in [
        (accounts(), None, "as above"),
        (Vec::new(), None, "no users"),
        ([accounts(), accounts()].concat(), Some(UsersFault::Twice("ada".into())), "a name twice"),
        (
            vec![(user("ada"), UserSecret::Password(String::new()))],
            Some(UsersFault::NoPassword("ada".into())),
            "empty",
        ),
        (costs(4), None, "four costs"),
        (costs(5), Some(UsersFault::Costs), "five costs, and each wrong login would pay for all"),
    ] {
        assert_eq!(Users::new(accounts, None).err(), expected, "{why}");
    }
}

#[test]
fn nothing_shows_a_password() {
    let shown = format!("{:?} {:?}", accounts(), users());
    for secret in ["word", "RsCrdHr"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn the_example_is_a_users_file() {
    let file: File = toml::from_str(include_str!("example.toml")).unwrap();
    let users: Vec<User> = file.accounts().unwrap().into_iter().map(|(user, _)| user).collect();
    let path = |text: &str| TreePath::ROOT.join(text.as_bytes()).unwrap();
    for (user, action, at, expected) in [
        (0, Action::Delete, "/a", true),
        (1, Action::Get, "/a", true),
        (1, Action::Upload, "/a", false),
        (1, Action::Upload, "/incoming/a", true),
        (1, Action::Get, "/incoming/a", false),
    ] {
        assert_eq!(users[user].may(action, &Located::by_text(at)), expected, "{user} {action} {at}");
    }
    assert_eq!(users[1].place(&path("/incoming")).as_bytes(), b"lessons/incoming");
}

#[test]
fn errors_in_a_users_file_are_described() {
    let account = format!("[[user]]\nname = 'ada'\nhash = '{CHEAP}'\n");
    for (more, says, why) in [
        ("allow = []", None, "nothing is something"),
        ("", Some("missing field `allow`"), "required, without a default"),
        ("allow = ['fly']", Some("unknown variant `fly`"), "no such action"),
        ("allow = ['list']\ncolour = 'red'", Some("unknown field `colour`"), "no such setting"),
        ("allow = []\nhome = '..'", Some("user 'ada': '..': the path leads outside"), "above the root"),
        ("allow = []\n[[user.path]]\npath = '/a'", Some("missing field `allow`"), "a rule about nothing"),
        (
            "allow = []\n[[user.path]]\npath = '/a'\nallow = []\n[[user.path]]\npath = 'a/'\nallow = ['get']",
            Some("user 'ada': there are two rules for 'a/'"),
            "which one holds?",
        ),
        ("allow = []\n[user.path]\npath = '/a'\nallow = []", Some("invalid type: map"), "one bracket"),
        ("allow = []\n[[users]]", Some("unknown field `users`"), "a slip"),
    ] {
        let read =
            toml::from_str::<File>(&(account.clone() + more)).map_err(|error| error.message().to_owned());
        let read = read.and_then(|file| file.accounts().map_err(|fault| fault.to_string()));
        match says {
            None => assert!(read.is_ok(), "{why}: {read:?}"),
            Some(words) => {
                assert!(read.as_ref().is_err_and(|error| error.contains(words)), "{why}: {read:?}");
            }
        }
    }
    let hashed = account.replace("argon2id", "argon2i") + "allow = []";
    let fault = toml::from_str::<File>(&hashed).unwrap().accounts().err();
    assert_eq!(fault, Some(UsersFault::Hash { user: "ada".into(), rule: HashRule::NotArgon2id }));
}

/// The counters belong to the process, and other tests log in as well.
#[test]
fn each_result_of_a_login_has_a_counter() {
    let total = |result: &str| -> u64 {
        let mut text = crate::metrics::Exposition::default();
        metrics::write(&mut text, &[]);
        let line = format!("mini_logins_total{{result=\"{result}\"}} ");
        text.into_text().lines().find_map(|found| found.strip_prefix(&line)?.parse().ok()).unwrap()
    };
    crate::metrics::turn_on();
    let user = User::new("ada", Actions::READ).unwrap();
    for (login, result) in [
        (Ok(Arc::new(user)), "accepted"),
        (Err(Denied::Wrong), "wrong"),
        (Err(Denied::TooMany { retry_after: Duration::ZERO }), "locked_out"),
        (Err(Denied::Busy), "busy"),
    ] {
        let before = total(result);
        count(&login);
        assert!(total(result) > before, "{result}");
    }
}
