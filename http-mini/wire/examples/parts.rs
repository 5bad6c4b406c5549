//! Prints the parts of a request: `printf 'GET /a?b HTTP/1.1\r\nHost: c\r\n\r\n' | cargo run --example parts`.

use std::io::Read;

use http_wire::{framing, head};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    let (head, used) = head::parse(&bytes)?.ok_or("the head is not complete")?;
    println!("method   {:?}", head.method());
    println!("target   {}", head.target().path().escape_ascii());
    println!("version  {:?}", head.version());
    for (name, value) in head.section().field_lines() {
        println!("field    {}: {}", name.escape_ascii(), value.escape_ascii());
    }
    println!("content  {:?}, after {used} bytes", framing::of_request(&head)?);
    Ok(())
}
