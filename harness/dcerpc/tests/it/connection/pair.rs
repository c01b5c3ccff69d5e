//! A client and a server that hand each other octets.

use bytes::Bytes;
use dcerpc::connection::{client, server};
use dcerpc::pdu::{ContextElement, Features};
use dcerpc::{ByteOrder, TransferSyntax};
use proptest::prelude::*;
use uuid::Uuid;

use super::{ASYNC_NOTIFY, NDR, NDR64, REMOTE_OBJECT};

pub(super) struct Pair {
    pub(super) client: client::Client,
    pub(super) server: server::Server,
    /// How many octets cross at a time.
    cut: usize,
    /// Who has authenticated to the server.
    pub(super) accounts: Vec<String>,
}

impl Pair {
    pub(super) fn new(client: client::Options, server: server::Options, cut: usize) -> Self {
        let (client, server) = (client::Client::new(client), super::server(server));
        Self { client, server, cut, accounts: Vec::new() }
    }

    /// Lets octets cross until nothing moves; a call is answered with its own stub.
    pub(super) fn run(&mut self) -> (Vec<client::Event>, Vec<server::Request>) {
        let (mut events, mut requests) = (Vec::new(), Vec::new());
        loop {
            let mut moved = false;
            while let Some(pdu) = self.client.take_output() {
                moved = true;
                pdu.chunks(self.cut).for_each(|chunk| self.server.receive(Bytes::copy_from_slice(chunk)));
            }
            while let Some(event) = self.server.next_event() {
                match event {
                    server::Event::AssociationRequested { requested } => self.server.associate(Ok(requested.max(1))),
                    server::Event::Request(request) => {
                        assert!(self.server.respond(request.call_id, Ok(request.stub.clone())));
                        requests.push(request);
                    }
                    server::Event::Established(established) => {
                        self.accounts.extend(established.account.clone().map(|account| account.user));
                    }
                    other => panic!("{other:?}"),
                }
            }
            while let Some(pdu) = self.server.take_output() {
                moved = true;
                pdu.chunks(self.cut).for_each(|chunk| self.client.receive(Bytes::copy_from_slice(chunk)));
                events.extend(std::iter::from_fn(|| self.client.next_event()));
            }
            if !moved {
                return (events, requests);
            }
        }
    }
}

fn order() -> impl Strategy<Value = ByteOrder> {
    prop_oneof![Just(ByteOrder::Little), Just(ByteOrder::Big)]
}

proptest! {
    #[test]
    fn stubs_come_back_whatever_the_ends_prefer(
        client_order in order(),
        server_order in order(),
        client_piece in prop::option::of(1..50_usize),
        server_piece in prop::option::of(1..50_usize),
        client_frag in 0..6000_u16,
        server_frag in 0..6000_u16,
        object in prop::option::of(any::<u128>().prop_map(Uuid::from_u128)),
        stub in prop::collection::vec(any::<u8>(), 0..8000),
        cut in 1..3000_usize,
        multiplexing: bool,
    ) {
        let client = client::Options {
            order: client_order,
            stub_octets_per_fragment: client_piece,
            max_xmit_frag: client_frag.max(1432),
            max_recv_frag: client_frag.max(1432),
            multiplexing,
            ..client::Options::default()
        };
        let server = server::Options {
            order: server_order,
            stub_octets_per_fragment: server_piece,
            max_xmit_frag: server_frag.max(1432),
            max_recv_frag: server_frag.max(1432),
            transfer_syntaxes: vec![TransferSyntax::Ndr64, TransferSyntax::Ndr],
            ..super::options()
        };
        let mut pair = Pair::new(client, server, cut);
        let contexts = [NDR, NDR64, Features(3).to_syntax()].into_iter().zip(0..);
        let contexts = contexts.map(|(syntax, id)| ContextElement::new(id, REMOTE_OBJECT, syntax)).collect();
        pair.client.bind(contexts, 0x1234).unwrap();
        let (events, _) = pair.run();
        prop_assert!(matches!(events.as_slice(), [client::Event::Bound(bound)] if bound.association == 0x1234));
        prop_assert_eq!(pair.client.context_for(REMOTE_OBJECT), Some((1, TransferSyntax::Ndr64)));
        prop_assert_eq!(pair.server.features(), Features(3));
        prop_assert_eq!(pair.client.is_multiplexed(), multiplexing);

        pair.client.alter_context(vec![ContextElement::new(7, ASYNC_NOTIFY, NDR)]).unwrap();
        pair.run();
        let stub = Bytes::from(stub);
        let call = client::Call { context_id: 7, opnum: 5, object, stub: stub.clone(), ..client::Call::default() };
        let calls = if multiplexing { 3 } else { 1 };
        for _ in 0..calls {
            pair.client.call(call.clone()).unwrap();
        }
        let (events, requests) = pair.run();
        prop_assert_eq!((events.len(), requests.len()), (calls, calls));
        for (event, request) in events.into_iter().zip(requests) {
            let client::Event::Returned(returned) = event else { panic!("{event:?}") };
            prop_assert_eq!(returned.call_id, request.call_id);
            prop_assert_eq!((request.interface, request.opnum, request.object), (ASYNC_NOTIFY, 5, object));
            prop_assert_eq!((request.syntax, request.order), (TransferSyntax::Ndr, client_order));
            prop_assert_eq!((returned.syntax, returned.order), (Some(TransferSyntax::Ndr), server_order));
            prop_assert_eq!(&returned.stub, &stub);
            prop_assert_eq!(&request.stub, &stub);
        }
        prop_assert_eq!((pair.client.pending(), pair.server.pending()), (0, 0));
    }
}

/// 10 MiB and one octet: the least that exceeds what a document may have.
#[test]
fn a_stub_beyond_ten_mebibytes_crosses() {
    let mut pair = Pair::new(client::Options::default(), super::options(), 1 << 20);
    pair.client.bind(vec![ContextElement::new(0, ASYNC_NOTIFY, NDR)], 0).unwrap();
    pair.run();
    let stub = Bytes::from(vec![7; 0x00A0_0001]);
    pair.client.call(client::Call { stub: stub.clone(), ..client::Call::default() }).unwrap();
    let (events, _) = pair.run();
    assert!(matches!(events.as_slice(), [client::Event::Returned(returned)] if returned.stub == stub));
}
