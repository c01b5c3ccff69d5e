//! What is wrong with a scenario is said with place and suggestion, before anything runs.

use rstest::rstest;
use runner::diagnostic::Diagnostic;
use runner::scenario::meant::Need;
use runner::scenario::{Library, Root};

/// Everything that is wrong with a scenario of two actors and those steps, in the words that people see.
fn problems(steps: &str) -> String {
    let indented: String = steps.lines().map(|line| format!("  {line}\n")).collect();
    problems_of(&format!(
        "title: A scenario\nactors: {{alice: {{}}, bob: {{}}}}\nsteps:\n  - drop: {{actor: alice}}\n  - drop: {{actor: bob}}\n{indented}"
    ))
}

fn problems_of(text: &str) -> String {
    match Library::check_text(&Root::Embedded, "subject/name", text) {
        Ok(_) => panic!("nothing was found wrong with\n{text}"),
        Err(problems) => problems.iter().map(Diagnostic::render).collect::<Vec<_>>().join("\n\n"),
    }
}

#[rstest]
#[case::unknown_step("- cal: {actor: alice, method: Create}", "did you mean `call`?")]
#[case::unknown_key("- call: {actor: alice, methd: Create}", "did you mean `method`?")]
#[case::duplicate_key("- call: {actor: alice, actor: bob, method: Create}", "stands twice")]
#[case::unknown_method("- call: {actor: alice, method: Creat}", "did you mean `Create`?")]
#[case::unknown_actor("- call: {actor: alic, method: Create}", "did you mean `alice`?")]
#[case::unknown_parameter(
    "- call: {actor: alice, method: Delete, in: {pRemoteObj: \"${null_handle}\"}}",
    "did you mean `ppRemoteObj`?"
)]
#[case::missing_parameter("- call: {actor: alice, method: Delete}", "Delete wants ppRemoteObj")]
#[case::undefined_name(
    "- call: {actor: alice, method: Delete, in: {ppRemoteObj: \"${object}\"}}",
    "nothing is called `object`"
)]
#[case::unused_name("- call: {actor: alice, method: Create, save: {object: ppRemoteObj}}", "`object` is never used")]
#[case::given_name("- call: {actor: alice, method: Create, save: {type: ppRemoteObj}}", "`type` is always there")]
#[case::wrong_kind(
    "- call: {actor: alice, method: Delete, in: {ppRemoteObj: \"${type}\"}}",
    "`type` is of kind type, but handle is wanted"
)]
#[case::text_for_octets("- stimulus: {notify: {data: \"${nonce}\"}}", "write {utf16: \"${nonce}\"}")]
#[case::never_finished(
    "- start: {as: c, actor: alice, method: Create}\n- cancel: {call: c}",
    "the call `c` is never finished"
)]
#[case::finished_twice(
    "- start: {as: c, actor: alice, method: Create}\n- finish: {call: c}\n- finish: {call: c}",
    "`c` has been finished already"
)]
#[case::matcher_of_numbers(
    "- call: {actor: alice, method: Create, expect: {returned: {out: {ppRemoteObj: {min: 1}}}}}",
    "`min` can't apply to a handle"
)]
#[case::matcher_of_sizes(
    "- call: {actor: alice, method: Create, expect: {returned: {out: {ppRemoteObj: {size: 20}}}}}",
    "`size` can't apply to a handle"
)]
#[case::null_number(
    "- call: {actor: alice, method: Create, expect: {returned: {status: null}}}",
    "this status can't be NULL"
)]
#[case::no_return_value(
    "- call: {actor: alice, method: Delete, in: {ppRemoteObj: \"${null_handle}\"}, expect: {returned: {status: S_OK}}}",
    "Delete has no return value"
)]
#[case::open_exactly(
    "- call: {actor: alice, method: Create, expect: {returned: {exactly: true}}}",
    "ppRemoteObj is missing"
)]
#[case::status_name(
    "- call: {actor: alice, method: Create, expect: {returned: {status: CHANNEL_CLOSD}}}",
    "did you mean `CHANNEL_CLOSED`?"
)]
#[case::pending_call(
    "- call: {actor: alice, method: Create, expect: pending}",
    "`pending` can only be expected in a race"
)]
#[case::saved_from_fault(
    "- call: {actor: alice, method: Create, expect: {fault: any}, save: {x: ppRemoteObj}}",
    "nothing can be kept of a call that must not return"
)]
#[case::two_outcomes(
    "- call: {actor: alice, method: Create, expect: {fault: any, returned: {}}}",
    "exactly one of `returned`"
)]
#[case::null_fault("- call: {actor: alice, method: Create, expect: {fault: null}}", "this status can't be NULL")]
#[case::no_unit("- idle: {for: 3, because: x}", "has no unit")]
#[case::unknown_fragment("- use: {fragment: registr}", "did you mean `register`?")]
#[case::missing_argument("- use: {fragment: register, with: {actor: alice}}", "register wants `style`")]
#[case::argument_of_wrong_kind(
    "- use: {fragment: register, with: {actor: alice, style: kAllUsers}}",
    "unknown style `kAllUsers`"
)]
#[case::unknown_result(
    "- use: {fragment: register, with: {actor: alice, style: 0}, returns: {objct: o}}",
    "did you mean `object`?"
)]
#[case::unknown_requirement(
    "- call: {actor: alice, method: Create, violates: [PAN-3.1.1.4.2-099]}",
    "unknown requirement"
)]
#[case::a_rule_that_decides_requirements(
    "- call: {actor: alice, method: Create, violates: [MS-PAN/3.1.1.4.2/unregister-needs-registration]}",
    "unknown requirement"
)]
#[case::stub_of_a_bind(
    "- bind: {actor: alice, contexts: [{interface: IRPCAsyncNotify, transfer_syntaxes: [ndr]}], alter: {trailer: right}}",
    "`trailer` is for requests: a bind has no stub"
)]
#[case::unknown_trailer("- call: {actor: alice, method: Create, alter: {trailer: wrong}}", "unknown value `wrong`")]
#[case::unknown_tampering(
    "- call: {actor: alice, method: Create, alter: {tamper: wrong_signatur}}",
    "did you mean `wrong_signature`?"
)]
#[case::one_pdu_out_of_turn(
    "- call: {actor: alice, method: Create, alter: {tamper: reordered}}",
    "say `fragment` beside it"
)]
#[case::two_fields_of_the_verifier(
    "- call: {actor: alice, method: Create, alter: {tamper: {type: 10, context: 7}}}",
    "exactly one of `type`, `level` and `context` is wanted"
)]
#[case::unknown_level_of_the_verifier(
    "- call: {actor: alice, method: Create, alter: {tamper: {level: packet}}}",
    "unknown level `packet`"
)]
#[case::type_out_of_range("- call: {actor: alice, method: Create, alter: {tamper: {type: 300}}}", "300")]
#[case::tampered_bind(
    "- bind: {actor: alice, contexts: [{interface: IRPCAsyncNotify, transfer_syntaxes: [ndr]}], alter: {tamper: replayed}}",
    "`tamper` is for calls: nothing protects a bind"
)]
#[case::lonely_barrier(
    "- parallel: {branches: {left: [{barrier: go}], right: []}}",
    "no other branch comes to the barrier `go`"
)]
#[case::barrier_outside("- barrier: go", "a barrier stands in a branch")]
#[case::unknown_channel("- stimulus: {channel_close: c1}", "unknown channel `c1`")]
#[case::two_verbs("- stimulus: {channel_close: c1, channel_log: c1}", "exactly one verb")]
#[case::file_outside(
    "- stimulus: {notify: {data: {file: ../Cargo.toml}}}",
    "no path below the folder of the scenarios"
)]
#[case::odd_hex("- stimulus: {notify: {data: {hex: abc}}}", "no hexadecimal octets")]
#[case::times_alone("- stimulus: {notify: {data: {times: 3}}}", "this is no octets")]
#[case::client_step("- exit: {client: one}", "this step is for `party: client`")]
#[case::fence_without_reason(
    "- start: {as: c, actor: alice, method: Create}\n- still_pending: {call: c, fence: false}\n- finish: {call: c}",
    "`fence: false` wants `because:`"
)]
fn a_mistake_is_named(#[case] steps: &str, #[case] words: &str) {
    let found = problems(steps);
    assert!(found.contains(words), "expected {words:?} in\n{found}");
    assert!(found.contains("scenarios/subject/name.yaml:"), "no place in\n{found}");
}

/// Who calls without protection has nothing to tamper with, and who doesn't authenticate has nothing to do it by.
#[rstest]
#[case::anonymous("{identity: anonymous}", "nothing protects the PDUs of `alice`")]
#[case::without_level("{level: none}", "nothing protects the PDUs of `alice`")]
#[case::at_connect_level("{level: connect}", "nothing protects the PDUs of `alice`")]
#[case::by_nothing("{level: none, provider: ntlm}", "`alice` does not authenticate")]
#[case::unknown_provider("{provider: kerbros}", "unknown security provider `kerbros`")]
#[case::unknown_identity("{identity: wrong-user}", "unknown identity `wrong-user`")]
fn an_actor_that_makes_no_sense_is_named(#[case] actor: &str, #[case] words: &str) {
    let call = "call: {actor: alice, method: Create, alter: {tamper: wrong_signature}}";
    let found = problems_of(&format!("title: x\nactors: {{alice: {actor}}}\nsteps:\n  - {call}\n"));
    assert!(found.contains(words), "expected {words:?} in\n{found}");
    assert!(found.contains("scenarios/subject/name.yaml:"), "no place in\n{found}");
}

/// Tampering needs security, without saying so.
#[test]
fn tampering_needs_security() {
    let text = "title: x\nactors: {alice: {}}\nsteps:\n  - call: {actor: alice, method: Create, alter: {tamper: {level: connect}}, expect: any}\n";
    let scenarios = Library::check_text(&Root::Embedded, "subject/name", text).expect("nothing is wrong with it");
    assert!(scenarios.iter().all(|scenario| scenario.needs.contains(&Need::Security)), "{scenarios:?}");
}

#[rstest]
#[case::foreign_handle(
    "- call: {actor: alice, method: Create, save: {o: ppRemoteObj}}\n- call: {actor: bob, method: Delete, in: {ppRemoteObj: \"${o}\"}}",
    "`o` is a handle of alice, not of bob"
)]
#[case::closed_handle(
    "- call: {actor: alice, method: Create, save: {o: ppRemoteObj}}\n- call: {actor: alice, method: Delete, in: {ppRemoteObj: \"${o}\"}}\n- call: {actor: alice, method: Delete, in: {ppRemoteObj: \"${o}\"}}",
    "`o` is closed here"
)]
#[case::in_a_fragment(
    "- call: {actor: bob, method: Create, save: {o: ppRemoteObj}}\n- use: {fragment: open-channel, with: {actor: alice, object: \"${o}\", id: c, data: null}, returns: {channels: x}}\n- call: {actor: alice, method: Delete, in: {ppRemoteObj: \"${x.0}\"}}",
    "used here"
)]
fn a_stale_handle_needs_saying_so(#[case] steps: &str, #[case] words: &str) {
    let found = problems(steps);
    assert!(found.contains(words), "expected {words:?} in\n{found}");
    assert!(found.contains("say `stale: true`"), "no suggestion in\n{found}");
}

#[rstest]
#[case::what_it_does_anyway("{client: one, call: Create}", "this is what the server does anyway")]
#[case::two_answers("{client: one, call: Create, status: 0x8007000E, never: true}", "one answer is wanted")]
#[case::unprocessed_without(
    "{client: one, call: Create, late: 2s, processed: false}",
    "what is not processed wants an answer"
)]
#[case::nobody("{client: on, call: Create, never: true}", "unknown client `on`")]
#[case::no_status("{client: one, call: Delete, status: S_OK}", "Delete has no return value")]
#[case::parameter(
    "{client: one, call: Create, out: {ppRemoteObject: \"${null_handle}\"}}",
    "did you mean `ppRemoteObj`?"
)]
#[case::kind("{client: one, call: GetNewChannel, out: {pNoOfChannels: \"${type}\"}}", "but number is wanted")]
#[case::no_null("{client: one, call: GetNewChannel, out: {pNoOfChannels: null}}", "can't be NULL")]
#[case::of_requests("{client: one, call: Create, alter: {trailer: right}}", "`object` and `trailer` are for requests")]
#[case::no_response("{client: one, call: Create, end: close, alter: {truncate: 4}}", "there is no response")]
#[case::late_never("{client: one, call: Create, never: true, late: 1s}", "what never comes can't be late")]
#[case::no_times("{client: one, call: Create, never: true, times: 0}", "a number from 1, or `all`")]
#[case::unknown_key("{client: one, call: Create, nevr: true}", "did you mean `never`?")]
#[case::unknown_requirement(
    "{client: one, call: Create, never: true, violates: [PAN-1]}",
    "unknown requirement `PAN-1`"
)]
#[case::undefined("{client: one, call: Delete, out: {ppRemoteObj: \"${object}\"}}", "nothing is called `object`")]
fn an_answer_that_makes_no_sense_is_named(#[case] step: &str, #[case] words: &str) {
    let launch = "  - launch: {client: one, mode: bidirectional}\n";
    let found = problems_of(&format!("title: x\nparty: client\nsteps:\n{launch}  - answer: {step}\n"));
    assert!(found.contains(words), "expected {words:?} in\n{found}");
    assert!(found.contains("scenarios/subject/name.yaml:5:"), "no place in\n{found}");
}

#[test]
fn answers_are_for_clients_as_targets() {
    let found = problems("- hang_up: {client: one}");
    assert!(found.contains("this step is for `party: client`"), "{found}");
}

#[test]
fn a_complaint_shows_its_line() {
    insta::assert_snapshot!(problems_of("title: x\nactors:\n  alice: {transfer_sintax: ndr}\nsteps: []\n"), @r"
    error: unknown key `transfer_sintax`
     --> scenarios/subject/name.yaml:3:11
      |
    3 |   alice: {transfer_sintax: ndr}
      |           ^^^^^^^^^^^^^^^
      |
      = help: did you mean `transfer_syntax`?
    ");
}

#[test]
fn a_complaint_within_a_fragment_shows_who_used_it() {
    insta::assert_snapshot!(problems("- call: {actor: bob, method: Create, save: {o: ppRemoteObj}}\n- use: {fragment: open-channel, with: {actor: alice, object: \"${o}\", id: c, data: {hex: \"\"}}}"), @r#"
    error: `object` is a handle of bob, not of alice
      --> scenarios/fragments/open-channel.yaml:10:85
       |
    10 |   - start: {as: waiting, actor: "${actor}", method: GetNewChannel, in: {pRemoteObj: "${object}"}}
       |                                                                                     ^^^^^^^^^^^^^
       |
      ::: scenarios/subject/name.yaml:7:5
       |
     7 |   - use: {fragment: open-channel, with: {actor: alice, object: "${o}", id: c, data: {hex: ""}}}
       |     --- used here
       |
       = help: say `stale: true` when that is meant
    "#);
}

#[rstest]
#[case("ndr64")]
#[case("both")]
fn a_big_endian_actor_speaks_ndr(#[case] syntax: &str) {
    let text = format!(
        "title: x\nactors: {{alice: {{transfer_syntax: {syntax}, byte_order: big}}}}\nsteps: [{{drop: {{actor: alice}}}}]\n"
    );
    let found = problems_of(&text);
    assert!(found.contains("NDR64 is little-endian") && found.contains(":2:"), "{found}");
}

#[test]
fn an_instance_of_a_matrix_has_a_readable_id() {
    let text = "title: x\nmatrix: {syntax: [ndr, ndr64], order: [little]}\nactors: {alice: {transfer_syntax: \"${syntax}\", byte_order: \"${order}\"}}\nsteps: [{drop: {actor: alice}}]\n";
    let instances = Library::check_text(&Root::Embedded, "wire/x", text).unwrap();
    let ids: Vec<&str> = instances.iter().map(|instance| instance.id.as_str()).collect();
    assert_eq!(ids, ["wire/x/syntax:ndr/order:little", "wire/x/syntax:ndr64/order:little"]);
}

#[test]
fn what_cannot_be_judged_cannot_be_covered() {
    let found =
        problems_of("title: x\ncovers: [PAN-3.1.1.6.2-01]\nactors: {alice: {}}\nsteps: [{drop: {actor: alice}}]\n");
    assert!(found.contains("`PAN-3.1.1.6.2-01` is exempt: A source that wants responses"), "{found}");
}
