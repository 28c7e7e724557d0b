"""TLS and SASL for the Kafka broker under test: certificates made at its start, a user, and what tests are told of both."""
import pathlib
import subprocess

import servers

USER, PASSWORD = "weir", "canary-of-the-broker"
SCRAM = ["SCRAM-SHA-256", "SCRAM-SHA-512"]
# Without the usual sections, which would make every certificate an authority.
OPENSSL_CONFIG = "[req]\ndistinguished_name = nobody\n[nobody]\n"


class Certificates:
    """In PEM: an authority (ca), what it signed for the broker and for a client, and a stranger with an authority of its own."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        directory.mkdir()
        self.config = directory / "openssl.cnf"
        self.config.write_text(OPENSSL_CONFIG)
        for authority, subject, name in (("ca", "broker", "IP:127.0.0.1"), ("ca", "client", "DNS:client"),
                                         ("stranger-ca", "stranger", "DNS:client")):
            if not self.path(f"{authority}.pem").exists():
                self.make(authority, "-addext", "basicConstraints=critical,CA:TRUE")
            self.make(subject, "-addext", f"subjectAltName={name}", "-CA", self.path(f"{authority}.pem"), "-CAkey",
                      self.path(f"{authority}.key"))
        store = self.path("broker.key").read_text() + self.path("broker.pem").read_text()
        self.path("broker-store.pem").write_text(store)

    def path(self, name: str) -> pathlib.Path:
        return self.directory / name

    def make(self, name: str, *options) -> None:
        subprocess.run(["openssl", "req", "-x509", "-config", self.config, "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout",
                        self.path(f"{name}.key"), "-out", self.path(f"{name}.pem"), *options], check=True, capture_output=True)


class SecureListeners:
    """Listeners beside the plain one: TLS, TLS that asks for the client's certificate too, and SASL over TLS."""

    PROTOCOLS = {"SSL": "SSL", "MUTUAL": "SSL", "SASL": "SASL_SSL"}

    def __init__(self, directory: pathlib.Path):
        self.certificates = Certificates(directory)
        self.ports = {name: servers.free_port() for name in self.PROTOCOLS}
        # What `kafka-storage format` writes of users; PLAIN's stand in the properties.
        self.format_options = [part for mechanism in SCRAM
                               for part in ("--add-scram", f"{mechanism}=[name={USER},password={PASSWORD}]")]

    def properties(self) -> str:
        module = "org.apache.kafka.common.security"
        scram = "".join(f"listener.name.sasl.{mechanism.lower()}.sasl.jaas.config={module}.scram.ScramLoginModule required;\n"
                        for mechanism in SCRAM)
        return f"""
ssl.keystore.type=PEM
ssl.keystore.location={self.certificates.path("broker-store.pem")}
ssl.truststore.type=PEM
ssl.truststore.location={self.certificates.path("ca.pem")}
listener.name.mutual.ssl.client.auth=required
listener.name.sasl.sasl.enabled.mechanisms=PLAIN,{",".join(SCRAM)}
listener.name.sasl.plain.sasl.jaas.config={module}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";
{scram}"""

    def environment(self) -> dict:
        return {f"WEIR_TEST_KAFKA_{name}": f"127.0.0.1:{port}" for name, port in self.ports.items()} | {
            "WEIR_TEST_KAFKA_CERTIFICATES": str(self.certificates.directory),
            "WEIR_TEST_KAFKA_USER": USER,
            "WEIR_TEST_KAFKA_PASSWORD": PASSWORD,
        }
