//! How variants change answers.

use bytes::Bytes;
use dcerpc::ndr::Conformant;
use mspan::Hresult;
use mspan::method::Out;

use super::answer::{self, Occasion};
use super::call::{Asked, Outcome, fault};
use crate::variant::Variant::{self, *};

/// RPC_S_CALL_CANCELLED: 0x8007071A without the facility of an HRESULT.
const CALL_CANCELLED: u32 = 0x0000_071A;

/// nca_s_fault_unspec.
const FAULT_UNSPECIFIED: u32 = 0x1C00_0012;

/// Changes `outcome` as the variant has it.
pub(super) fn vary(variant: Variant, asked: &Asked, occasion: Occasion, outcome: &mut Outcome) {
    let varied = match (variant, occasion, &mut *outcome) {
        (CodesReturned, Occasion::Outstanding | Occasion::Terminated | Occasion::Shutdown, Outcome::Fault(status)) => {
            Some(Outcome::Return(answer::failure(asked, Hresult(*status))))
        }
        (TerminationThrownAsWin32, Occasion::Terminated | Occasion::Shutdown, Outcome::Fault(_)) => {
            Some(Outcome::Fault(CALL_CANCELLED))
        }
        (TerminationThrownAsCancel, Occasion::Terminated | Occasion::Shutdown, Outcome::Fault(_)) => {
            Some(Outcome::Fault(fault::CANCELLED))
        }
        (LimitReportedAsMeant, Occasion::Refused, Outcome::Return(Out::RegisterClient(out))) => {
            if out.status == Hresult::REGISTRATION_LIMIT {
                out.status = Hresult::REGISTRATION_LIMIT_MEANT;
            }
            None
        }
        (UnregisterReturnsSFalse, Occasion::Done, Outcome::Return(Out::UnregisterClient(out))) => {
            out.status = Hresult(1);
            None
        }
        (NotRegisteredFaults, Occasion::NotRegistered, _) => Some(Outcome::Fault(FAULT_UNSPECIFIED)),
        (ReleaseWithEmptyData, Occasion::ClosedBySource, Outcome::Return(Out::GetNotificationSendResponse(out))) => {
            out.notification_data = Some(Conformant::from(Bytes::new()));
            None
        }
        _ => None,
    };
    if let Some(varied) = varied {
        *outcome = varied;
    }
}
