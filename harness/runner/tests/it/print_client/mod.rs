//! The reference client before the rules: a well-behaved one is accused of nothing, one that misbehaves only of what it
//! breaks.

mod conversations;

use std::collections::BTreeSet;

use conformance::{Party, Severity};
use conversations::{Conversation, Played};
use peer::{ClientMisbehaviour, ClientVariant};
use rstest::rstest;
use trace::Vantage;

#[rstest]
fn nobody_is_accused_who_behaves(#[values(Vantage::Client, Vantage::Server)] vantage: Vantage) {
    let ways = ClientVariant::ALL.iter().copied().map(Some).chain([None]);
    let mut accusations = Vec::new();
    for variant in ways {
        for conversation in Conversation::ALL {
            let played = conversation.play(variant, None, vantage);
            for finding in played.findings(Severity::Inconclusive) {
                accusations.push(format!("{variant:?} {}: {finding}", conversation.name));
            }
        }
    }
    assert!(accusations.is_empty(), "{}", accusations.join("\n"));
}

/// How a client finds its server: in these conversations it is led there, and the scenarios under `client/endpoint` show it. Nor is there a
/// second server that it could be referred to, nor a type whose version or variant could be mended, nor a box with a string for OK.
const ELSEWHERE: [ClientMisbehaviour; 5] = [
    ClientMisbehaviour::StringsOfOkWanted,
    ClientMisbehaviour::NeverAsksTheMapper,
    ClientMisbehaviour::UsesCachedPort,
    ClientMisbehaviour::ReferralFollowed,
    ClientMisbehaviour::ResponseTypesNormalized,
];

/// Each misbehaviour changes what crosses the wire. What is found of it is on its list, and the server is not blamed for it.
#[rstest]
fn a_misbehaving_client_is_accused_of_what_it_breaks(#[values(0, 1, 2, 3)] quarter: usize) {
    let play = |conversation: &Conversation, misbehaviour| conversation.play(None, misbehaviour, Vantage::Server);
    let plain: Vec<Played> = Conversation::ALL.iter().map(|conversation| play(conversation, None)).collect();
    let (mut hidden, mut accusations) = (Vec::new(), Vec::new());
    // What is wrong with what protects calls shows where something does, and NDR64 is not negotiated here.
    let shows = |one: &&ClientMisbehaviour| one.level().is_none() && one.syntax().is_none();
    let all = ClientMisbehaviour::ALL.iter().filter(|one| !ELSEWHERE.contains(one)).filter(shows);
    for misbehaviour in all.skip(quarter).step_by(4) {
        let mut shows = false;
        for (conversation, plain) in Conversation::ALL.iter().zip(&plain) {
            let played = play(conversation, Some(*misbehaviour));
            if played.equals(plain) {
                continue;
            }
            shows = true;
            for (party, requirement, finding) in played.accusations() {
                if party == Party::Server || !misbehaviour.requirements().contains(&requirement) {
                    accusations.push(format!("{misbehaviour} {}: {requirement}: {finding}", conversation.name));
                }
            }
        }
        if !shows {
            hidden.push(misbehaviour.name());
        }
    }
    assert_eq!(hidden, [""; 0]);
    assert!(accusations.is_empty(), "{}", accusations.join("\n"));
}

#[test]
fn misbehaviours_have_unique_names_and_known_requirements() {
    let names: BTreeSet<_> = ClientMisbehaviour::ALL.iter().map(|misbehaviour| misbehaviour.name()).collect();
    assert_eq!(names.len(), ClientMisbehaviour::ALL.len());
    for misbehaviour in ClientMisbehaviour::ALL {
        assert_eq!(ClientMisbehaviour::from_name(misbehaviour.name()), Some(*misbehaviour));
        let requirements: BTreeSet<_> = misbehaviour.requirements().iter().collect();
        assert_eq!(requirements.len(), misbehaviour.requirements().len(), "{misbehaviour} repeats a requirement");
        for id in misbehaviour.requirements() {
            let of_rule = conformance::rules::rule(id).is_some_and(|rule| rule.requirements.is_empty());
            assert!(of_rule || conformance::catalogue::requirement(id).is_some(), "{misbehaviour}: {id}");
        }
    }
}
