//! A file of 5 GiB, larger than 32-bit numbers can express, of which only the end is not zero. The mirror
//! tests show that such a file is transferred completely.

use std::fs::File;
use std::os::unix::fs::FileExt;

use crate::harness::ftp::Ftp;
use crate::harness::program::{run, tool};
use crate::harness::{Server, Tree, for_each_engine};

const SIZE: u64 = 5 << 30;
const END: &[u8] = b"the last bytes of a large file";

fn served() -> Tree {
    let tree = Tree::new();
    let path = tree.sparse("large", SIZE);
    File::options().write(true).open(path).unwrap().write_all_at(END, SIZE - END.len() as u64).unwrap();
    tree
}

#[test]
fn sizes_and_offsets_beyond_4_gib_are_correct() {
    let tree = served();
    let start = SIZE - END.len() as u64;
    for_each_engine(|engine| {
        let server = Server::both(&tree, &["--quiet", "--engine", engine]);
        let head = server.connect().exchange("HEAD", "/large", "");
        assert_eq!(head.field("content-length"), Some("5368709120"));
        for range in [format!("bytes={start}-"), format!("bytes=-{}", END.len())] {
            let answer = server.get_with("/large", &format!("Range: {range}\r\n"));
            assert_eq!((answer.status, &*answer.body), (206, END), "{range}");
            let said = format!("bytes {start}-{}/{SIZE}", SIZE - 1);
            assert_eq!(answer.field("content-range"), Some(&*said));
        }
        assert_eq!(server.get("/?format=json").json()["entries"][0]["size"], SIZE);

        let mut ftp = Ftp::login(&server);
        assert_eq!(ftp.expect("SIZE large", 213).text, "5368709120");
        assert!(String::from_utf8(ftp.fetch("LIST")).unwrap().contains(" 5368709120 "));
        let mut data = ftp.data();
        ftp.expect(format!("REST {start}"), 350);
        ftp.expect("RETR large", 150);
        assert_eq!(data.rest(), END);
        ftp.expect_reply(226);

        for scheme in ["http", "ftp"] {
            let url = format!("{}large", server.url(scheme));
            let end = run(tool("curl").args(["-sS", "--max-time", "60", "-r", &format!("{start}-"), &url]));
            assert_eq!(end.success(), END, "{scheme}");
        }
    });
}
