//! To be written: see main.rs.

pub fn run() {
    println!("einvoice not measured yet");
}
