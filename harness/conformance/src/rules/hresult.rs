//! Vendor-extensible fields ([MS-PAN] 1.8).

use alloc::format;

use mspan::{Hresult, Method};

use super::finish::Finish;
use crate::catalogue::Level;
use crate::event::Event;
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "MS-PAN/1.8/vendor-codes-have-the-customer-bit",
        section: "1.8",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-1.8-02"],
        occasions: Occasions::FINISHED,
        judge: vendor_codes_have_the_customer_bit,
    },
    Rule {
        id: "MS-PAN/1.8/results-are-hresults",
        section: "1.8",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-1.8-01"],
        occasions: Occasions::FINISHED.of(&[
            Method::Delete,
            Method::UnregisterClient,
            Method::GetNewChannel,
            Method::GetNotificationSendResponse,
            Method::CloseChannel,
        ]),
        judge: results_are_hresults,
    },
];

/// The customer bit.
const CUSTOMER: u32 = 0x2000_0000;

/// A breach warns: not every value that [MS-ERREF] defines is known here. A bare Win32 code is another rule's.
fn vendor_codes_have_the_customer_bit(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(status) = Finish::any(model, event).and_then(|finish| finish.outcome.hresult()) else { return };
    if status.0 & CUSTOMER != 0 || is_defined(status) {
        verdicts.pass();
    } else {
        verdicts.warn("a defined HRESULT, or the customer bit", format!("{status}"));
    }
}

/// Of the methods whose rules on zero do not say it already.
fn results_are_hresults(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(finish) = Finish::any(model, event) else { return };
    let told = [Method::Create, Method::RegisterClient, Method::GetNotification];
    let Some(status) = finish.outcome.hresult().filter(|_| !told.iter().any(|method| finish.call.is(*method))) else {
        return;
    };
    match status {
        Hresult(2..=0xFFFF) => verdicts.fail("an HRESULT", format!("{status}, a bare Win32 code")),
        _ => verdicts.pass(),
    };
}

fn is_defined(status: Hresult) -> bool {
    // Those of PrintAsyncNotifyError, of Win32, COM and RPC.
    let families = matches!(status.0, 0..=0xFFFF | 0x8004_0001..=0x8004_0018)
        || matches!(status.0 >> 16, 0x8007 | 0x8000 | 0x8001);
    families || status.name().is_some()
}
