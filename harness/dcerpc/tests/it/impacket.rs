//! PDUs that impacket made, fragments and faults among them: they decode without defects and encode back exactly.

use bytes::Bytes;
use dcerpc::pdu::Pdu;

#[test]
fn pdus_of_impacket_encode_back() {
    let text = include_str!("../golden/impacket.txt");
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (title, hex) = line.split_once(": ").unwrap();
        let octets = Bytes::from(hex::decode(hex).unwrap());
        let decoded = Pdu::decode(&octets).unwrap();
        assert_eq!(decoded.defects, [], "{title}");
        assert_eq!(decoded.value.header.ptype.name(), title.split(' ').next(), "{title}");
        assert_eq!(decoded.value.clone().measured(), decoded.value, "{title}");
        assert_eq!(decoded.value.encode(), octets, "{title}");
    }
}
