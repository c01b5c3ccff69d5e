//! pan-harness: a conformance test harness for [MS-PAN].

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// `check` makes and drops several things for each call. What the system's allocator takes for that, and the places that it spreads them
/// over, is a good part of its time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    runner::main(std::env::args_os()).into()
}
