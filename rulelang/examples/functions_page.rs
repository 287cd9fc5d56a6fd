//! Prints docs/functions.md: `cargo run -p rulelang --example functions_page > docs/functions.md`.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

fn main() {
    print!("{}", rulelang::builtins::page());
}
