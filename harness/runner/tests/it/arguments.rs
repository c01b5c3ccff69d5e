//! The command line: what it means, and what is refused.

use dcerpc::TransferSyntax;
use dcerpc::security::{Level, Provider};
use rstest::rstest;
use runner::Protection;
use runner::arguments::{Command, Selector, Shard, parse};

fn parsed(line: &str) -> Result<Command, String> {
    let words = std::iter::once("pan-harness").chain(line.split_whitespace()).map(Into::into);
    parse(words).map(|(command, _)| command).map_err(|error| error.to_string())
}

#[rstest]
#[case("run --shard 0/3", "--shard: `0/3` is no K/N")]
#[case("run --shard 4/3", "--shard: `4/3` is no K/N")]
#[case("run --shard three", "--shard: `three` is no K/N")]
#[case("run --jobs 0", "--jobs: at least 1")]
#[case("run --repeat 0", "--repeat: at least 1")]
#[case("run --time-scale 0", "--time-scale: a number above 0")]
#[case("run --time-scale inf", "--time-scale: a number above 0")]
#[case("run --transfer-syntax xdr", "invalid value 'xdr'")]
#[case("run --transfer-syntax", "a value is required")]
#[case("run --security ntlm-packet", "--security: `ntlm-packet` is no security; did you mean `ntlm-pkt`?")]
#[case("run --security none,x", "--security: `x` is no security; known: none, or {ntlm|kerberos|negotiate}-")]
#[case("run --security", "a value is required")]
#[case("run tag:", "`tag:` needs a name")]
#[case("serve --listen here", "--listen: `here` is no address")]
#[case("run --overlay window", "--overlay: no overlay is called `window`; did you mean `windows`?")]
#[case("check --overlay solaris x", "--overlay: no overlay is called `solaris`; there is `windows`")]
#[case("listen 127.0.0.1", "ADDRESS: `127.0.0.1` is neither HOST:PORT")]
#[case("listen ncacn_ip_tcp:[1]", "names no host")]
#[case("listen 127.0.0.1:1 --mode both", "--mode: `both` is no mode; there are unidirectional")]
#[case("listen 127.0.0.1:1 --type x", "--type: `x` is no GUID")]
#[case(
    "listen h:1 --mode bidirectional --type PrinterConfiguration",
    "--type: PrinterConfiguration is not sent in mode"
)]
#[case("run --dry-run --write-baseline x", "cannot be used with")]
#[case("check --write-baseline x y", "unexpected argument '--write-baseline'")]
#[case("run --bogus", "unexpected argument '--bogus'")]
#[case("dance", "unrecognized subcommand 'dance'")]
#[case("check", "required arguments were not provided")]
fn mistakes_are_named(#[case] line: &str, #[case] words: &str) {
    let error = parsed(line).expect_err("refused");
    assert!(error.contains(words), "{error}");
}

#[rstest]
#[case("run", false)]
#[case("run --write-keys", true)]
fn keys_are_written_only_when_asked(#[case] line: &str, #[case] expected: bool) {
    let Ok(Command::Run(run)) = parsed(line) else { panic!("no run") };
    assert_eq!(run.write_keys, expected);
}

#[test]
fn an_overlay_is_named() {
    let Ok(Command::Run(run)) = parsed("run --overlay windows") else { panic!("no run") };
    assert_eq!(run.overlay.map(|overlay| overlay.name), Some("windows"));
    let Ok(Command::Check(check)) = parsed("check --overlay windows x") else { panic!("no check") };
    assert_eq!(check.party, None);
    assert_eq!(check.overlay.map(|overlay| overlay.name), Some("windows"));
}

#[rstest]
#[case("run", &[])]
#[case("run --transfer-syntax ndr64", &[TransferSyntax::Ndr64])]
#[case("run --transfer-syntax ndr64,ndr", &[TransferSyntax::Ndr64, TransferSyntax::Ndr])]
#[case("run --transfer-syntax ndr --transfer-syntax ndr", &[TransferSyntax::Ndr])]
fn transfer_syntaxes_are_named(#[case] line: &str, #[case] meant: &[TransferSyntax]) {
    let Ok(Command::Run(run)) = parsed(line) else { panic!("no run") };
    assert_eq!(run.transfer_syntaxes, meant);
}

#[rstest]
#[case("run", &[])]
#[case("run --security none", &[None])]
#[case("run --security ntlm-connect", &[Some((Provider::NTLM, Level::CONNECT))])]
#[case(
    "run --security kerberos-privacy,none --security negotiate-integrity,none",
    &[Some((Provider::KERBEROS, Level::PRIVACY)), None, Some((Provider::NEGOTIATE, Level::INTEGRITY))]
)]
fn securities_are_named(#[case] line: &str, #[case] meant: &[Option<(Provider, Level)>]) {
    let Ok(Command::Run(run)) = parsed(line) else { panic!("no run") };
    let meant: Vec<_> = meant.iter().map(|one| one.map(|(provider, level)| Protection { provider, level })).collect();
    assert_eq!(run.security, meant);
}

#[test]
fn run_is_read_as_meant() {
    let Ok(Command::Run(run)) = parsed("run a/ b/c.yaml tag:smoke --exclude a/x --shard 2/3 -j 4 --strict") else {
        panic!("no run");
    };
    let expected = [Selector::Prefix("a/".into()), Selector::Id("b/c".into()), Selector::Tag("smoke".into())];
    assert_eq!(run.selectors, expected);
    assert_eq!(run.exclude, [Selector::Id("a/x".into())]);
    assert_eq!(run.shard, Some(Shard { part: 2, of: 3 }));
    assert_eq!(run.jobs.map(Into::into), Some(4_usize));
    assert!(run.strict && !run.thorough);
}

#[rstest]
#[case("a/", "a/b", true)]
#[case("a/", "ab/c", false)]
#[case("a/b", "a/b", true)]
#[case("a/b", "a/b/syntax:ndr64", true)]
#[case("a/b", "a/b/syntax:ndr64/order:big", true)]
#[case("a/b", "a/b/c", false)]
#[case("a/b", "a/bc", false)]
#[case("a/b/syntax:ndr", "a/b/syntax:ndr", true)]
#[case("a/b/syntax:ndr", "a/b/syntax:ndr64", false)]
#[case("tag:smoke", "a/b", true)]
#[case("tag:slow", "a/b", false)]
fn selectors_select(#[case] selector: &str, #[case] id: &str, #[case] selects: bool) {
    let selector = Selector::parse(selector).expect("a selector");
    assert_eq!(selector.matches(id, &["smoke".to_owned()]), selects);
}
