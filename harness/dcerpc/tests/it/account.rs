//! When two names are of one account.

use dcerpc::security::Account;
use rstest::rstest;

fn account(name: &str) -> Account {
    let (user, domain) = name.split_once('@').unwrap_or((name, ""));
    Account { user: user.into(), domain: domain.into() }
}

#[rstest]
#[case::same("alice@LAB", "alice@LAB", true)]
#[case::in_any_case("ALICE@lab", "alice@LAB", true)]
#[case::another_user("alice@LAB", "bob@LAB", false)]
#[case::another_domain("alice@LAB", "alice@OFFICE", false)]
#[case::of_any_domain("alice@LAB", "alice", true)]
#[case::of_none("alice", "alice@LAB", false)]
// The realm is the DNS name of the domain, and NTLM calls it by its first label.
#[case::realm("alice@LAB.TEST", "alice@LAB", true)]
#[case::realm_in_the_list("alice@lab", "alice@LAB.TEST", true)]
#[case::same_realm("alice@LAB.TEST", "alice@lab.test", true)]
#[case::another_realm("alice@LAB.TEST", "alice@LAB.OTHER", false)]
#[case::part_of_a_label("alice@LABOR.TEST", "alice@LAB", false)]
#[case::last_label("alice@LAB.TEST", "alice@TEST", false)]
fn an_account_is_known_by_its_names(#[case] name: &str, #[case] listed: &str, #[case] is: bool) {
    assert_eq!(account(name).is(&account(listed)), is);
}
