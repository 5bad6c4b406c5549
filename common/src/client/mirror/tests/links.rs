//! Links of either side in a mirror.

use super::*;

/// `up`, `top` and `to_d` lead to directories above them or beside them, `to_f` to a file, and `no` nowhere.
fn make_linked(root: &Path) {
    make(root, "a=one d/e/f=two d/g=three");
    for (target, link) in
        [("d", "to_d"), ("../d", "d/up"), ("../..", "d/e/top"), ("e/f", "d/to_f"), ("no", "no")]
    {
        symlink(target, root.join(link)).unwrap();
    }
}

#[test]
fn links_are_skipped_or_followed_once() {
    let with_file = "a=one d/ d/e/ d/e/f=two d/g=three d/to_f=two";
    let by_link = "a=one to_d/ to_d/e/ to_d/e/f=two to_d/g=three to_d/to_f=two";
    let following = |exclude, case| Case { follows_links: true, exclude, ..case };
    for (case, expected, links, why) in [
        (DOWN, with_file, 1, "a server lists links to files as files"),
        (UP, "a=one d/ d/e/ d/e/f=two d/g=three", 5, "local ones are left out, broken ones too"),
        (following("", DOWN), with_file, 1, "the target was visited"),
        (following("", UP), with_file, 4, "a local one to a file is followed"),
        (following("d", DOWN), by_link, 0, "the target was not visited"),
        (following("d", UP), by_link, 3, "local ones as well"),
    ] {
        let trees = Trees::new("", "");
        make_linked(trees.source.path());
        let (done, asked) = trees.run(&case);
        let done = done.unwrap();
        assert_eq!((done.skipped, done.failed, done.links), (0, 0, links), "{why}: {asked:?}");
        assert_eq!(trees.target(), expected, "{why}");
    }
}

/// Its target is not deleted either.
#[test]
fn no_link_is_removed() {
    for (case, why) in [
        (DOWN_DELETE, "a local one, alone and in a directory"),
        (Case { follows_links: true, ..DOWN_DELETE }, "a local one, if links are followed"),
        (UP_DELETE, "one on the server"),
        (Case { follows_links: true, ..UP_DELETE }, "one on the server, if links are followed"),
    ] {
        let trees = Trees::new("kept/a=x", "kept/a=x old/b=y");
        let target = trees.target.path();
        for link in ["link", "old/link"] {
            symlink(target.join("kept"), target.join(link)).unwrap();
        }
        let (done, asked) = trees.run(&case);
        let done = done.unwrap();
        let counts = (done.deleted, done.failed, done.skipped, done.links);
        assert_eq!(counts, (1, 0, 0, 2), "{why}: {asked:?}");
        for link in ["link", "old/link"] {
            assert!(target.join(link).is_symlink(), "{why}: {link}");
        }
        assert_eq!(fs::read(target.join("kept/a")).unwrap(), b"x", "{why}");
    }
}

/// If links are followed, files are added to the target of a link, and nothing in it is deleted.
#[test]
fn nothing_is_removed_by_way_of_a_link_of_the_target() {
    for case in [DOWN_DELETE, UP_DELETE] {
        let trees = Trees::new("d/x=1 l/a=new l/e/b=new", "d/x=1 other/kept=1 other/e/kept=2");
        symlink("other", trees.target.path().join("l")).unwrap();
        let case = Case { follows_links: true, exclude: "other", ..case };
        let done = trees.run(&case).0.unwrap();
        assert_eq!((done.transferred, done.deleted, done.failed, done.skipped), (2, 0, 0, 0));
        let kept = "a=new e/ e/b=new e/kept=2 kept=1";
        assert_eq!(seen(&trees.target.path().join("other")), kept, "{:?}", case.direction);
    }
}

/// Entering a link would change files in another place.
#[test]
fn a_link_in_the_way_is_neither_replaced_nor_entered() {
    for (delete, follows_links, source, links, skipped, why) in [
        (true, false, "d/a=x l/c=y", 1, 0, "of a directory"),
        (false, false, "d/a=x l/c=y", 1, 0, "without --delete"),
        (true, false, "d/a=x l=y", 1, 0, "of a file"),
        (true, true, "d/a=x l=y", 0, 1, "of a file, if links are followed"),
    ] {
        let trees = Trees::new(source, "d/a=x");
        let target = trees.target.path();
        symlink("d", target.join("l")).unwrap();
        let done = trees.run(&Case { delete, follows_links, ..DOWN }).0.unwrap();
        assert_eq!((done.links, done.skipped, done.failed), (links, skipped, 0), "{why}");
        assert!(target.join("l").is_symlink(), "{why}");
        assert_eq!(fs::read_dir(target.join("d")).unwrap().count(), 1, "{why}");
    }
}

#[test]
fn devices_and_broken_links_are_reported_and_left_alone() {
    for (case, others, skipped, why) in [
        (DOWN, &["link"][..], 1, "a device of the server"),
        (DOWN_DELETE, &["link", "a"], 2, "one with the name of a local file"),
        (Case { exclude: "link", ..DOWN_DELETE }, &["link", "a"], 1, "one that takes no part"),
        (UP_DELETE, &["link"], 1, "one that is only on the server"),
        (UP, &["link"], 0, "one that is not to be removed"),
        (UP_DELETE, &["a"], 1, "one in the way"),
    ] {
        let (remote, local) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        make(remote.path(), "broken=theirs");
        make(local.path(), "a=mine");
        let (source, target) = match case.direction {
            Direction::Down => (&remote, &local),
            Direction::Up => (&local, &remote),
        };
        symlink("nowhere", local.path().join("broken")).unwrap();
        let (done, asked) = run(&Case { others, ..case }, source.path(), target.path());
        let done = done.unwrap();
        assert_eq!((done.deleted, done.failed, done.skipped), (0, 0, skipped), "{why}: {asked:?}");
        assert_eq!(done.links, 1, "{why}: the broken local one");
        assert_eq!(fs::read(remote.path().join("broken")).unwrap(), b"theirs", "{why}");
    }
}
