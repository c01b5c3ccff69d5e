"""A connection whose security is Samba's gensec: NTLM or Kerberos in SPNEGO, NTLM alone ([MS-RPCE] 3.3.1.5.2, 3.3.2.4.1).

Between impacket, which speaks without authentication here, and the wire: what is sent gets its verifier, and what is received loses
it once it was checked. It needs Debian's python3-samba, whose Python has to be the one that runs.
"""

import os

import samba.param
from samba import gensec
from samba.credentials import DONT_USE_KERBEROS, MUST_USE_KERBEROS, Credentials

import byte_order
from connection import PTYPE_BIND, Failure, Transport

PTYPE_REQUEST = 0x00
PTYPE_ALTER_CONTEXT = 0x0E
PTYPE_AUTH3 = 0x10
PFC_SUPPORT_HEADER_SIGN = 0x04
# auth_type and whether Kerberos is used of each mechanism.
MECHANISMS = {
    "ntlm": (10, DONT_USE_KERBEROS),
    "spnego-ntlm": (9, DONT_USE_KERBEROS),
    "spnego-kerberos": (9, MUST_USE_KERBEROS),
    "kerberos": (16, MUST_USE_KERBEROS),
}
LEVELS = {"connect": 2, "pkt": 4, "integrity": 5}
CONTEXT_ID = 7
TRAILER = 8
# Where the stub of a request and of a response begins.
STUB = 24
# [MS-RPCE] 2.2.2.11: the stub data are padded to 16 octets in requests.
UNIT = 16


def start(mechanism, level, account, host):
    """A client's end of a context: `account` is (domain, user, password), `host` names the service host/HOST."""
    auth_type, kerberos = MECHANISMS[mechanism]
    parameters = samba.param.LoadParm()
    if os.environ.get("SMB_CONF_PATH"):
        parameters.load(os.environ["SMB_CONF_PATH"])
    credentials = Credentials()
    credentials.guess(parameters)
    domain, user, password = account
    credentials.set_domain(domain)
    if os.environ.get("REALM"):
        credentials.set_realm(os.environ["REALM"])
    credentials.set_username(user)
    credentials.set_password(password)
    credentials.set_kerberos_state(kerberos)
    context = gensec.Security.start_client({"lp_ctx": parameters, "target_hostname": host})
    context.set_credentials(credentials)
    context.set_target_hostname(host)
    context.set_target_service("host")
    context.want_feature(gensec.FEATURE_DCE_STYLE)
    context.start_mech_by_authtype(auth_type, LEVELS[level])
    return context, auth_type


class Secured(Transport):
    """TCP with a security context that begins with the bind. An alter_context of a further interface joins it."""

    def __init__(self, host, port, timeout, group, security):
        super().__init__(host, port, timeout, group)
        mechanism, self.level_name = security["security"].rsplit(":", 1)
        self.level = LEVELS[self.level_name]
        account = (security["domain"], security["user"], security["password"])
        self.context, self.auth_type = start(mechanism, self.level_name, account, security["server_name"])
        self.established = False
        self.header_signing = security["header_signing"]
        self.bind = None

    def send(self, data, forceWriteAndx=0, forceRecv=0):
        if data[2] == PTYPE_BIND:
            flags = data[3] | (PFC_SUPPORT_HEADER_SIGN if self.header_signing else 0)
            self.bind = data[:3] + bytes([flags]) + data[4:]
            _, token = self.step(b"")
            data = self.with_token(self.bind, token)
        elif data[2] == PTYPE_REQUEST and self.level > LEVELS["connect"]:
            data = self.signed(data)
        super().send(data)

    def step(self, token):
        try:
            return self.context.update(token)
        except Exception as error:  # gensec's are of several kinds
            raise Failure(f"gensec: {error}", lost=True) from error

    def trailer(self, padding):
        return bytes([self.auth_type, self.level, padding, 0]) + CONTEXT_ID.to_bytes(4, "little")

    def with_token(self, pdu, token):
        """A PDU that sets up the context, with its token; the sec_trailer is aligned to 4."""
        padding = -len(pdu) % 4
        length = len(pdu) + padding + TRAILER + len(token)
        head = pdu[:8] + length.to_bytes(2, "little") + len(token).to_bytes(2, "little") + pdu[12:16]
        return head + pdu[16:] + bytes(padding) + self.trailer(padding) + token

    def signed(self, pdu):
        stub = pdu[STUB:]
        padding = -len(stub) % UNIT
        size = self.context.sig_size(len(stub) + padding)
        length = len(pdu) + padding + TRAILER + size
        head = pdu[:8] + length.to_bytes(2, "little") + size.to_bytes(2, "little") + pdu[12:STUB]
        covered = head + stub + bytes(padding) + self.trailer(padding)
        return covered + self.context.sign_packet(stub + bytes(padding), covered)

    def pdu(self):
        """The next PDU without its verifier. What answers the bind is kept back until the context stands."""
        pdu, verifier, token = self.split(super().pdu())
        if pdu[2] == byte_order.PTYPE_BIND_ACK and not self.established:
            self.header_signing = self.header_signing and bool(pdu[3] & PFC_SUPPORT_HEADER_SIGN)
            self.establish(token)
            if self.header_signing:
                # Only now SPNEGO hands it on to the mechanism that it chose.
                self.context.want_feature(gensec.FEATURE_SIGN_PKT_HEADER)
        elif pdu[2] == byte_order.PTYPE_RESPONSE and self.level > LEVELS["connect"]:
            if not token:
                raise Failure("a response without a signature", lost=True)
            try:
                self.context.check_packet(pdu[STUB:], pdu + verifier, token)
            except Exception as error:
                raise Failure(f"the signature of a response does not hold: {error}", lost=True) from error
            padding = verifier[2]
            pdu = pdu[: len(pdu) - padding] if padding else pdu
        return self.plain(pdu)

    def establish(self, token):
        """The rest of the exchange: legs by alter_context, the last one of NTLM alone by rpc_auth_3."""
        while True:
            finished, token = self.step(token)
            if token and self.auth_type != MECHANISMS["spnego-ntlm"][0] and finished:
                auth3 = self.bind[:2] + bytes([PTYPE_AUTH3]) + self.bind[3:16] + bytes(4)
                super().send(self.with_token(auth3, token))
            elif token:
                alter = self.bind[:2] + bytes([PTYPE_ALTER_CONTEXT]) + self.bind[3:]
                super().send(self.with_token(alter, token))
                pdu, _, token = self.split(super().pdu())
                if pdu[2] != byte_order.PTYPE_ALTER_CONTEXT_RESP:
                    raise Failure(f"alter_context of a token was answered with PTYPE {pdu[2]}", lost=True)
                if not finished or token:
                    continue
            if not finished:
                raise Failure("the server gave no further token", lost=True)
            self.established = True
            return

    def split(self, pdu):
        """The PDU up to its verifier, the sec_trailer, and the token."""
        size = int.from_bytes(pdu[10:12], "little")
        if size == 0:
            return pdu, b"", b""
        place = len(pdu) - size - TRAILER
        verifier, token = pdu[place : place + TRAILER], pdu[place + TRAILER :]
        if place < STUB or verifier[0] != self.auth_type or verifier[1] != self.level:
            raise Failure(f"a foreign verifier: {verifier.hex()}", lost=True)
        return pdu[:place], verifier, token

    @staticmethod
    def plain(pdu):
        """The PDU with the lengths that it has without a verifier."""
        return pdu[:8] + len(pdu).to_bytes(2, "little") + bytes(2) + pdu[12:]
