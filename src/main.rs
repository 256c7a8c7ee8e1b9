//! The `countersign` binary: parse the command line, call the library.

fn main() -> std::process::ExitCode {
    countersign::cli::main()
}
