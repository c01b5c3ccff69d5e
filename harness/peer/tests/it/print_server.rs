//! The server's reading of section 3.1, as scripts.

use peer::Misbehaviour;
use peer::server::ServerOptions;
use rstest::rstest;

use crate::script::check;

/// Sections 4.1 to 4.4 and figures 5 to 7.
#[rstest]
#[case::unidirectional(
    r"alice create => #1 0 o1
      alice register o1 uni => #2 0
      alice get o1 => #3 pending
      source notify one => done; #3 0 T one
      source notify two => done
      source notify three => done
      alice get o1 => #4 0 T two
      alice get o1 => #5 0 T three
      alice get o1 => #6 pending
      alice unregister o1 => #7 0; #6 fault 0x8007071a
      alice get o1 => #8 0x8004000e - -
      alice register o1 uni => #9 0
      alice get o1 => #10 pending
      source notify four => done; #10 0 T four
      alice unregister o1 => #11 0
      alice delete o1 => #12 NULL"
)]
#[case::bidirectional(
    r"alice create => #1 0 o1
      alice register o1 bidi => #2 0
      alice channels o1 => #3 pending
      source open s ask => done; #3 0 1 [c1]
      alice channels o1 => #4 pending
      alice next c1 => #5 0 c1 T ask
      alice next c1 T yes => #6 pending
      source log s => [yes] acquired open
      source send s more => done; #6 0 c1 T more
      alice close c1 T bye => #7 0 NULL
      source log s => [yes bye] acquired closed by Client
      alice unregister o1 => #8 0; #4 fault 0x8007071a
      alice delete o1 => #9 NULL"
)]
#[case::one_client_acquires(
    r"alice create => #1 0 o1
      alice register o1 bidi => #2 0
      bob create => #3 0 o2
      bob register o2 bidi => #4 0
      carol create => #5 0 o3
      carol register o3 bidi => #6 0
      source open s ask => done
      alice channels o1 => #7 0 1 [c1]
      bob channels o2 => #8 0 1 [c2]
      carol channels o3 => #9 0 1 [c3]
      alice next c1 T junk => #10 0 c1 T ask
      bob next c2 => #11 0 c2 T ask
      carol next c3 => #12 0 c3 T ask
      source log s => [] free open
      bob next c2 T mine => #13 pending
      alice next c1 T late => #14 0 NULL RELEASE -
      carol close c3 T late => #15 0x00040010 NULL
      source send s more => done; #13 0 c2 T more
      bob close c2 RELEASE junk => #16 0 NULL
      source log s => [mine] acquired closed by Client"
)]
#[case::blocked_losers_are_told(
    r"alice create => #1 0 o1
      alice register o1 bidi => #2 0
      bob create => #3 0 o2
      bob register o2 bidi => #4 0
      source open s - => done
      alice channels o1 => #5 0 1 [c1]
      bob channels o2 => #6 0 1 [c2]
      alice next c1 => #7 pending
      bob close c2 T mine => #8 0 NULL; #7 0 NULL RELEASE -
      alice next c1 => #9 fault 0x1c00001a
      source log s => [mine] acquired closed by Client"
)]
#[case::late_registrants_are_offered_what_is_free(
    r"source open s ask => done
      source open t other => done
      alice create => #1 0 o1
      alice register o1 bidi => #2 0
      alice channels o1 => #3 0 2 [c1 c2]
      alice channels o1 => #4 pending
      alice next c1 => #5 0 c1 T ask
      bob create => #6 0 o2
      bob register o2 bidi => #7 0
      alice next c1 T yes => #8 pending
      bob channels o2 => #9 0 1 [c3]
      bob next c3 => #10 0 c3 T other
      source close t => done
      carol create => #11 0 o3
      carol register o3 bidi => #12 0
      carol channels o3 => #13 pending"
)]
#[case::channels_outlive_registrations(
    r"alice create => #1 0 o1
      alice register o1 bidi => #2 0
      source open s ask => done
      alice channels o1 => #3 0 1 [c1]
      alice unregister o1 => #4 0
      alice delete o1 => #5 NULL
      alice next c1 => #6 0 c1 T ask
      alice close c1 T bye => #7 0 NULL
      source log s => [bye] acquired closed by Client"
)]
#[case::release_acquires_nothing(
    r"alice create => #1 0 o1
      alice register o1 bidi => #2 0
      bob create => #3 0 o2
      bob register o2 bidi => #4 0
      source open s ask => done
      alice channels o1 => #5 0 1 [c1]
      bob channels o2 => #6 0 1 [c2]
      alice close c1 RELEASE junk => #7 0 NULL
      alice close c1 RELEASE => #8 fault 0x1c00001a
      bob next c2 => #9 0 c2 T ask
      bob next c2 T => #10 pending
      source log s => [] acquired open"
)]
#[case::closed_by_its_source(
    r"alice create => #1 0 o1
      alice register o1 bidi => #2 0
      source open s ask => done
      source open t - => done
      source open u ask => done
      alice channels o1 => #3 0 3 [c1 c2 c3]
      alice next c1 => #4 0 c1 T ask
      alice next c1 T yes => #5 pending
      alice next c2 => #6 pending
      source close s => done; #5 0 NULL RELEASE -
      source close t => done; #6 0 NULL RELEASE -
      source close u => done
      alice next c3 => #7 0 NULL RELEASE -
      source close u => refused: the channel is closed
      source log s => [yes] acquired closed by Source"
)]
#[case::close_after_the_source(
    r"alice create => #1 0 o1
      alice register o1 bidi => #2 0
      source open s ask => done
      source open t ask => done
      alice channels o1 => #3 0 2 [c1 c2]
      source close s => done
      source close t => done
      alice close c1 RELEASE => #4 0 NULL
      alice close c2 T late => #5 0x80040008 NULL
      source log t => [] free closed by Source"
)]
#[case::closing_ends_the_own_blocked_call(
    r"alice create => #1 0 o1
      alice register o1 bidi => #2 0
      source open s ask => done
      source open t - => done
      alice channels o1 => #3 0 2 [c1 c2]
      alice next c1 => #4 0 c1 T ask
      alice next c1 T yes => #5 pending
      alice close c1 RELEASE => #6 0 NULL; #5 0 NULL RELEASE -
      source log s => [yes] acquired closed by Client
      alice next c2 => #7 pending
      alice close c2 RELEASE => #8 0 NULL; #7 0 NULL RELEASE -
      source log t => [] free open"
)]
#[case::source_takes_turns(
    r"alice create => #1 0 o1
      alice register o1 bidi => #2 0
      source open s one => done
      source send s two => refused: the previous notification has not been answered
      alice channels o1 => #3 0 1 [c1]
      alice next c1 => #4 0 c1 T one
      alice next c1 T yes => #5 pending
      source send s two => done; #5 0 c1 T two
      source send s three => refused: the previous notification has not been answered
      source open s again => refused: a channel of that name is open
      source send x one => refused: no channel of that name was opened
      source fly => unsupported"
)]
#[case::printer_deleted(
    r"alice create => #1 0 o1
      alice register o1 uni name=\\srv\q => #2 0
      alice create => #3 0 o2
      alice register o2 uni => #4 0
      alice get o1 => #5 pending
      alice get o2 => #6 pending
      source delete \\SRV\Q => done; #5 0 RELEASE -
      alice get o1 => #7 pending
      source notify back name=\\srv\q => done; #7 0 T back
      source delete \\srv\q => done
      alice get o1 => #8 0 RELEASE -
      alice unregister o1 => #9 0"
)]
#[case::shutdown(
    r"alice create => #1 0 o1
      alice register o1 uni => #2 0
      alice get o1 => #3 pending
      alice create => #4 0 o2
      alice register o2 bidi => #5 0
      source open s ask => done
      alice channels o2 => #6 0 1 [c1]
      alice next c1 => #7 0 c1 T ask
      alice next c1 T yes => #8 pending
      alice channels o2 => #9 pending
      source shutdown => done; #3 fault 0x8007071a; #9 fault 0x8007071a; #8 0 NULL RELEASE -
      alice get o1 => #10 fault 0x8007071a
      source notify late => refused: the server is shutting down"
)]
#[case::rundown(
    r"alice create => #1 0 o1
      alice register o1 bidi => #2 0
      source open s ask => done
      alice channels o1 => #3 0 1 [c1]
      alice next c1 => #4 0 c1 T ask
      alice next c1 T yes => #5 pending
      alice gone => done
      source log s => [yes] acquired closed by Client
      alice next c1 => #6 fault 0x1c00001a
      alice unregister o1 => #7 fault 0x1c00001a"
)]
#[case::cancel(
    r"alice create => #1 0 o1
      alice register o1 uni => #2 0
      alice get o1 => #3 pending
      alice cancel #3 => done; #3 fault 0x1c00000d
      alice cancel #3 => done
      alice get o1 => #4 pending
      source notify one => done; #4 0 T one"
)]
fn flows(#[case] script: &str) {
    check(ServerOptions::default(), script);
}

/// The truth table of 2.2.2, and the other properties that are compared.
#[rstest]
#[case::filter(
    r"alice create => #1 0 o1
      alice register o1 uni => #2 0
      bob create => #3 0 o2
      bob register o2 uni => #4 0
      carol create => #5 0 o3
      carol register o3 uni all => #6 0
      alice get o1 => #7 pending
      bob get o2 => #8 pending
      carol get o3 => #9 pending
      source notify everyone => done; #7 0 T everyone; #8 0 T everyone; #9 0 T everyone
      alice get o1 => #10 pending
      bob get o2 => #11 pending
      carol get o3 => #12 pending
      source notify own for=Bob => done; #11 0 T own; #12 0 T own
      source notify nobody filter=0 => refused: kPerUser needs a user
      source notify nobody filter=2 => refused: no user filter has the number 2"
)]
#[case::type_and_printer(
    r"alice create => #1 0 o1
      alice register o1 uni name=\\srv\q => #2 0
      alice create => #3 0 o2
      alice register o2 uni type=U => #4 0
      alice get o1 => #5 pending
      alice get o2 => #6 pending
      source notify a => done
      source notify b name=\\srv\p => done
      source notify c name=\\srv\q type=U => done
      source open s d name=\\srv\q => done
      source notify e name=\\SRV\Q => done; #5 0 T e
      source notify f type=U => done; #6 0 U f
      source notify g name=q => refused: a UNC name begins with \\"
)]
#[case::nothing_from_before(
    r"alice create => #1 0 o1
      source notify early => done
      alice register o1 uni => #2 0
      alice get o1 => #3 pending"
)]
fn audiences(#[case] script: &str) {
    check(ServerOptions::default(), script);
}

/// Every status of the method tables, and the faults.
#[rstest]
#[case::never_registered(
    r"alice create => #1 0 o1
      alice unregister o1 => #2 0x8004000d
      alice get o1 => #3 0x8004000d - -
      alice channels o1 => #4 0x8004000d 0 []"
)]
#[case::unregistered_before(
    r"alice create => #1 0 o1
      alice register o1 uni => #2 0
      source notify queued => done
      alice unregister o1 => #3 0
      alice unregister o1 => #4 0x8004000e
      alice get o1 => #5 0x8004000e - -
      alice register o1 bidi => #6 0
      alice unregister o1 => #7 0
      alice channels o1 => #8 0x8004000e 0 []"
)]
#[case::wrong_mode(
    r"alice create => #1 0 o1
      alice register o1 uni => #2 0
      alice channels o1 => #3 0x80070057 0 []
      alice create => #4 0 o2
      alice register o2 bidi => #5 0
      alice get o2 => #6 0x80070057 - -"
)]
#[case::parameters(
    r"alice create => #1 0 o1
      alice register o1 uni filter=2 => #2 0x80070057
      alice register o1 style=2 => #3 0x80070057
      alice register o1 uni type=RELEASE => #4 0x80070057
      alice register o1 bidi type=CONFIG => #5 0x80070057
      alice register o1 uni name=\\srv => #6 0x8007007b
      alice unregister o1 => #7 0x8004000d
      alice register o1 uni type=CONFIG name=\\srv\q => #8 0
      alice register o1 uni => #9 0x80070057"
)]
#[case::access(
    r"guest create => #1 0 o1
      guest register o1 uni all => #2 0x80070005
      guest register o1 uni all name=\\srv\q => #3 0x80070005
      guest register o1 uni => #4 0"
)]
#[case::outstanding(
    r"alice create => #1 0 o1
      alice register o1 uni => #2 0
      alice get o1 => #3 pending
      alice get o1 => #4 fault 0x8004000c
      alice create => #5 0 o2
      alice register o2 bidi => #6 0
      alice channels o2 => #7 pending
      alice channels o2 => #8 fault 0x8004000c
      source open s - => done; #7 0 1 [c1]
      alice next c1 => #9 pending
      alice next c1 => #10 0x8004000c c1 - -
      source send s ask => done; #9 0 c1 T ask
      source notify one => done; #3 0 T one"
)]
#[case::responses(
    r"alice create => #1 0 o1
      alice register o1 bidi => #2 0
      source open s ask => done
      source open t ask => done
      alice channels o1 => #3 0 2 [c1 c2]
      alice next c1 => #4 0 c1 T ask
      alice next c1 U yes => #5 0x80040014 c1 - -
      alice next c1 RELEASE yes => #6 0x80040014 c1 - -
      alice next c1 => #7 0x80040014 c1 - -
      alice next c1 T *1025 => #8 0x80040012 c1 - -
      source log s => [] free open
      alice close c1 U yes => #9 0x80040014 NULL
      source log s => [] free open
      alice next c2 => #10 0 c2 T ask
      alice close c2 T *1025 => #11 0x80040012 NULL
      source log t => [] free open"
)]
#[case::registration_limit(
    r"alice create => #1 0 o1
      alice register o1 uni => #2 0
      alice create => #3 0 o2
      alice register o2 uni => #4 0
      alice create => #5 0 o3
      alice register o3 uni => #6 0x80070015
      alice create => #7 0 o4
      alice create => #8 0x8007000e NULL
      alice unregister o1 => #9 0
      alice register o3 uni => #10 0
      alice delete o2 => #11 NULL
      alice register o1 uni => #12 0
      alice gone => done
      bob create => #13 0 o5
      bob register o5 uni => #14 0"
)]
#[case::queue_limit(
    r"alice create => #1 0 o1
      alice register o1 uni => #2 0
      source notify a => done
      source notify b => done
      source notify c => done
      source notify d => done
      alice get o1 => #3 0 T a
      alice get o1 => #4 0 T b
      alice get o1 => #5 0 T c
      alice get o1 => #6 pending"
)]
#[case::foreign_and_stale_handles(
    r"alice create => #1 0 o1
      alice get o9 => #2 fault 0x1c00001a
      bob register o1 uni => #3 fault 0x1c00001a
      bob delete o1 => #4 fault 0x1c00001a
      alice next o1 => #5 fault 0x1c00001a
      alice close o1 RELEASE => #6 fault 0x1c00001a
      alice delete o1 => #7 NULL
      alice delete o1 => #8 fault 0x1c00001a
      alice register o1 uni => #9 fault 0x1c00001a"
)]
#[case::delete_of_a_registered_object(
    r"alice create => #1 0 o1
      alice register o1 uni => #2 0
      alice get o1 => #3 pending
      alice delete o1 => #4 NULL; #3 fault 0x8007071a"
)]
fn statuses(#[case] script: &str) {
    let options = ServerOptions {
        registration_limit: 2,
        object_limit: 4,
        queue_limit: 3,
        response_limit: 1024,
        ..ServerOptions::default()
    };
    check(options, script);
}

#[test]
fn codes_can_be_returned_rather_than_thrown() {
    check(
        ServerOptions { throws: false, ..ServerOptions::default() },
        r"alice create => #1 0 o1
          alice register o1 uni => #2 0
          alice get o1 => #3 pending
          alice get o1 => #4 0x8004000c - -
          alice unregister o1 => #5 0; #3 0x8007071a - -",
    );
}

#[test]
fn channels_make_room_only_when_closed() {
    check(
        ServerOptions { channel_limit: 2, ..ServerOptions::default() },
        r"source open a x => done
          source open b x => done
          source open c x => refused: as many channels are open as the server takes
          source close a => done
          source open c x => done
          source log a => refused: no channel of that name was opened
          source log c => [] free open",
    );
}

#[test]
fn misbehaviours_have_unique_names() {
    let names: std::collections::BTreeSet<_> =
        Misbehaviour::ALL.iter().map(|misbehaviour| misbehaviour.name()).collect();
    assert_eq!(names.len(), Misbehaviour::ALL.len());
    for misbehaviour in Misbehaviour::ALL {
        assert_eq!(Misbehaviour::from_name(misbehaviour.name()), Some(*misbehaviour));
    }
}
