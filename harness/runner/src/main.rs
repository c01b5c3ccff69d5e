//! pan-harness: a conformance test harness for [MS-PAN].

use std::process::ExitCode;

fn main() -> ExitCode {
    runner::main(std::env::args_os()).into()
}
