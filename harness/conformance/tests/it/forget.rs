//! What is over is forgotten when it gets too much, and accuses nobody.

use std::collections::BTreeSet;

use conformance::event::AssociationId;
use conformance::{Checker, Config, Finding, Memory, Report, Severity, rules};
use mspan::Hresult;
use rstest::rstest;
use trace::{Closed, ConnectionEnd, ConnectionId, Direction, Entry, Seen, Time};

use crate::dialogue::{T, brings, closed, finally, first, octets, respond};
use crate::script::{A, A2, Script, channels, get_new_channel, get_notification, h, n, notification};

/// Nothing that a witness finds who forgets is not found by one who remembers all, whatever the traces of all rules show.
#[rstest]
fn who_forgets_accuses_nobody_else(#[values(0, 1, 2, 3)] part: usize) {
    let memories = [
        Memory { octets: 0, calls: 1, ended: 0 },
        Memory { octets: 0, ..Memory::default() },
        Memory { calls: 2, ..Memory::default() },
    ];
    let mut differing = 0;
    for (case, memory) in crate::rules::cases().zip(memories.into_iter().cycle()).skip(part).step_by(4) {
        let party = rules::rule(case.rule).unwrap().party;
        let rules = || rules::all().filter(|rule| rule.party == party);
        let script = (case.breaks)(Script::new()).recorded();
        let mut forgetting = script.clone();
        forgetting.config.memory = memory;
        let (all, some) = (script.judge(rules()), forgetting.judge(rules()));
        let known: BTreeSet<_> = accusations(&all).collect();
        let new: Vec<_> = accusations(&some).filter(|accusation| !known.contains(accusation)).collect();
        assert!(new.is_empty(), "{}: {memory:?}: {new:#?}", case.rule);
        differing += u64::from(all.requirements != some.requirements);
    }
    // With so little memory something is forgotten.
    assert!(differing > 0);
}

/// The rule and the event of each accusation.
fn accusations(report: &Report) -> impl Iterator<Item = (&'static str, u64)> {
    let grave = |finding: &&Finding| matches!(finding.verdict, Severity::Fail | Severity::Warn);
    report.findings.iter().filter(grave).map(|finding| (finding.rule, finding.event))
}

/// One client that stays: notifications, and channels that it closes.
fn long(notifications: usize, many: u128) -> Script {
    let mut script = Script::new().uni(A, h(1), T).bidi(A2, h(2), T);
    for _ in 0..notifications {
        script = script.call(A, get_notification(h(1)), notification(T, n(1)));
    }
    script = script.unregister(A, h(1)).delete(A, h(1));
    for channel in 100..100 + many {
        script = script
            .call(A2, get_new_channel(h(2)), channels(&[h(channel)], Hresult::OK))
            .call(A2, first(h(channel)), brings(h(channel), n(1)))
            .call(A2, respond(h(channel), octets(8)), brings(h(channel), n(2)))
            .call(A2, finally(h(channel), octets(8)), closed(Hresult::OK));
    }
    script
}

/// However long an association lasts, its calls are bounded, and what goes on is judged as before.
#[test]
fn a_long_association_is_judged_to_its_end() {
    let short = long(10, 2).recorded();
    let script = shortly(long(150, 60).recorded());
    let (calls, views) = known(&script);
    assert!(calls <= 64, "{calls} calls are known");
    assert!(views < 20, "{views} of the channels are known");
    let (short, report) = (short.judge(rules::all()), script.judge(rules::all()));
    assert_eq!(accusations(&report).collect::<Vec<_>>(), []);
    assert_eq!(accusations(&short).collect::<Vec<_>>(), []);
    let decided = |report: &Report| report.requirements.keys().copied().collect::<BTreeSet<_>>();
    assert_eq!(decided(&report), decided(&short));
}

/// It is judged by who remembers little.
fn shortly(mut script: Script) -> Script {
    script.config.memory = Memory { calls: 64, ..Memory::default() };
    script
}

/// How many calls and handles of channels are known at the end of a trace.
fn known(script: &Script) -> (usize, usize) {
    let mut checker = Checker::new(script.config.clone(), rules::all());
    script.clone().events().into_iter().for_each(|event| checker.event(event, &mut |_| {}));
    let (model, association) = (checker.model(), AssociationId(0));
    let views = (100..200).filter(|handle| model.channels.view_of(association, h(*handle)).is_some()).count();
    (model.clients.calls_of(association).count(), views)
}

/// A channel that was closed just now is closed; of one that was closed long ago nobody knows.
#[rstest]
#[case::just_closed(159, 1)]
#[case::forgotten(100, 0)]
fn a_closed_channel_is_remembered_for_a_while(#[case] channel: u128, #[case] accused: usize) {
    let late = long(10, 60).call(A2, first(h(channel)), brings(h(channel), n(1))).recorded();
    let report = shortly(late).judge(rules::all());
    let of_client = accusations(&report).filter(|(rule, _)| *rule == "MS-PAN/3.1.1.4.4/handle-is-open").count();
    assert_eq!(of_client, accused, "{:?}", accusations(&report).collect::<Vec<_>>());
    if accused == 0 {
        assert_eq!(accusations(&report).collect::<Vec<_>>(), []);
    }
}

/// However many conversations a recording has: of those that ended long ago nothing is kept.
#[test]
fn what_ended_long_ago_is_forgotten() {
    let once = crate::dissect::recorded("wine-to-go-msrpc");
    let memory = Memory { ended: 8, ..Memory::default() };
    let mut checker = Checker::new(Config { memory, ..Config::default() }, []);
    let mut counted = Vec::new();
    for round in 0..20_u32 {
        let mut open = BTreeSet::new();
        for entry in once.iter().filter(|entry| !matches!(entry.seen, Seen::End(_))) {
            let mut entry = entry.clone();
            shift(&mut entry, round);
            match &entry.seen {
                Seen::Opened(opened) => drop(open.insert(opened.connection)),
                Seen::Closed(closed) => drop(open.remove(&closed.connection)),
                _ => {}
            }
            checker.push(&entry, &mut |_| {});
        }
        for connection in open {
            let how = ConnectionEnd::Orderly { by: Direction::ToServer };
            let seen = Seen::Closed(Closed { connection, how });
            checker.push(&Entry { sequence: 0, time: Time::ZERO, seen }, &mut |_| {});
        }
        counted.push(checker.model().objects().count());
    }
    assert!(counted[0] > 0 && counted[5] > counted[0], "{counted:?}");
    assert_eq!(counted[19], counted[12], "{counted:?}");
}

/// The same in connections of another round, to another server.
fn shift(entry: &mut Entry, round: u32) {
    let other = |connection: &mut ConnectionId| connection.0 += round * 100;
    match &mut entry.seen {
        Seen::Opened(opened) => {
            other(&mut opened.connection);
            opened.server = format!("{}-{round}", opened.server);
        }
        Seen::Octets(seen) => other(&mut seen.connection),
        Seen::Lost(lost) => other(&mut lost.connection),
        Seen::Closed(closed) => other(&mut closed.connection),
        _ => {}
    }
}
