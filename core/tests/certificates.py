"""A certificate authority that lasts as long as a test, and servers' contexts with its certificates."""

import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

DAY = datetime.timedelta(days=1)


class Authority:
    def __init__(self, folder: Path, name: str = "Throw-away CA") -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(pem(self.signed(self.name, self.key, x509.BasicConstraints(ca=True, path_length=None))))

    def signed(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, *extensions: x509.ExtensionType, age: int = 0
    ) -> x509.Certificate:
        """Valid for a day around now, or that many days ago."""
        now = datetime.datetime.now(datetime.UTC) - age * DAY
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        subject = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        builder = x509.CertificateBuilder(self.name, name, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - DAY).not_valid_after(now + DAY)
        for extension in (authority, subject, *extensions):
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(self.key, hashes.SHA256())

    def context(self, host: str, age: int = 0) -> ssl.SSLContext:
        """What a server of that name, or of that address, answers with."""
        key = ec.generate_private_key(ec.SECP256R1())
        is_address = host.replace(".", "").isdigit()
        subject = x509.IPAddress(ipaddress.ip_address(host)) if is_address else x509.DNSName(host)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file = self.folder / f"{host}.{age}.pem"
        file.write_bytes(private + pem(self.signed(name, key, x509.SubjectAlternativeName([subject]), age=age)))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
