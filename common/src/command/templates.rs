//! The templates of progress bars for terminals of different widths. A bar that is wider than the terminal
//! would wrap, and wrapped lines cannot be cleared.

/// The bar of one transfer; `{wide_msg}`, its file, gets the columns that the others leave.
pub(super) fn of_transfer(columns: u16, has_size: bool) -> &'static str {
    match (columns, has_size) {
        (100.., true) => "{wide_msg} {bar:24.green} {bytes}/{total_bytes} {bytes_per_sec} {eta} left",
        (80.., true) => "{wide_msg} {bar:10.green} {bytes}/{total_bytes} {bytes_per_sec} {eta} left",
        (60.., true) => "{wide_msg} {bytes}/{total_bytes} {bytes_per_sec} {eta} left",
        (_, true) => "{wide_msg} {percent:>3}% {eta}",
        (60.., false) => "{wide_msg} {spinner} {bytes} {bytes_per_sec}",
        (_, false) => "{wide_msg} {bytes}",
    }
}

/// The bar of all files that are queued.
pub(super) fn of_total(columns: u16) -> &'static str {
    match columns {
        60.. => "{wide_msg} {bytes}/{total_bytes} {bytes_per_sec} {eta} left",
        _ => "{wide_msg} {percent:>3}% {eta}",
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

    use super::*;

    /// A terminal of this width, which records its output.
    #[derive(Clone, Debug)]
    struct Narrow(u16, Arc<Mutex<Vec<String>>>);

    impl TermLike for Narrow {
        fn width(&self) -> u16 {
            self.0
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, line: &str) -> io::Result<()> {
            self.write_str(line)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.1.lock().unwrap().push(text.to_owned());
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn bars_fit_in_the_terminal() {
        for columns in [36, 59, 60, 79, 80, 99, 100, 200] {
            for template in [of_transfer(columns, true), of_transfer(columns, false), of_total(columns)] {
                let terminal = Narrow(columns, Arc::default());
                let bar = ProgressBar::with_draw_target(
                    Some(123_456_789_012),
                    ProgressDrawTarget::term_like(Box::new(terminal.clone())),
                );
                bar.set_style(ProgressStyle::with_template(template).unwrap());
                bar.set_message("a-name-that-is-longer-than-a-terminal.tar.gz".repeat(6));
                bar.set_position(12_345_678_901);
                bar.tick();
                let written = terminal.1.lock().unwrap().clone();
                let widths: Vec<_> = written.iter().map(|text| text.trim_end().chars().count()).collect();
                let widest = widths.iter().copied().max().unwrap_or_default();
                assert!(widest > 20, "{columns}, {template}: {written:?}");
                assert!(widest <= usize::from(columns), "{columns}, {template}: {written:?}");
            }
        }
    }
}
