//! What a target file says that the target lacks, and the requirements that are not judged for it.

use super::Target;

/// Requirements that are not judged, and the key of the target file that says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The key.
    pub key: &'static str,
    /// The requirements' ids.
    pub requirements: Vec<String>,
}

/// Authentication, and what shows of who has authenticated ([MS-PAN] 2.1, 3.1.1.6.5).
const SECURITY: [&str; 3] = ["PAN-2.1-04", "PAN-2.1-05", "PAN-3.1.1.6.5-01"];
/// Authentication of a client ([MS-PAN] 2.1).
const CLIENT_SECURITY: [&str; 3] = ["PAN-2.1-06", "PAN-2.1-07", "PAN-2.1-08"];
/// Dynamic endpoints, seen from a client (2.1, 3.2.1.3).
const CLIENT_ENDPOINT_MAPPER: [&str; 2] = ["PAN-2.1-02", "PAN-3.2.1.3-01"];
/// What a client offers (2.2).
const CLIENT_TRANSFER_SYNTAX: [&str; 2] = ["PAN-2.2-02", "PAN-2.2-03"];
/// The choice of transfer syntaxes (2.2).
const TRANSFER_SYNTAX: [&str; 2] = ["PAN-2.2-01", "PAN-2.2-03"];
/// Dynamic endpoints (2.1, 3.1.1.3, 3.1.2).
const ENDPOINT_MAPPER: [&str; 5] = ["PAN-2.1-01", "PAN-2.1-02", "PAN-3.1.1.3-01", "PAN-3.1.2-02", "PAN-3.1.2.3-01"];
/// What needs several users (2.2.2, 3.1.1.1).
const IDENTITIES: [&str; 3] = ["PAN-2.2.2-02", "PAN-2.2.2-03", "PAN-3.1.1.1-02"];
/// What needs a user without rights (3.1.1.4.1).
const NOT_ADMINISTRATOR: &str = "PAN-3.1.1.4.1-35";
/// How many users tell one from another.
const SEVERAL: usize = 2;

/// What a client's file says that it lacks (2.1, 2.2, 3.1.1.3). `is_secured` says whether it authenticates, `knows_mapper`
/// whether it is told of an endpoint mapper.
#[must_use]
pub fn client_waivers(is_secured: bool, transfer_syntaxes: usize, knows_mapper: bool) -> Vec<Waiver> {
    let mut waivers = Vec::new();
    if !is_secured {
        waivers.push(named("security", &CLIENT_SECURITY));
    }
    if !knows_mapper {
        waivers.push(named("endpoint_mapper", &CLIENT_ENDPOINT_MAPPER));
    }
    if transfer_syntaxes < 2 {
        waivers.push(named("transfer_syntax", &CLIENT_TRANSFER_SYNTAX));
    }
    waivers
}

/// What the users of a server are worth: how many can be told apart, and whether one is no administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Users {
    /// Whether they authenticate.
    pub are_secured: bool,
    /// How many there are.
    pub count: usize,
    /// Whether one of them is no administrator.
    pub not_administrator: bool,
}

impl Users {
    /// Those of an outside server.
    #[must_use]
    pub fn of(target: &Target) -> Self {
        let authentication = &target.authentication;
        let are_secured = authentication.security.is_some();
        Self {
            are_secured,
            count: if are_secured { authentication.identities.len() } else { 0 },
            not_administrator: are_secured && authentication.identities.iter().any(|account| !account.administrator),
        }
    }
}

/// The waivers of a target; of the embedded server when there is none. `with_stimulus` are the requirements that can only be seen
/// when the notification source is asked for something.
#[must_use]
pub fn waivers(target: Option<&Target>, users: Users, with_stimulus: &[String]) -> Vec<Waiver> {
    let mut waivers = Vec::new();
    if !users.are_secured {
        waivers.push(named("security", &SECURITY));
    }
    let mut lacking: Vec<&str> = if users.count < SEVERAL { IDENTITIES.to_vec() } else { Vec::new() };
    if !users.not_administrator {
        lacking.push(NOT_ADMINISTRATOR);
    }
    if !lacking.is_empty() {
        waivers.push(named("identities", &lacking));
    }
    if target.is_some_and(|target| target.endpoint_mapper.is_none()) {
        waivers.push(named("endpoint_mapper", &ENDPOINT_MAPPER));
    }
    if target.is_some_and(|target| target.transfer_syntaxes.len() < 2) {
        waivers.push(named("transfer_syntax", &TRANSFER_SYNTAX));
    }
    if target.is_some_and(|target| target.stimulus.is_none()) {
        waivers.push(Waiver { key: "stimulus", requirements: with_stimulus.to_vec() });
    }
    waivers
}

fn named(key: &'static str, ids: &[&str]) -> Waiver {
    Waiver { key, requirements: ids.iter().map(|id| (*id).to_owned()).collect() }
}
