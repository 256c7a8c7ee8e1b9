//! To be written: see main.rs.

pub fn run() {
    println!("ocr not measured yet");
}
