//! Differences that the specification allows, or the reading taken of it: each with its reason. What stands nowhere here, and no
//! rule accuses, is unclear.

use mspan::{Hresult, Method, NotificationType};

use super::alignment::Pair;
use super::difference::Subject;
use super::mapper;
use super::naming::Naming;
use super::transcript::{Call, End, Transcript};
use super::value::Value;

/// One way in which two implementations may differ.
pub(super) struct Freedom {
    /// Why, in a sentence.
    pub(super) reason: &'static str,
    /// Requirements and defects of the catalogue.
    pub(super) references: &'static [&'static str],
    /// Whether a difference is of that kind.
    holds: fn(&Scene<'_>) -> bool,
}

/// A difference between two calls, or a call that only one side makes, with what surrounds it.
pub(super) struct Scene<'a> {
    pub(super) left: &'a Transcript,
    pub(super) right: &'a Transcript,
    pub(super) naming: &'a Naming,
    pub(super) pairs: &'a [Pair],
    /// The number of the pair.
    pub(super) at: usize,
    pub(super) subject: Subject,
}

/// How far back, and forth, calls about the same thing are looked for.
const HORIZON: usize = 2_000;

/// What a stale context handle is answered with by RPC runtimes.
const CONTEXT_MISMATCH: u32 = 0x1C00_001A;

/// nca_s_fault_cancel, and RPC_S_CALL_CANCELLED as a Win32 code (SD-28).
const CANCELLED: [u32; 2] = [0x1C00_000D, 0x0000_071A];

static FREEDOMS: &[Freedom] = &[
    Freedom {
        reason: "these codes may be returned or thrown, and thrown ones come as the HRESULT, its Win32 code or a cancelled call",
        references: &["SD-28"],
        holds: |scene| {
            let class = |call: &Call| call.code().and_then(|code| thrown_class(code, call.end == End::Fault(code)));
            scene.is_outcome_of(&[Method::GetNewChannel, Method::GetNotification])
                && scene.both(|left, right| class(left).is_some() && class(left) == class(right))
        },
    },
    Freedom {
        reason: "the limit of registrations has two codes: the one printed, and the one that the enumeration has",
        references: &["SD-16"],
        holds: |scene| {
            let limits = [Hresult::REGISTRATION_LIMIT.0, Hresult::REGISTRATION_LIMIT_MEANT.0];
            scene.is_outcome_of(&[Method::RegisterClient])
                && scene.each(|call| call.code().is_some_and(|code| limits.contains(&code)))
        },
    },
    Freedom {
        reason: "UnregisterClient may return any success",
        references: &["SD-08", "PAN-3.1.1.4.2-04"],
        holds: |scene| {
            scene.is_outcome_of(&[Method::UnregisterClient]) && scene.each(|call| call.failed() == Some(false))
        },
    },
    Freedom {
        reason: "a call about an object that is not registered must not succeed; how it fails is not said",
        references: &["PAN-3.1.1.4.2-08", "PAN-3.1.1.4.2-09", "PAN-3.1.1.4.5-24", "PAN-3.1.1.4.5-25"],
        holds: |scene| {
            scene.is_outcome_of(&[Method::UnregisterClient, Method::GetNewChannel, Method::GetNotification])
                && scene.each(|call| call.failed() == Some(true))
                && !scene.was_registered()
        },
    },
    Freedom {
        reason: "a channel that is closed may be told by success with a NULL handle, or by 0x80040008; a handle that is gone by a fault, too",
        references: &["SD-18", "SD-19"],
        holds: |scene| scene.is_outcome_of(&[Method::GetNotificationSendResponse]) && scene.each(tells_the_end),
    },
    Freedom {
        reason: "what a blocked call returns when its own client closes the channel is not said, but that it returns no ordinary notification",
        references: &["SD-20"],
        holds: |scene| {
            let is_over = |call: &Call| call.failed() == Some(true) || tells_the_end(call);
            scene.is_outcome_of(&[Method::GetNotificationSendResponse])
                && scene.each(is_over)
                && scene.overlapped_on_both_sides(Method::CloseChannel)
        },
    },
    Freedom {
        reason: "a client that had not acquired the channel, and closes it after its owner has, may be told either",
        references: &["SD-19"],
        holds: |scene| {
            let codes = [Hresult::CHANNEL_ACQUIRED.0, Hresult::CHANNEL_CLOSED.0];
            scene.is_outcome_of(&[Method::CloseChannel])
                && scene.each(|call| call.code().is_some_and(|code| codes.contains(&code)))
        },
    },
    Freedom {
        reason: "without octets the pointer to them may be NULL or not",
        references: &["SD-72", "SD-29"],
        holds: |scene| {
            let field = match scene.subject {
                Subject::Out(field) | Subject::In(field) => field,
                _ => return false,
            };
            let is_empty = |call: &Call| {
                let value = call.input_value(field).filter(|_| matches!(scene.subject, Subject::In(_)));
                let value = value.or_else(|| call.output_value(field));
                value.is_some_and(|value| match value {
                    Value::Octets(octets) => octets.is_empty(),
                    Value::Null => true,
                    _ => false,
                })
            };
            scene.each(is_empty)
        },
    },
    Freedom {
        reason: "the first call on an AsyncUI channel may carry NULL or the AsyncUI type",
        references: &["SD-09"],
        holds: |scene| {
            let fits = |call: &Call| match call.input_value("pInNotificationType") {
                Some(Value::Null) => true,
                Some(Value::Type(notification_type)) => *notification_type == NotificationType::ASYNC_UI,
                _ => false,
            };
            scene.subject == Subject::In("pInNotificationType")
                && scene.is_of(&[Method::GetNotificationSendResponse])
                && scene.each(fits)
                && scene.earlier().next().is_none()
        },
    },
    Freedom {
        reason: "matching channels may come in one answer or in several",
        references: &["PAN-3.1.1.4.3-04", "PAN-3.1.1.4.3-05"],
        holds: |scene| {
            let is_array = matches!(scene.subject, Subject::Out("ppChannelCtxt") | Subject::Call | Subject::Outcome);
            scene.is_of(&[Method::GetNewChannel]) && is_array && scene.all_channels_are_paired()
        },
    },
    Freedom {
        reason: "what a further GetNotification comes to after NOTIFICATION_RELEASE is not said",
        references: &["SD-04", "PAN-3.1.1-06"],
        holds: |scene| {
            let follows = scene.earlier().any(|(left, right)| is_release(left) || is_release(right));
            let is_open = |call: &Call| call.failed() != Some(false) || is_release(call);
            let about = matches!(scene.subject, Subject::Outcome | Subject::Call);
            about && scene.is_of(&[Method::GetNotification]) && follows && scene.any_side(is_open)
        },
    },
    Freedom {
        reason: "a queue that is full loses notifications at either end, silently",
        references: &["SD-65", "PAN-3.1.1.4.5-29"],
        holds: |scene| {
            let is_one = matches!(scene.subject, Subject::Call | Subject::Out("ppOutNotificationData"));
            is_one
                && scene.is_of(&[Method::GetNotification])
                && scene.was_asked_for()
                && scene.lost_some_on_both_sides()
        },
    },
    Freedom {
        reason: "a document may have a byte order mark before it and one U+0000 behind it, or neither",
        references: &["SD-32", "SD-33"],
        holds: |scene| {
            let of = |call: &Call| match scene.subject {
                Subject::In(field) => call.input_value(field).cloned(),
                Subject::Out(field) => call.output_value(field).cloned(),
                _ => None,
            };
            let read = |call: &Call| match of(call) {
                Some(Value::Octets(octets)) => mspan::document::Outline::read(&octets),
                _ => None,
            };
            scene.both(|left, right| match (read(left), read(right)) {
                (Some(left), Some(right)) => {
                    left.terminators <= 1 && right.terminators <= 1 && scene.naming.looks_the_same(&left, &right)
                }
                _ => false,
            })
        },
    },
    Freedom {
        reason: "the identifier of printer configuration is printed with a doubtful digit: either is accepted",
        references: &["SD-01"],
        holds: |scene| {
            let either = [NotificationType::PRINTER_CONFIGURATION, NotificationType::PRINTER_CONFIGURATION_SDK];
            let of = |call: &Call| match scene.subject {
                Subject::In(field) => call.input_value(field).cloned(),
                Subject::Out(field) => call.output_value(field).cloned(),
                _ => None,
            };
            scene.each(|call| matches!(of(call), Some(Value::Type(found)) if either.contains(&found)))
        },
    },
    Freedom {
        reason: "an endpoint map may hold towers of local transports besides those of TCP",
        references: &["PAN-2.1-02"],
        holds: |scene| {
            let towers = |call: &Call| match call.output_value(mapper::TOWERS) {
                Some(Value::Text(text)) => Some(mapper::without_local(text).join(", ")),
                _ => None,
            };
            scene.subject == Subject::Out(mapper::TOWERS)
                && scene.both(|left, right| towers(left).is_some() && towers(left) == towers(right))
        },
    },
    Freedom {
        reason: "which of several clients acquires a channel is decided by whose call comes first, and here they come in another order, or at once",
        references: &["PAN-3.1.1.1-07"],
        holds: |scene| {
            let methods = [Method::GetNotificationSendResponse, Method::CloseChannel];
            scene.is_outcome_of(&methods) && scene.is_the_other_way_round_elsewhere()
        },
    },
    Freedom {
        reason: "after a notification a client closes the channel with a response or without one, or goes on: its user, or a driver, decides",
        references: &["PAN-3.2.2-08", "PAN-2.2.7.3.2-02", "PAN-2.2.7.5.1-06", "PAN-2.2.7.7.1-07"],
        holds: |scene| {
            let methods = [Method::CloseChannel, Method::GetNotificationSendResponse];
            let is_answer = matches!(
                scene.subject,
                Subject::In("pInNotificationType" | "pReason" | "pNotificationData") | Subject::Call
            );
            let brought = |call: &Call| matches!(call.output_value("ppOutNotificationData"), Some(Value::Octets(_)));
            is_answer
                && scene.is_of(&methods)
                && !scene.is_of_the_harness()
                && scene.around().any(|call| brought(call) && call.method == Some(Method::GetNotificationSendResponse))
        },
    },
    Freedom {
        reason: "a client may unregister while its waiting call is outstanding, which then fails, or after that",
        references: &["PAN-3.2.2-03"],
        holds: |scene| {
            let ends = |call: &Call| {
                call.code().is_some_and(|code| thrown_class(code, call.end == End::Fault(code)) == Some(TERMINATED))
            };
            let waits = [Method::GetNotification, Method::GetNewChannel];
            scene.subject == Subject::Call
                && scene.is_of(&waits)
                && !scene.is_of_the_harness()
                && scene.any_side(ends)
                && scene.overlapped(Method::UnregisterClient)
        },
    },
];

/// What 0x8007071A stands for.
const TERMINATED: u8 = 1;

fn thrown_class(code: u32, is_fault: bool) -> Option<u8> {
    match code {
        code if code == Hresult::CALL_OUTSTANDING.0 => Some(0),
        code if code == Hresult::NOTIFICATIONS_TERMINATED.0 => Some(TERMINATED),
        code if is_fault && CANCELLED.contains(&code) => Some(TERMINATED),
        _ => None,
    }
}

/// Whether a GetNotificationSendResponse tells that the channel is closed, or lost.
fn tells_the_end(call: &Call) -> bool {
    match call.code() {
        Some(code) if code == Hresult::CHANNEL_CLOSED.0 => true,
        Some(CONTEXT_MISMATCH) => call.end == End::Fault(CONTEXT_MISMATCH),
        _ => call.failed() == Some(false) && call.output_value("pChannel") == Some(&Value::Null),
    }
}

fn is_release(call: &Call) -> bool {
    call.output_value("ppOutNotificationType") == Some(&Value::Type(NotificationType::RELEASE))
}

/// The first freedom that explains a difference.
pub(super) fn freedom(scene: &Scene<'_>) -> Option<&'static Freedom> {
    FREEDOMS.iter().find(|freedom| (freedom.holds)(scene))
}

/// All references, for tests: each has to be in the catalogue.
pub fn references() -> impl Iterator<Item = &'static str> {
    FREEDOMS.iter().flat_map(|freedom| freedom.references.iter().copied())
}

impl<'a> Scene<'a> {
    fn calls(&self, pair: &Pair) -> (Option<&'a Call>, Option<&'a Call>) {
        (pair.left.and_then(|left| self.left.calls.get(left)), pair.right.and_then(|right| self.right.calls.get(right)))
    }

    fn own(&self) -> (Option<&'a Call>, Option<&'a Call>) {
        self.pairs.get(self.at).map_or((None, None), |pair| self.calls(pair))
    }

    fn both(&self, test: impl Fn(&Call, &Call) -> bool) -> bool {
        matches!(self.own(), (Some(left), Some(right)) if test(left, right))
    }

    /// Whether both sides' calls are so.
    fn each(&self, test: impl Fn(&Call) -> bool) -> bool {
        self.both(|left, right| test(left) && test(right))
    }

    /// Whether the call of some side is so.
    fn any_side(&self, test: impl Fn(&Call) -> bool) -> bool {
        let (left, right) = self.own();
        left.into_iter().chain(right).any(test)
    }

    fn is_of(&self, methods: &[Method]) -> bool {
        let (left, right) = self.own();
        left.or(right).and_then(|call| call.method).is_some_and(|method| methods.contains(&method))
    }

    fn is_outcome_of(&self, methods: &[Method]) -> bool {
        self.subject == Subject::Outcome && self.is_of(methods)
    }

    /// Whether a scenario makes the call: then nothing about it is a client's choice.
    fn is_of_the_harness(&self) -> bool {
        self.any_side(|call| call.line.is_some())
    }

    /// Pairs of calls about the same thing.
    fn row(&self) -> impl Iterator<Item = (usize, &'a Pair)> {
        let about = self.own().0.map(|call| call.about);
        let other = self.own().1.map(|call| call.about);
        let (first, last) = (self.at.saturating_sub(HORIZON), self.at.saturating_add(HORIZON));
        let scene = Scene { ..*self };
        self.pairs.iter().enumerate().skip(first).take_while(move |(at, _)| *at <= last).filter(move |(_, pair)| {
            let (left, right) = scene.calls(pair);
            let is_left = about.flatten().is_some() && left.map(|call| call.about) == about;
            is_left || (other.flatten().is_some() && right.map(|call| call.about) == other)
        })
    }

    /// Pairs of calls about the same thing before this.
    fn earlier(&self) -> impl Iterator<Item = (&'a Call, &'a Call)> {
        let (at, scene) = (self.at, Scene { ..*self });
        self.row().take_while(move |(number, _)| *number < at).filter_map(move |(_, pair)| {
            let (left, right) = scene.calls(pair);
            left.zip(right)
        })
    }

    /// Calls of either side about the same thing.
    fn around(&self) -> impl Iterator<Item = &'a Call> {
        let scene = Scene { ..*self };
        self.row().flat_map(move |(_, pair)| {
            let (left, right) = scene.calls(pair);
            left.into_iter().chain(right)
        })
    }

    /// Whether the object of this call was registered, on either side.
    fn was_registered(&self) -> bool {
        let state = |calls: &mut dyn Iterator<Item = &Call>| {
            calls.fold(false, |registered, call| match (call.method, call.failed()) {
                (Some(Method::RegisterClient), Some(false)) => true,
                (Some(Method::UnregisterClient), Some(false)) => false,
                _ => registered,
            })
        };
        let earlier: alloc::vec::Vec<_> = self.earlier().collect();
        state(&mut earlier.iter().map(|(left, _)| *left)) || state(&mut earlier.iter().map(|(_, right)| *right))
    }

    /// Whether a call of that method about the same thing was under way at the same time, on the side that has this call.
    fn overlapped(&self, method: Method) -> bool {
        let (left, right) = self.own();
        let is_one = |own: Option<&Call>, other: Option<&Call>| {
            own.zip(other).is_some_and(|(own, other)| other.method == Some(method) && own.overlaps(other))
        };
        self.row().map(|(_, pair)| self.calls(pair)).any(|(one, other)| is_one(left, one) || is_one(right, other))
    }

    fn overlapped_on_both_sides(&self, method: Method) -> bool {
        let (left, right) = self.own();
        let is_one = |own: Option<&Call>, other: Option<&Call>| {
            own.zip(other).is_some_and(|(own, other)| other.method == Some(method) && own.overlaps(other))
        };
        self.row().any(|(_, pair)| is_one(left, self.calls(pair).0))
            && self.row().any(|(_, pair)| is_one(right, self.calls(pair).1))
    }

    /// Whether another client's call, which comes first on one side and last on the other, or at the same time, ends the other way
    /// round: as this one on the other side.
    fn is_the_other_way_round_elsewhere(&self) -> bool {
        let (Some(left), Some(right)) = self.own() else { return false };
        let first = self.at.saturating_sub(HORIZON);
        self.pairs.iter().skip(first).take(2 * HORIZON).any(|pair| {
            let (Some(one), Some(other)) = self.calls(pair) else { return false };
            one.method == left.method
                && one.association != left.association
                && one.code() == right.code()
                && other.code() == left.code()
                && tells_the_end(one) == tells_the_end(right)
                && tells_the_end(other) == tells_the_end(left)
                && ((one.overlaps(left) && other.overlaps(right))
                    || (one.began < left.began) != (other.began < right.began))
        })
    }

    /// Whether each channel that this call gave out is one on the other side, too.
    fn all_channels_are_paired(&self) -> bool {
        let (left, right) = self.own();
        let ours = left.is_none_or(|call| call.gave.iter().all(|handle| self.naming.has_left(*handle)));
        let theirs = right.is_none_or(|call| call.gave.iter().all(|handle| self.naming.has_right(*handle)));
        let gives = |call: Option<&Call>| call.is_some_and(|call| !call.gave.is_empty());
        ours && theirs && (gives(left) || gives(right))
    }

    /// Whether each side's source was asked for what the call brings there.
    fn was_asked_for(&self) -> bool {
        let is_asked = |transcript: &Transcript, call: Option<&Call>| {
            let Some(Value::Octets(octets)) = call.and_then(|call| call.output_value("ppOutNotificationData")) else {
                return true;
            };
            let sends = |request: &trace::stimulus::Request| matches!(request, trace::stimulus::Request::Notify { data, .. } if data == octets);
            transcript.asked.iter().any(sends)
        };
        let (left, right) = self.own();
        is_asked(self.left, left) && is_asked(self.right, right)
    }

    /// Whether on both sides fewer notifications came out of the queue than its source was asked for, and as many.
    fn lost_some_on_both_sides(&self) -> bool {
        let count = |side: fn(&Self, &Pair) -> Option<&'a Call>| {
            let brings = |call: &&Call| matches!(call.output_value("ppOutNotificationData"), Some(Value::Octets(_)));
            self.row().filter_map(|(_, pair)| side(self, pair)).filter(brings).count()
        };
        let asked = |transcript: &Transcript| {
            let notifies =
                |request: &&trace::stimulus::Request| matches!(request, trace::stimulus::Request::Notify { .. });
            transcript.asked.iter().filter(notifies).count()
        };
        let left = count(|scene, pair| scene.calls(pair).0);
        let right = count(|scene, pair| scene.calls(pair).1);
        left == right && left < asked(self.left) && right < asked(self.right)
    }
}
