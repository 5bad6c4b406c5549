//! Listings of systems, each line with its expected result: `name|kind|size|time`.

/// A system, and its lines with their results.
pub(super) type System = (&'static str, &'static [(&'static str, &'static str)]);

pub(super) const UNIX: &[System] = &[
    (
        "GNU ls in the C locale",
        &[
            ("total 16", "heading"),
            ("-rw-r--r-- 1 ada users 4096 Nov 24 10:15 notes.txt", "notes.txt|f|4096|2026-11-24 10:15"),
            ("drwxr-xr-x 2 ada users 4096 Nov 24  2025 sub dir", "sub dir|d||2025-11-24"),
            ("lrwxrwxrwx 1 ada users 5 Nov 24 10:15 now -> ../v2", "now|l||2026-11-24 10:15 -> ../v2"),
            ("crw-rw-rw- 1 root root 1, 3 Nov 24 10:15 null", "null|o||2026-11-24 10:15"),
            ("brw-rw---- 1 root disk 8,0 Nov 24 10:15 sda", "sda|o||2026-11-24 10:15"),
            ("srwxr-xr-x 1 ada users 0 Nov 24 10:15 log", "log|o||2026-11-24 10:15"),
            ("prw-r--r-- 1 ada users 0 Nov 24 10:15 fifo", "fifo|o||2026-11-24 10:15"),
            ("-rw-r--r--+ 1 ada users 9 Nov 24 10:15 acl", "acl|f|9|2026-11-24 10:15"),
            ("-rw-r--r--. 1 ada users 9 Nov 24 10:15 selinux", "selinux|f|9|2026-11-24 10:15"),
            ("drwxr-xr-x1234 ada users 9 Nov 24 10:15 many", "many|d||2026-11-24 10:15"),
            ("drwxr-xr-x 2 ada users 9 Nov 24 10:15 marked/", "marked|d||2026-11-24 10:15"),
        ],
    ),
    (
        "GNU ls with other styles of time",
        &[
            ("-rw-r--r-- 1 a g 9 11-24 10:15 iso", "iso|f|9|2026-11-24 10:15"),
            ("-rw-r--r-- 1 a g 9 2025-11-24  iso-old", "iso-old|f|9|2025-11-24"),
            ("-rw-r--r-- 1 a g 9 2025-11-24 10:15 long-iso", "long-iso|f|9|2025-11-24 10:15"),
            (
                "-rw-r--r-- 1 a g 9 2025-11-24 10:15:30.000000000 +0000 full-iso",
                "full-iso|f|9|2025-11-24 10:15:30",
            ),
            ("-rw-r--r-- 1 a g 9 2025-11-24T10:15:30 t", "t|f|9|2025-11-24 10:15:30"),
            ("-rw-r--r-- 1 a g 9 1763979330 epoch", "epoch|f|9|2025-11-24 10:15:30"),
            (" 90210 -rw-r--r-- 1 a g 9 Nov 24 10:15 inode", "inode|f|9|2026-11-24 10:15"),
            ("   8 -rw-r--r-- 1 a g 9 Nov 24 10:15 blocks", "blocks|f|9|2026-11-24 10:15"),
            ("90210    8 -rw-r--r-- 1 a g 9 Nov 24 10:15 both", "both|f|9|2026-11-24 10:15"),
            ("-rw-r--r-- 1 9 Nov 24 10:15 no-owner", "no-owner|f|9|2026-11-24 10:15"),
            ("-rw-r--r-- 1 a 9 Nov 24 10:15 no-group", "no-group|f|9|2026-11-24 10:15"),
            ("-rw-r--r--\t1\ta\tg\t9\tNov 24 10:15\ttabs", "tabs|f|9|2026-11-24 10:15"),
        ],
    ),
    (
        "BSD ls -T, and ls of macOS",
        &[
            ("-rw-r--r--  1 a  g  9 Nov 24 10:15:30 2025 exact", "exact|f|9|2025-11-24 10:15:30"),
            ("drwxr-xr-x@ 2 a  staff  64 24 Nov 10:15 attributes", "attributes|d||2026-11-24 10:15"),
            ("-rw-r--r--  1 a  staff  9 24 Nov  2025 day-first", "day-first|f|9|2025-11-24"),
            ("wrw-r--r--  1 a  staff  9 24 Nov  2025 whiteout", "whiteout|o||2025-11-24"),
        ],
    ),
    (
        "ls in European languages",
        &[
            ("insgesamt 16", "heading"),
            ("-rw-r--r-- 1 a g 9 Okt 24 10:15 de", "de|f|9|2026-10-24 10:15"),
            ("-rw-r--r-- 1 a g 9 24. Dez 2025 de", "de|f|9|2025-12-24"),
            ("-rw-r--r-- 1 a g 9 Mär 24 10:15 de", "de|f|9|2026-03-24 10:15"),
            ("-rw-r--r-- 1 a g 9 24 févr. 2025 fr", "fr|f|9|2025-02-24"),
            ("-rw-r--r-- 1 a g 9 24 août 10:15 fr", "fr|f|9|2026-08-24 10:15"),
            ("-rw-r--r-- 1 a g 9 ene 24 2025 es", "es|f|9|2025-01-24"),
            ("-rw-r--r-- 1 a g 9 dic 24 2025 it", "it|f|9|2025-12-24"),
            ("-rw-r--r-- 1 a g 9 24 lug 2025 it", "it|f|9|2025-07-24"),
            ("-rw-r--r-- 1 a g 9 out 24 2025 pt", "pt|f|9|2025-10-24"),
            ("-rw-r--r-- 1 a g 9 mrt 24 2025 nl", "nl|f|9|2025-03-24"),
            ("-rw-r--r-- 1 a g 9 24 maj 2025 sv", "sv|f|9|2025-05-24"),
            ("-rw-r--r-- 1 a g 9 24. des. 2025 nb", "nb|f|9|2025-12-24"),
            ("-rw-r--r-- 1 a g 9 marras 24 2025 fi", "fi|f|9|2025-11-24"),
            ("-rw-r--r-- 1 a g 9 paź 24 2025 pl", "pl|f|9|2025-10-24"),
            ("-rw-r--r-- 1 a g 9 24. čec 2025 cs", "cs|f|9|2025-07-24"),
            ("-rw-r--r-- 1 a g 9 szept 24 2025 hu", "hu|f|9|2025-09-24"),
            ("-rw-r--r-- 1 a g 9 Ağu 24 2025 tr", "tr|f|9|2025-08-24"),
            ("-rw-r--r-- 1 a g 9 ноя 24 2025 ru", "ru|f|9|2025-11-24"),
            ("-rw-r--r-- 1 a g 9 24 мая 2025 ru", "ru|f|9|2025-05-24"),
            ("-rw-r--r-- 1 a g 9 лис 24 2025 uk", "uk|f|9|2025-11-24"),
            ("-rw-r--r-- 1 a g 9 Νοέ 24 2025 el", "el|f|9|2025-11-24"),
            ("-rw-r--r-- 1 a g 9 Neu 24 2025 ?", "unreadable"),
        ],
    ),
    (
        "ls in Asian languages",
        &[
            ("合計 16", "heading"),
            ("-rw-r--r-- 1 a g 9 11月 24 10:15 ja", "ja|f|9|2026-11-24 10:15"),
            ("-rw-r--r-- 1 a g 9 11月 24  2025 zh", "zh|f|9|2025-11-24"),
            ("-rw-r--r-- 1 a g 9 11月24日 10:15 zh", "zh|f|9|2026-11-24 10:15"),
            ("-rw-r--r-- 1 a g 9 2025年11月24日 zh", "zh|f|9|2025-11-24"),
            ("-rw-r--r-- 1 a g 9 2025年 11月 24日 10:15 ja", "ja|f|9|2025-11-24 10:15"),
            ("-rw-r--r-- 1 a g 9 11월  24  2025 ko", "ko|f|9|2025-11-24"),
            ("-rw-r--r-- 1 a g 9 Agu 24 2025 id", "id|f|9|2025-08-24"),
        ],
    ),
    (
        "NetPresenz",
        &[
            ("drwxrwxr-x               folder        2 Nov 24  2025 sub", "sub|d||2025-11-24"),
            ("-------r--         326   4096   4422 Nov 24  2025 notes", "notes|f|4422|2025-11-24"),
        ],
    ),
];

pub(super) const WINDOWS: &[System] = &[
    (
        "IIS, 12 hours",
        &[
            ("11-24-25  10:15AM       <DIR>          sub dir", "sub dir|d||2025-11-24 10:15"),
            ("11-24-25  10:15PM                 4096 notes.txt", "notes.txt|f|4096|2025-11-24 22:15"),
            ("01-02-25  12:15AM                    9 a b", "a b|f|9|2025-01-02 00:15"),
            ("01-02-25  12:15PM  <JUNCTION>     j [C:\\x]", "j|l||2025-01-02 12:15 -> C:\\\\x"),
            ("01-02-25  12:15PM  <SYMLINKD>     s [C:\\x]", "s|l||2025-01-02 12:15 -> C:\\\\x"),
        ],
    ),
    (
        "IIS, 24 hours and four digits",
        &[
            ("11-24-2025  22:15       <DIR>          sub", "sub|d||2025-11-24 22:15"),
            ("01-02-2025  10:15                 4096 a", "a|f|4096|2025-01-02 10:15"),
        ],
    ),
    (
        "dir, day first and grouped digits",
        &[
            (" Volume in drive C has no label.", "heading"),
            (" Volume Serial Number is 0102-0304", "heading"),
            (" Directory of C:\\pub", "heading"),
            ("", "heading"),
            ("01/02/2025  10:15             4,096 a", "a|f|4096|2025-02-01 10:15"),
            ("24/11/2025  10:15         1,234,567 b", "b|f|1234567|2025-11-24 10:15"),
            ("24/11/2025  10:15    <DIR>          c", "c|d||2025-11-24 10:15"),
            ("24/11/2025  10:15             12,34 d", "unreadable"),
            ("               2 File(s)      1,238,663 bytes", "heading"),
            ("               1 Dir(s)  9,999,999,999 bytes free", "heading"),
        ],
    ),
    (
        "dir, German",
        &[
            ("01.02.2025  10:15             4.096 a", "a|f|4096|2025-02-01 10:15"),
            ("24.11.2025  10:15    <DIR>          b", "b|d||2025-11-24 10:15"),
        ],
    ),
    (
        "dir, year first",
        &[
            ("2025-11-24  10:15             4096 a", "a|f|4096|2025-11-24 10:15"),
            ("2025-01-02  10:15    <DIR>         b", "b|d||2025-01-02 10:15"),
        ],
    ),
    (
        "OS/2",
        &[
            ("        4096      A        11-24-25   10:15  notes.txt", "notes.txt|f|4096|2025-11-24 10:15"),
            ("           0     DIR       01-02-25   10:15  sub dir", "sub dir|d||2025-01-02 10:15"),
            ("          12      RHS      01-02-125  10:15  hidden", "hidden|f|12|2025-01-02 10:15"),
            ("           9               01-02-25   22:15  plain", "plain|f|9|2025-01-02 22:15"),
        ],
    ),
    (
        "SuperTCP",
        &[
            ("SUB             <DIR>           11-24-25        10:15", "SUB|d||2025-11-24 10:15"),
            ("NOTES.TXT            4096       01-02-25        10:15", "NOTES.TXT|f|4096|2025-01-02 10:15"),
            ("HIDDEN.SYS             12       01-02-25        10:15   H", "HIDDEN.SYS|f|12|2025-01-02 10:15"),
        ],
    ),
    (
        "Wftp",
        &[
            ("notes.txt     4096 24/11/2025 10:15:30", "notes.txt|f|4096|2025-11-24 10:15:30"),
            ("a.exe          512 01/02/2025 10:15:30", "a.exe|f|512|2025-02-01 10:15:30"),
        ],
    ),
    (
        "NetWare",
        &[
            (
                "d [RWCEAFMS] admin               512 Nov 24 10:15    sub dir",
                "   sub dir|d||2026-11-24 10:15",
            ),
            ("- [R----F--] admin              4096 Nov 24  2025 notes.txt", "notes.txt|f|4096|2025-11-24"),
            ("-[RWCE-F--] 1 admin                9 Nov 24 10:15 a", "a|f|9|2026-11-24 10:15"),
        ],
    ),
];

pub(super) const OTHERS: &[System] = &[
    (
        "EPLF",
        &[
            ("+i1.2,m1763979330,r,s4096,\tnotes .txt", "notes .txt|f|4096|2025-11-24 10:15:30"),
            ("+i1.3,m1763979330,/,\tsub", "sub|d||2025-11-24 10:15:30"),
            ("+i1.4,up644,\tother", "other|o||"),
        ],
    ),
    (
        "OpenVMS",
        &[
            ("Directory DKA0:[ADA]", "heading"),
            ("", "heading"),
            (
                "NOTES.TXT;2          4/6     24-NOV-2025 10:15:30  [G,ADA]  (RWED,RWED,RE,)",
                "NOTES.TXT|f||2025-11-24 10:15:30",
            ),
            ("NOTES.TXT;1          4/6     23-NOV-2025 10:15:30  [G,ADA]  (RWED,RWED,RE,)", "heading"),
            (
                "SUB.DIR;1              1     24-NOV-2025 10:15 [ADA] (RWE,RWE,RE,RE)",
                "SUB|d||2025-11-24 10:15",
            ),
            (
                "README.;1              1      4-NOV-2025 10:15 [ADA] (RWE,RWE,RE,RE)",
                "README|f||2025-11-04 10:15",
            ),
            ("A_LONG_NAME_OF_A_FILE_OF_ADA.TXT;1", "heading"),
            (
                "                     4/6     24-NOV-2025 10:15:30  [G,ADA]  (RWED,RWED,RE,)",
                "A_LONG_NAME_OF_A_FILE_OF_ADA.TXT|f||2025-11-24 10:15:30",
            ),
            ("SHUT.TXT;1  %RMS-E-PRV, insufficient privilege or file protection violation", "unreadable"),
            ("ANOTHER_LONG_NAME.TXT;1", "unreadable"),
            ("", "heading"),
            ("Total of 6 files, 12/18 blocks.", "heading"),
            ("Directory DKA0:[ADA.SUB]", "unreadable"),
        ],
    ),
    (
        "z/OS data sets",
        &[
            ("Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname", "heading"),
            ("VOL001 3390   2025/11/24  1   15  FB      80  6160  PS  NOTES.TXT", "NOTES.TXT|f||"),
            ("VOL001 3390   2025/11/24  1   15  U        0  6144  PO  LOADLIB", "LOADLIB|d||"),
            ("VOL001 3390   **NONE**    1    1  VB     255 27998  PO-E  'ADA.SRC'", "ADA.SRC|d||"),
            ("VOL001 3390   2025/11/24                             VSAM ADA.KSDS", "ADA.KSDS|o||"),
            ("Migrated                                                OLD.NOTES", "OLD.NOTES|f||"),
            ("Pseudo Directory                                        PART", "PART|d||"),
            ("VOL002 Tape                                             TAPED", "TAPED|f||"),
            ("ARCIVE Not Direct Access Device                         ARCHIVED", "ARCHIVED|f||"),
            ("VOL001 Error determining attributes                     BROKEN", "BROKEN|o||"),
        ],
    ),
    (
        "z/OS members",
        &[
            (" Name     VV.MM   Created       Changed      Size  Init   Mod   Id", "heading"),
            (
                "NOTES     01.05 2025/11/01 2025/11/24 10:15   120   100     0 ADA",
                "NOTES|f||2025-11-24 10:15",
            ),
            (
                "$MAIN     01.00 2025/11/01 2025/11/24 10:15     1     1     0 ADA",
                "$MAIN|f||2025-11-24 10:15",
            ),
            ("BARE", "BARE|f||"),
            ("not a member", "unreadable"),
        ],
    ),
    (
        "z/OS load modules",
        &[
            (" Name      Size     TTR   Alias-of AC--------- Attributes--------- Amode Rmode", "heading"),
            ("PROG      0000A8   000B20          00                              31    ANY", "PROG|f||"),
            ("PROG2     0001F0   000C04 PROG     00 RN RU                        31    ANY", "PROG2|f||"),
        ],
    ),
    (
        "z/OS jobs",
        &[
            ("JOBNAME  JOBID    OWNER    STATUS CLASS", "heading"),
            ("ADA1     JOB01234 ADA      OUTPUT A        RC=0000 3 spool files", "JOB01234|f||"),
            ("ADA2     JOB01235 ADA      ACTIVE A", "JOB01235|f||"),
            ("ADA3     JOB01236  OUTPUT    3 Spool Files", "JOB01236|f||"),
        ],
    ),
    (
        "z/VM",
        &[
            (
                "NOTES    TXT      F         64        64         1 2025-11-24 10:15:30 DISK01",
                "NOTES.TXT|f|4096|2025-11-24 10:15:30",
            ),
            (
                "PROFILE  EXEC     V         72        33         1 2025-11-24 10:15:30 DISK01",
                "PROFILE.EXEC|f||2025-11-24 10:15:30",
            ),
            (
                "SUB      DIR      -          -         -         - 2025-11-24 10:15:30 -",
                "SUB|d||2025-11-24 10:15:30",
            ),
        ],
    ),
    (
        "OS/400",
        &[
            ("QSYS           77824 01/02/25 10:15:30 *DIR       sub/", "sub|d||2025-01-02 10:15:30"),
            (
                "ADA             4096 11/24/25 10:15:30 *STMF      notes .txt",
                "notes .txt|f|4096|2025-11-24 10:15:30",
            ),
            ("ADA            45056 11/24/25 10:15:30 *FILE      SRC.FILE", "SRC.FILE|d||2025-11-24 10:15:30"),
            (
                "ADA            45056 11/24/25 10:15:30 *FILE      SAVED.SAVF",
                "SAVED.SAVF|f|45056|2025-11-24 10:15:30",
            ),
            ("ADA                                    *MEM       SRC.NOTES", "SRC.NOTES|f||"),
            ("ADA            45056 11/24/25 10:15:30 *PGM       PROG.PGM", "PROG.PGM|o||2025-11-24 10:15:30"),
        ],
    ),
    (
        "VxWorks",
        &[
            ("  size          date       time       name", "heading"),
            ("--------       ------     ------    --------", "heading"),
            (
                "      512    Nov-24-2025  10:15:30   sub dir           <DIR>",
                "sub dir|d||2025-11-24 10:15:30",
            ),
            ("     4096    Jan-02-2025  10:15:30   notes.txt", "notes.txt|f|4096|2025-01-02 10:15:30"),
        ],
    ),
    (
        "HP NonStop",
        &[
            ("File         Code             EOF  Last Modification    Owner  RWEP", "heading"),
            (
                "NOTES           101            4096 24-Nov-25 10:15:30 255,  1 \"NUNU\"",
                "NOTES|f|4096|2025-11-24 10:15:30",
            ),
            (
                "PROG      O     700          123456 24-Nov-2025 10:15:30 1,254 \"OOOO\"",
                "PROG|f|123456|2025-11-24 10:15:30",
            ),
            (
                "BIG             700+              9  4-Nov-25 10:15:30 1,254 \"OOOO\"",
                "BIG|f|9|2025-11-04 10:15:30",
            ),
        ],
    ),
];
