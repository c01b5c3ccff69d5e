//! The program from outside: what it prints, and how it ends. `tests/commands/*.toml` and `*.trycmd` say what is expected.

#[test]
fn commands_do_as_they_say() {
    trycmd::TestCases::new().case("tests/commands/*.trycmd");
}
