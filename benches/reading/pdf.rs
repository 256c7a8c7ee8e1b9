//! To be written: see main.rs.

pub fn run() {
    println!("pdf not measured yet");
}
