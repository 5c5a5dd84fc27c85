# SPDX-License-Identifier: GPL-3.0-or-later
"""Random networks of a few channels in the file formats of coqui-tts's published teachers.

Run as a program, it writes a folder for each family: python tiny_coqui.py FOLDER
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

LETTERS = "abcdefghijklmnopqrstuvwxyz,.!?'"
SPEAKERS = {"p225": 0, "p226": 1, "p227": 2}
WAVLM: dict[str, Any] = {
    "extractor_mode": "layer_norm",
    "encoder_layers": 7,
    "encoder_embed_dim": 32,
    "encoder_ffn_embed_dim": 48,
    "encoder_attention_heads": 4,
    "layer_norm_first": True,
    "conv_feature_layers": "[(16,10,5)] + [(16,3,2)] * 4 + [(16,2,2)] * 2",
    "normalize": True,
    "conv_pos": 16,
    "conv_pos_groups": 4,
    "relative_position_embedding": True,
    "num_buckets": 32,
    "max_distance": 80,
    "gru_rel_pos": True,
}
TRAPS = {
    "output_path": "/somebody/else",
    "phoneme_cache_path": "/somebody/else/cache",
    "speakers_file": "/somebody/else/speaker_ids.json",
}


def write_xtts(folder: Path) -> None:
    """XTTS-v2: the settings lie in the checkpoint as an object of an old module."""
    from TTS.tts.configs import xtts_config
    from TTS.tts.models.xtts import Xtts

    write_vocabulary(folder / "vocab.json")
    args = xtts_config.XttsArgs(
        gpt_layers=2,
        gpt_n_model_channels=64,
        gpt_n_heads=2,
        gpt_max_audio_tokens=10,
        gpt_num_audio_tokens=40,
        gpt_start_audio_token=38,
        gpt_stop_audio_token=39,
        gpt_use_perceiver_resampler=True,
        decoder_input_dim=64,
        tokenizer_file="/somebody/else/vocab.json",
    )
    config = xtts_config.XttsConfig(model_args=args, gpt_cond_len=30, gpt_cond_chunk_len=4)
    settings = config.to_dict()
    model = Xtts(config)
    model.tokenizer = type(model.tokenizer)(vocab_file=str(folder / "vocab.json"))
    model.init_models()
    old = [xtts_config.XttsArgs, xtts_config.XttsAudioConfig]
    for one in old:
        one.__module__ = "TTS.tts.models.xtts"
    sys.modules["TTS.tts.models.xtts"].__dict__.update({one.__name__: one for one in old})
    torch.save({"config": config, "model": model.state_dict()}, folder / "model.pth")
    (folder / "config.json").write_text(json.dumps({**settings, **TRAPS}))


def write_vocabulary(path: Path) -> None:
    from tokenizers import Tokenizer
    from tokenizers.models import BPE

    names = ["[STOP]", "[UNK]", "[SPACE]", "[en]", "[START]", *LETTERS]
    tokenizer = Tokenizer(BPE({name: n for n, name in enumerate(names)}, [], unk_token="[UNK]"))
    tokenizer.add_special_tokens(names[:5])
    tokenizer.save(str(path))


def write_vits(folder: Path) -> None:
    """VITS with three speakers, as VCTK's."""
    from TTS.tts.configs.vits_config import VitsArgs, VitsConfig
    from TTS.tts.models.vits import Vits, VitsCharacters

    args = VitsArgs(
        hidden_channels=16,
        hidden_channels_ffn_text_encoder=24,
        num_layers_text_encoder=2,
        num_layers_posterior_encoder=2,
        num_layers_flow=2,
        upsample_initial_channel_decoder=32,
        resblock_type_decoder="2",
        resblock_kernel_sizes_decoder=[3],
        resblock_dilation_sizes_decoder=[[1, 2]],
        init_discriminator=False,
        use_speaker_embedding=True,
        speaker_embedding_channels=8,
    )
    characters = VitsCharacters().to_config()
    characters.characters_class = "TTS.tts.models.vits.VitsCharacters"
    config = VitsConfig(model_args=args, characters=characters, add_blank=True)
    config.text_cleaner = "english_cleaners"
    config.speakers = list(SPEAKERS)
    settings = config.to_dict()
    state = Vits(config).state_dict()
    state["disc.nets.0.bias"] = torch.zeros(4)  # published files hold what judged their training
    settings["model_args"]["init_discriminator"] = True
    torch.save({"model": state, "step": 1}, folder / "model_file.pth")
    settings |= {**TRAPS, "use_phonemes": True, "phonemizer": "espeak", "phoneme_language": "en"}
    settings["speakers"] = None
    settings["model_args"]["speakers_file"] = TRAPS["speakers_file"]
    settings["audio"]["stats_path"] = "/somebody/else/scale_stats.npy"
    (folder / "config.json").write_text(json.dumps(settings))
    (folder / "speaker_ids.json").write_text(json.dumps(SPEAKERS))


_SMALL: dict[str, Any] = {
    "inter_channels": 8,
    "hidden_channels": 8,
    "resblock": "2",
    "resblock_kernel_sizes": [3],
    "resblock_dilation_sizes": [[1, 2]],
    "upsample_initial_channel": 32,
}


def write_openvoice(folder: Path) -> None:
    """OpenVoice v2's converter, with the settings that its own makers write."""
    from TTS.vc.configs.openvoice_config import OpenVoiceArgs, OpenVoiceConfig
    from TTS.vc.models.openvoice import OpenVoice

    network = {**_SMALL, "zero_g": True, "gin_channels": 16, "upsample_rates": [8, 8, 2, 2]}
    network["upsample_kernel_sizes"] = [16, 16, 4, 4]
    model = OpenVoice(OpenVoiceConfig(model_args=OpenVoiceArgs(**network)))
    sound = {"sampling_rate": 22050, "filter_length": 1024, "hop_length": 256, "win_length": 1024}
    settings = {"_version_": "v2", "data": {**sound, "n_speakers": 0}, "model": network}
    torch.save({"model": model.state_dict(), "iteration": 1}, folder / "checkpoint.pth")
    (folder / "config.json").write_text(json.dumps(settings))


def write_wavlm(folder: Path) -> Any:
    from TTS.vc.layers.freevc.wavlm.wavlm import WavLM, WavLMConfig

    network = WavLM(WavLMConfig(WAVLM))
    torch.save({"cfg": WAVLM, "model": network.state_dict()}, folder / "WavLM-Large.pt")
    return network.eval()


def write_freevc(folder: Path, *, outside: bool = True) -> None:
    """FreeVC24; ``outside`` is the speaker encoder that it keeps in a file of its own."""
    from TTS.vc.configs.freevc_config import FreeVCArgs, FreeVCConfig
    from TTS.vc.models import freevc

    wavlm = write_wavlm(folder)
    args = FreeVCArgs(**_SMALL, ssl_dim=32, gin_channels=256, use_spk=outside)
    config = FreeVCConfig(model_args=args)
    config.model_args.upsample_rates = [10, 6, 4, 2]
    config.model_args.upsample_kernel_sizes = [16, 16, 4, 4]
    encoder = torch.nn.ModuleDict(
        {"lstm": torch.nn.LSTM(40, 256, 3, batch_first=True), "linear": torch.nn.Linear(256, 256)}
    )
    state = encoder.state_dict()
    torch.save({"model_state": state, "step": 1}, folder / "speaker_encoder.pt")
    freevc.get_wavlm = lambda: wavlm
    freevc.FreeVC.load_pretrained_speaker_encoder = lambda _self: None
    model = freevc.FreeVC(config)
    own = {key: value for key, value in model.state_dict().items() if "wavlm." not in key}
    torch.save({"model": own}, folder / "model.pth")
    (folder / "config.json").write_text(json.dumps({**config.to_dict(), **TRAPS}))


def write_knnvc(folder: Path) -> None:
    """kNN-VC: WavLM, and coqui-tts's vocoder for its features."""
    from TTS.vocoder.configs import HifiganConfig
    from TTS.vocoder.models.hifigan_generator import HifiganGenerator

    write_wavlm(folder)
    network = {
        "in_channels": 24,
        "pre_linear": 32,
        "resblock_type": "2",
        "resblock_kernel_sizes": [3],
        "resblock_dilation_sizes": [[1, 2]],
        "upsample_kernel_sizes": [20, 16, 4, 4],
        "upsample_factors": [10, 8, 2, 2],
        "upsample_initial_channel": 32,
    }
    settings = asdict(HifiganConfig())
    settings["generator_model_params"] = network
    model = HifiganGenerator(out_channels=1, **network)
    state = {f"model_g.{key}": value for key, value in model.state_dict().items()}
    state["model_d.unused"] = torch.zeros(1)
    torch.save({"model": state}, folder / "model.pth")
    (folder / "config.json").write_text(json.dumps(settings, default=str))


def write_mels(path: Path) -> None:
    """What librosa makes of a noise, by the functions that FreeVC calls."""
    from librosa.filters import mel
    from TTS.vc.layers.freevc.speaker_encoder.audio import wav_to_mel_spectrogram

    noise = np.random.default_rng(3).normal(size=12_345).astype(np.float32)
    bank = mel(sr=16_000, n_fft=1280, n_mels=80, fmin=0.0, fmax=None)
    np.savez(path, noise=noise, mel=wav_to_mel_spectrogram(noise), bank=bank)


def main(root: Path) -> None:
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = os.sep
    import voicevault.torchaudio_guard  # noqa: F401  (before coqui-tts imports torchaudio)

    torch.manual_seed(7)
    writers = {
        "xtts": write_xtts,
        "vits": write_vits,
        "openvoice": write_openvoice,
        "freevc": write_freevc,
        "knnvc": write_knnvc,
        "freevc-inside": lambda folder: write_freevc(folder, outside=False),
    }
    for name, write in writers.items():
        (root / name).mkdir(parents=True)
        write(root / name)
    write_mels(root / "librosa.npz")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
