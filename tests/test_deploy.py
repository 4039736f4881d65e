"""What stands in deploy/ agrees with the code: variables, commands, paths and rights."""

import json
import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
import yaml

from pipelines.cli.commands import commands
from pipelines.settings import POSTGRES, VARIABLES, postgres_address, read

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
EXAMPLE = (DEPLOY / "settings.env.example").read_text(encoding="utf-8")
PROGRAMS = {"minsheng", "dagster-daemon", "dagster-webserver", "python"}


def variables(text: str) -> set[str]:
    return set(re.findall(r"\b(MINSHENG_[A-Z_]+)\b", text))


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return found


def filled(environment: dict[str, str]) -> dict[str, str]:
    """An environment, as compose fills in what settings.env says; every such word must stand in the example."""
    words = {word for value in environment.values() for word in re.findall(r"\$\{(\w+):\?[^}]*\}", value)}
    assert [word for word in words if f"\n{word}=" not in EXAMPLE] == []
    return {name: re.sub(r"\$\{\w+:\?[^}]*\}", "s3cret", value) for name, value in environment.items()}


def test_every_variable_is_one_that_is_read() -> None:
    known = {*VARIABLES, "MINSHENG_NOTIFY_SECRET", POSTGRES}
    files = [path for path in DEPLOY.rglob("*") if path.is_file()]
    assert len(files) >= 9
    assert {path.name: variables(path.read_text(encoding="utf-8")) - known for path in files} == {
        path.name: set() for path in files
    }


def test_the_settings_of_the_example_are_read(tmp_path: Path) -> None:
    said = dict(line.split("=", 1) for line in EXAMPLE.splitlines() if "=" in line and not line.startswith("#"))
    environ = {name: value for name, value in said.items() if value and name.startswith("MINSHENG_")}
    services = compose()["services"]
    environ |= {**filled(services["daemon"]["environment"]), "MINSHENG_HOME": str(tmp_path)}
    settings = read(environ)
    assert (settings.sources, settings.schedules, settings.store) == (
        "live",
        True,
        "file:/var/lib/minsheng/home/public",
    )


def test_the_history_is_in_the_database_that_is_started_and_only_with_a_password() -> None:
    found = compose()
    services = found["services"]
    address = postgres_address(filled(services["daemon"]["environment"]))
    assert address
    parts, database = urlsplit(address), services["history"]
    assert (parts.hostname, parts.port) == ("history", 5432)
    said = filled(database["environment"])
    assert (parts.username, parts.path, parts.password) == (
        said["POSTGRES_USER"],
        f"/{said['POSTGRES_DB']}",
        said["POSTGRES_PASSWORD"],
    )
    assert set(found["volumes"]) >= {each.split(":")[0] for each in database["volumes"]}
    ours = {name for name, one in services.items() if one["image"] == "minsheng"}
    assert {name for name in ours if "history" in services[name]["depends_on"]} == ours
    empty = [line for line in EXAMPLE.splitlines() if line.startswith("POSTGRES_PASSWORD")]
    assert empty == ["POSTGRES_PASSWORD="], "no password is the same everywhere"


def test_the_proxy_knows_each_of_its_variables() -> None:
    told = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    used = set(re.findall(r"\{\$([A-Z_]+)\}", told))
    assert used
    assert not [name for name in used if f"\n{name}=" not in EXAMPLE]
    hosts = set(re.findall(r"reverse_proxy (\w+):(\d+)", told)) - {("store", "8333")}  # of compose.s3.yaml
    served = {(name, one["entrypoint"][-1 if "--read-only" not in one["entrypoint"] else -2])
              for name, one in compose()["services"].items() if name in ("stewards", "viewers")}  # fmt: skip
    assert hosts == served
    assert told.count("{") == told.count("}")


def test_only_stewards_can_change_anything_and_only_the_proxy_is_reached() -> None:
    services = compose()["services"]
    assert {name for name, one in services.items() if "ports" in one} == {"proxy"}
    assert "--read-only" in services["viewers"]["entrypoint"]
    assert "--read-only" not in services["stewards"]["entrypoint"]
    ours = ["python", "-m", "pipelines.shell.webserver"]
    assert [services[name]["entrypoint"][:3] for name in ("stewards", "viewers")] == [ours, ours]
    proxy = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    header = services["viewers"]["environment"]["MINSHENG_IDENTITY_HEADER"]
    assert proxy.count(f"header_up {header} {{http.auth.user.id}}") == 2, "without it ours refuses everybody"
    for name, one in services.items():
        if name != "proxy":
            assert (one["read_only"], one["cap_drop"]) == (True, ["ALL"]), name
        if one["image"] == "minsheng":
            assert one["entrypoint"][0] in PROGRAMS
    home = next(each for each in services["proxy"]["volumes"] if each.startswith("home:"))
    assert home.endswith(":ro")


def test_the_image_copies_what_there_is_and_is_not_root() -> None:
    told = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    assert (ROOT / re.findall(r"RUN bash (\S+)", told)[0]).exists()
    assert re.findall(r"^USER (\S+)$", told, re.MULTILINE) == ["minsheng"]
    assert told.rindex("USER minsheng") < told.rindex("ENTRYPOINT")
    ignored = (ROOT / ".containerignore").read_text(encoding="utf-8").split()
    assert {".venv", ".git", ".minsheng", "node_modules"} <= set(ignored), "no state and no secret goes into the image"
    assert "doctor" in {command.name for command in commands()}


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_a_unit_starts_a_program_of_ours_without_rights(unit: Path) -> None:
    told = unit.read_text(encoding="utf-8")
    for line in re.findall(r"^ExecStart(?:Pre)?=(.*)$", told, re.MULTILINE):
        program, *words = line.split()
        assert Path(program).name in PROGRAMS | {"install"}
        if Path(program).name == "minsheng":
            assert words[0] in {command.name for command in commands()}
        for word in words:
            if word.startswith("/srv/minsheng/"):
                assert (ROOT / word.removeprefix("/srv/minsheng/")).exists()
    assert "User=minsheng" in told
    assert "NoNewPrivileges=yes" in told


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not on this machine")
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_systemd_reads_a_unit(unit: Path, tmp_path: Path) -> None:
    # The programs stand elsewhere here: that they are executable is not the question.
    (tmp_path / unit.name).write_text(unit.read_text(encoding="utf-8").replace("/srv/minsheng/.venv/bin/", "/bin/ls #"))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / unit.name)], capture_output=True, text=True, timeout=60
    )
    assert [line for line in done.stderr.splitlines() if unit.name in line and "not-found" not in line] == []


def test_everyone_reads_public_objects_only() -> None:
    everyone = json.loads((DEPLOY / "s3" / "everyone.json").read_text(encoding="utf-8"))
    (statement,) = everyone["Statement"]
    assert (statement["Action"], statement["Principal"]) == ("s3:GetObject", "*")
    assert all("private" not in resource for resource in statement["Resource"])


def test_with_an_s3_each_service_has_the_keys_that_it_needs_and_no_others() -> None:
    more = yaml.safe_load((DEPLOY / "compose.s3.yaml").read_text(encoding="utf-8"))
    services, base = more["services"], compose()["services"]
    assert {name for name in services if name not in base} == {"store"}
    script = (DEPLOY / "s3" / "store.sh").read_text(encoding="utf-8")
    identities = re.findall(r'"(\w+)"', re.findall(r"^names = \((.*)\)$", script, re.MULTILINE)[0])
    assert all((DEPLOY / "s3" / f"{identity}.json").exists() for identity in identities)
    words = {f"S3_{identity.upper()}_{part}" for identity in identities for part in ("KEY", "SECRET")}
    example = (DEPLOY / "stores.env.example").read_text(encoding="utf-8")
    assert {line for line in example.splitlines() if line and not line.startswith("#")} == {
        f"{word}=" for word in words
    }

    def keys(name: str) -> set[str]:
        return {word for text in services[name]["environment"].values() for word in re.findall(r"S3_[A-Z_]+", text)}

    assert keys("store") == words
    assert (keys("daemon"), keys("proxy")) == ({"S3_DELETING_KEY", "S3_DELETING_SECRET"}, set())
    assert keys("stewards") == keys("viewers") == {"S3_READER_KEY", "S3_READER_SECRET"}
    assert "stores.env" not in str(base), "env_file gives a service all that stands in it"
    for name in ("daemon", "stewards", "viewers"):
        settings = read({**services[name]["environment"], "MINSHENG_HOME": "/x"})
        assert (settings.store, settings.evidence) == ("s3://open-data/minsheng", "s3://open-data-private/minsheng")
    (own, bucket), *_ = re.findall(r"rewrite \* /([\w-]+)/(\w+)\{uri\}", (DEPLOY / "Caddyfile").read_text("utf-8"))
    assert settings.store == f"s3://{own}/{bucket}"
    assert (services["store"]["read_only"], services["store"]["cap_drop"]) == (True, ["ALL"])
    assert (ROOT / services["store"]["entrypoint"][1]).exists()
    assert "ports" not in services["store"]


# ---- Kubernetes: our values for Dagster's chart, which is not here

HELM = DEPLOY / "helm" / "values.yaml"
CHART = os.environ.get("DAGSTER_HELM_CHART", "")
"""The folder of the chart, helm/dagster of Dagster's repository, if it is on this machine."""


def merged(chart: Any, ours: Any) -> Any:
    """Values as Helm merges them."""
    if not (isinstance(chart, dict) and isinstance(ours, dict)):
        return ours
    return {**chart, **{name: merged(chart.get(name), value) for name, value in ours.items()}}


def test_the_values_for_kubernetes_agree_with_dagster_yaml_and_the_lock() -> None:
    text = HELM.read_text(encoding="utf-8")
    ours, here = yaml.safe_load(text), yaml.safe_load((ROOT / "dagster.yaml").read_text(encoding="utf-8"))
    (locked,) = re.findall(r"^dagster==(\S+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    assert re.findall(r"--version (\S+)", text) == [locked]
    (deployment,) = ours["dagster-user-deployments"]["deployments"]
    (location,) = yaml.safe_load((ROOT / "workspace.yaml").read_text(encoding="utf-8"))["load_from"]
    assert deployment["dagsterApiGrpcArgs"] == ["-m", location["python_module"]["module_name"]]
    assert deployment["name"] == location["python_module"]["location_name"], "links of reports name it"
    pools, monitoring = ours["concurrency"]["pools"], ours["dagsterDaemon"]["runMonitoring"]
    assert pools == {"granularity": here["concurrency"]["pools"]["granularity"], "defaultLimit": 1}
    assert here["concurrency"]["pools"]["default_limit"] == 1
    names = {"startTimeoutSeconds": "start_timeout_seconds", "maxRuntimeSeconds": "max_runtime_seconds",
             "pollIntervalSeconds": "poll_interval_seconds", "enabled": "enabled"}  # fmt: skip
    assert monitoring == {name: here["run_monitoring"][words] for name, words in names.items()}
    assert ours["additionalInstanceConfig"]["freshness"] == here["freshness"]
    home = deployment["env"]["MINSHENG_HOME"]
    assert [each["mountPath"] for each in deployment["volumeMounts"]] == [home]
    assert f"install -d -o minsheng -g minsheng {home}" in (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    assert find_spec("dagster_k8s"), "a run in a pod loads the launcher of the chart"


@pytest.mark.skipif(not CHART, reason="DAGSTER_HELM_CHART names no folder with Dagster's chart")
def test_the_chart_takes_our_values() -> None:
    chart = Path(CHART)
    values = yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8"))
    ours = yaml.safe_load(HELM.read_text(encoding="utf-8"))
    schema = json.loads((chart / "values.schema.json").read_text(encoding="utf-8"))
    assert sorted(set(ours) - set(schema["properties"])) == []
    jsonschema.validate(merged(values, ours), schema)
