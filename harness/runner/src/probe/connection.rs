//! What a server's connections are like, and how they come together.

use dcerpc::pdu::{BindAck, Features, Flags, ResultCode};
use dcerpc::{ByteOrder, TransferSyntax};
use mspan::Interface;

use super::line::{Came, Line, Port, Silence};
use super::offer::{Agreed, Connection, Fact, Fragments, Group, Reply};
use super::proposal::{Asked, Proposal, accepted, acknowledged};

/// The lengths of fragments that are proposed: the least that everybody receives, what is usual, and the most.
const LENGTHS: [u16; 3] = [dcerpc::connection::MUST_RECV_FRAG, dcerpc::connection::USUAL_FRAG, 65_528];

/// The bits by which a made-up assoc_group_id differs from one that was given out.
const OTHER_GROUP: u32 = 0x5A5A_0000;

/// A connection that was bound, or that a server refused.
pub(super) struct First {
    line: Line,
    came: Came,
}

/// Opens the first connection: whoever does not answer here has nothing to say.
pub(super) async fn first(asked: &mut Asked, port: &Port) -> Result<First, Silence> {
    let mut line = port.open().await?;
    let mut proposal = with_features();
    proposal.flags = Flags::CONC_MPX;
    let came = line.ask(&proposal.bind()).await;
    Ok(First { came: asked.note(came)?, line })
}

/// An interface in NDR, and the features, as Windows proposes them.
fn with_features() -> Proposal {
    let features = Features(Features::SECURITY_CONTEXT_MULTIPLEXING.0 | Features::KEEP_CONNECTION_ON_ORPHAN.0);
    Proposal::new(Interface::AsyncNotify.id(), &[TransferSyntax::Ndr.id(), features.to_syntax()])
}

/// What the first connection tells, and some more. Whether headers are signed only shows with a provider.
pub(super) async fn described(asked: &mut Asked, port: &Port, first: &mut First) -> (Connection, Group) {
    let header = first.came.pdu.header;
    let ack = acknowledged(&first.came).cloned().map_err(|refusal| refusal.words);
    let byte_order = match header.order() {
        ByteOrder::Little => "little",
        ByteOrder::Big => "big",
    };
    let group = group(asked, port, ack.as_ref().map_err(Clone::clone)).await;
    let told = ack.as_ref().map_err(|words| format!("the bind was refused with {words}"));
    let connection = Connection {
        byte_order: Fact::Known(byte_order.to_owned()),
        secondary_address: told.clone().map(secondary_address).into(),
        multiplexing: told.clone().map(|_| header.flags.has(Flags::CONC_MPX)).into(),
        features: told.and_then(features).into(),
        fragments: fragments(asked, port).await,
        alter_context: alter_context(asked, first).await,
        header_signing: Fact::Unknown("no security provider answered".to_owned()),
    };
    (connection, group)
}

fn secondary_address(ack: &BindAck) -> String {
    let text = String::from_utf8_lossy(&ack.secondary_address);
    text.trim_end_matches('\0').to_owned()
}

fn features(ack: &BindAck) -> Result<Vec<String>, String> {
    let Some(answer) = ack.results.get(1) else { return Err("the answer has no result for them".to_owned()) };
    if answer.result != ResultCode::NEGOTIATE_ACK {
        return Err(format!("bind time features are not negotiated: {}", answer.result));
    }
    let mask = u64::from(answer.reason);
    let known = [
        ("security context multiplexing", Features::SECURITY_CONTEXT_MULTIPLEXING.0),
        ("keep connection on orphan", Features::KEEP_CONNECTION_ON_ORPHAN.0),
    ];
    Ok(known.into_iter().filter(|(_, bit)| mask & bit != 0).map(|(name, _)| name.to_owned()).collect())
}

async fn fragments(asked: &mut Asked, port: &Port) -> Vec<Fragments> {
    let mut told = Vec::new();
    for proposed in LENGTHS {
        let proposal = Proposal { fragment: proposed, ..with_features() };
        let agreed = match asked.bind(port, &proposal).await {
            Err(silence) => Fact::Unknown(silence.to_string()),
            Ok(came) => match acknowledged(&came) {
                Err(refusal) => Fact::Unknown(refusal.words),
                Ok(BindAck { max_xmit_frag, max_recv_frag, .. }) => {
                    Fact::Known(Agreed { max_xmit_frag: *max_xmit_frag, max_recv_frag: *max_recv_frag })
                }
            },
        };
        told.push(Fragments { proposed, agreed });
    }
    told
}

/// Adds the other interface to the first connection.
async fn alter_context(asked: &mut Asked, first: &mut First) -> Fact<Reply> {
    let proposal = Proposal::new(Interface::RemoteObject.id(), &[TransferSyntax::Ndr.id()]);
    let came = first.line.ask(&proposal.clone().alter_context()).await;
    accepted(&asked.note(came), &proposal)
}

/// A second connection for the first one's association, and one for none.
async fn group(asked: &mut Asked, port: &Port, first: Result<&BindAck, String>) -> Group {
    let group = match first {
        Ok(ack) => ack.assoc_group_id,
        Err(words) => {
            let unknown = || Fact::Unknown(format!("the first bind was refused with {words}"));
            return Group { second_connection: unknown(), unknown_group: unknown() };
        }
    };
    Group {
        second_connection: joined(asked, port, group).await,
        unknown_group: joined(asked, port, (group ^ OTHER_GROUP).max(1)).await,
    }
}

async fn joined(asked: &mut Asked, port: &Port, group: u32) -> Fact<Reply> {
    let proposal = Proposal { association: group, ..with_features() };
    let came = match asked.bind(port, &proposal).await {
        Ok(came) => came,
        Err(silence) => return Fact::Unknown(silence.to_string()),
    };
    Fact::Known(match acknowledged(&came) {
        Err(refusal) => refusal,
        Ok(ack) if ack.assoc_group_id == group => Reply { accepted: true, words: "joined".to_owned() },
        Ok(_) => Reply { accepted: false, words: "another association was given".to_owned() },
    })
}
