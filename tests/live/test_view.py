# SPDX-License-Identifier: GPL-2.0-only
"""conctrace view: what it opens, and a server on the loopback that gives one file to one page."""

import http.client
import http.server
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

import pytest
from conftest import HERE, ROOT, assert_one_error, run

sys.path.insert(0, os.path.join(os.path.dirname(HERE), "lib"))

from perfetto_decode import Trace  # noqa: E402

PORT = 9001
ORIGIN = "https://ui.perfetto.dev"
GOLDEN = os.path.join(ROOT, "tests", "golden", "two-cpus.data")
URL = re.compile(rf"{ORIGIN}/#!/\?url=http://127\.0\.0\.1:{PORT}(/conctrace-[0-9a-f]{{32}}\.pftrace)$")


def default_interrupt():
    """Who started us in the background may have it ignored, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Server:
    """conctrace view --perfetto --no-browser, listening."""

    def __init__(self, conctrace, *options, **how):
        self.child = subprocess.Popen(
            [conctrace, "view", "--perfetto", "--no-browser", *options, GOLDEN], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=default_interrupt, **how)
        self.path = URL.match(self.child.stdout.readline().strip())[1]

    def get(self, path=None, method="GET", **headers):
        """(code, headers, body) of one request."""
        headers = {"Origin": ORIGIN, **{k.replace("_", "-"): v for k, v in headers.items()}}
        client = http.client.HTTPConnection("127.0.0.1", PORT, timeout=20)
        client.request(method, self.path if path is None else path,
                       headers={k: v for k, v in headers.items() if v is not None})
        answer = client.getresponse()
        body = answer.read()
        client.close()
        return answer.status, answer.headers, body

    def runs(self):
        return self.child.poll() is None

    def end(self):
        """(code, standard error) once it ended by itself."""
        _, said = self.child.communicate(timeout=20)
        return self.child.returncode, said


@pytest.fixture
def server(conctrace):
    started = []

    def start(*options, **how):
        started.append(Server(conctrace, *options, **how))
        return started[-1]

    yield start
    for each in started:
        if each.runs():
            each.child.kill()
        each.child.wait()
        each.child.stdout.close()
        each.child.stderr.close()


def test_perfetto_gets_it_once(server, conctrace, tmp_path):
    one = server()
    code, headers, body = one.get()
    assert code == 200
    assert headers["Access-Control-Allow-Origin"] == ORIGIN
    assert headers["Cache-Control"] == "no-cache"
    assert int(headers["Content-Length"]) == len(body)
    assert one.end()[0] == 0
    with pytest.raises(ConnectionRefusedError):
        one.get()
    path = tmp_path / "trace"
    assert run([conctrace, "export", GOLDEN, "--perfetto", path]).returncode == 0
    assert path.read_bytes() == body
    assert Trace(path).summary()["threads"]


REFUSED = {
    "other origin": (403, {"Origin": "https://evil.example"}),
    "no origin": (403, {"Origin": None}),
    "other host": (403, {"Host": f"evil.example:{PORT}"}),
    "other path": (404, {"path": "/"}),
    "a file of the machine": (404, {"path": "/../../../../etc/passwd"}),
    "post": (405, {"method": "POST"}),
    "head": (405, {"method": "HEAD"}),
}


def test_refused(server):
    one = server()
    for name, (code, how) in REFUSED.items():
        got, headers, body = one.get(**how)
        assert (got, body) == (code, b""), name
        assert "Access-Control-Allow-Origin" not in headers, name
    code, headers, _ = one.get(method="OPTIONS", Access_Control_Request_Method="GET")
    assert (code, headers["Access-Control-Allow-Origin"]) == (204, ORIGIN)
    assert headers["Access-Control-Allow-Private-Network"] == "true"
    assert one.runs()
    assert one.get()[0] == 200
    assert one.end()[0] == 0


def test_no_other_address(server):
    """The kernel's own list has one listener of that process, on the loopback."""
    one = server()
    inodes = {os.readlink(f"/proc/{one.child.pid}/fd/{fd}")
              for fd in os.listdir(f"/proc/{one.child.pid}/fd")}
    listeners = []
    for table in "tcp", "tcp6", "udp", "udp6":
        with open(f"/proc/net/{table}", encoding="ascii") as rows:
            for row in list(rows)[1:]:
                words = row.split()
                if f"socket:[{words[9]}]" in inodes:
                    listeners.append((table, words[1]))
    assert listeners == [("tcp", f"0100007F:{PORT:04X}")]


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])


def test_hostile_clients(server):
    """Half requests, endless headers, many connections, resets: it still serves, and no larger."""
    one = server()
    held = []
    before = resident(one.child.pid)
    for turn in range(300):
        client = socket.create_connection(("127.0.0.1", PORT), timeout=20)
        if turn % 3 == 0:
            client.sendall(b"GET / HT")
            held.append(client)
            continue
        try:
            client.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * (100_000 if turn % 3 == 1 else 10))
        except (ConnectionResetError, BrokenPipeError):
            pass
        client.close()
    client = socket.create_connection(("127.0.0.1", PORT), timeout=20)
    client.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * 8192)
    assert client.recv(1000).startswith(b"HTTP/1.1 431 ")
    client.close()
    # One that reads nothing, and one that goes away amid the answer.
    for _ in range(2):
        client = socket.create_connection(("127.0.0.1", PORT), timeout=20)
        client.sendall(f"GET {one.path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\n"
                       f"Origin: {ORIGIN}\r\n".encode())
        held.append(client)
    assert one.runs()
    assert len(os.listdir(f"/proc/{one.child.pid}/fd")) < 40
    assert resident(one.child.pid) - before < 2048
    assert one.get()[0] == 200
    assert one.end()[0] == 0
    for client in held:
        client.close()


def test_interrupt_and_limit(server):
    one = server()
    one.child.send_signal(signal.SIGINT)
    assert one.end()[0] == 130
    began = time.monotonic()
    one = server("--limit", "0.5")
    code, said = one.end()
    assert code == 125 and "in time" in said
    assert time.monotonic() - began >= 0.5


def test_port_in_use(server, conctrace):
    server()
    line = assert_one_error(run([conctrace, "view", "--perfetto", "--no-browser", GOLDEN]))
    assert f"port {PORT} " in line


BROWSER = "#!/bin/sh\nprintf '%s\\n' \"$@\" \"$(id -u)\" >> {log}\n"


@pytest.fixture
def browser(tmp_path, monkeypatch):
    """Stands for a browser: a file that gets its arguments, then its user's id."""
    path, log = tmp_path / "browser", tmp_path / "log"
    path.write_text(BROWSER.format(log=log))
    path.chmod(0o755)
    monkeypatch.setenv("BROWSER", f"/nonexistent/a %s:{path} --new %s")
    log.touch()
    log.chmod(0o666)
    return log


def test_browser_is_opened(conctrace, browser):
    child = subprocess.Popen([conctrace, "view", "--perfetto", GOLDEN], text=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 20
        while len(browser.read_text().splitlines()) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        option, url, _ = browser.read_text().splitlines()
        assert option == "--new"
        client = http.client.HTTPConnection("127.0.0.1", PORT, timeout=20)
        client.request("GET", URL.match(url)[1], headers={"Origin": ORIGIN})
        assert client.getresponse().read()
        client.close()
        stdout, _ = child.communicate(timeout=20)
        assert (child.returncode, stdout) == (0, "")
    finally:
        child.kill()
        child.wait()


def has_page(conctrace):
    return "--html" in run([conctrace, "export", "--help"]).stdout


def test_page(conctrace, browser, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    done = run([conctrace, "view", GOLDEN])
    if not has_page(conctrace):
        assert "this build has no page" in assert_one_error(done)
        return
    assert done.returncode == 0, done.stderr
    page = browser.read_text().splitlines()[1]
    assert page.startswith(f"{tmp_path}/conctrace-") and page.endswith(".html")
    assert os.stat(page).st_mode & 0o777 == 0o600
    with open(page, encoding="utf-8") as text:
        assert "</html>" in text.read()


def test_as_the_user_of_sudo(server):
    """Whoever connects talks to a process of the user who called sudo, not of root."""
    env = {**os.environ, "SUDO_UID": "65534", "SUDO_GID": "65534", "SUDO_USER": "nobody"}
    one = server(env=env)
    with open(f"/proc/{one.child.pid}/status", encoding="ascii") as status:
        assert re.search(r"Uid:\s(\d+)\s(\d+)\s(\d+)", status.read()).groups() == ("65534",) * 3
    assert one.get()[0] == 200
    assert one.end()[0] == 0


def test_no_display(conctrace, monkeypatch):
    """Without a browser the address is printed; the recording must be there."""
    for name in "BROWSER", "DISPLAY", "WAYLAND_DISPLAY":
        monkeypatch.delenv(name, raising=False)
    done = run([conctrace, "view", "--perfetto", "--limit", "0.1", GOLDEN])
    assert done.returncode == 125 and URL.match(done.stdout.strip())
    assert_one_error(run([conctrace, "view", "--perfetto", "/nonexistent/file"]))


PAGE = """<!doctype html><title>page</title><pre id="said">nothing</pre><script>
const out = [];
async function attempt(how) {
  try {
    const answer = await fetch("URL", how);
    out.push(answer.type + " " + (await answer.arrayBuffer()).byteLength);
  } catch (error) {
    out.push("refused");
  }
}
attempt({}).then(() => attempt({mode: "no-cors"})).then(() => {
  document.getElementById("said").textContent = out.join(", ");
});
</script>"""


class Page(http.server.BaseHTTPRequestHandler):
    """Gives PAGE, which tries to fetch self.server.url."""

    def do_GET(self):
        body = PAGE.replace("URL", self.server.url).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def what_page_says(chromium, folder, address, url, context=None):
    """The text of PAGE, loaded from `address`, once it has tried to fetch url."""
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    httpd.url = url
    if context:
        httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
    port = httpd.server_address[1]
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    try:
        done = run([chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom",
                    "--no-first-run", f"--user-data-dir={folder}", "--virtual-time-budget=8000",
                    "--ignore-certificate-errors",
                    f"--host-resolver-rules=MAP ui.perfetto.dev 127.0.0.1:{port}",
                    address.format(port=port)])
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()
    found = re.search(r'<pre id="said">(.*?)</pre>', done.stdout)
    assert found, (done.stdout, done.stderr)
    return found[1]


@pytest.mark.slow
def test_in_a_browser(server, tmp_path):
    """A real browser: another page does not get a byte, one of Perfetto's origin gets it all."""
    chromium, openssl = shutil.which("chromium"), shutil.which("openssl")
    if not chromium or not openssl:
        pytest.skip("needs chromium and openssl")
    key, cert = tmp_path / "key", tmp_path / "cert"
    made = run([openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
                "/CN=ui.perfetto.dev", "-days", "2", "-keyout", key, "-out", cert])
    assert made.returncode == 0, made.stderr
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    one = server("--limit", "100")
    url = f"http://127.0.0.1:{PORT}{one.path}"
    said = what_page_says(chromium, tmp_path / "a", "http://localhost:{port}/", url)
    assert said == "refused, refused"
    assert one.runs()
    said = what_page_says(chromium, tmp_path / "b", ORIGIN + "/", url, context)
    code, _ = one.end()
    kind, size = said.split(",")[0].split(" ")
    assert (kind, code) == ("cors", 0) and int(size) > 1000
