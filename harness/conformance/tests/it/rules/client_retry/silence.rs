//! What is known of clients that try again, and of those that stay silent, on objects old and new ([MS-PAN] 3.1.1.4.5).

use super::*;
use crate::case::decided;

const NEW: &str = "MS-PAN/3.1.1.4.5/retry-makes-a-new-object";
const SECOND: &str = "MS-PAN/3.1.1.4.5/second-get-notification-is-not-repeated";
const ALIKE: &str = "MS-PAN/3.1.1.4.5/errors-are-treated-alike";

/// As the server's tap sees it.
fn served(mut script: Script) -> Script {
    script.config.vantage = trace::Vantage::Server;
    script
}

/// A waits with two registrations for the same; the call "w" on the one fails.
fn twin(script: Script, code: Hresult) -> Script {
    fails_with(waits(anew(script, UNI, h(5), "o"), UNI), UNI, code)
}

/// A's call comes back with a fault, and A does nothing for more than a minute.
fn fault_and_silence(status: u32) -> Script {
    waits(Script::new(), UNI).wait(6_000).finish("w", fault(status)).wait(80_000)
}

impl Script {
    /// A waits, and cancels the call that waits: the third of the script.
    fn cancels(self) -> Self {
        waits(self, UNI).wait(6_000).pdu(A, trace::Direction::ToServer, CO_CANCEL, 3)
    }
}

/// PTYPE of a co_cancel PDU ([C706] 12.6.4.6).
const CO_CANCEL: u8 = 18;

/// A waits for the same under the name "o".
fn wanted(script: Script) -> Script {
    anew(script, UNI, h(5), "o").wait(400)
}

/// A has another registration, for something else, which is notified.
fn busy(script: Script, code: Hresult) -> Script {
    let script = script.uni(A, h(5), t(2)).start(A2, "o", get_notification(h(5)));
    let script = fails_with(waits(script, UNI), UNI, code).notify(t(2), n(1));
    script.finish("o", notification(t(2), n(1))).start(A2, "p", get_notification(h(5)))
}

/// GetNotification fails.
fn failed(script: Script) -> Script {
    fails_with(waits(script, UNI), UNI, E_FAIL)
}

fn terminated(script: Script) -> Script {
    fails_with(waits(script, UNI), UNI, TERMINATED)
}

/// GetNotification is refused, because another one waits.
fn refused(script: Script) -> Script {
    waits(script, UNI).wait(6_000).call(A2, get_notification(h(1)), fault(0x8004_000C))
}

/// The call that has waited is notified.
fn relieved(script: Script) -> Script {
    script.notify(T, n(1)).finish("w", notification(T, n(1)))
}

#[rstest]
#[case::a_registration_that_failed(
    SPACED_UNI,
    Script::new().create(A, h(5)).call(A, register(h(5)).of(T).into(), registered(E_FAIL)).uni(A, h(2), T),
    ""
)]
#[case::one_direction_among_channels(
    "MS-PAN/3.1.1.4.3/retries-are-spaced", retries(Script::new(), UNI, &[20]), ""
)]
#[case::silence(NEW, failed(Script::new()).wait(80_000), "3.1.1.4.5-20 warn")]
#[case::silence_of_one_who_left(NEW, cleaned(failed(Script::new())).wait(80_000), "")]
#[case::silence_of_one_who_is_gone(
    NEW, failed(Script::new()).close(A, trace::Direction::ToServer).run_down(A).wait(80_000), ""
)]
#[case::silence_of_one_who_is_busy(NEW, busy(Script::new(), E_FAIL).wait(80_000), "3.1.1.4.5-20 warn")]
#[case::silence_after_the_end(NEW, terminated(Script::new()).wait(80_000), "")]
#[case::silence_after_a_refusal(NEW, refused(Script::new()).wait(80_000), "")]
#[case::a_new_object_alone(NEW, failed(Script::new()).create(A, h(2)).wait(80_000), "")]
#[case::a_new_registration_alone(
    NEW, failed(Script::new().create(A, h(2))).register(A, h(2), T, UNI).wait(80_000), ""
)]
#[case::all_three(NEW, anew(failed(Script::new()).wait(1_000), UNI, h(2), "2").wait(80_000), "3.1.1.4.5-20 pass")]
#[case::the_same_handle(
    NEW, failed(Script::new()).start(A, "again", get_notification(h(1))).wait(80_000), "3.1.1.4.5-20 warn"
)]
#[case::the_same_handle_after_a_new_registration(
    NEW, failed(Script::new()).unregister(A, h(1)).register(A, h(1), T, UNI).start(A, "again", get_notification(h(1))), ""
)]
#[case::the_same_handle_unaware(NEW, failed(served(Script::new())).start(A2, "again", get_notification(h(1))), "")]
#[case::the_same_handle_in_the_other_mode(
    NEW,
    Script::new().bidi(A, h(1), T).call(A, get_notification(h(1)), no_notification(None, E_FAIL))
        .start(A, "again", get_notification(h(1))),
    ""
)]
#[case::the_same_handle_after_the_unregistration(
    NEW,
    Script::new().uni(A, h(1), T).unregister(A, h(1)).call(A, get_notification(h(1)), no_notification(None, E_FAIL))
        .start(A, "again", get_notification(h(1))),
    ""
)]
#[case::silent_twice(
    ALIKE, anew(failed(Script::new()).wait(200_000), UNI, h(2), "2").finish("2", failure(UNI, VENDOR)).wait(80_000),
    "3.1.1.4.5-10 pass"
)]
#[case::silent_after_the_other(ALIKE, retried_once(Script::new(), UNI, VENDOR).wait(80_000), "3.1.1.4.5-10 warn")]
#[case::silent_after_the_same(ALIKE, retried_once(Script::new(), UNI, E_FAIL).wait(80_000), "")]
#[case::silent_after_the_end(ALIKE, retried_once(Script::new(), UNI, TERMINATED).wait(200_000), "")]
#[case::leaving_after_the_other(ALIKE, cleaned_of(retried_once(Script::new(), UNI, VENDOR), h(2)).wait(80_000), "")]
#[case::begun_after_the_other(ALIKE, retried_once(Script::new(), UNI, VENDOR).create(A, h(3)).wait(80_000), "")]
#[case::retried_twice(
    ALIKE, anew(retried_once(Script::new(), UNI, VENDOR).wait(1_500), UNI, h(3), "3").wait(200_000), "3.1.1.4.5-10 pass"
)]
#[case::silent_after_a_fault(
    ALIKE,
    anew(cleaned(failed(Script::new())).wait(1_000), UNI, h(2), "2").wait(6_000).finish("2", fault(VENDOR.0)).wait(80_000),
    ""
)]
#[case::polling(SECOND, refused(Script::new()).start(A2, "next", get_notification(h(1))), "3.1.1.4.5-12 warn")]
#[case::polling_unaware(SECOND, refused(served(Script::new())).open(B).start(A, "next", get_notification(h(1))), "")]
#[case::after_the_earlier_call(
    SECOND, relieved(refused(Script::new())).start(A2, "next", get_notification(h(1))), "3.1.1.4.5-12 pass"
)]
#[case::beside_a_later_call(
    SECOND,
    relieved(refused(Script::new())).start(A, "next", get_notification(h(1))).start(A2, "last", get_notification(h(1))),
    "3.1.1.4.5-12 pass 2"
)]
#[case::after_something_else(
    SECOND, waits(Script::new(), UNI).call(A2, get_notification(h(1)), fault(5)).start(A2, "next", get_notification(h(1))), ""
)]
#[case::on_another_object(
    SECOND, refused(Script::new()).uni(A2, h(2), T).start(A2, "next", get_notification(h(2))), ""
)]
#[case::quiet(TERMINATED_UNI, terminated(Script::new()).wait(200_000), "3.1.1.4.5-16 pass")]
#[case::quiet_after_something_else(TERMINATED_UNI, failed(Script::new()).wait(200_000), "")]
#[case::again(
    TERMINATED_UNI, terminated(Script::new()).start(A, "again", get_notification(h(1))).wait(200_000), "3.1.1.4.5-16 warn"
)]
#[case::again_unaware(TERMINATED_UNI, terminated(served(Script::new())).start(A2, "again", get_notification(h(1))), "")]
#[case::anew(TERMINATED_UNI, anew(terminated(Script::new()), UNI, h(2), "2"), "3.1.1.4.5-16 warn")]
#[case::anew_for_something_else(
    TERMINATED_UNI,
    terminated(Script::new()).uni(A, h(2), t(2)).start(A, "2", get_notification(h(2))).wait(200_000),
    "3.1.1.4.5-16 pass"
)]
#[case::anew_as_a_twin(TERMINATED_UNI, anew(twin(Script::new(), TERMINATED), UNI, h(2), "2"), "")]
#[case::anew_beside_a_refused_registration(
    TERMINATED_UNI,
    anew(
        terminated(Script::new().create(A, h(5)).call(A, register(h(5)).of(T).into(), registered(E_FAIL))),
        UNI, h(2), "2",
    ),
    "3.1.1.4.5-16 warn"
)]
#[case::anew_beside_one_that_had_failed(
    TERMINATED_UNI,
    anew(terminated(wanted(Script::new()).finish("o", failure(UNI, E_FAIL))), UNI, h(2), "2"),
    "3.1.1.4.5-16 warn"
)]
#[case::anew_beside_one_that_had_ended(
    TERMINATED_UNI,
    anew(terminated(wanted(Script::new()).unregister(A2, h(5)).finish("o", failure(UNI, TERMINATED))), UNI, h(2), "2"),
    "3.1.1.4.5-16 warn"
)]
#[case::anew_beside_one_that_was_deleted(
    TERMINATED_UNI, anew(terminated(Script::new().uni(A, h(5), T).delete(A, h(5))), UNI, h(2), "2"), "3.1.1.4.5-16 warn"
)]
#[case::anew_as_a_twin_that_has_ended(
    TERMINATED_UNI,
    anew(
        fails_with(
            waits(wanted(Script::new()), UNI).unregister(A2, h(5)).finish("o", failure(UNI, TERMINATED)),
            UNI, TERMINATED,
        ),
        UNI, h(2), "2",
    ),
    ""
)]
#[case::anew_as_a_twin_that_has_failed(
    TERMINATED_UNI,
    anew(
        fails_with(waits(wanted(Script::new()), UNI).finish("o", failure(UNI, E_FAIL)), UNI, TERMINATED),
        UNI, h(2), "2",
    ),
    ""
)]
#[case::anew_as_a_twin_that_was_registered_again(
    TERMINATED_UNI,
    anew(terminated(Script::new().uni(A, h(5), T).unregister(A, h(5)).register(A, h(5), T, UNI)), UNI, h(2), "2"),
    ""
)]
#[case::anew_as_a_twin_that_was_notified(
    TERMINATED_UNI,
    anew(
        terminated(
            wanted(Script::new()).notify(T, n(1)).finish("o", notification(T, n(1))).start(A2, "p", get_notification(h(5))),
        ),
        UNI, h(2), "2",
    ),
    ""
)]
#[case::anew_after_cleaning(
    TERMINATED_UNI,
    anew(cleaned(terminated(Script::new())), UNI, h(2), "2"),
    "3.1.1.4.5-16 warn"
)]
#[case::anew_after_cleaning_that_may_have_come_first(
    TERMINATED_UNI, anew(terminated(served(Script::new())).unregister(A2, h(1)), UNI, h(2), "2"), ""
)]
#[case::anew_after_deleting_first(
    TERMINATED_UNI,
    anew(waits(Script::new(), UNI).start(A2, "d", delete(h(1))).finish("w", failure(UNI, TERMINATED)), UNI, h(2), "2"),
    ""
)]
#[case::at_peace(SUCCESS_UNI, retries(Script::new(), UNI, &[1_000]).wait(200_000), "3.1.1.4.5-22 pass")]
#[case::once_more(
    SUCCESS_UNI, anew(retries(Script::new(), UNI, &[1_000]).wait(1_000), UNI, h(9), "9").wait(200_000), "3.1.1.4.5-22 warn"
)]
#[case::once_more_for_something_else(
    SUCCESS_UNI,
    retries(Script::new(), UNI, &[1_000]).wait(1_000).uni(A, h(9), t(2)).start(A, "9", get_notification(h(9))).wait(200_000),
    "3.1.1.4.5-22 pass"
)]
#[case::once_more_after_leaving(
    SUCCESS_UNI,
    anew(retries(Script::new(), UNI, &[1_000]).wait(1_000).unregister(A2, h(101)), UNI, h(9), "9"),
    ""
)]
#[case::once_more_with_the_same_object(
    SUCCESS_UNI, retries(Script::new(), UNI, &[1_000]).wait(1_000).register(A, h(101), T, UNI), ""
)]
#[case::once_more_after_the_end(
    SUCCESS_UNI, anew(anew(terminated(Script::new()), UNI, h(2), "2").wait(1_000), UNI, h(9), "9"), ""
)]
#[case::once_more_as_a_twin(
    SUCCESS_UNI,
    anew(anew(cleaned(twin(Script::new(), E_FAIL)).wait(1_000), UNI, h(2), "2").wait(1_000), UNI, h(9), "9"),
    ""
)]
#[case::once_more_after_a_failure(
    SUCCESS_UNI, anew(cleaned_of(retried_once(Script::new(), UNI, E_FAIL), h(2)).wait(1_000), UNI, h(9), "9"), ""
)]
// A runtime may say 0x8007071A in its own words (SD-28).
#[case::ended_in_the_runtime_s_words(NEW, fault_and_silence(0x71A), "")]
#[case::cancelled_in_the_runtime_s_words(NEW, fault_and_silence(0x1C00_000D), "")]
#[case::failed_in_others(NEW, fault_and_silence(0x71B), "3.1.1.4.5-20 warn")]
// What the client has cancelled has not failed.
#[case::cancelled(NEW, served(Script::new()).cancels().finish("w", fault(5)).wait(80_000), "")]
#[case::cancelled_and_called_again(
    NEW, Script::new().cancels().finish("w", fault(5)).start(A, "again", get_notification(h(1))), ""
)]
fn reactions_to_failures(#[case] rule: &str, #[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(rule, script), expected);
}
