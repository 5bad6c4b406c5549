use super::*;

/// In milliseconds.
const MINUTE: u64 = 60_000;

fn peer(ip: &str) -> Peer {
    match ip {
        "unix" => Peer::Unix,
        ip => Peer::Inet((ip.parse::<std::net::IpAddr>().unwrap(), 1_024).into()),
    }
}

#[test]
fn failures_are_counted_by_address_and_by_name() {
    let (keys, mut failures) = (Keys::default(), Failures::default());
    for (ip, name, expected, why) in [
        ("192.0.2.1", "ada", 1, "the first"),
        ("192.0.2.1", "bob", 2, "the second of the address"),
        ("192.0.2.2", "bob", 2, "the second at the name"),
        ("192.0.2.2", "bob", 3, "the third at the name, the second of the address"),
        ("::ffff:192.0.2.1", "cleo", 3, "the same address, mapped"),
        ("2001:db8::1", "dora", 1, "a new address and name"),
        ("2001:db8::ffff:2", "emil", 2, "the same /64 network"),
        ("2001:db8:0:1::1", "fred", 1, "another one"),
        ("unix", "ada", 2, "the second at the name"),
        ("unix", "gus", 1, "not of one address with the one before"),
    ] {
        assert_eq!(failures.count(keys.origin(peer(ip), name.as_bytes()), 0), expected, "{ip} {name}: {why}");
    }
}

#[test]
fn pairs_and_addresses_have_limits() {
    // Who failed, at how many names, and how often at each.
    type Failed = &'static [(&'static str, usize, usize)];
    type Case = (Failed, &'static str, &'static str, Option<&'static str>, &'static str);
    let (pair, address) = (Some("pair"), Some("address"));
    let cases: [Case; 17] = [
        (&[("192.0.2.1", 1, 19)], "192.0.2.1", "0", None, "below the limit"),
        (&[("192.0.2.1", 1, 20)], "192.0.2.1", "0", pair, "the pair"),
        (&[("192.0.2.1", 1, 20)], "192.0.2.1", "1", None, "another user behind the same address"),
        (&[("192.0.2.1", 1, 20)], "192.0.2.2", "0", None, "the same user from elsewhere"),
        (&[("192.0.2.1", 19, 1)], "192.0.2.1", "new", None, "below the limit of names"),
        (&[("192.0.2.1", 20, 1)], "192.0.2.1", "new", address, "the limit of names"),
        (&[("192.0.2.1", 20, 1)], "192.0.2.2", "new", None, "another address"),
        (&[("192.0.2.1", 10, 19)], "192.0.2.1", "new", None, "190 failures"),
        (&[("192.0.2.1", 11, 19)], "192.0.2.1", "new", address, "more than 200"),
        (&[("192.0.2.1", 10, 20)], "192.0.2.1", "0", pair, "both: the stricter one"),
        (&[("2001:db8::1", 1, 20)], "2001:db8::2", "0", pair, "the same network"),
        (&[("2001:db8::1", 20, 1)], "2001:db8:0:1::1", "new", None, "another network"),
        (&[("unix", 1, 19)], "unix", "0", None, "below the limit"),
        (&[("unix", 1, 20)], "unix", "0", pair, "without an address the name counts"),
        (&[("unix", 1, 20)], "192.0.2.1", "0", None, "but not where there is one"),
        (&[("unix", 50, 10)], "unix", "new", None, "names are all that counts there"),
        (&[("192.0.2.1", 1, 10), ("192.0.2.2", 1, 10)], "192.0.2.1", "0", None, "a name has no limit"),
    ];
    for (failed, ip, name, expected, why) in cases {
        let (keys, mut failures) = (Keys::default(), Failures::default());
        for (ip, names, each) in failed {
            for name in 0..*names {
                let origin = keys.origin(peer(ip), name.to_string().as_bytes());
                for _ in 0..*each {
                    failures.count(origin, 0);
                }
            }
        }
        let refused = failures.refused(keys.origin(peer(ip), name.as_bytes()), 0).map(|by| match by {
            Refused::Pair(_) => "pair",
            Refused::Address(_) => "address",
        });
        assert_eq!(refused, expected, "{failed:?}, then {ip} {name}: {why}");
    }
}

#[test]
fn a_refusal_ends_when_enough_failures_have_aged_out() {
    let seconds = Duration::from_secs;
    // Names are given in turns, one failure a second.
    for (failed, names, now, expected, why) in [
        (20, 1, MINUTE, Some(Refused::Pair(seconds(540))), "until the first is ten minutes old"),
        (20, 1, 599_999, Some(Refused::Pair(seconds(1))), "the last second"),
        (20, 1, 600_000, None, "one has aged out"),
        (20, 20, MINUTE, Some(Refused::Address(seconds(540))), "until the first name is forgotten"),
        (30, 20, MINUTE, Some(Refused::Address(seconds(550))), "ten of the names were tried again later"),
        (30, 20, 610_000, None, "the eleventh name is forgotten"),
        (210, 11, 5 * MINUTE, Some(Refused::Address(seconds(310))), "until 199 are left"),
        (210, 11, 610_000, None, "199 are left"),
    ] {
        let (keys, mut failures) = (Keys::default(), Failures::default());
        let origin = |name: usize| keys.origin(peer("192.0.2.1"), name.to_string().as_bytes());
        for failure in 0..failed {
            failures.count(origin(failure % names), failure as u64 * 1_000);
        }
        let asked = if names == 1 { 0 } else { names };
        assert_eq!(failures.refused(origin(asked), now), expected, "{failed} at {names}, {now}: {why}");
    }
}

#[test]
fn a_success_forgets_its_own_failures_only() {
    let (keys, mut failures) = (Keys::default(), Failures::default());
    let (here, there) = (peer("192.0.2.1"), peer("192.0.2.2"));
    for (from, name) in [(here, "ada"), (here, "ada"), (here, "bob"), (there, "ada")] {
        failures.count(keys.origin(from, name.as_bytes()), 0);
    }
    failures.forget(keys.origin(here, b"ada"), 0);
    for (from, name, expected, why) in [
        (here, "cleo", 2, "the one at bob is left, and this"),
        (there, "ada", 2, "the one from there is left, and this"),
    ] {
        assert_eq!(failures.count(keys.origin(from, name.as_bytes()), 0), expected, "{why}");
    }
    let ada = keys.origin(here, b"ada");
    for _ in 0..PAIR_LIMIT {
        failures.count(ada, 0);
    }
    failures.forget(ada, 0);
    assert_eq!(failures.refused(ada, 0), None, "the pair's, too");
}

#[test]
fn a_full_bucket_hands_failures_on() {
    let mut table = Table::new(16, 20);
    let key = |n: usize| (n * 16) as u64;
    for n in 0..WAYS {
        for _ in 0..n + 3 {
            table.add(key(n), 0, 0);
        }
    }
    for (n, expected, why) in [
        (WAYS, 4, "the fewest were 3, and this"),
        (WAYS + 1, 5, "now they are 4: the first two"),
        (0, 5, "a displaced key does not lose its failures"),
        (WAYS - 1, WAYS + 3, "a record with more is kept"),
    ] {
        assert_eq!(table.add(key(n), 0, 1), expected, "{why}");
        assert_eq!(table.bucket(0).map(|bucket| bucket.len()), Some(WAYS), "{why}");
    }
    assert_eq!(table.add(key(99), 0, WINDOW + 1), 1, "records whose failures have aged out are removed");
    assert_eq!(table.bucket(0).map(|bucket| bucket.len()), Some(1));
}

#[test]
fn a_flood_of_addresses_erases_nothing() {
    for (names, each, why) in [(1, PAIR_LIMIT, "a pair"), (11, 19, "an address"), (40, 1, "names")] {
        let (keys, mut failures) = (Keys::default(), Failures::default());
        let attacker = |name: usize| keys.origin(peer("192.0.2.1"), name.to_string().as_bytes());
        for name in 0..names {
            for _ in 0..each {
                failures.count(attacker(name), 0);
            }
        }
        for n in 0..40_000_u32 {
            let other = std::net::IpAddr::from(std::net::Ipv4Addr::from(n << 8));
            failures.count(keys.origin(Peer::Inet((other, 1).into()), &n.to_be_bytes()), 1);
        }
        assert!(failures.refused(attacker(0), 1).is_some(), "{why}");
        for table in [&failures.pairs, &failures.addresses, &failures.names] {
            let held = table.buckets.iter().map(Vec::len).max().unwrap();
            assert_eq!(held, WAYS, "the table has not grown");
        }
    }
}
