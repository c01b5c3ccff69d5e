//! What goes wrong with operations, stubs and PDUs ([C706], [MS-RPCE]).

macro_rules! of_octets {
    ($next:ident $($others:ident)*; $($before:tt)*) => {
        $next! {
            $($others)*;
            $($before)*

            /// GetNewChannel stands on opnum 2 and the others follow it.
            ReservedOpnumSkipped = "reserved-opnum-skipped" breaks [
                "PAN-3.1.1.4-03", "PAN-3.1.1.4.3-17", "PAN-3.1.1.4.5-19", "PAN-3.1.1-02", "PAN-3.1.1.4.3-24",
                "PAN-3.1.1.4.5-26"
            ];
            /// Operations beyond the last one are answered like the first.
            OperationRangeNotChecked = "operation-range-not-checked" breaks ["PAN-3.1.1.4-03", "PAN-3.1.2.4-03"];
            /// A stub that breaks the rules of NDR is accepted.
            StubNotChecked = "stub-not-checked" breaks ["PAN-3.1.1.4-01", "PAN-3.1.1.4.4-37", "PAN-3.1.2.4-01", "PAN-3.1.1.4-02"];
            /// A NULL pointer with a size is taken for no data.
            NullPointerWithSizeAccepted = "null-pointer-with-size-accepted" breaks ["PAN-3.1.1.4-02", "PAN-3.1.1.4-01"];

            /// Requests are read as if their numbers were little-endian, whatever their label says.
            ByteOrderIgnored = "byte-order-ignored" breaks [];
            /// Verification trailers are not looked at.
            TrailerNotChecked = "trailer-not-checked" breaks [];
            /// Context handles are valid in every association.
            HandlesOfEverybody = "handles-of-everybody" breaks [];
            /// Context handles are valid only on the connection on which they were given out.
            HandlesOfOneConnection = "handles-of-one-connection" breaks [];
            /// Context handles outlive their association: they are valid in later ones.
            HandlesNotRunDown = "handles-not-run-down" breaks [];
            /// Responses carry another call_id.
            ForeignCallId = "foreign-call-id" breaks [];
            /// frag_length of responses is too small.
            WrongFragLength = "wrong-frag-length" breaks [];
            /// Responses break off in the middle, and the connection ends.
            HalfResponse = "half-response" breaks [];
            /// Requests are answered with rubbish.
            Rubbish = "rubbish" breaks [];
            /// The connection ends in place of every answer but Create's.
            ClosesInMidCall = "closes-in-mid-call" breaks [];
            /// No request is ever answered.
            NeverAnswers = "never-answers" breaks [];
        }
    };
}
pub(super) use of_octets;
