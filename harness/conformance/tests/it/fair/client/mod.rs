//! Clients that keep every rule, at a server that answers whatever it may: nobody may be accused, wherever the witness
//! stands. A reading of sections 3.2.1 to 3.2.3 of its own, apart from the model.

mod party;
mod server;
mod world;

use dcerpc::ContextHandle;
use mspan::{ConversationStyle, Hresult, NotificationType};
use proptest::prelude::*;
use trace::Vantage;

use self::world::World;
use super::stage::{one_in, vantage};

const NULL: ContextHandle = ContextHandle::NULL;
const ASYNC_UI: NotificationType = NotificationType::ASYNC_UI;
const BIDI: ConversationStyle = ConversationStyle::BIDIRECTIONAL;
const E_FAIL: Hresult = Hresult(0x8000_4005);
const CONTEXT_MISMATCH: u32 = 0x1C00_001A;

proptest! {
    #![proptest_config(one_in(5))]
    #[test]
    fn fair_clients_are_never_accused(
        seed: u64,
        clients in 1_u32..4,
        vantage in vantage(),
        cut in prop::option::of(20_usize..200),
    ) {
        let (findings, history, _) = World::new(seed, vantage).findings(clients, cut);
        prop_assert!(findings.is_empty(), "{findings:#?}\n{}", history.join("\n"));
    }
}

#[test]
fn fair_clients_do_a_lot() {
    let steps: usize = (1..12).map(|seed| World::new(seed * 0x9E37_79B9, Vantage::Server).findings(3, None).2).sum();
    assert!(steps > 1_000, "{steps}");
}
