"""A small OpenID Connect provider, on a port of its own: whoever comes is logged in as `claims` say."""

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "incidents", "a-secret-of-the-client"
KEY, FOREIGN_KEY = (rsa.generate_private_key(65537, 2048) for _ in range(2))
SECONDS = 300


class Provider(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server_port}"
        self.claims: dict[str, Any] = {}
        self.token: dict[str, Any] = {}  # what of the id token is to be otherwise
        self.key = KEY
        self.is_broken = False
        self.codes: dict[str, dict[str, str]] = {}
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def id_token(self) -> str:
        now = int(time.time())
        told = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + SECONDS, "jti": "one", **self.claims}
        return jwt.encode({**told, **self.token}, self.key, algorithm="RS256", headers={"kid": "1"})


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def log_message(self, *args: Any) -> None:
        """Nothing."""

    def answer(self, data: Any, status: int = 200) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        path = urlsplit(self.path)
        if self.server.is_broken:
            self.answer({"error": "broken"}, 500)
        elif path.path == "/authorize":
            self.authorize({name: values[0] for name, values in parse_qs(path.query).items()})
        elif path.path == "/userinfo":
            self.answer(self.server.claims if self.headers["Authorization"] == "Bearer access" else {})
        elif path.path == "/jwks":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
            self.answer({"keys": [{**public, "kid": "1", "alg": "RS256", "use": "sig"}]})
        else:
            self.discover()

    def discover(self) -> None:
        issuer = self.server.issuer
        places = {name: f"{issuer}/{name}" for name in ("authorize", "token", "userinfo", "jwks")}
        self.answer(
            {
                "issuer": issuer,
                "authorization_endpoint": places["authorize"],
                "token_endpoint": places["token"],
                "userinfo_endpoint": places["userinfo"],
                "jwks_uri": places["jwks"],
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        )

    def authorize(self, asked: dict[str, str]) -> None:
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.server.codes)}"
        self.server.codes[code] = asked
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")
        self.end_headers()

    def do_POST(self) -> None:
        """A code works once, for the client that asked, with the verifier of its challenge."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        asked = self.server.codes.pop(sent["code"], None)
        digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
        is_right = (
            asked is not None
            and (sent["client_id"], sent["client_secret"]) == (CLIENT, SECRET)
            and sent["redirect_uri"] == asked["redirect_uri"]
            and base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
        )
        token = {"access_token": "access", "token_type": "Bearer", "id_token": self.server.id_token()}
        self.answer(token if is_right else {"error": "invalid_grant"}, 200 if is_right else 400)
