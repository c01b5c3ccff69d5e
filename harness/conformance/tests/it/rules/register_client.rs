//! IRPCAsyncNotify_RegisterClient ([MS-PAN] 3.1.1.4.1).

use conformance::Severity::{Fail, Note, Warn};
use dcerpc::ContextHandle;
use dcerpc::ndr::WideString;
use mspan::method::{Out, RegisterClientOut};
use mspan::{ConversationStyle, Hresult, NotificationType, UserFilter};
use rstest::rstest;

use crate::case::{Case, decided, verdicts};
use crate::script::*;

const OK: Hresult = Hresult::OK;
const BAD_NAMES: [&str; 7] =
    ["printer", r"\server\p", r"\\server", r"\\server\", r"\\server\a,b", r"\\server\a\b", r"\\\p"];

fn plain(script: Script) -> Script {
    script.uni(A, h(1), t(1)).bidi(A, h(2), t(1)).uni(B, h(1), t(1))
}

/// RegisterClient comes back with the name of a server.
fn referred(script: Script, handle: ContextHandle, status: Hresult) -> Script {
    let referral = Some(WideString::new("PRINTSRV"));
    let output = returned(Out::RegisterClient(RegisterClientOut { referral, status }));
    script.call(A, register(handle).into(), output)
}

fn all_users(number: u128) -> Register {
    register(h(number)).filter(UserFilter::ALL_USERS)
}

/// As many registrations as one needs to believe in a limit.
fn many(mut script: Script) -> Script {
    for number in 0..100 {
        script = script.uni(A, h(number), t(1));
    }
    script.create(A, h(100))
}

fn again(script: Script, status: Hresult) -> Script {
    many(script).call(A, register(h(100)).of(t(1)).into(), registered(status))
}

fn again_without_limit(script: Script) -> Script {
    script.call(A, register(h(100)).of(t(1)).into(), registered(OK))
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/3.1.1.4.1/malformed-name-is-refused",
        requirement: "PAN-3.1.1.4.1-07",
        verdict: Fail,
        keeps: |script| {
            BAD_NAMES.into_iter().fold(script.create(A, h(1)), |script, name| {
                script.call(A, register(h(1)).name(name).into(), registered(Hresult::INVALID_NAME))
            })
        },
        breaks: |script| script.create(A, h(1)).call(A, register(h(1)).name(r"\\server").into(), registered(OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/malformed-name-is-refused",
        requirement: "PAN-3.1.1.4.1-07",
        verdict: Warn,
        keeps: |script| {
            // Without the rights to it the name may not be looked at.
            let script = script.user(B, "bob", false).create(B, h(1)).create(A, h(1));
            let script = script.call(B, all_users(1).name("p").into(), registered(Hresult::ACCESS_DENIED));
            script.call(A, register(h(1)).name("p").into(), registered(Hresult::INVALID_NAME))
        },
        breaks: |script| {
            let register = register(h(1)).name(r"\\s\").into();
            script.create(A, h(1)).call(A, register, registered(Hresult::INVALID_ARGUMENT))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/no-name-means-the-server",
        requirement: "PAN-3.1.1.4.1-08",
        verdict: Fail,
        keeps: plain,
        breaks: |script| {
            let register = register(h(1)).of(NotificationType::ASYNC_UI).into();
            script.create(A, h(1)).call(A, register, registered(Hresult::INVALID_NAME))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/there-is-no-referral",
        requirement: "PAN-3.1.1.4.1-12",
        verdict: Warn,
        // What stands there beside a failure is open.
        keeps: |script| plain(referred(script.create(A, h(9)), h(9), Hresult::OUT_OF_MEMORY)),
        breaks: |script| referred(script.create(A, h(1)), h(1), OK),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/register-returns-zero-or-an-error",
        requirement: "PAN-3.1.1.4.1-14",
        verdict: Fail,
        keeps: plain,
        breaks: |script| script.create(A, h(1)).call(A, register(h(1)).into(), registered(Hresult(1))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/register-returns-zero-or-an-error",
        requirement: "PAN-1.8-01",
        verdict: Fail,
        keeps: plain,
        breaks: |script| script.create(A, h(1)).call(A, register(h(1)).into(), registered(Hresult(5))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/all-users-needs-all-rights",
        requirement: "PAN-3.1.1.4.1-35",
        verdict: Warn,
        keeps: |script| {
            let script = script.user(A, "bob", false).user(B, "alice", true).create(A, h(1)).create(B, h(1));
            let script = script.call(A, all_users(1).into(), registered(Hresult::ACCESS_DENIED));
            let script = script.call(A, all_users(1).name(r"\\s\q").into(), registered(Hresult::ACCESS_DENIED));
            script.call(A, register(h(1)).into(), registered(OK)).call(B, all_users(1).into(), registered(OK))
        },
        breaks: |script| script.user(A, "bob", false).create(A, h(1)).call(A, all_users(1).into(), registered(OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/all-users-needs-all-rights",
        requirement: "PAN-3.1.1.4.1-36",
        verdict: Warn,
        keeps: |script| script.user(A, "bob", false).uni(A, h(1), t(1)),
        breaks: |script| {
            let register = all_users(1).name(r"\\s\q").into();
            script.user(A, "bob", false).create(A, h(1)).call(A, register, registered(OK))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/all-users-needs-all-rights",
        requirement: "PAN-3.1.1.4.1-16",
        verdict: Warn,
        keeps: |script| script.user(A, "bob", false).uni(A, h(1), t(1)),
        breaks: |script| {
            script.user(A, "bob", false).create(A, h(1)).call(A, all_users(1).into(), registered(Hresult(0x8000_4005)))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/all-users-needs-all-rights",
        requirement: "PAN-3.1.1.4.1-16",
        verdict: Warn,
        keeps: |script| script.user(A, "bob", false).uni(A, h(1), t(1)),
        breaks: |script| {
            let script = script.user(A, "bob", false).create(A, h(1));
            script.call(A, register(h(1)).of(NotificationType::ASYNC_UI).into(), registered(Hresult::ACCESS_DENIED))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/registration-limit-has-its-code",
        requirement: "PAN-3.1.1.4.1-20",
        verdict: Fail,
        keeps: |script| again(script, Hresult::REGISTRATION_LIMIT),
        breaks: |script| again(script, Hresult::OUT_OF_MEMORY),
        also: &["MS-PAN/2.2.1/types-are-opaque"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/registration-limit-has-its-code",
        requirement: "PAN-3.1.1.4.1-20",
        verdict: Note,
        keeps: |script| again(script, Hresult::REGISTRATION_LIMIT),
        breaks: |script| again(script, Hresult::REGISTRATION_LIMIT_MEANT),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/registration-limit-has-its-code",
        requirement: "PAN-3.1.1.4.1-20",
        verdict: Fail,
        keeps: |script| again(script, Hresult::REGISTRATION_LIMIT),
        breaks: |script| {
            let script = many(script).start(A, "g", get_notification(h(0))).wait(400);
            again_without_limit(script).finish("g", fault(0x8007_071A))
        },
        also: &["MS-PAN/3.1.1.4.5/call-ends-with-a-notification-only"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/register-raises-no-exception-of-its-own",
        requirement: "PAN-3.1.1.4.1-23",
        verdict: Fail,
        keeps: plain,
        breaks: |script| {
            let script = script.user(A, "bob", false).create(A, h(1));
            script.call(A, all_users(1).into(), fault(0x8007_0005))
        },
        also: &["MS-PAN/3.1.1.4.1/all-users-needs-all-rights"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/registrations-stand-side-by-side",
        requirement: "PAN-3.1.1.4.1-31",
        verdict: Fail,
        keeps: plain,
        breaks: |script| {
            let script = script.uni(A, h(1), NotificationType::ASYNC_UI).create(A, h(2));
            let register = register(h(2)).of(NotificationType::ASYNC_UI).style(ConversationStyle::BIDIRECTIONAL);
            script.call(A, register.into(), registered(Hresult(0x8000_4005)))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.1/types-are-opaque",
        requirement: "PAN-2.2.1-01",
        verdict: Fail,
        keeps: plain,
        breaks: |script| {
            let odd = NotificationType(uuid::Uuid::from_u128(u128::MAX - 1));
            let script = script.uni(A, h(1), t(1)).create(A, h(2));
            script.call(A, register(h(2)).of(odd).into(), registered(Hresult::INVALID_ARGUMENT))
        },
        also: &["MS-PAN/3.1.1.4.1/no-name-means-the-server"],
    },
    Case {
        rule: "MS-PAN/2.2.1/types-are-opaque",
        requirement: "PAN-1.8-05",
        verdict: Note,
        keeps: plain,
        breaks: |script| {
            let script = script.uni(A, h(1), NotificationType::ASYNC_UI).create(A, h(2));
            script.call(A, register(h(2)).of(t(1)).into(), registered(Hresult(0x8000_4001)))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/undefined-registrations-are-refused",
        requirement: "",
        verdict: Note,
        keeps: |script| {
            let script = script.uni(A, h(1), t(1)).create(A, h(2));
            let script = script.call(A, register(h(1)).into(), registered(Hresult::INVALID_ARGUMENT));
            script.call(A, register(h(2)).filter(UserFilter(2)).into(), registered(Hresult::INVALID_ARGUMENT))
        },
        breaks: |script| script.uni(A, h(1), t(1)).call(A2, register(h(1)).of(t(2)).into(), registered(OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/undefined-registrations-are-refused",
        requirement: "",
        verdict: Note,
        keeps: |script| {
            let register = register(h(1)).of(NotificationType::RELEASE).into();
            script.create(A, h(1)).call(A, register, registered(Hresult::INVALID_ARGUMENT))
        },
        breaks: |script| script.create(A, h(1)).call(A, register(h(1)).filter(UserFilter(7)).into(), registered(OK)),
        also: &[],
    },
];

const E_FAIL: Hresult = Hresult(0x8000_4005);
const UI: NotificationType = NotificationType::ASYNC_UI;

/// A client whose user is known registers an object, with a certain outcome.
fn as_user(administrator: bool, register: Register, status: Hresult) -> Script {
    Script::new().user(A, "alice", administrator).create(A, h(1)).call(A, register.into(), registered(status))
}

/// A client registers two objects, the second with a certain outcome.
fn second(register: Register, status: Hresult) -> Script {
    Script::new().uni(A, h(2), UI).create(A, h(1)).call(A, register.into(), registered(status))
}

fn with_fault(script: Script, register: Register, status: u32) -> Script {
    script.create(A, h(1)).call(A, register.into(), fault(status))
}

fn for_all() -> Register {
    all_users(1)
}

fn plainly() -> Register {
    register(h(1)).of(UI)
}

/// UnregisterClient of one of very many objects says that it is not registered.
fn dropped(script: Script, status: Hresult) -> Script {
    many(script).uni(A, h(100), t(1)).call(A, unregister(h(0)), unregistered(status))
}

const BAD: &str = "MS-PAN/3.1.1.4.1/malformed-name-is-refused";
const ALL: &str = "MS-PAN/3.1.1.4.1/all-users-needs-all-rights";
const LIMIT: &str = "MS-PAN/3.1.1.4.1/registration-limit-has-its-code";
const NAMELESS: &str = "MS-PAN/3.1.1.4.1/no-name-means-the-server";
const BESIDE: &str = "MS-PAN/3.1.1.4.1/registrations-stand-side-by-side";
const OPAQUE: &str = "MS-PAN/2.2.1/types-are-opaque";
const UNDEFINED: &str = "MS-PAN/3.1.1.4.1/undefined-registrations-are-refused";

#[rstest]
#[case::bad_name(BAD, as_user(true, plainly().name("printer"), Hresult::INVALID_NAME), "3.1.1.4.1-07 pass")]
#[case::bad_name_denied(BAD, as_user(true, for_all().name("printer"), Hresult::ACCESS_DENIED), "3.1.1.4.1-07 warn")]
#[case::bad_name_denied_to_one_without_rights(BAD, as_user(false, for_all().name("printer"), Hresult::ACCESS_DENIED), "")]
#[case::all_granted(ALL, as_user(true, for_all(), OK), "3.1.1.4.1-35 pass")]
#[case::all_granted_on_a_queue(ALL, as_user(true, for_all().name(r"\\s\q"), OK), "3.1.1.4.1-36 pass")]
#[case::all_denied(ALL, as_user(true, for_all(), Hresult::ACCESS_DENIED), "3.1.1.4.1-35 warn")]
#[case::all_failed(ALL, as_user(true, for_all(), E_FAIL), "")]
#[case::all_granted_to_one_without_rights(ALL, as_user(false, for_all(), OK), "3.1.1.4.1-35 warn")]
#[case::all_failed_for_one_without_rights(ALL, as_user(false, for_all(), E_FAIL), "3.1.1.4.1-16 warn")]
#[case::all_failed_at_the_limit(ALL, as_user(false, for_all(), Hresult::REGISTRATION_LIMIT), "")]
#[case::all_failed_on_a_queue_that_nobody_knows(ALL, as_user(false, for_all().name(r"\\s\gone"), Hresult(0x8007_0709)), "")]
#[case::no_name_and_a_type_that_is_not_taken(NAMELESS, as_user(true, plainly(), Hresult::INVALID_ARGUMENT), "")]
#[case::no_name_and_a_type_that_is_taken(
    NAMELESS,
    second(plainly(), Hresult::INVALID_ARGUMENT),
    "3.1.1.4.1-08 pass, 3.1.1.4.1-08 fail"
)]
#[case::all_failed_for_want_of_memory(ALL, as_user(false, for_all(), Hresult::OUT_OF_MEMORY), "")]
#[case::own_granted(ALL, as_user(false, plainly(), OK), "3.1.1.4.1-16 pass")]
#[case::own_denied(ALL, as_user(false, plainly(), Hresult::ACCESS_DENIED), "3.1.1.4.1-16 warn")]
#[case::own_failed(ALL, as_user(false, plainly(), E_FAIL), "")]
#[case::own_granted_to_who_knows(ALL, second(plainly(), OK), "")]
#[case::own_denied_to_who_knows(ALL, second(plainly(), Hresult::ACCESS_DENIED), "")]
#[case::at_the_limit(LIMIT, again(Script::new(), Hresult::REGISTRATION_LIMIT), "3.1.1.4.1-20 pass")]
#[case::at_the_limit_otherwise(LIMIT, again(Script::new(), E_FAIL), "3.1.1.4.1-20 fail")]
#[case::far_from_it(LIMIT, second(plainly(), E_FAIL), "")]
#[case::at_the_limit_of_a_type_that_is_new(
    LIMIT, many(Script::new()).call(A, register(h(100)).of(t(2)).into(), registered(E_FAIL)), ""
)]
#[case::dropped(LIMIT, dropped(Script::new(), Hresult::NOT_REGISTERED), "3.1.1.4.1-20 fail")]
#[case::not_dropped(LIMIT, dropped(Script::new(), E_FAIL), "")]
#[case::dropped_with_the_server(
    LIMIT,
    many(Script::new()).uni(A, h(100), t(1)).stimulus(trace::stimulus::Request::Shutdown, trace::stimulus::Answer::Done)
        .call(A, unregister(h(0)), unregistered(Hresult::NOT_REGISTERED)),
    ""
)]
#[case::dropped_alone(LIMIT, Script::new().uni(A, h(0), t(1)).call(A, unregister(h(0)), unregistered(Hresult::NOT_REGISTERED)), "")]
#[case::beside(BESIDE, second(plainly(), OK), "3.1.1.4.1-31 pass")]
#[case::not_beside(BESIDE, second(plainly(), E_FAIL), "3.1.1.4.1-31 fail")]
#[case::not_beside_for_want_of_memory(BESIDE, second(plainly(), Hresult::OUT_OF_MEMORY), "")]
#[case::not_beside_of_another_type(BESIDE, second(register(h(1)).of(t(5)), E_FAIL), "")]
#[case::not_beside_on_another_queue(BESIDE, second(plainly().name(r"\\s\q"), E_FAIL), "")]
#[case::alone(BESIDE, as_user(true, plainly(), OK), "")]
#[case::beside_one_that_has_ended(
    BESIDE, Script::new().uni(A, h(2), UI).unregister(A, h(2)).create(A, h(1)).call(A, plainly().into(), registered(E_FAIL)), ""
)]
#[case::a_fault_of_the_handle(BESIDE, with_fault(Script::new().uni(A, h(2), UI), plainly(), 0x1C00_001A), "")]
#[case::a_custom_type(OPAQUE, second(register(h(1)).of(t(5)), OK), "1.8-05 pass, 2.2.1-01 pass")]
#[case::a_custom_type_refused(OPAQUE, second(register(h(1)).of(t(5)), E_FAIL), "1.8-05 note")]
#[case::a_custom_type_for_want_of_memory(OPAQUE, second(register(h(1)).of(t(5)), Hresult::OUT_OF_MEMORY), "")]
#[case::a_custom_type_on_an_object_that_was_registered(
    OPAQUE,
    Script::new().uni(A, h(2), UI).uni(A, h(1), UI).unregister(A, h(1))
        .call(A, register(h(1)).of(t(5)).into(), registered(E_FAIL)),
    ""
)]
#[case::a_known_type(OPAQUE, second(plainly(), E_FAIL), "")]
#[case::a_custom_type_by_fault(OPAQUE, with_fault(Script::new().uni(A, h(2), UI), register(h(1)).of(t(5)), 0x8000_4005), "")]
fn registrations(#[case] rule: &str, #[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(rule, script), expected);
}

#[rstest]
#[case::configuration(NotificationType::PRINTER_CONFIGURATION, ConversationStyle::BIDIRECTIONAL, 1)]
#[case::configuration_as_others_spell_it(
    NotificationType::PRINTER_CONFIGURATION_SDK,
    ConversationStyle::BIDIRECTIONAL,
    1
)]
#[case::configuration_in_one_direction(NotificationType::PRINTER_CONFIGURATION, ConversationStyle::UNIDIRECTIONAL, 0)]
#[case::async_ui(UI, ConversationStyle::BIDIRECTIONAL, 0)]
#[case::release(NotificationType::RELEASE, ConversationStyle::UNIDIRECTIONAL, 1)]
fn registrations_without_a_meaning(
    #[case] kind: NotificationType,
    #[case] style: ConversationStyle,
    #[case] notes: usize,
) {
    let script = Script::new().create(A, h(1)).register(A, h(1), kind, style);
    assert_eq!(verdicts(UNDEFINED, script), vec![Note; notes]);
}
