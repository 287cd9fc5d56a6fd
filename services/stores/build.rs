//! A new migration is a change of the crate: `sqlx::migrate!` reads a folder, which cargo does not
//! watch by itself.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
