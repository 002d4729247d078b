"""The files of deploy/: in order for who reads them (Docker, Compose, Kubernetes, nginx), and true to what `make cluster` runs."""
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from deploy import audit, cluster, servers, sites
from tests.content import ROOT
from tests.test_operations_docs import documented

DEPLOY = ROOT / "deploy"
TOOLS = DEPLOY / ".venv/bin"
PLATFORM = {"HOST", "OPERATOR_HOST", "DESK_HOST", "LOG_FORMAT"}  # it listens to others, and its log is collected
ON_THIS_MACHINE = {"MODEL", "ENDPOINTS", "CREDENTIALS"}  # copies of `make cluster`'s own; an image has the files themselves


def run(tool: str, *arguments: str) -> str:
    done = subprocess.run([TOOLS / tool, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# --- In order --------------------------------------------------------------------------------------------------------------


def test_the_containerfile_is_in_order():
    run("hadolint", "deploy/Containerfile")


def test_the_yaml_is_in_order():
    run("yamllint", "-s", "-c", "deploy/.yamllint", "deploy")


def test_compose_is_as_its_schema_says():
    run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "deploy/compose.yml")


def test_what_kustomize_makes_is_as_kubernetes_schemas_say(manifests, tmp_path):
    (tmp_path / "all.yaml").write_text(yaml.safe_dump_all(manifests.values()))
    run("kubernetes-validate", "--strict", str(tmp_path / "all.yaml"))


def test_what_the_containerfile_copies_is_sent_to_the_build():
    sent = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = re.findall(r"^COPY (?!--from)(.*)", (DEPLOY / "Containerfile").read_text(), re.MULTILINE)
    for name in (name for line in copied for name in line.split()[:-1]):
        assert (ROOT / name).exists() or name.startswith("models/"), name
        assert any(name == each or name.startswith(f"{each}/") or each.startswith(f"{name}/") for each in sent), name


# --- True to `make cluster` ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def manifests() -> dict[tuple[str, str], dict]:
    made = yaml.safe_load_all(run("kubectl", "kustomize", "deploy/kubernetes/example"))
    return {(each["kind"], each["metadata"]["name"]): each for each in made}


@pytest.fixture(scope="module")
def compose() -> dict[str, dict]:
    return yaml.safe_load((DEPLOY / "compose.yml").read_text())["services"]


@pytest.fixture
def local(tmp_path, monkeypatch) -> cluster.Cluster:
    """The cluster of this machine, with its servers described and not started."""
    monkeypatch.setattr(servers.Server, "start", lambda self: self)
    monkeypatch.setattr(cluster, "MODEL", ROOT / "pyproject.toml")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/c.db")
    monkeypatch.setenv("REDIS_URL", "")  # the cluster sets it: restored after the test
    monkeypatch.setattr(cluster, "redis_answers", lambda url: True)
    monkeypatch.setattr(cluster.check, "operation", lambda: [])
    made = cluster.Cluster(tmp_path, 8080, say=lambda line: None)
    made._start_stores()
    made._start_actions()
    made._model = made._copy_of_model()
    made.assistants, made.desks = [made._assistant(0), made._assistant(1)], [made._desk(0)]
    return made


def settings_of(manifests: dict, deployment: str, container: str) -> set[str]:
    """The names of a container's environment: of its ConfigMaps, and, as their comment lists them, of its secrets."""
    (pod,) = [c for c in manifests["Deployment", deployment]["spec"]["template"]["spec"]["containers"] if c["name"] == container]
    names = {entry["name"] for entry in pod.get("env", [])}
    comment = (DEPLOY / "kubernetes/base/settings.yaml").read_text().split("apiVersion")[0].replace("\n# ", " ")
    for source in pod.get("envFrom", []):
        if "configMapRef" in source:
            names |= set(manifests["ConfigMap", source["configMapRef"]["name"]]["data"])
        else:
            listed = comment.split(f"`{source['secretRef']['name']}` (")[1].split(")")[0]
            names |= set(re.findall("[A-Z][A-Z_]+", listed.split(" and, for ")[0]))
    return names


@pytest.mark.parametrize("name, of_cluster", [("assistant", "assistants"), ("desk", "desks")])
def test_containers_get_the_environment_that_processes_get(local, manifests, compose, name, of_cluster):
    ours = {key for key in getattr(local, of_cluster)[0].environment if key in documented(f"From the environment: the {name}")}
    expected = (ours - ON_THIS_MACHINE) | (PLATFORM & documented(f"From the environment: the {name}"))
    if name == "desk":
        expected |= {"DESK_SECRET"}  # made in var/ where it is not set
    assert settings_of(manifests, name, name) == expected
    assert set(compose["assistant-1" if name == "assistant" else "desk"]["environment"]) == expected


def test_containers_run_the_commands_that_processes_run(local, manifests, compose):
    for name, server in (("assistant", local.assistants[0]), ("desk", local.desks[0])):
        (container,) = [c for c in pod(manifests, name)["containers"] if c["name"] == name]
        service = compose["assistant-1" if name == "assistant" else "desk"]
        assert container["command"] == service["command"] == server.command


def test_there_is_an_action_server_where_endpoints_yml_names_one(local, manifests, compose):
    needed = "action_endpoint" in yaml.safe_load((ROOT / "endpoints.yml").read_text())
    beside = [c for c in pod(manifests, "assistant")["containers"] if c["name"] == "actions"]
    assert needed == bool(beside) == ("actions-1" in compose) == ("actions" in local.others)
    assert all(container["command"] == local.others["actions"].command for container in beside)


@pytest.mark.parametrize("name, port, operator", [
    ("assistant", "PORT", "OPERATOR_PORT"), ("desk", "DESK_PORT", "DESK_OPERATOR_PORT"),
])
def test_ports_are_the_same_wherever_they_are_named(manifests, compose, name, port, operator):
    settings = manifests["ConfigMap", f"{name}-settings"]["data"]
    (container,) = [c for c in pod(manifests, name)["containers"] if c["name"] == name]
    ports = {entry["name"]: str(entry["containerPort"]) for entry in container["ports"]}
    assert ports == {"http": settings[port], "operator": settings[operator]}
    assert str(manifests["Service", name]["spec"]["ports"][0]["port"]) == settings[port]
    rules = manifests["NetworkPolicy", name]["spec"]["ingress"]
    assert [str(rule["ports"][0]["port"]) for rule in rules] == [settings[port], settings[operator]]
    proxy = {entry["name"]: entry["value"] for entry in pod(manifests, "proxy")["containers"][0]["env"]}
    assert f"server {name}:{settings[port]} " in proxy[f"{name.upper()}_SERVERS"]
    service = compose["assistant-1" if name == "assistant" else "desk"]
    assert (service["environment"][port], service["environment"][operator]) == (settings[port], settings[operator])
    assert f":{settings[operator]}/ready" in service["healthcheck"]["test"][-1]
    assert f":{settings[port]}" in compose["proxy"]["environment"][f"{name.upper()}_SERVERS"]


def test_who_does_not_get_ready_gets_no_visitors_and_who_hangs_is_started_anew(manifests, local):
    for name in ("assistant", "desk"):
        (container,) = [c for c in pod(manifests, name)["containers"] if c["name"] == name]
        paths = {probe: container[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "readiness", "liveness")}
        assert paths == {"startup": "/ready", "readiness": "/ready", "liveness": "/live"}
    assert local.assistants[0].ready.endswith("/ready") and local.desks[0].ready.endswith("/ready")


def test_every_container_may_do_as_little_as_possible(manifests):
    for name in ("assistant", "desk", "proxy"):
        spec = pod(manifests, name)
        assert spec["securityContext"]["runAsNonRoot"] and spec["automountServiceAccountToken"] is False
        for container in spec["containers"] + spec.get("initContainers", []):
            allowed = container["securityContext"]
            assert allowed == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
            assert container["resources"]["requests"]["memory"] and container["resources"]["limits"]["memory"]
    assert ("Secret", "assistant-secrets") not in manifests


def pod(manifests: dict, name: str) -> dict:
    return manifests["Deployment", name]["spec"]["template"]["spec"]


# --- nginx -----------------------------------------------------------------------------------------------------------------


def test_every_value_of_the_sites_is_filled_in_by_all_three(local, manifests, compose):
    needed = set(re.findall(r"\$\{(\w+)\}", sites.filled()))
    assert {entry["name"] for entry in pod(manifests, "proxy")["containers"][0]["env"]} == needed
    assert set(compose["proxy"]["environment"]) == needed
    local._write_sites()
    assert not re.search(r"\$\{\w+\}", (local.folder / "sites.conf").read_text())


@pytest.mark.parametrize("tls", [False, True])
def test_nginx_takes_the_sites(local, tls, tmp_path):
    local._write_nginx()
    if tls:
        _certificate(tmp_path)
        text = (tmp_path / "sites.conf").read_text().replace("    listen 8080;", "    listen 8080 ssl;\n    ssl_certificate c.pem;")
        (tmp_path / "sites.conf").write_text(text.replace("server_name _;", "server_name _; ssl_certificate_key k.pem;", 1))
    program = servers.nginx_program() if Path(servers.nginx_program()).exists() else shutil.which("nginx")
    done = subprocess.run([program, "-t", "-p", f"{tmp_path}/", "-c", "nginx.conf", "-e", "stderr"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _certificate(folder: Path) -> None:
    from datetime import datetime, timedelta, timezone

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(timezone.utc)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1)).sign(key, hashes.SHA256())
    (folder / "c.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "k.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                     serialization.NoEncryption()))


# --- What it is made of ----------------------------------------------------------------------------------------------------


def test_a_vulnerability_is_a_failure_unless_we_say_how_it_is_kept_out_of_reach():
    found = {"dependencies": [
        {"name": "sound", "version": "1", "vulns": []},
        {"name": "holed", "version": "2", "vulns": [{"id": "PYSEC-2026-1", "aliases": ["CVE-2026-11"], "fix_versions": ["3"]}]},
        {"name": "unheard of", "skip_reason": "not found"},
    ]}
    assert audit.was_audited(found) and not audit.was_audited({"dependencies": found["dependencies"][2:]})
    assert audit.unknown(found, set()) == ["holed 2: PYSEC-2026-1, mended in 3"]
    assert audit.unknown(found, {"CVE-2026-11"}) == []
